//! What a tape remembers: the sum of index times seconds, the stable price, since when there was no gap.
//!
//! ```text
//! accumulated' = accumulated + index * (time' - time)        an index holds until the next tape
//! average      = (A(to) - A(from)) / (to - from)              A between two snapshots is a straight line
//! stable'      = index' within stable * (1 +- stable_per_day * (time' - time)/86400)
//! ```
//! The first tape of each minute leaves a snapshot of the sum in a ring of [`SNAPSHOTS_KEPT`], so averages reach back about
//! an hour. Averages, sums and steps of the stable price round down.
//!
//! Worked: an index of 60,000 for 60 seconds and 61,000 for 30 have accumulated 5,430,000; the average is 60,333.33333333. A
//! stable price of 60,000 that may follow by 10% a day moves by at most 6.94444444 in 100 seconds.

use crate::ContractError;
use crate::state::{self, SNAPSHOTS_KEPT, Snapshot};
use cosmwasm_std::{Storage, Uint128};
use hedgerow_interface::oracle::{MAX_GAP, Rules};
use hedgerow_interface::tape::{History, Tape};
use hedgerow_risk::instrument::{DAY_SECONDS, Symbol};
use hedgerow_risk::number::{Price, Ratio};

/// Seconds between two snapshots.
const SPACING: u64 = 60;

/// The history of a tape that follows another, or is the first.
pub fn next(before: Option<&Tape>, time: u64, index: Price, rules: &Rules) -> History {
    let first = History {
        stable: index,
        accumulated: Uint128::zero(),
        unbroken_since: time,
    };
    let Some((before, past)) = before.and_then(|tape| Some((tape, tape.history?))) else {
        return first;
    };
    let seconds = time.saturating_sub(before.time);
    // Prices are below 2^60: the sum stays below 2^124.
    let grown = u128::from(before.market.index.steps()) * u128::from(seconds);
    History {
        stable: follow(past.stable, index, seconds, rules.stable_per_day),
        accumulated: past.accumulated.saturating_add(grown.into()),
        unbroken_since: if seconds > MAX_GAP { time } else { past.unbroken_since },
    }
}

/// The stable price after some seconds.
fn follow(stable: Price, index: Price, seconds: u64, per_day: Ratio) -> Price {
    // Prices below 2^60, rates below 2^34, seconds cut to 2^33: below 2^127.
    let rate = u128::from(per_day.steps().unsigned_abs()) * u128::from(seconds.min(1 << 33));
    let day = u128::from(Ratio::ONE.steps().unsigned_abs()) * u128::from(DAY_SECONDS);
    let most = u64::try_from(u128::from(stable.steps()) * rate / day).unwrap_or(u64::MAX);
    let (low, high) = (stable.steps().saturating_sub(most), stable.steps().saturating_add(most));
    Price::new(index.steps().clamp(low, high)).unwrap_or(index)
}

/// Stores a snapshot when the tape is the first of its minute.
pub fn snap(storage: &mut dyn Storage, underlying: Symbol, before: Option<u64>, tape: &Tape) {
    let minute = tape.time / SPACING;
    if let Some(history) = tape
        .history
        .filter(|_| before.is_none_or(|before| before / SPACING != minute))
    {
        state::save_snapshot(storage, underlying, slot(minute), tape.time, history.accumulated);
    }
}

/// The average of the index from one second to a later one.
///
/// Fails: `twap_window` when the window is empty, or reaches beyond the tape or the oldest snapshot.
pub fn average(
    storage: &dyn Storage,
    underlying: Symbol,
    tape: &Tape,
    from: u64,
    to: u64,
) -> Result<Price, ContractError> {
    let refused = || ContractError::TwapWindow {
        underlying,
        from,
        to,
        latest: tape.time,
    };
    let seconds = to
        .checked_sub(from)
        .filter(|seconds| *seconds > 0)
        .ok_or_else(refused)?;
    let sum = |time| accumulated(storage, underlying, tape, time).ok_or_else(refused);
    let grown = sum(to)?.saturating_sub(sum(from)?);
    let steps = grown
        .checked_div(u128::from(seconds))
        .and_then(|steps| u64::try_from(steps).ok());
    steps.and_then(|steps| Price::new(steps).ok()).ok_or_else(refused)
}

/// The sum at a second: a straight line between the snapshots before and after it, the tape being the last of them.
fn accumulated(storage: &dyn Storage, underlying: Symbol, tape: &Tape, time: u64) -> Option<u128> {
    let (minute, last) = (time / SPACING, tape.time / SPACING);
    let head = Snapshot {
        time: tape.time,
        accumulated: tape.history?.accumulated.u128(),
    };
    if time > head.time {
        return None;
    }
    let of = |minute: u64| snapshot_of(storage, underlying, minute);
    let oldest = last.saturating_sub(SNAPSHOTS_KEPT.saturating_sub(1));
    let before = (oldest..=minute)
        .rev()
        .filter_map(of)
        .find(|snapshot| snapshot.time <= time)?;
    let after = (minute..=last)
        .filter_map(of)
        .find(|snapshot| snapshot.time >= time)
        .unwrap_or(head);
    let (seconds, part) = (after.time.checked_sub(before.time)?, time.checked_sub(before.time)?);
    let grown = after.accumulated.checked_sub(before.accumulated)?;
    // A price below 2^60 over an hour of seconds, times seconds: below 2^96 unless tapes are years apart.
    let line = grown
        .saturating_mul(u128::from(part))
        .checked_div(u128::from(seconds))
        .unwrap_or(0);
    before.accumulated.checked_add(line)
}

/// The snapshot of a minute, unless its slot holds another minute's.
fn snapshot_of(storage: &dyn Storage, underlying: Symbol, minute: u64) -> Option<Snapshot> {
    state::snapshot(storage, underlying, slot(minute)).filter(|snapshot| snapshot.time / SPACING == minute)
}

fn slot(minute: u64) -> u8 {
    // The remainder is below 64.
    (minute % SNAPSHOTS_KEPT) as u8
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
