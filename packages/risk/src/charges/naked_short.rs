//! Naked short charge: a short option whose loss has no bound in the scenarios that anybody thought of.
//!
//! ```text
//! naked_short = rate * index * short options left after pairing
//! ```
//! A short call pairs with a long put of its strike and expiry, a short put with a long call: what is left of such a pair
//! is a future, which the scan sees through. Units: quote. Rounds up. Beside the factors, a rate for each requirement.
//! Source: Derive, portfolio margin risk manager, "option contingency".
//!
//! Worked: -3 calls and +1 put at one strike, index 60,000, maintenance 1%: 2 are left, 2 * 600 = 1,200.

use super::{at_rate, notional};
use crate::assessment::Charge;
use crate::model::RateRule;
use crate::number::Price;

/// The charge of one underlying, from its unpaired short options in steps.
pub(crate) fn naked_short(naked: i128, index: Price, rule: &RateRule) -> Charge {
    at_rate(notional(naked, index), rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let rule = RateRule {
            maintenance: "0.01".parse().unwrap(),
            ..RateRule::default()
        };
        let charge = naked_short(200_000_000, "60000".parse().unwrap(), &rule);
        assert_eq!(charge.maintenance.to_string(), "1200");
        assert_eq!(charge.initial.to_string(), "0");
    }
}
