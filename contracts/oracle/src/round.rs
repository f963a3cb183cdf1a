//! Which reports take part in a tape, and what it will hold.
//!
//! A report is **fresh** while its time is at most `max_age` before the block's, and **in use** while its time is also at
//! most `max_skew` from the median of the fresh ones' times: a minority cannot push the others out with its own clock.
//!
//! A tape holds what the one before held; reports that lack any of it are not in use. What is new is listed once every
//! report in use has it, so each of them could be the tape on its own. Were a quorum enough, those who list first would put
//! the reports of the others out of use, and two of five would be two of three.
//!
//! The price of that: a source that is in use and never reports an expiry holds its listing up for all, until the admin
//! removes it with `remove_publisher`.

use crate::median::median;
use hedgerow_interface::oracle::Rules;
use hedgerow_interface::tape::Tape;
use hedgerow_risk::market::{Expiry, Underlying};

/// Reports in use and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// At least a quorum, in the order of their publishers.
    pub reports: Vec<Tape>,
    /// All of them have a mark of the perpetual.
    pub perp: bool,
    /// Expiries in the order of time.
    pub expiries: Vec<Common>,
    /// The median of the reports' times.
    pub time: u64,
    /// The newest of them.
    pub newest: u64,
    /// Expiries up to this second are over, by the later of the block's clock and the reports'.
    pub over: u64,
}

/// An expiry that all reports in use have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Common {
    /// Seconds since 1970.
    pub expiry: u64,
    /// All of them have a slice.
    pub slice: bool,
}

/// The reports that are fresh enough at `now`.
pub fn fresh(mut reports: Vec<Tape>, now: u64, rules: &Rules) -> Vec<Tape> {
    let age = |report: &Tape| now.saturating_sub(report.time);
    reports.retain(|report| age(report) <= rules.max_age);
    let Some(middle) = time(&reports) else { return reports };
    reports.retain(|report| report.time.abs_diff(middle) <= rules.max_skew);
    reports
}

/// The reports in use; none while they are fewer than the quorum.
pub fn agree(reports: Vec<Tape>, tape: Option<&Tape>, now: u64, quorum: usize, rules: &Rules) -> Option<Round> {
    let mut reports = fresh(reports, now, rules);
    let over = reports.iter().map(|report| report.time).max()?.max(now);
    let has_all = |report: &Tape| tape.is_none_or(|tape| covers(&report.market, &tape.market, over));
    reports.retain(has_all);
    if reports.len() < quorum {
        return None;
    }
    let (first, others) = reports.split_first()?;
    let live = first.market.expiries.iter().filter(|expiry| expiry.expiry > over);
    let expiries = live.filter_map(|own| {
        let mut slice = own.svi.is_some();
        for other in others {
            slice &= at(&other.market, own.expiry)?.svi.is_some();
        }
        let expiry = own.expiry;
        Some(Common { expiry, slice })
    });
    Some(Round {
        perp: reports.iter().all(|report| report.market.perp.is_some()),
        expiries: expiries.collect(),
        time: time(&reports)?,
        newest: reports.iter().map(|report| report.time).max()?,
        over,
        reports,
    })
}

/// True when a report has everything of a tape that is not over.
fn covers(report: &Underlying, tape: &Underlying, over: u64) -> bool {
    let mut live = tape.expiries.iter().filter(|expiry| expiry.expiry > over);
    (report.perp.is_some() || tape.perp.is_none())
        && live.all(|known| at(report, known.expiry).is_some_and(|own| own.svi.is_some() || known.svi.is_none()))
}

/// An expiry by its second.
pub fn at(market: &Underlying, expiry: u64) -> Option<&Expiry> {
    market.expiries.iter().find(|known| known.expiry == expiry)
}

fn time(reports: &[Tape]) -> Option<u64> {
    let times = reports.iter().filter_map(|report| i64::try_from(report.time).ok());
    median(times).and_then(|time| u64::try_from(time).ok())
}
