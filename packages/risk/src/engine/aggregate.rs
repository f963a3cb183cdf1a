//! From losses by scenario to one number.
//!
//! ```text
//! losses sorted from the largest (ties by index), p their probabilities, t = 1 - confidence
//! expected shortfall = (1/t) [ sum_{s<k} p_s L_s + (t - sum_{s<k} p_s) L_k ],  k the first with cumulative p >= t
//! value at risk      = L_k
//! ```
//! Worked: losses 10, 4, 1 at 2%, 3%, 95% and confidence 0.96: (0.02 * 10 + 0.02 * 4) / 0.04 = 7; value at risk 4.

use crate::engine::scale::clamp;
use crate::engine::sum::product;
use crate::model::{Aggregation, Tail};
use crate::number::{Ratio, div_floor};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The aggregated loss, and how much each scenario has to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Aggregate {
    /// In grains, rounded up; may be negative.
    pub loss: i128,
    /// The scenario with the largest loss, the first of several.
    pub worst: usize,
    /// Scenarios and their parts of `whole`.
    pub parts: Vec<(usize, i64)>,
    /// The sum of the parts.
    pub whole: i64,
}

impl Aggregate {
    /// The scenarios that count.
    pub(crate) fn counted(&self) -> Vec<usize> {
        self.parts.iter().map(|(scenario, _)| *scenario).collect()
    }

    /// The loss of a part of the portfolio in grains, rounded up, from its P&L in the scenarios that count.
    pub(crate) fn loss_of(&self, pnl: impl Iterator<Item = i128>) -> i128 {
        let parts = self.parts.iter().map(|(_, part)| *part);
        mean(pnl.zip(parts), self.whole)
    }
}

/// Aggregates P&L by scenario, in grains.
pub(crate) fn aggregate(pnl: &[i128], aggregation: &Aggregation) -> Aggregate {
    let worst = worst(pnl);
    match aggregation {
        Aggregation::Worst {} => Aggregate {
            loss: pnl.get(worst).map_or(0, |pnl| -pnl),
            worst,
            parts: vec![(worst, 1)],
            whole: 1,
        },
        Aggregation::ExpectedShortfall(tail) => {
            let (parts, whole) = taken(pnl, tail);
            let counted = parts.iter().filter_map(|(at, part)| Some((*pnl.get(*at)?, *part)));
            Aggregate {
                loss: mean(counted, whole),
                worst,
                parts,
                whole,
            }
        }
        Aggregation::ValueAtRisk(tail) => {
            let last = taken(pnl, tail).0.pop().map_or(worst, |(scenario, _)| scenario);
            Aggregate {
                loss: pnl.get(last).map_or(0, |pnl| -pnl),
                worst,
                parts: vec![(last, 1)],
                whole: 1,
            }
        }
    }
}

fn worst(pnl: &[i128]) -> usize {
    // The first of several that are equal.
    let least = pnl.iter().enumerate().min_by_key(|(_, pnl)| **pnl);
    least.map_or(0, |(index, _)| index)
}

/// The scenarios of the tail from the worst on, with the probability taken of each; and the tail's.
fn taken(pnl: &[i128], tail: &Tail) -> (Vec<(usize, i64)>, i64) {
    let missing = Ratio::ONE.steps() - tail.confidence.steps();
    // Equal probabilities are one each of as many as there are: at most 512 * 1e9.
    let equal = tail.probabilities.is_empty();
    let one = Ratio::ONE.steps();
    let whole = if equal { missing * pnl.len() as i64 } else { missing };
    // From the largest loss, ties from the first: only the tail is ever put in order.
    let mut order: BinaryHeap<Reverse<(i128, usize)>> = pnl.iter().copied().zip(0..).map(Reverse).collect();
    let mut left = whole;
    let mut parts = Vec::new();
    while left > 0 {
        let Some(Reverse((_, index))) = order.pop() else {
            break;
        };
        let probability = tail.probabilities.get(index).map_or(one, |p| p.steps());
        // Probabilities may sum to a little less than one: the last scenario takes the rest.
        let part = if order.is_empty() { left } else { probability.min(left) };
        left -= part;
        if part > 0 {
            parts.push((index, part));
        }
    }
    (parts, whole)
}

/// The mean loss in grains, rounded up, from P&L and their parts of the whole.
fn mean(taken: impl Iterator<Item = (i128, i64)>, whole: i64) -> i128 {
    const LOW: u32 = 62;
    // pnl = high * 2^62 + low: |high| <= 2^58, the parts sum to below 2^40.
    let (high, low) = taken.fold((0, 0), |(high, low): (i128, i128), (pnl, part)| {
        let (pnl, part) = (clamp(pnl), part.unsigned_abs());
        let top = product((pnl >> LOW) as i64, part);
        let bottom = product(pnl as i64 & ((1 << LOW) - 1), part);
        // Below 2^98 and 2^102.
        (high.wrapping_add(top), low.wrapping_add(bottom))
    });
    let whole = whole.max(1).unsigned_abs();
    let (high, rest) = div_floor(high, whole);
    let (low, _) = div_floor((i128::from(rest) << LOW) + low, whole);
    -((high << LOW) + low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tail(confidence: &str, probabilities: &[&str]) -> Tail {
        Tail {
            confidence: confidence.parse().unwrap(),
            probabilities: probabilities.iter().map(|p| p.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn the_worked_number() {
        let tail = tail("0.96", &["0.95", "0.02", "0.03"]);
        let pnl = [-1, -10, -4];
        let es = aggregate(&pnl, &Aggregation::ExpectedShortfall(tail.clone()));
        assert_eq!((es.loss, es.worst), (7, 1));
        assert_eq!(es.parts, [(1, 20_000_000), (2, 20_000_000)]);
        let var = aggregate(&pnl, &Aggregation::ValueAtRisk(tail));
        assert_eq!((var.loss, var.worst, var.parts), (4, 1, vec![(2, 1)]));
    }

    #[test]
    fn ties_take_the_first() {
        let worst = aggregate(&[3, -2, -2], &Aggregation::Worst {});
        assert_eq!((worst.loss, worst.worst), (2, 1));
        let es = aggregate(&[-2, -2, -2, -2], &Aggregation::ExpectedShortfall(tail("0.5", &[])));
        assert_eq!(es.parts.iter().map(|p| p.0).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(es.loss, 2);
    }

    #[test]
    fn the_last_scenario_takes_what_thirds_leave() {
        let thirds = tail("0.000000001", &["0.333333333", "0.333333333", "0.333333333"]);
        let es = aggregate(&[-3, -6, -9], &Aggregation::ExpectedShortfall(thirds));
        assert_eq!(es.parts.iter().map(|p| p.1).sum::<i64>(), es.whole);
    }

    proptest! {
        #[test]
        fn shortfall_is_between_value_at_risk_and_worst(
            pnl in prop::collection::vec(-(1i128 << 100)..(1i128 << 100), 1..40), confidence in 1i64..1_000_000_000,
        ) {
            let tail = Tail { confidence: Ratio::new(confidence).unwrap(), probabilities: Vec::new() };
            let worst = aggregate(&pnl, &Aggregation::Worst {}).loss;
            let es = aggregate(&pnl, &Aggregation::ExpectedShortfall(tail.clone())).loss;
            let var = aggregate(&pnl, &Aggregation::ValueAtRisk(tail)).loss;
            prop_assert!(var <= es && es <= worst, "{var} {es} {worst}");
        }
    }
}
