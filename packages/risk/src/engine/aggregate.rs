//! From losses by scenario to one number.
//!
//! ```text
//! losses sorted from the largest (ties by index), p their probabilities, t = 1 - confidence
//! expected shortfall = (1/t) [ sum_{s<k} p_s L_s + (t - sum_{s<k} p_s) L_k ],  k the first with cumulative p >= t
//! value at risk      = L_k
//! ```
//! Worked: losses 10, 4, 1 at 2%, 3%, 95% and confidence 0.96: (0.02 * 10 + 0.02 * 4) / 0.04 = 7; value at risk 4.

use crate::engine::scale::clamp;
use crate::model::{Aggregation, Tail};
use crate::number::Ratio;

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
    /// The loss of a part of the portfolio in the scenarios that count, in grains, rounded up.
    pub(crate) fn loss_of(&self, pnl: &[i128]) -> i128 {
        mean(pnl, &self.parts, self.whole)
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
            Aggregate {
                loss: mean(pnl, &parts, whole),
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
    let least = pnl.iter().enumerate().min_by_key(|(index, pnl)| (**pnl, *index));
    least.map_or(0, |(index, _)| index)
}

/// The scenarios of the tail from the worst on, with the probability taken of each; and the tail's.
fn taken(pnl: &[i128], tail: &Tail) -> (Vec<(usize, i64)>, i64) {
    let missing = Ratio::ONE.steps() - tail.confidence.steps();
    // Equal probabilities are one each of as many as there are: at most 512 * 1e9.
    let equal = tail.probabilities.is_empty();
    let one = Ratio::ONE.steps();
    let whole = if equal { missing * pnl.len() as i64 } else { missing };
    let mut order: Vec<usize> = (0..pnl.len()).collect();
    order.sort_by_key(|index| pnl.get(*index).copied().unwrap_or(0));
    let mut left = whole;
    let mut parts = Vec::new();
    let last = order.last().copied();
    for index in order {
        let probability = tail.probabilities.get(index).map_or(one, |p| p.steps());
        // Probabilities may sum to a little less than one: the last scenario takes the rest.
        let part = if Some(index) == last {
            left
        } else {
            probability.min(left)
        };
        left -= part;
        if part > 0 {
            parts.push((index, part));
        }
        if left == 0 {
            break;
        }
    }
    (parts, whole)
}

/// The mean loss in grains, rounded up.
fn mean(pnl: &[i128], parts: &[(usize, i64)], whole: i64) -> i128 {
    const LOW: u32 = 40;
    // pnl = high * 2^40 + low: |high| <= 2^80, parts sum to below 2^40.
    let (high, low) = parts.iter().fold((0, 0), |(high, low), (scenario, part)| {
        let pnl = clamp(pnl.get(*scenario).copied().unwrap_or(0));
        let part = i128::from(*part);
        (high + (pnl >> LOW) * part, low + (pnl & ((1 << LOW) - 1)) * part)
    });
    let whole = i128::from(whole.max(1));
    let rest = (high.rem_euclid(whole) << LOW) + low;
    -((high.div_euclid(whole) << LOW) + rest.div_euclid(whole))
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
