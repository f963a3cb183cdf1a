//! Collateral haircuts: what a token may lose before it is sold.
//!
//! ```text
//! haircut = value * maintenance_haircut, and value * initial_haircut + above more to open
//! ```
//! `above` is the part of the value that the stable price does not bear.
//! Equity counts the value in full. Units: quote. Rounds up. Beside the factors.
//! Source: Derive, portfolio margin risk manager, "collateral margin".
//!
//! Worked: 7 ETH at 3,000, maintenance 10%, initial 5%: 2,100, and 1,050 more to open.

use crate::assessment::Charge;
use crate::model::CollateralRule;
use crate::number::Value;

/// The charge on one holding.
pub(crate) fn haircut(value: Value, above: Value, rule: &CollateralRule) -> Charge {
    Charge {
        maintenance: value.mul_ratio_ceil(rule.maintenance_haircut),
        initial: value.mul_ratio_ceil(rule.initial_haircut).saturating_add(above),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let rule = CollateralRule {
            maintenance_haircut: "0.1".parse().unwrap(),
            initial_haircut: "0.05".parse().unwrap(),
            ..CollateralRule::default()
        };
        let charge = |above: &str| haircut("21000".parse().unwrap(), above.parse().unwrap(), &rule);
        assert_eq!(charge("0").maintenance.to_string(), "2100");
        assert_eq!(charge("0").initial.to_string(), "1050");
        assert_eq!(charge("700").maintenance.to_string(), "2100");
        assert_eq!(charge("700").initial.to_string(), "1750");
    }
}
