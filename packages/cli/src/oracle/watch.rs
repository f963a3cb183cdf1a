//! `hedgerow oracle watch`: a publisher that reads its prices from a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use hedgerow_interface::oracle::Report;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::market::Market;
use hedgerow_risk::number::Ratio;

use super::Desk;
use super::chain::Chain;
use super::delivery::{Outcome, deliver, reports};
use super::log::{Decided, Entry, Log};
use super::policy::{Decision, Past, Policy, Retry};
use crate::error::CliError;

/// Publishes a market file: posts what moved, and everything once a heartbeat
///
/// Reads the file again and again. Each underlying is posted when a value moved by more than the deviation, when what is
/// listed changed, or when the heartbeat is over; never under another time than the file's. A file that is missing or half
/// written and a report that is refused are tried again, at first after --every seconds, then after twice as long each
/// time, up to the heartbeat. Each decision is a line. Ctrl-C and SIGTERM end it after the round.
///
/// The chain's clock goes on with the computer's, and moves on to the file's time where that is later; a file that is
/// ahead of both is not used.
#[derive(clap::Args)]
#[command(after_help = "Exit code 0, whatever was refused, when it is stopped and after --count rounds.")]
pub struct Args {
    /// Prices: a JSON file as `hedgerow import` writes it
    #[arg(long, value_name = "FILE")]
    market: PathBuf,
    #[command(flatten)]
    desk: Desk,
    /// Seconds between two looks at the file
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    every: Duration,
    /// Seconds after which a report is posted though nothing moved: half of the oracle's max_skew at most
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    heartbeat: Duration,
    /// A larger move is posted at once: a part of a price or volatility, the difference of a rate or confidence
    #[arg(long, value_name = "PART", default_value = "0.002", value_parser = deviation)]
    deviation: Ratio,
    /// End after so many looks at the file; go on until stopped when missing
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Leave what is skipped out of the log
    #[arg(long)]
    quiet: bool,
    /// Write each line of the log as one JSON object
    #[arg(long)]
    json: bool,
}

/// The longest time between two looks, in seconds: a day.
const LONGEST: f64 = 86_400.0;

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "must be a number of seconds".to_owned())?;
    if !(0.001..=LONGEST).contains(&seconds) {
        return Err(format!("must be within 0.001 and {LONGEST}"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

fn deviation(text: &str) -> Result<Ratio, String> {
    let part: Ratio = text.parse().map_err(|error| format!("{error}"))?;
    if !(Ratio::ZERO..=Ratio::TEN).contains(&part) {
        return Err("must be within 0 and 10".to_owned());
    }
    Ok(part)
}

/// A publisher at work.
struct Publishing<'a> {
    args: &'a Args,
    policy: Policy,
    chain: Chain,
    /// The chain's clock when the program began.
    base: u64,
    began: Instant,
    pasts: BTreeMap<(Symbol, u8), Past>,
    /// The file, when it could not be read.
    unread: Retry,
    log: Log<'a>,
}

/// Publishes until it is stopped.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    if args.market.as_os_str() == "-" {
        let reason = "--market -: must be a file, stdin cannot be read again".to_owned();
        return Err(CliError::Usage { reason });
    }
    let _held = args.desk.hold()?;
    let chain = args.desk.chain()?;
    let stop = stops()?;
    let mut publishing = Publishing {
        policy: Policy {
            deviation: args.deviation,
            heartbeat: args.heartbeat,
            every: args.every,
        },
        base: chain.now(),
        began: Instant::now(),
        pasts: BTreeMap::new(),
        unread: Retry::default(),
        log: Log::new(out, args.json, args.quiet),
        args,
        chain,
    };
    let mut rounds = 0u64;
    loop {
        publishing.round()?;
        rounds = rounds.saturating_add(1);
        let why = if args.count.is_some_and(|count| rounds >= count) {
            "--count is reached"
        } else if stop.recv_timeout(args.every).is_ok() {
            "it was asked to"
        } else {
            continue;
        };
        let why = format!("{why} after {rounds} rounds: {}", publishing.log.counts());
        return publishing.tell(Decided::Stopped, None, why, None);
    }
}

/// Hears when the program is asked to stop.
fn stops() -> Result<Receiver<()>, CliError> {
    let (asked, stop) = mpsc::channel();
    let heard = move || {
        // Nobody listens any more: it stops already.
        let _ = asked.send(());
    };
    ctrlc::set_handler(heard).map_err(|reason| CliError::Usage {
        reason: format!("cannot listen to Ctrl-C: {reason}"),
    })?;
    Ok(stop)
}

impl Publishing<'_> {
    /// One look at the file. Fails only when the log cannot be written.
    fn round(&mut self) -> Result<(), CliError> {
        let now = self.began.elapsed();
        self.chain.advance_to(self.base.saturating_add(now.as_secs()));
        if self.unread.left(now).is_none() {
            match super::market(&self.args.market, &self.chain) {
                Ok(market) => {
                    self.unread = Retry::default();
                    self.market(&market, now)?;
                }
                Err(error) => {
                    let wait = self.unread.failed(&self.policy, now);
                    self.tell(Decided::Failed, None, told(&error.to_string(), wait), None)?;
                }
            }
        }
        // What cannot be saved now is saved with the next round.
        match self.args.desk.save(&self.chain) {
            Ok(()) => Ok(()),
            Err(error) => self.tell(Decided::Failed, None, error.to_string(), None),
        }
    }

    /// What the file says, for each underlying and publisher.
    fn market(&mut self, market: &Market, now: Duration) -> Result<(), CliError> {
        self.base = self.base.saturating_add(market.time.saturating_sub(self.chain.now()));
        self.chain.advance_to(market.time);
        for report in reports(market) {
            for publisher in self.args.desk.publishers(&self.chain) {
                self.report(&report, publisher, now)?;
            }
        }
        let gone = |key: &&(Symbol, u8)| !market.underlyings.contains_key(&key.0);
        for key in self.pasts.keys().filter(gone).copied().collect::<Vec<_>>() {
            self.tell(
                Decided::Skipped,
                Some(key),
                "the file has it no longer".to_owned(),
                None,
            )?;
        }
        Ok(())
    }

    fn report(&mut self, report: &Report, publisher: u8, now: Duration) -> Result<(), CliError> {
        let key = (report.underlying, publisher);
        let past = self.pasts.entry(key).or_default();
        let known = known(&self.chain, publisher, report.underlying);
        let why = match past.decide(report, known, &self.policy, now) {
            Decision::Skip(why) => return self.tell(Decided::Skipped, Some(key), why.to_string(), None),
            Decision::Post(why) => why,
        };
        let outcome = deliver(&mut self.chain, publisher, report, self.args.desk.relay);
        let (decision, why) = if outcome.accepted() {
            past.accepted(report.clone(), now);
            (Decided::Posted, why.to_string())
        } else {
            let wait = past.failed(&self.policy, now);
            (Decided::Refused, told(&why.to_string(), wait))
        };
        self.tell(decision, Some(key), why, Some(outcome))
    }

    fn tell(
        &mut self,
        decision: Decided,
        whose: Option<(Symbol, u8)>,
        why: String,
        report: Option<Outcome>,
    ) -> Result<(), CliError> {
        let entry = Entry {
            decision,
            underlying: whose.map(|(underlying, _)| underlying),
            publisher: whose.map(|(_, publisher)| publisher),
            why,
            report,
        };
        self.log.tell(&entry).map_err(CliError::Write)
    }
}

/// When the publisher's last report was observed; none of an underlying that is not listed.
fn known(chain: &Chain, publisher: u8, underlying: Symbol) -> Option<u64> {
    chain.last_report(publisher, underlying).ok().flatten()
}

fn told(why: &str, wait: Duration) -> String {
    format!("{why}, next try in {:.1} s", wait.as_secs_f64())
}
