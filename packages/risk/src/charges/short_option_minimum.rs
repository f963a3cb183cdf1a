//! Short option minimum: a floor under the scan for every short option, however far out of the money.
//!
//! ```text
//! short_option_minimum = rate * index * short options
//! ```
//! Units: quote. Rounds up. Competes with the scan. Calls and puts count alike.
//! Source: CME, SPAN, "short option minimum charge".
//!
//! Worked: 12 short options, index 60,000, rate 0.5%: 12 * 60,000 * 0.005 = 3,600.

use super::notional;
use crate::model::MinimumRule;
use crate::number::{Price, Value};

/// The charge of one underlying, from its short options in steps.
pub(crate) fn short_option_minimum(short_options: i128, index: Price, rule: &MinimumRule) -> Value {
    notional(short_options, index).mul_ratio_ceil(rule.rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        let rule = MinimumRule {
            rate: "0.005".parse().unwrap(),
        };
        let charge = short_option_minimum(1_200_000_000, "60000".parse().unwrap(), &rule);
        assert_eq!(charge.to_string(), "3600");
    }
}
