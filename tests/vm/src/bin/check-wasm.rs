//! Says of each wasm file whether a chain takes it, and why not.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use hedgerow_vm::check::{Contents, check, check_floats};
use hedgerow_vm::functions::{Function, by_crate, functions};

/// Crates shown with --verbose.
const LARGEST: usize = 10;

/// Check contracts as a chain does at upload; refuse float arithmetic and large files too.
#[derive(Parser)]
struct Args {
    /// Bytes a file may have
    #[arg(long, default_value_t = 500_000)]
    max_bytes: usize,
    /// Folder with the files as the compiler wrote them: a float may be computed in the JSON reader alone, and only
    /// they still have the names of the functions
    #[arg(long)]
    built: Option<PathBuf>,
    /// Also list exports, sections and the crates the code comes from
    #[arg(long, short)]
    verbose: bool,
    /// The wasm files
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// An accepted file.
struct Accepted {
    bytes: usize,
    contents: Contents,
    functions: Vec<Function>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    println!("{:<28} {:>8}  {:<8} requires", "file", "bytes", "verdict");
    let mut all = true;
    for file in &args.files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match accept(file, &args) {
            Ok(accepted) => {
                let requires: Vec<_> = accepted.contents.capabilities.iter().map(String::as_str).collect();
                println!(
                    "{name:<28} {:>8}  {:<8} {}",
                    accepted.bytes,
                    "pass",
                    requires.join(", ")
                );
                if args.verbose {
                    details(&accepted);
                }
            }
            Err(error) => {
                println!("{name:<28} {:>8}  refused: {error}", "");
                all = false;
            }
        }
    }
    if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn accept(file: &Path, args: &Args) -> Result<Accepted, Box<dyn Error>> {
    let wasm = std::fs::read(file)?;
    let contents = check(&wasm, args.max_bytes)?;
    let functions = match (&args.built, file.file_name()) {
        (Some(folder), Some(name)) => functions(&std::fs::read(folder.join(name))?)?,
        _ => functions(&wasm)?,
    };
    check_floats(&functions)?;
    Ok(Accepted {
        bytes: wasm.len(),
        contents,
        functions,
    })
}

fn details(accepted: &Accepted) {
    let exports: Vec<_> = accepted.contents.exports.iter().map(String::as_str).collect();
    println!("  exports: {}", exports.join(", "));
    println!(
        "  code {}, data {}; code before wasm-opt by crate:",
        accepted.contents.code, accepted.contents.data
    );
    for (name, bytes) in by_crate(&accepted.functions).into_iter().take(LARGEST) {
        println!("  {bytes:>8} {name}");
    }
}
