//! `hedgerow price`: Black-76 prices of options given as JSON lines.

mod black76;
mod decimal;
mod wide;

use std::io::{BufRead, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::files;

/// Prices European options on a forward: one JSON object a line in, one out.
#[derive(clap::Args)]
pub struct Args {
    /// Lines of {"forward","strike","sigma","years"}, each a decimal string; stdin if absent or `-`
    file: Option<PathBuf>,
}

/// One option; every field is an exact decimal of any number of digits.
#[derive(Deserialize)]
pub struct Option76 {
    forward: String,
    strike: String,
    sigma: String,
    years: String,
}

/// Its undiscounted prices and sensitivities, as decimals.
///
/// Digits go to 1e-18 of the forward (vega: of the forward times sqrt(T); delta: of 1). Errors are below 2e-15 of
/// max(F, K) for prices, of 1 for delta, of F*sqrt(T) for vega.
#[derive(Serialize)]
pub struct Answer {
    call: String,
    put: String,
    delta_call: String,
    vega: String,
}

/// Prices every line of the input; blank lines are skipped, the first wrong one ends the run.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    let input = files::open(args.file.as_deref())?;
    for (index, text) in input.reader.lines().enumerate() {
        let text = text.map_err(|reason| CliError::Read {
            from: input.name.clone(),
            reason,
        })?;
        if text.trim().is_empty() {
            continue;
        }
        let answer = answer(&text).map_err(|reason| CliError::Line {
            from: input.name.clone(),
            line: index.saturating_add(1),
            reason,
        })?;
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn answer(line: &str) -> Result<String, String> {
    // A list would be taken for the fields of the object in their order.
    if !line.trim_start().starts_with('{') {
        return Err("must be one JSON object".to_owned());
    }
    let option: Option76 = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let answer = black76::price(&option).map_err(|error| error.to_string())?;
    serde_json::to_string(&answer).map_err(|error| error.to_string())
}
