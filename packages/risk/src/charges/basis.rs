//! Basis charge: the risk that the forwards of expiries part from each other and from spot.
//!
//! ```text
//! basis = sum over expiries of max(-dMtM(spot_up), -dMtM(spot_down), 0) * (add + per_year * T)
//! ```
//! Options only, at unshocked volatility and without the static discount. Units: quote. Rounds up. Competes with the scan.
//! Source: Derive, portfolio margin risk manager, "basis contingency".
//!
//! Worked: an expiry in half a year that loses 1,000 at spot_up and gains at spot_down, add 0.05, per_year 0.2:
//! 1,000 * (0.05 + 0.1) = 150.

use super::over_years;
use crate::model::BasisRule;
use crate::number::Value;

/// The charge of one expiry, from its P&L at the two moves.
pub(crate) fn basis(pnl: &[Value], seconds: u64, rule: &BasisRule) -> Value {
    let loss = pnl.iter().fold(Value::ZERO, |worst, pnl| worst.max(-*pnl));
    loss.mul_ceil(rate(seconds, rule))
}

/// `add + per_year * T`.
pub(crate) fn rate(seconds: u64, rule: &BasisRule) -> Value {
    Value::from_ratio_ceil(rule.add).saturating_add(over_years(rule.per_year, seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let rule = BasisRule {
            add: "0.05".parse().unwrap(),
            per_year: "0.2".parse().unwrap(),
            ..BasisRule::default()
        };
        let value = |text: &str| text.parse::<Value>().unwrap();
        let charge = basis(&[value("-1000"), value("700")], 15_768_000, &rule);
        assert!(charge >= value("150") && charge < value("150.000000000001"));
        assert_eq!(basis(&[value("10"), value("700")], 15_768_000, &rule), Value::ZERO);
    }
}
