//! Jumps: prices that are far from the last tape's pass when two successive rounds of reports agree on them.
//!
//! ```text
//! far(a, b)  = |a - b| > max_jump * min(a, b)      for the index, the mark, and each forward that both have
//! ```
//! A round that is far from the tape is held beside it, and the tape stays. The second round is there when a quorum of the
//! reports in use is newer than the newest of the first round: when it is not far from what is held, it is the tape. When it
//! is, it is held in its place. Any tape in between ends the wait.

use crate::ContractError;
use crate::round::{Round, at};
use crate::state::Held;
use hedgerow_interface::tape::Tape;
use hedgerow_risk::market::Underlying;
use hedgerow_risk::number::{Price, Ratio};

/// What becomes of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the tape.
    Pass,
    /// It is far from the tape, and takes the place of what was held.
    Hold,
    /// It agrees with what is held, and too few of its reports are new.
    Wait,
}

/// Judges a round that was aggregated as `next`, against the tape and what is held, which is read only when it matters.
pub fn judge(
    tape: Option<&Tape>,
    next: &Tape,
    round: &Round,
    quorum: usize,
    max_jump: Ratio,
    held: impl FnOnce() -> Result<Option<Held>, ContractError>,
) -> Result<Verdict, ContractError> {
    let Some(tape) = tape.filter(|tape| far(&tape.market, &next.market, max_jump)) else {
        return Ok(Verdict::Pass);
    };
    let agrees = |held: &Held| held.base == tape.time && !far(&held.tape.market, &next.market, max_jump);
    let Some(held) = held()?.filter(agrees) else {
        return Ok(Verdict::Hold);
    };
    let new = round.reports.iter().filter(|report| report.time > held.newest).count();
    Ok(if new >= quorum { Verdict::Pass } else { Verdict::Wait })
}

/// True when any price that both have is far from the other.
fn far(a: &Underlying, b: &Underlying, max_jump: Ratio) -> bool {
    let marks = a.perp.zip(b.perp).map(|(a, b)| (a.mark, b.mark));
    let forwards = a
        .expiries
        .iter()
        .filter_map(|own| Some((own.forward, at(b, own.expiry)?.forward)));
    let mut pairs = [(a.index, b.index)].into_iter().chain(marks).chain(forwards);
    pairs.any(|(a, b)| apart(a, b, max_jump))
}

fn apart(a: Price, b: Price, max_jump: Ratio) -> bool {
    // Prices are at most 10^18 steps, and a jump at most 10^10.
    let lower = u128::from(a.min(b).steps()) * u128::from(max_jump.steps().unsigned_abs());
    u128::from(a.steps().abs_diff(b.steps())) * u128::from(Ratio::ONE.steps().unsigned_abs()) > lower
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_is_a_part_of_the_lower_price() {
        let apart = |a: &str, b: &str, by: &str| apart(a.parse().unwrap(), b.parse().unwrap(), by.parse().unwrap());
        for (a, b) in [("100", "110"), ("110", "100")] {
            assert!(!apart(a, b, "0.1"));
            assert!(apart(a, b, "0.099999999"));
        }
        assert!(apart("100", "110.00000001", "0.1"));
        assert!(!apart("10000000000", "1000000000", "10"));
        assert!(apart("10000000000", "0.001", "10"));
    }
}
