//! `hedgerow oracle post`: one report of each underlying of a market file.

use std::io::{self, Write};
use std::path::PathBuf;

use hedgerow_risk::instrument::Symbol;
use serde::Serialize;

use super::Desk;
use super::delivery::{Outcome, deliver, reports};
use crate::error::CliError;
use crate::table::Table;

/// Posts one report of each underlying of a market file, from each publisher
///
/// Prints what became of each report: the tape that it made, what the tape waits for, or the rule that refused it. The
/// chain's clock moves on to the file's time, which must have come.
#[derive(clap::Args)]
#[command(after_help = "Exit code 0 when every report is accepted, 2 otherwise.")]
pub struct Args {
    /// Prices: a JSON file as `hedgerow import` writes it; stdin if `-`
    #[arg(long, value_name = "FILE")]
    market: PathBuf,
    #[command(flatten)]
    desk: Desk,
    /// Write the outcomes as one JSON object
    #[arg(long)]
    json: bool,
}

/// What became of one report.
#[derive(Serialize)]
struct Posted {
    underlying: Symbol,
    publisher: u8,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
struct Answer<'a> {
    time: u64,
    reports: &'a [Posted],
}

/// Posts the reports, saves the chain, and tells the outcomes.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    let _held = args.desk.hold()?;
    let mut chain = args.desk.chain()?;
    let market = super::market(&args.market, &chain)?;
    chain.advance_to(market.time);
    let mut posted = Vec::new();
    for report in reports(&market) {
        for publisher in args.desk.publishers(&chain) {
            posted.push(Posted {
                underlying: report.underlying,
                publisher,
                outcome: deliver(&mut chain, publisher, &report, args.desk.relay),
            });
        }
    }
    args.desk.save(&chain)?;
    if args.json {
        let answer = Answer {
            time: chain.now(),
            reports: &posted,
        };
        serde_json::to_writer(&mut *out, &answer).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write(&posted, out)?;
    }
    let mut refused = posted.iter().filter_map(|posted| match &posted.outcome {
        Outcome::Refused { reason, .. } => Some((posted.underlying, reason)),
        _ => None,
    });
    let first = refused.next().map(|(underlying, reason)| {
        let others = refused.count();
        let more = if others == 0 {
            String::new()
        } else {
            format!(" (and {others} more)")
        };
        CliError::input(&args.market, format!("{underlying} is refused, {reason}{more}"))
    });
    first.map_or(Ok(()), Err)
}

fn write(posted: &[Posted], out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(&["underlying", "publisher", "report", "outcome"], &[0, 2, 3]);
    for Posted {
        underlying,
        publisher,
        outcome,
    } in posted
    {
        let report = if outcome.accepted() { "accepted" } else { "refused" };
        table.push(vec![
            underlying.to_string(),
            publisher.to_string(),
            report.to_owned(),
            outcome.to_string(),
        ]);
    }
    table.write(out)
}
