//! Roll charge: the risk that one expiry's basis moves against another's.
//!
//! ```text
//! roll = sum over expiries e of |delta_e| * price_e * max(min_move, annual_move * T_e)
//! ```
//! The price is the expiry's forward. The perpetual counts as an expiry with T = 0, at its mark. Units: quote. Rounds up.
//! Inside the initial and maintenance factors. Source: Deribit, portfolio margin, "roll shock".
//!
//! Worked: +1 BTC perpetual at 60,000, -1 BTC future in 0.5 y at 61,000, min_move 1%, annual_move 7.5%:
//! 1 * 60,000 * 0.01 + 1 * 61,000 * 0.0375 = 2,887.5.

use super::over_years;
use crate::model::RollRule;
use crate::number::Value;

/// The charge of one expiry, from its net delta in contracts.
pub(crate) fn roll(delta: Value, price: Value, seconds: u64, rule: &RollRule) -> Value {
    delta.abs().mul_ceil(price).mul_ceil(rate(seconds, rule))
}

/// `max(min_move, annual_move * T)`.
pub(crate) fn rate(seconds: u64, rule: &RollRule) -> Value {
    Value::from_ratio_ceil(rule.min_move).max(over_years(rule.annual_move, seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let value = |text: &str| text.parse::<Value>().unwrap();
        let rule = RollRule {
            min_move: "0.01".parse().unwrap(),
            annual_move: "0.075".parse().unwrap(),
        };
        let perpetual = roll(value("1"), value("60000"), 0, &rule);
        let future = roll(value("-1"), value("61000"), 15_768_000, &rule);
        let charge = perpetual.saturating_add(future);
        assert!(
            charge >= value("2887.5") && charge < value("2887.500000000001"),
            "{charge}"
        );
    }
}
