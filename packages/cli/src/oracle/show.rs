//! `hedgerow oracle show`: the tape of each underlying, its publishers and its settlement prices.

use std::io::{self, Write};
use std::path::PathBuf;

use hedgerow_interface::oracle::{ReportState, Settlement};
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::number::Ratio;
use hedgerow_risk::surface::Surface;
use hedgerow_testing::Refusal;
use serde::Serialize;

use super::chain::Chain;
use super::log::date;
use super::unanswered;
use crate::error::CliError;
use crate::table::Table;

/// Shows the tape of each underlying, its publishers and its settlement prices
///
/// Ages are by the chain's clock, which stands still between commands.
#[derive(clap::Args)]
#[command(after_long_help = JSON_HELP)]
pub struct Args {
    /// The file in which `post` and `watch` keep the chain
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// Show this underlying only
    #[arg(long, value_name = "SYMBOL")]
    underlying: Option<Symbol>,
    /// Write one JSON object; `--help` lists its fields
    #[arg(long)]
    json: bool,
}

const JSON_HELP: &str = "\
The JSON object: prices and parts are decimal strings, times are seconds since 1970.

  chain_id, oracle (the contract's address), time (the chain's)
  underlyings  underlying, development (one source is enough), quorum, fresh (sources now), jump_since
               (since when a jump waits for its second round), age (the tape's, in seconds), vols (at the
               money, by expiry), tape {time, quote_price, quote_confidence, market, history {stable,
               accumulated, unbroken_since}}, publishers [publisher (its number), address, time, index,
               unchanged_since], settlements [expiry, price]

Exit code 0; 2 when the state cannot be used.";

/// Everything that is shown.
#[derive(Serialize)]
struct View {
    chain_id: String,
    oracle: String,
    time: u64,
    underlyings: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    underlying: Symbol,
    development: bool,
    quorum: u32,
    fresh: u32,
    jump_since: Option<u64>,
    /// Of the tape, in seconds.
    age: Option<u64>,
    /// At the money, by expiry; none without a slice.
    vols: Vec<Option<Ratio>>,
    tape: Option<Tape>,
    publishers: Vec<Reporter>,
    settlements: Vec<Settlement>,
}

#[derive(Serialize)]
struct Reporter {
    publisher: Option<u8>,
    address: String,
    time: Option<u64>,
    index: Option<String>,
    unchanged_since: Option<u64>,
}

/// Reads the state and shows it.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    let missing = || CliError::input(&args.state, "no such file");
    let chain = Chain::load(&args.state)?.ok_or_else(missing)?;
    let view = View::of(&chain, args.underlying).map_err(unanswered)?;
    if let Some(underlying) = args.underlying.filter(|_| view.underlyings.is_empty()) {
        let reason = format!("--underlying {underlying}: must be listed");
        return Err(CliError::Usage { reason });
    }
    if args.json {
        serde_json::to_writer(&mut *out, &view).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    Ok(view.write(out)?)
}

impl View {
    fn of(chain: &Chain, only: Option<Symbol>) -> Result<Self, Refusal> {
        let listings = chain.listings()?.into_iter().map(|listing| listing.underlying);
        let shown = listings.filter(|underlying| only.is_none_or(|only| only == *underlying));
        Ok(Self {
            chain_id: chain.id(),
            oracle: chain.oracle().to_string(),
            time: chain.now(),
            underlyings: shown
                .map(|symbol| Listed::of(chain, symbol))
                .collect::<Result<_, _>>()?,
        })
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { chain_id, oracle, .. } = self;
        writeln!(out, "{chain_id}, {}, oracle {oracle}\n", date(self.time))?;
        if self.underlyings.is_empty() {
            return writeln!(out, "no underlying is listed");
        }
        self.write_tapes(out)?;
        self.write_expiries(out)?;
        self.write_publishers(out)?;
        self.write_settlements(out)
    }

    fn write_tapes(&self, out: &mut dyn Write) -> io::Result<()> {
        let heading = [
            "underlying",
            "index",
            "confidence",
            "age",
            "mark",
            "confidence",
            "stable",
            "quote",
            "confidence",
            "sources",
        ];
        let mut table = Table::new(&heading, &[0, 9]);
        for listed in &self.underlyings {
            let mut row = vec![listed.underlying.to_string()];
            match &listed.tape {
                None => row.extend(std::iter::repeat_n("-".to_owned(), 8)),
                Some(tape) => {
                    let Tape { market, history, .. } = tape;
                    let stable = history.map(|history| history.stable);
                    row.extend([
                        market.index.to_string(),
                        market.confidence.to_string(),
                        or_dash(listed.age.map(|age| format!("{age} s"))),
                        or_dash(market.perp.map(|perp| perp.mark)),
                        or_dash(market.perp.map(|perp| perp.confidence)),
                        or_dash(stable),
                        tape.quote_price.to_string(),
                        tape.quote_confidence.to_string(),
                    ]);
                }
            }
            row.push(listed.sources());
            table.push(row);
        }
        table.write(out)
    }

    fn write_expiries(&self, out: &mut dyn Write) -> io::Result<()> {
        let heading = [
            "expiry",
            "forward",
            "confidence",
            "rate",
            "confidence",
            "vol",
            "confidence",
        ];
        let mut table = Table::new(&heading, &[0]);
        for listed in &self.underlyings {
            let expiries = listed.tape.iter().flat_map(|tape| &tape.market.expiries);
            for (expiry, vol) in expiries.zip(&listed.vols) {
                let day = or_dash(Day::of(expiry.expiry));
                let over = if expiry.expiry <= self.time { " (over)" } else { "" };
                table.push(vec![
                    format!("{}-{day}{over}", listed.underlying),
                    expiry.forward.to_string(),
                    expiry.confidence.forward.to_string(),
                    expiry.rate.to_string(),
                    expiry.confidence.rate.to_string(),
                    or_dash(*vol),
                    expiry.confidence.vol.to_string(),
                ]);
            }
        }
        table.write_below(out)
    }

    fn write_publishers(&self, out: &mut dyn Write) -> io::Result<()> {
        let heading = [
            "underlying",
            "publisher",
            "index",
            "last report",
            "age",
            "index since",
            "address",
        ];
        let mut table = Table::new(&heading, &[0, 3, 5, 6]);
        for listed in &self.underlyings {
            for reporter in &listed.publishers {
                table.push(vec![
                    listed.underlying.to_string(),
                    or_dash(reporter.publisher),
                    or_dash(reporter.index.as_ref()),
                    or_dash(reporter.time.map(date)),
                    or_dash(
                        reporter
                            .time
                            .map(|time| format!("{} s", self.time.saturating_sub(time))),
                    ),
                    or_dash(reporter.unchanged_since.map(date)),
                    reporter.address.clone(),
                ]);
            }
        }
        table.write_below(out)
    }

    fn write_settlements(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(&["settled", "price"], &[0]);
        for listed in &self.underlyings {
            for Settlement { expiry, price } in &listed.settlements {
                table.push(vec![format!("{}-{expiry}", listed.underlying), price.to_string()]);
            }
        }
        table.write_below(out)
    }
}

impl Listed {
    fn of(chain: &Chain, underlying: Symbol) -> Result<Self, Refusal> {
        let reports = chain.reports(underlying)?;
        let tape = chain.tape(underlying)?;
        let now = chain.now();
        Ok(Self {
            underlying,
            development: reports.development,
            quorum: reports.quorum,
            fresh: reports.fresh,
            jump_since: reports.jump_since,
            age: tape.as_ref().map(|tape| now.saturating_sub(tape.time)),
            vols: tape.as_ref().map(|tape| vols(tape, now)).unwrap_or_default(),
            tape,
            publishers: reports
                .items
                .into_iter()
                .map(|report| Reporter::of(chain, report))
                .collect(),
            settlements: chain.settlements(underlying)?,
        })
    }

    /// `3 of 3, quorum 3`.
    fn sources(&self) -> String {
        let Self {
            development,
            quorum,
            fresh,
            ..
        } = self;
        let count = self.publishers.len();
        let development = if *development { ", development" } else { "" };
        let jump = if self.jump_since.is_some() {
            ", a jump waits"
        } else {
            ""
        };
        format!("{fresh} of {count}, quorum {quorum}{development}{jump}")
    }
}

impl Reporter {
    fn of(chain: &Chain, report: ReportState) -> Self {
        Self {
            publisher: chain.number(&report.publisher),
            address: report.publisher,
            time: report.time,
            index: report.index.map(|index| index.to_string()),
            unchanged_since: report.unchanged_since,
        }
    }
}

/// At the money, by expiry; none without a slice and when the expiry is over.
fn vols(tape: &Tape, now: u64) -> Vec<Option<Ratio>> {
    let vol = |expiry: &hedgerow_risk::market::Expiry| {
        let left = expiry.expiry.checked_sub(now).filter(|left| *left > 0)?;
        expiry.svi?;
        Ratio::new(i64::try_from(Surface::of(expiry, left).sigma(0)).ok()?).ok()
    };
    tape.market.expiries.iter().map(vol).collect()
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
