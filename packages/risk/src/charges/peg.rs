//! Peg term: opening costs more while the quote token is worth less than it should be.
//!
//! ```text
//! initial factor = initial + peg_factor * max(0, peg_threshold - quote price)
//! ```
//! Rounds up. Source: Derive, portfolio margin risk manager, "depeg contingency".
//!
//! Worked: initial 1.25, peg_factor 2, peg_threshold 0.99, quote price 0.97: 1.25 + 2 * 0.02 = 1.29.

use crate::model::QuoteRule;
use crate::number::{Price, Value};

/// What the initial factor grows by.
pub(crate) fn peg_term(quote_price: Price, rule: &QuoteRule) -> Value {
    let missing = Value::from_ratio_ceil(rule.peg_threshold).saturating_sub(Value::from_price_floor(quote_price));
    missing.max(Value::ZERO).mul_ratio_ceil(rule.peg_factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let rule = QuoteRule {
            peg_threshold: "0.99".parse().unwrap(),
            peg_factor: "2".parse().unwrap(),
        };
        let term = peg_term("0.97".parse().unwrap(), &rule);
        assert!(term >= "0.04".parse().unwrap() && term < "0.0400000000000001".parse().unwrap());
        assert_eq!(peg_term("1".parse().unwrap(), &rule), Value::ZERO);
    }
}
