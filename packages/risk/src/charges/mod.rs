//! Charges: what the requirements ask for beside the scan. One file a charge, with its formula and a worked number.
//!
//! ```text
//! risk = max(scan, sum basis, sum short_option_minimum, sum min_delta) + roll + delta_concentration
//! MM   = maintenance_factor * risk + charges(maintenance)
//! IM   = (initial_factor + peg term) * risk + charges(maintenance) + charges(initial)
//! ```
//! Every charge rounds up.

mod basis;
mod confidence;
mod delta_concentration;
mod haircut;
mod min_delta;
mod naked_short;
mod peg;
mod perp;
#[cfg(test)]
mod reference_tests;
mod roll;
mod short_option_minimum;

pub(crate) use basis::{basis, rate as basis_rate};
pub(crate) use confidence::{confidence, least};
pub(crate) use delta_concentration::delta_concentration;
pub(crate) use haircut::haircut;
pub(crate) use min_delta::min_delta;
pub(crate) use naked_short::naked_short;
pub(crate) use peg::peg_term;
pub(crate) use perp::perp;
pub(crate) use roll::{rate as roll_rate, roll};
pub(crate) use short_option_minimum::short_option_minimum;

use crate::assessment::Charge;
use crate::engine::YEAR_SECONDS;
use crate::engine::sum::product;
use crate::model::RateRule;
use crate::number::{Price, Ratio, Value, div_floor};

/// Steps of 1e-8 contract at a price, in quote, rounded up.
pub(crate) fn notional(quantity: i128, price: Price) -> Value {
    // At most 256 * 2^54 steps and 2^60: below 2^62 both.
    let steps = product(quantity.abs() as i64, price.steps());
    Value::decimal_floor(-steps, 16).map_or(Value::MAX, |value| -value)
}

/// A rate a year over some seconds, as a value, rounded up.
pub(crate) fn over_years(rate: Ratio, seconds: u64) -> Value {
    // Of -rate * seconds, below 2^83, the whole years' part and the rest's in 1e-18, each rounded down.
    let (years, rest) = div_floor(product(-rate.steps(), seconds.min(1 << 33)), YEAR_SECONDS);
    let fine = i128::from(years as i64) * 1_000_000_000 + i128::from(rest * 1_000_000_000 / YEAR_SECONDS);
    Value::decimal_floor(fine, 18).map_or(Value::MAX, |value| -value)
}

/// Both parts of a rate on an amount.
fn at_rate(amount: Value, rule: &RateRule) -> Charge {
    Charge {
        maintenance: amount.mul_ratio_ceil(rule.maintenance),
        initial: amount.mul_ratio_ceil(rule.initial),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notional_and_years_round_up() {
        let price: Price = "60000.00000001".parse().unwrap();
        assert_eq!(notional(-150_000_000, price).to_string(), "90000.000000015");
        let half_year = over_years("0.075".parse().unwrap(), 15_768_000);
        assert!(half_year >= "0.0375".parse().unwrap() && half_year < "0.03750000000000001".parse().unwrap());
        assert_eq!(over_years(Ratio::ONE, 0), Value::ZERO);
    }
}
