//! What can go wrong in a command, and how it is told: one line on stderr, exit code 2.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::demo::DemoError;
use crate::import::ImportError;

/// The exit code of every failure.
const FAILURE: u8 = 2;

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file or stdin could not be read.
    #[error("cannot read {from}: {reason}")]
    Read {
        /// The path, or `stdin`.
        from: String,
        /// What the system said.
        reason: io::Error,
    },
    /// The answer could not be written.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    /// One line of a stream of inputs was refused.
    #[error("{from}, line {line}: {reason}")]
    Line {
        /// The path, or `stdin`.
        from: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A file was refused.
    #[error("{from}: {reason}")]
    Input {
        /// The path, or `stdin`.
        from: String,
        /// The field, its value and the limit.
        reason: String,
    },
    /// An argument was refused, or what it names.
    #[error("{reason}")]
    Usage {
        /// The argument, its value and the limit.
        reason: String,
    },
    /// A file of quotes was refused.
    #[error("{from}: {reason}")]
    Import {
        /// The path, or `stdin`.
        from: String,
        /// What is wrong with it.
        reason: Box<ImportError>,
    },
    /// A demo cannot be played on a market.
    #[error("{from}: {reason}")]
    Demo {
        /// The path, or words for the shipped market.
        from: String,
        /// Why.
        reason: Box<DemoError>,
    },
    /// A demo was played to the end, and an invariant did not hold.
    #[error("invariant {number} is broken: {reason}")]
    Invariant {
        /// Its number in `hedgerow_testing::invariants`.
        number: u32,
        /// What broke it.
        reason: String,
    },
}

impl CliError {
    /// A refusal of the file at a path.
    pub fn input(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Input {
            from: path.display().to_string(),
            reason: reason.to_string(),
        }
    }
}

/// Tells an error and gives its exit code. A closed stdout is the reader's choice and counts as success.
pub fn report(error: &CliError) -> ExitCode {
    if let CliError::Write(reason) = error
        && reason.kind() == ErrorKind::BrokenPipe
    {
        return ExitCode::SUCCESS;
    }
    tell(&error.to_string())
}

/// Tells what the argument parser has to say: help and version on stdout, errors like every other error.
pub fn report_usage(usage: &clap::Error) -> ExitCode {
    let text = usage.to_string();
    if !usage.use_stderr() {
        // Nothing to be done when even this cannot be written.
        let _ = io::stdout().write_all(text.as_bytes());
        return ExitCode::SUCCESS;
    }
    let first = text.split("\n\n").next().unwrap_or_default();
    tell(first.strip_prefix("error: ").unwrap_or(first))
}

fn tell(message: &str) -> ExitCode {
    // A line break or another control character from an input must not break the promise of one line.
    let clean: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(io::stderr(), "hedgerow: {line}");
    ExitCode::from(FAILURE)
}
