//! `hedgerow import`: a venue's quotes to a market file.
//!
//! | file | |
//! |---|---|
//! | [`mod@deribit`] | reads the venue's files into rows |
//! | [`chain`] | rows to underlyings and expiries: time, index, forwards |
//! | [`svi`], [`fit`] | a slice, its rules, and the search for the best one |
//! | [`surface`] | slices to the market file |
//! | [`report`] | how well they fit |
//!
//! The only part of the project that computes in floating point: what comes out is rounded to exact decimals and
//! checked again, and from there on everything is integer arithmetic.

mod chain;
mod deribit;
mod error;
mod fit;
mod report;
mod surface;
mod svi;

use std::io::{self, Read, Write};
use std::path::PathBuf;

use hedgerow_risk::market::Market;

pub use error::ImportError;

use crate::error::CliError;
use crate::files;

/// The most mebibytes that are read.
const MAX_MEBIBYTES: u64 = 32;

/// Reads a venue's option chain and writes a market file with one SVI slice for each expiry.
#[derive(clap::Args)]
#[command(arg_required_else_help = false)]
pub struct Args {
    #[command(subcommand)]
    venue: Venue,
}

#[derive(clap::Subcommand)]
enum Venue {
    Deribit(DeribitArgs),
}

/// Reads what Deribit's public/get_book_summary_by_currency answers; the market goes to stdout, the fit report to stderr.
#[derive(clap::Args)]
struct DeribitArgs {
    /// The answer (JSON), or a table (CSV) with the columns instrument, ts_ms, forward, index, mark_iv_pct; stdin if `-`
    file: PathBuf,
    /// Only instruments whose names begin with this, like BTC or SOL_USDC
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// Imports a file.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    let Venue::Deribit(args) = &args.venue;
    let input = files::open(Some(&args.file))?;
    let refused = |reason| CliError::Import {
        from: input.name.clone(),
        reason: Box::new(reason),
    };
    let mut bytes = Vec::new();
    let limit = MAX_MEBIBYTES << 20;
    let read = input.reader.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|reason| CliError::Read {
        from: input.name.clone(),
        reason,
    })?;
    if bytes.len() as u64 > limit {
        return Err(refused(ImportError::TooLarge(MAX_MEBIBYTES)));
    }
    let text = String::from_utf8(bytes).map_err(|_| refused(ImportError::NotText))?;
    let (market, report) = deribit(&text, args.only.as_deref()).map_err(refused)?;
    io::stderr().write_all(report.as_bytes())?;
    serde_json::to_writer_pretty(&mut *out, &market).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

/// The market in a file of Deribit's quotes, and the fit report.
fn deribit(text: &str, only: Option<&str>) -> Result<(Market, String), ImportError> {
    let snapshot = chain::snapshot(&deribit::read(text, only)?)?;
    let fits: Vec<_> = snapshot
        .chains
        .iter()
        .map(|chain| surface::fit_chain(chain, snapshot.time))
        .collect::<Result<_, _>>()?;
    let market = surface::market(&snapshot, &fits)?;
    Ok((market, report::report(&snapshot, &fits)))
}
