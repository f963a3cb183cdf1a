//! Collateral haircuts: what a token may lose before it is sold.
//!
//! ```text
//! maintenance = value * maintenance_haircut
//! initial     = (value - above) * initial_haircut + above * (1 - maintenance_haircut)    more to open
//! ```
//! `above` is the part of the value that the stable price does not bear: to open, what counts is the rest of it, less both
//! haircuts.
//! Equity counts the value in full. Units: quote. Rounds up. Beside the factors.
//! Source: Derive, portfolio margin risk manager, "collateral margin".
//!
//! Worked: 7 ETH at 3,000, maintenance 10%, initial 5%: 2,100, and 1,050 more to open. With 700 of it above the stable
//! price: 2,100, and 5% of 20,300 and 90% of 700, 1,645, more to open. What opens is 85% of 20,300.

use crate::assessment::Charge;
use crate::model::CollateralRule;
use crate::number::Value;

/// The charge on one holding.
pub(crate) fn haircut(value: Value, above: Value, rule: &CollateralRule) -> Charge {
    let borne = value.saturating_sub(above).mul_ratio_ceil(rule.initial_haircut);
    let kept = above.saturating_sub(above.mul_ratio_floor(rule.maintenance_haircut));
    Charge {
        maintenance: value.mul_ratio_ceil(rule.maintenance_haircut),
        initial: borne.saturating_add(kept),
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
        assert_eq!(charge("700").initial.to_string(), "1645");
    }
}
