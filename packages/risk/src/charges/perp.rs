//! Perpetual charge: the mark of a perpetual may part from the index.
//!
//! ```text
//! perp = rate * |perpetuals| * index
//! ```
//! Units: quote. Rounds up. Beside the factors, a rate for each requirement.
//! Source: Derive, portfolio margin risk manager, "perp contingency".
//!
//! Worked: -2 perpetuals, index 60,000, maintenance 2%, initial 1%: 2,400, and 1,200 more to open.

use super::{at_rate, notional};
use crate::assessment::Charge;
use crate::model::RateRule;
use crate::number::Price;

/// The charge of one underlying, from its perpetuals in steps.
pub(crate) fn perp(quantity: i128, index: Price, rule: &RateRule) -> Charge {
    at_rate(notional(quantity, index), rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let rule = RateRule {
            maintenance: "0.02".parse().unwrap(),
            initial: "0.01".parse().unwrap(),
        };
        let charge = perp(-200_000_000, "60000".parse().unwrap(), &rule);
        assert_eq!(charge.maintenance.to_string(), "2400");
        assert_eq!(charge.initial.to_string(), "1200");
    }
}
