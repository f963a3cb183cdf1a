//! `hedgerow`: the engine of the contracts on the command line.
//!
//! Each command is a file of its own with a `run` that writes its answer to the writer it is given. Errors are one line
//! on stderr and exit code 2; a reader that goes away early (`hedgerow price | head -1`) is not an error.

mod compare;
mod demo;
mod error;
mod files;
mod import;
mod margin;
mod models;
mod oracle;
mod price;
mod table;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::CliError;

/// Portfolio margin, computed exactly as the contracts compute it.
#[derive(Parser)]
#[command(name = "hedgerow", version, arg_required_else_help = false)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Compare(compare::Args),
    Demo(demo::Args),
    Import(import::Args),
    Margin(margin::Args),
    Models(models::Args),
    Oracle(oracle::Args),
    Price(price::Args),
}

impl Command {
    fn run(self, out: &mut dyn Write) -> Result<(), CliError> {
        match self {
            Self::Compare(args) => compare::run(&args, out),
            Self::Demo(args) => demo::run(&args, out),
            Self::Import(args) => import::run(&args, out),
            Self::Margin(args) => margin::run(&args, out),
            Self::Models(args) => models::run(&args, out),
            Self::Oracle(args) => oracle::run(&args, out),
            Self::Price(args) => price::run(&args, out),
        }
    }
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return error::report_usage(&usage),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let outcome = cli.command.run(&mut out);
    // What was computed before an error is still the answer to the lines before it.
    match outcome.and(out.flush().map_err(CliError::Write)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error::report(&error),
    }
}
