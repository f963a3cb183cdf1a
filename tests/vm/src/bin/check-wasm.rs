//! Says of each wasm file whether a chain takes it, and why not.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use hedgerow_vm::check::{Contents, check, check_floats, contents};
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

fn main() -> ExitCode {
    let args = Args::parse();
    println!("{:<28} {:>8}  {:<8} requires", "file", "bytes", "verdict");
    let mut all = true;
    for file in &args.files {
        match report(file, &args) {
            Ok(good) => all &= good,
            Err(error) => {
                println!("{}: {error}", file.display());
                all = false;
            }
        }
    }
    if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints what is to say of one file; true when it passed.
fn report(file: &Path, args: &Args) -> Result<bool, Box<dyn Error>> {
    let name = file.file_name().unwrap_or_default();
    let wasm = std::fs::read(file)?;
    let contents = contents(&wasm)?;
    let functions = match &args.built {
        Some(folder) => functions(&std::fs::read(folder.join(name))?)?,
        None => functions(&wasm)?,
    };
    let problems: Vec<_> = [check(&wasm, args.max_bytes), check_floats(&functions)]
        .into_iter()
        .filter_map(Result::err)
        .collect();

    let verdict = if problems.is_empty() { "pass" } else { "refused" };
    let requires: Vec<_> = contents.capabilities.iter().map(String::as_str).collect();
    println!(
        "{:<28} {:>8}  {verdict:<8} {}",
        name.to_string_lossy(),
        wasm.len(),
        requires.join(", ")
    );
    for problem in &problems {
        println!("  {problem}");
    }
    if args.verbose {
        details(&contents, &functions);
    }
    Ok(problems.is_empty())
}

fn details(contents: &Contents, functions: &[Function]) {
    let exports: Vec<_> = contents.exports.iter().map(String::as_str).collect();
    println!("  exports: {}", exports.join(", "));
    println!(
        "  code {}, data {}; code before wasm-opt by crate:",
        contents.code, contents.data
    );
    for (name, bytes) in by_crate(functions).into_iter().take(LARGEST) {
        println!("  {bytes:>8} {name}");
    }
}
