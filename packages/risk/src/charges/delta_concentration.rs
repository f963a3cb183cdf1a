//! Delta concentration: closing a large delta moves the market against who closes it.
//!
//! ```text
//! delta_concentration = min(cap, slope * max(0, X - threshold)) * X,  X = |net delta| * index
//! ```
//! Units: quote. Rounds up. Inside the initial and maintenance factors. Not homogeneous: twice the delta costs more than
//! twice. Source: Deribit, portfolio margin, "delta total liquidity shock".
//!
//! Worked: X = 8,000,000, threshold 5,000,000, slope 1e-8, cap 25%: 1e-8 * 3,000,000 = 3% of 8,000,000 = 240,000.

use crate::model::ConcentrationRule;
use crate::number::Value;

/// The charge of one underlying, from its net delta in contracts.
pub(crate) fn delta_concentration(net: Value, index: Value, rule: &ConcentrationRule) -> Value {
    let exposure = net.abs().mul_ceil(index);
    let excess = exposure.saturating_sub(rule.threshold).max(Value::ZERO);
    let rate = excess.mul_slope_ceil(rule.slope).min(Value::from_ratio_ceil(rule.cap));
    exposure.mul_ceil(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let value = |text: &str| text.parse::<Value>().unwrap();
        let rule = ConcentrationRule {
            threshold: value("5000000"),
            slope: "0.00000001".parse().unwrap(),
            cap: "0.25".parse().unwrap(),
        };
        let charge = delta_concentration(value("-100"), value("80000"), &rule);
        assert!(charge >= value("240000") && charge < value("240000.000001"), "{charge}");
        assert_eq!(delta_concentration(value("62"), value("80000"), &rule), Value::ZERO);
        let capped = delta_concentration(value("1000"), value("80000"), &rule);
        assert!(
            capped >= value("20000000") && capped < value("20000000.000001"),
            "{capped}"
        );
    }
}
