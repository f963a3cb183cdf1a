//! What a publisher posts and when.
//!
//! ```text
//! post  when a value moved by more than the deviation, when what is listed changed, or when the heartbeat is over
//! skip  while the file's time is not after the last report's: an old observation is never posted as a new one
//! wait  min(every * 2^(failures - 1), max(every, heartbeat)) after each failure in a row
//! ```
//! Prices and volatilities move by parts of themselves, rates and confidences by their difference. A surface is compared at
//! log-moneyness -1/4, 0 and 1/4.
//!
//! Worked: an index of 60,000 last, 60,150 now has moved by 0.0025. With rounds every 5 seconds and a heartbeat of 30 the
//! waits are 5, 10, 20, 30, 30, ... seconds.

use std::fmt;
use std::time::Duration;

use hedgerow_interface::oracle::Report;
use hedgerow_risk::instrument::Day;
use hedgerow_risk::market::Expiry;
use hedgerow_risk::number::{Price, Ratio};
use hedgerow_risk::surface::Surface;

/// Log-moneyness at which surfaces are compared, in 2^-57, and what it is called.
const MONEYNESS: [(i64, &str); 3] = [(-(1 << 55), " below"), (0, ""), (1 << 55, " above")];

/// When to post.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// A larger move is posted at once.
    pub deviation: Ratio,
    /// Without one, a report is posted this long after the last one.
    pub heartbeat: Duration,
    /// The time between two looks at the file.
    pub every: Duration,
}

/// One publisher's reports of one underlying so far. Times are counted from when the program began.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The last report that was accepted, and when.
    last: Option<(Report, Duration)>,
    retry: Retry,
}

/// When something that failed may be tried again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retry {
    /// In a row.
    failures: u32,
    at: Duration,
}

impl Retry {
    /// It failed again; answers how long to wait.
    pub fn failed(&mut self, policy: &Policy, now: Duration) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let wait = pause(self.failures, policy);
        self.at = now.saturating_add(wait);
        wait
    }

    /// The time that is left to wait; none when it may be tried.
    pub fn left(&self, now: Duration) -> Option<Duration> {
        self.at.checked_sub(now).filter(|left| !left.is_zero())
    }
}

/// What to do with what the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Post it.
    Post(Reason),
    /// Leave it.
    Skip(Idle),
}

/// Why a report is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is the first one since the program began.
    First,
    /// What is listed changed.
    Listed,
    /// A value moved.
    Moved(Move),
    /// The heartbeat is over: the seconds since the last report.
    Heartbeat(u64),
}

/// Why nothing is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idle {
    /// The file's time is not after the last report's.
    NotNewer {
        /// The file's time.
        time: u64,
        /// The last report's.
        last: u64,
    },
    /// The last post failed: the time that is left to wait.
    Waiting(Duration),
    /// No value moved by more than the deviation: the largest move.
    Still(Move),
}

/// How far a value moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The value.
    pub what: String,
    /// A part of it, or the difference.
    pub by: Ratio,
}

impl Past {
    /// Decides on a report at a time; `known` is when the last report that the chain has of this publisher was observed.
    pub fn decide(&self, seen: &Report, known: Option<u64>, policy: &Policy, now: Duration) -> Decision {
        if let Some(last) = known.filter(|last| seen.time <= *last) {
            let time = seen.time;
            return Decision::Skip(Idle::NotNewer { time, last });
        }
        if let Some(left) = self.retry.left(now) {
            return Decision::Skip(Idle::Waiting(left));
        }
        let Some((last, at)) = &self.last else {
            return Decision::Post(Reason::First);
        };
        let since = now.saturating_sub(*at);
        match largest_move(last, seen) {
            None => Decision::Post(Reason::Listed),
            Some(moved) if moved.by > policy.deviation => Decision::Post(Reason::Moved(moved)),
            Some(_) if since >= policy.heartbeat => Decision::Post(Reason::Heartbeat(since.as_secs())),
            Some(moved) => Decision::Skip(Idle::Still(moved)),
        }
    }

    /// A report was accepted.
    pub fn accepted(&mut self, report: Report, now: Duration) {
        *self = Self {
            last: Some((report, now)),
            retry: Retry::default(),
        };
    }

    /// A report failed; answers how long to wait.
    pub fn failed(&mut self, policy: &Policy, now: Duration) -> Duration {
        self.retry.failed(policy, now)
    }
}

/// How long to wait after so many failures in a row.
fn pause(failures: u32, policy: &Policy) -> Duration {
    let doubled = 2u32.saturating_pow(failures.saturating_sub(1));
    let longest = policy.heartbeat.max(policy.every);
    policy.every.saturating_mul(doubled).min(longest)
}

/// The largest move of a value, the first of equal ones; none when what is listed is not the same. Expiries that are over
/// by the later report do not count.
fn largest_move(last: &Report, seen: &Report) -> Option<Move> {
    let (old, new) = (&last.market, &seen.market);
    let mut moves = vec![
        part("index", old.index, new.index),
        part("quote price", last.quote_price, seen.quote_price),
        difference("index confidence", old.confidence, new.confidence),
        difference("quote confidence", last.quote_confidence, seen.quote_confidence),
    ];
    match (&old.perp, &new.perp) {
        (Some(old), Some(new)) => moves.extend([
            part("mark", old.mark, new.mark),
            difference("mark confidence", old.confidence, new.confidence),
        ]),
        (None, None) => {}
        _ => return None,
    }
    let live = |report: &Report| -> Vec<Expiry> {
        let expiries = report.market.expiries.iter();
        expiries.filter(|expiry| expiry.expiry > seen.time).cloned().collect()
    };
    let (old, new) = (live(last), live(seen));
    if old.len() != new.len() {
        return None;
    }
    for (old, new) in old.iter().zip(&new) {
        if old.expiry != new.expiry || old.svi.is_some() != new.svi.is_some() {
            return None;
        }
        let day = Day::of(new.expiry)?;
        moves.push(part(&format!("forward {day}"), old.forward, new.forward));
        moves.push(difference(&format!("rate {day}"), old.rate, new.rate));
        let (trusted, trust) = (&old.confidence, &new.confidence);
        for (name, old, new) in [
            ("forward", trusted.forward, trust.forward),
            ("rate", trusted.rate, trust.rate),
            ("vol", trusted.vol, trust.vol),
        ] {
            moves.push(difference(&format!("{name} confidence {day}"), old, new));
        }
        let surface = |report: &Report, expiry: &Expiry| Surface::of(expiry, expiry.expiry.saturating_sub(report.time));
        let (old, new) = (surface(last, old), surface(seen, new));
        for (k, side) in MONEYNESS {
            moves.push(relative(format!("vol {day}{side}"), old.sigma(k), new.sigma(k)));
        }
    }
    moves
        .into_iter()
        .reduce(|most, next| if next.by > most.by { next } else { most })
}

fn part(what: &str, old: Price, new: Price) -> Move {
    relative(what.to_owned(), old.steps(), new.steps())
}

/// The difference as a part of the old value, rounded up; of one step where that is zero.
fn relative(what: String, old: u64, new: u64) -> Move {
    let one = u128::from(Ratio::ONE.steps().unsigned_abs());
    let steps = (u128::from(old.abs_diff(new)) * one).div_ceil(u128::from(old.max(1)));
    moved(what, u64::try_from(steps).unwrap_or(u64::MAX))
}

fn difference(what: &str, old: Ratio, new: Ratio) -> Move {
    moved(what.to_owned(), old.steps().abs_diff(new.steps()))
}

/// A move of some steps, held at the end of the range.
fn moved(what: String, steps: u64) -> Move {
    let steps = i64::try_from(steps).unwrap_or(i64::MAX).min(Ratio::MAX);
    Move {
        what,
        by: Ratio::new(steps).unwrap_or(Ratio::TEN),
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} moved by {}", self.what, self.by)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("first report"),
            Self::Listed => f.write_str("what is listed changed"),
            Self::Moved(moved) => moved.fmt(f),
            Self::Heartbeat(seconds) => write!(f, "heartbeat, {seconds} s after the last report"),
        }
    }
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNewer { time, last } => {
                write!(f, "the file's time {time} is not after the last report's, {last}")
            }
            Self::Waiting(left) => write!(f, "tried again in {:.1} s", left.as_secs_f64()),
            Self::Still(Move { by, .. }) if *by == Ratio::ZERO => f.write_str("nothing moved"),
            Self::Still(moved) => write!(f, "{moved} at most"),
        }
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
