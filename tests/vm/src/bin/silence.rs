//! Takes the printing of backtraces out of wasm files, in place.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use hedgerow_vm::silence::silenced;

/// Take the printing of backtraces, which never runs, out of contracts as the compiler wrote them.
#[derive(Parser)]
struct Args {
    /// The file as it was built, with the names of its functions
    from: PathBuf,
    /// The file to write
    to: PathBuf,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("silence: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let (wasm, count) = silenced(std::fs::read(&args.from)?)?;
    std::fs::write(&args.to, wasm)?;
    println!("{}: {count} functions silenced", args.from.display());
    Ok(())
}
