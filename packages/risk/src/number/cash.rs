//! Whole base units of the quote token: the books are kept in these, exactly.

use super::units::decimal_schema;
use super::wide::{div_floor, power_of_ten};
use super::{NumberError, OutOfRange, Price, Quantity, Value, format_decimal, parse_decimal, push_decimal};
use crate::record;
use crate::record::{Record, Walker, WideUnit};
use schemars::JsonSchema;
use std::fmt;
use std::str::FromStr;

/// A signed amount of the quote token in base units (`"1500000"` is 1.5 of a token with six decimals).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cash(i128);

/// How many decimals the quote token has: 0 to 18.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteDecimals(u32);

impl QuoteDecimals {
    /// The most decimals a quote token may have.
    pub const MAX: u32 = 18;

    /// An error beyond [`Self::MAX`].
    pub fn new(decimals: u32) -> Result<Self, NumberError> {
        if decimals <= Self::MAX {
            Ok(Self(decimals))
        } else {
            Err(OutOfRange {
                unit: "quote decimals",
                text: decimals.to_string(),
                min: "0".to_owned(),
                max: Self::MAX.to_string(),
            }
            .into())
        }
    }

    /// The number of decimals.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Cash {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that is accepted: 2^96 base units.
    pub const MAX: i128 = 1 << 96;

    /// From base units; an error beyond +-2^96.
    pub fn new(units: i128) -> Result<Self, NumberError> {
        if units.unsigned_abs() <= Self::MAX.unsigned_abs() {
            Ok(Self(units))
        } else {
            Err(OutOfRange {
                unit: "cash",
                text: format_decimal(units, 0),
                min: format_decimal(-Self::MAX, 0),
                max: format_decimal(Self::MAX, 0),
            }
            .into())
        }
    }

    /// The amount in base units.
    pub const fn units(self) -> i128 {
        self.0
    }

    /// True below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// True when there is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum; an error beyond the range.
    pub fn checked_add(self, other: Self) -> Result<Self, NumberError> {
        Self::new(self.0.saturating_add(other.0))
    }

    /// The difference; an error beyond the range.
    pub fn checked_sub(self, other: Self) -> Result<Self, NumberError> {
        Self::new(self.0.saturating_sub(other.0))
    }

    /// `self * numerator / denominator`, rounded down (towards minus infinity). `denominator` must be positive.
    pub fn mul_div_floor(self, numerator: i64, denominator: i64) -> Result<Self, NumberError> {
        let overflow = || NumberError::Overflow { what: "cash share" };
        if denominator <= 0 {
            return Err(overflow());
        }
        // |self| <= 2^96 and |numerator| < 2^63 may pass 2^127: split into whole and rest of the division first.
        let denominator = denominator.unsigned_abs();
        let (whole, rest) = div_floor(self.0, denominator);
        // |rest * numerator| < 2^126.
        let (part, _) = div_floor(i128::from(rest) * i128::from(numerator), denominator);
        let share = whole
            .checked_mul(i128::from(numerator))
            .and_then(|whole| whole.checked_add(part))
            .ok_or_else(overflow)?;
        Self::new(share)
    }

    /// `quantity * price` in base units, rounded down.
    pub fn notional_floor(quantity: Quantity, price: Price, decimals: QuoteDecimals) -> Result<Self, NumberError> {
        let steps = i128::from(quantity.steps()) * i128::from(price.steps());
        Self::from_steps_floor(steps, 16, decimals)
    }

    /// An amount in steps of `10^-scale` quote, in base units, rounded down.
    pub fn from_steps_floor(steps: i128, scale: u32, decimals: QuoteDecimals) -> Result<Self, NumberError> {
        let overflow = || NumberError::Overflow { what: "cash" };
        let power = power_of_ten(decimals.get().abs_diff(scale)).ok_or_else(overflow)?;
        let units = if decimals.get() > scale {
            steps.checked_mul(i128::from(power))
        } else {
            Some(div_floor(steps, power).0)
        };
        Self::new(units.ok_or_else(overflow)?)
    }

    /// The exact value in quote, rounded down to a step of [`Value`].
    pub fn value_floor(self, decimals: QuoteDecimals) -> Result<Value, NumberError> {
        Value::from_decimal_floor(self.0, decimals.get())
    }
}

impl std::ops::Neg for Cash {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl FromStr for Cash {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::new(parse_decimal("cash", text, 0)?)
    }
}

impl fmt::Display for Cash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(self.0, 0))
    }
}

impl Record for Cash {
    fn blank() -> Self {
        Self::ZERO
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        const UNIT: WideUnit = WideUnit {
            show: |units, out| push_decimal(out, units, 0),
            read: |text| text.parse::<Cash>().map(Cash::units).map_err(|error| error.to_string()),
            holds: |units| Cash::new(units).is_ok(),
        };
        walker.wide(&mut self.0, &UNIT);
    }
}

record!(@serde Cash);

decimal_schema!(Cash, "number of base units of the quote token");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_fill_is_one_integer() {
        let six = QuoteDecimals::new(6).unwrap();
        let quantity = "-1.5".parse().unwrap();
        let price = "1200.0000001".parse().unwrap();
        // -1800.00000015 quote: down is away from zero.
        assert_eq!(Cash::notional_floor(quantity, price, six), Cash::new(-1_800_000_001));
        assert_eq!(Cash::notional_floor(-quantity, price, six), Cash::new(1_800_000_000));
        assert!(QuoteDecimals::new(19).is_err());
    }

    #[test]
    fn shares_round_down() {
        let cash = |units| Cash::new(units).unwrap();
        assert_eq!(cash(10).mul_div_floor(1, 3), Cash::new(3));
        assert_eq!(cash(-10).mul_div_floor(1, 3), Cash::new(-4));
        assert_eq!(cash(-10).mul_div_floor(-1, 3), Cash::new(3));
        assert!(cash(1).mul_div_floor(1, 0).is_err());
    }

    proptest! {
        #[test]
        fn share_and_rest_make_the_whole(units in -(1i128 << 80)..(1i128 << 80), part in 0i64..1_000, of in 1_000i64..2_000) {
            let cash = Cash::new(units).unwrap();
            let share = cash.mul_div_floor(part, of).unwrap().units();
            let exact = units * i128::from(part);
            prop_assert!(share * i128::from(of) <= exact);
            prop_assert!((share + 1) * i128::from(of) > exact);
        }
    }
}
