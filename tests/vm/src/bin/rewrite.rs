//! Rewrites functions of a contract before wasm-opt.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use hedgerow_vm::rewrite::rewritten;

/// Take the printing of backtraces out of a contract as the compiler wrote it, and give it a faster copy of memory.
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
            eprintln!("rewrite: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let (wasm, count) = rewritten(std::fs::read(&args.from)?)?;
    std::fs::write(&args.to, wasm)?;
    println!("{}: {count} functions rewritten", args.from.display());
    Ok(())
}
