//! Confidence charge: positions valued at prices that their publishers do not agree on cost more to open.
//!
//! ```text
//! confidence = (1 - confidence) * factor * notional, when confidence < threshold
//! ```
//! On perpetuals, each expiry's options, long and short alike, and each collateral. An expiry's confidence is the least of
//! forward, rate, vol, index and quote (and perpetual where one is held); a collateral's the least of its own, the index and
//! the quote. The index is that of what it hedges; where it hedges nothing, the least trusted of the account's underlyings.
//! Units: quote. Rounds up. Initial only. Source: Derive, portfolio margin risk manager, "oracle contingency".
//!
//! Worked: 10 options, index 60,000, confidence 0.7, threshold 0.9, factor 0.5: 0.3 * 0.5 * 600,000 = 90,000.

use crate::assessment::Charge;
use crate::model::ConfidenceRule;
use crate::number::{Ratio, Value};

/// The charge on one notional.
pub(crate) fn confidence(notional: Value, confidence: Ratio, rule: &ConfidenceRule) -> Charge {
    if confidence >= rule.threshold {
        return Charge::default();
    }
    let missing = Ratio::ONE.steps().saturating_sub(confidence.steps());
    let missing = Ratio::new(missing).unwrap_or(Ratio::ONE);
    Charge {
        maintenance: Value::ZERO,
        initial: notional.mul_ratio_ceil(missing).mul_ratio_ceil(rule.factor),
    }
}

/// The least of several confidences.
pub(crate) fn least<const N: usize>(confidences: [Ratio; N]) -> Ratio {
    confidences.into_iter().fold(Ratio::ONE, Ratio::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let ratio = |text: &str| text.parse::<Ratio>().unwrap();
        let rule = ConfidenceRule {
            threshold: ratio("0.9"),
            factor: ratio("0.5"),
        };
        let notional = "600000".parse().unwrap();
        assert_eq!(confidence(notional, ratio("0.7"), &rule).initial.to_string(), "90000");
        assert_eq!(confidence(notional, ratio("0.9"), &rule), Charge::default());
        assert_eq!(least([ratio("0.9"), ratio("0.7"), ratio("0.8")]), ratio("0.7"));
    }
}
