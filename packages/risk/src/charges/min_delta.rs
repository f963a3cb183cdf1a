//! Minimum on delta: a floor under the scan that hedging lowers but does not remove.
//!
//! ```text
//! min_delta = (net * |net delta| + hedged * (gross - |net delta|) / 2) * index
//! ```
//! `gross` is the sum of the magnitudes of the legs' deltas. Units: quote. Rounds up. Competes with the scan.
//! Source: Paradex, portfolio margin, unhedged and hedged margin factors.
//!
//! Worked: deltas +3 and -2 at index 60,000, net 1%, hedged 0.5%: (0.01 * 1 + 0.005 * 2) * 60,000 = 1,200.

use crate::model::MinDeltaRule;
use crate::number::{Ratio, Value};

/// The charge of one underlying, from its deltas in contracts.
pub(crate) fn min_delta(net: Value, gross: Value, index: Value, rule: &MinDeltaRule) -> Value {
    let hedged = gross.saturating_sub(net.abs()).max(Value::ZERO);
    let at = |delta: Value, rate: Ratio| delta.mul_ceil(index).mul_ratio_ceil(rate);
    let hedged = at(hedged, rule.hedged).mul_ratio_ceil(Ratio::HALF);
    at(net.abs(), rule.net).saturating_add(hedged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let value = |text: &str| text.parse::<Value>().unwrap();
        let rule = MinDeltaRule {
            net: "0.01".parse().unwrap(),
            hedged: "0.005".parse().unwrap(),
        };
        assert_eq!(min_delta(value("1"), value("5"), value("60000"), &rule), value("1200"));
        assert_eq!(min_delta(value("-1"), value("5"), value("60000"), &rule), value("1200"));
    }
}
