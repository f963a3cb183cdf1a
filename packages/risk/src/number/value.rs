//! Computed values in quote: 64.64 binary fixed point, checked, with the rounding direction in the name.

use super::units::decimal_schema;
use super::wide::{div_floor, mul_div, power_of_ten};
use super::{NumberError, OutOfRange, Price, Ratio, Slope, parse_decimal};
use crate::kernel::{div_wide, mul_full};
use crate::record;
use crate::record::{Record, Walker, WideUnit};
use fixed::types::I64F64;
use schemars::JsonSchema;
use std::fmt;
use std::str::FromStr;

/// A value, P&L or margin in quote. One step is 2^-64, the range is +-2^63.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(I64F64);

const fn overflow() -> NumberError {
    NumberError::Overflow { what: "value" }
}

impl Value {
    /// Nothing.
    pub const ZERO: Self = Self(I64F64::ZERO);
    /// The largest value.
    pub const MAX: Self = Self(I64F64::MAX);
    /// The least value.
    pub const MIN: Self = Self(I64F64::MIN);
    /// The smallest step.
    pub const STEP: Self = Self(I64F64::DELTA);
    /// Decimals on the wire: what is written with 18 reads back the same.
    pub const WIRE_DECIMALS: u32 = 18;

    /// From steps of 2^-64.
    pub const fn from_bits(bits: i128) -> Self {
        Self(I64F64::from_bits(bits))
    }

    /// The value in steps of 2^-64.
    pub const fn to_bits(self) -> i128 {
        self.0.to_bits()
    }

    /// An amount of `10^-decimals` quote, rounded down; an error beyond 19 decimals and out of range.
    pub fn from_decimal_floor(amount: i128, decimals: u32) -> Result<Self, NumberError> {
        Self::decimal_floor(amount, decimals).ok_or_else(overflow)
    }

    /// The same without the error, which costs more than the number.
    pub(crate) fn decimal_floor(amount: i128, decimals: u32) -> Option<Self> {
        let scale = power_of_ten(decimals)?;
        let (whole, rest) = div_floor(amount, scale);
        let whole = i64::try_from(whole).ok()?;
        let (fraction, _) = div_wide(rest, 0, scale);
        Some(Self::from_bits((i128::from(whole) << 64) | i128::from(fraction)))
    }

    /// A price in quote, rounded down by less than a step.
    pub fn from_price_floor(price: Price) -> Self {
        Self::decimal_floor(i128::from(price.steps()), Price::DECIMALS).unwrap_or(Self::MAX)
    }

    /// A ratio, rounded down by less than a step.
    pub fn from_ratio_floor(ratio: Ratio) -> Self {
        Self::decimal_floor(i128::from(ratio.steps()), Ratio::DECIMALS).unwrap_or(Self::MAX)
    }

    /// A ratio, rounded up by less than a step.
    pub fn from_ratio_ceil(ratio: Ratio) -> Self {
        Self::decimal_floor(-i128::from(ratio.steps()), Ratio::DECIMALS).map_or(Self::MAX, |v| -v)
    }

    /// The sum, checked.
    pub fn checked_add(self, other: Self) -> Result<Self, NumberError> {
        self.0.checked_add(other.0).map(Self).ok_or_else(overflow)
    }

    /// The difference, checked.
    pub fn checked_sub(self, other: Self) -> Result<Self, NumberError> {
        self.0.checked_sub(other.0).map(Self).ok_or_else(overflow)
    }

    /// The sum, held at the ends of the range: for valuations, which must never fail.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, held at the ends of the range.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The product rounded down (towards minus infinity), held at the ends of the range.
    pub fn mul_floor(self, other: Self) -> Self {
        let (a, b) = (self.to_bits(), other.to_bits());
        let negative = (a < 0) != (b < 0);
        match mul_64(a.unsigned_abs(), b.unsigned_abs()) {
            Some((product, exact)) if negative => {
                // A magnitude of 2^127 is the least value's.
                let product = product.wrapping_add(u128::from(!exact)).min(1 << 127);
                Self::from_bits((product as i128).wrapping_neg())
            }
            Some((product, _)) => i128::try_from(product).map_or(Self::MAX, Self::from_bits),
            None if negative => Self::MIN,
            None => Self::MAX,
        }
    }

    /// The product rounded up (towards plus infinity), held at the ends of the range.
    pub fn mul_ceil(self, other: Self) -> Self {
        // floor(-a*b) = -ceil(a*b); the least value has no negative, so it saturates first.
        -(-self).mul_floor(other)
    }

    /// The product with a ratio, rounded down, held at the ends of the range. Exact but for the one rounding.
    pub fn mul_ratio_floor(self, ratio: Ratio) -> Self {
        self.mul_decimal_floor(ratio.steps(), 1_000_000_000)
    }

    /// `self * steps / scale`, rounded down, held at the ends of the range; `scale` at most 2^62.
    fn mul_decimal_floor(self, steps: i64, scale: u64) -> Self {
        // With the sign of the steps taken over, bits = whole * scale + rest and all that is rounded lies in rest * steps.
        let bits = if steps < 0 { (-self).to_bits() } else { self.to_bits() };
        let (whole, rest) = div_floor(bits, scale);
        let part = i128::from(mul_div(rest, steps.unsigned_abs(), scale));
        let product = match i64::try_from(whole) {
            Ok(whole) => Some(i128::from(whole) * i128::from(steps.unsigned_abs())),
            Err(_) => whole.checked_mul(i128::from(steps.unsigned_abs())),
        };
        match product.and_then(|product| product.checked_add(part)) {
            Some(bits) => Self::from_bits(bits),
            None if whole < 0 => Self::MIN,
            None => Self::MAX,
        }
    }

    /// The product with a slope, rounded up, held at the ends of the range. Exact but for the one rounding.
    pub fn mul_slope_ceil(self, slope: Slope) -> Self {
        -(-self).mul_decimal_floor(slope.steps(), 1_000_000_000_000_000_000)
    }

    /// The product with a ratio, rounded up, held at the ends of the range. Exact but for the one rounding.
    pub fn mul_ratio_ceil(self, ratio: Ratio) -> Self {
        -(-self).mul_ratio_floor(ratio)
    }

    /// The quotient rounded down; an error when dividing by zero or out of range.
    pub fn div_floor(self, other: Self) -> Result<Self, NumberError> {
        let quotient = self.0.checked_div(other.0).ok_or_else(overflow)?;
        // `fixed` divides towards zero: step down when a negative quotient has a remainder.
        let negative = (self.0 < 0) != (other.0 < 0);
        let exact = quotient.saturating_mul(other.0) == self.0;
        Ok(if negative && !exact && self.0 != 0 {
            Self(quotient.saturating_sub(I64F64::DELTA))
        } else {
            Self(quotient)
        })
    }

    /// The larger of two.
    pub fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    /// The smaller of two.
    pub fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    /// The magnitude, held at the end of the range.
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// True below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Steps of `10^-decimals`, rounded down: the way into whole base units.
    pub fn to_decimal_floor(self, decimals: u32) -> Result<i128, NumberError> {
        let scale = power_of_ten(decimals).filter(|s| *s < 1 << 62).ok_or_else(overflow)?;
        let (_, rest) = mul_full(self.to_bits() as u64, scale);
        // The whole part is at most 2^63, the product at most 2^125.
        Ok(i128::from((self.to_bits() >> 64) as i64) * i128::from(scale) + i128::from(rest))
    }
}

impl Value {
    /// Steps of 1e-18 quote, to the nearest: the integer of the wire form.
    pub fn to_wire(self) -> i128 {
        const SCALE: u64 = 1_000_000_000_000_000_000;
        let (low, high) = mul_full(self.to_bits() as u64, SCALE);
        // |whole| <= 2^63 and 10^18 < 2^60; the half is rounded up.
        let whole = i128::from((self.to_bits() >> 64) as i64) * i128::from(SCALE);
        whole + i128::from(high) + i128::from(low >> 63)
    }
}

/// `a * b / 2^64` rounded down, and whether that is exact; none from 2^128 on.
fn mul_64(a: u128, b: u128) -> Option<(u128, bool)> {
    let wide = |a: u64, b: u64| {
        let (low, high) = mul_full(a, b);
        (u128::from(high) << 64) | u128::from(low)
    };
    let (a1, a0, b1, b0) = ((a >> 64) as u64, a as u64, (b >> 64) as u64, b as u64);
    let (rest, bottom) = mul_full(a0, b0);
    let (top, over) = mul_full(a1, b1);
    // Both magnitudes are at most 2^127: a cross product is below 2^127, two and a word below 2^128.
    let middle = wide(a1, b0).wrapping_add(wide(a0, b1)).wrapping_add(u128::from(bottom));
    let product = middle.checked_add(u128::from(top) << 64).filter(|_| over == 0)?;
    Some((product, rest == 0))
}

impl std::ops::Neg for Value {
    type Output = Self;

    fn neg(self) -> Self {
        Self(I64F64::ZERO.saturating_sub(self.0))
    }
}

/// At most 18 decimals, to the nearest; trailing zeros dropped. So a decimal of 18 digits reads back as it was written.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::format_decimal(self.to_wire(), Self::WIRE_DECIMALS))
    }
}

impl FromStr for Value {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        match parse_decimal("value", text, 18).and_then(|steps| Self::from_decimal_floor(steps, 18)) {
            Err(NumberError::OutOfRange(_) | NumberError::Overflow { .. }) => Err(OutOfRange {
                unit: "value",
                text: text.chars().take(40).collect(),
                min: Self::MIN.to_string(),
                max: Self::MAX.to_string(),
            }
            .into()),
            read => read,
        }
    }
}

impl Record for Value {
    fn blank() -> Self {
        Self::ZERO
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        const UNIT: WideUnit = WideUnit {
            show: |bits, out| super::push_decimal(out, Value(I64F64::from_bits(bits)).to_wire(), Value::WIRE_DECIMALS),
            read: |text| {
                text.parse::<Value>()
                    .map(|value| value.0.to_bits())
                    .map_err(|error| error.to_string())
            },
            holds: |_| true,
        };
        let mut bits = self.0.to_bits();
        walker.wide(&mut bits, &UNIT);
        self.0 = I64F64::from_bits(bits);
    }
}

record!(@serde Value);

decimal_schema!(Value, "value in quote");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Value {
        text.parse().unwrap()
    }

    #[test]
    fn rounding_has_a_direction() {
        let third = value("1").div_floor(value("3")).unwrap();
        let minus_third = value("-1").div_floor(value("3")).unwrap();
        assert_eq!(third.to_bits() + 1, -minus_third.to_bits());
        let step = Value::STEP;
        let half = value("0.5");
        assert_eq!(step.mul_floor(half), Value::ZERO);
        assert_eq!(step.mul_ceil(half), step);
        assert_eq!((-step).mul_floor(half), -step);
        assert_eq!((-step).mul_ceil(half), Value::ZERO);
    }

    #[test]
    fn a_ratio_is_taken_exactly() {
        let ratio = |text: &str| text.parse::<Ratio>().unwrap();
        assert_eq!(value("100").mul_ratio_floor(ratio("0.01")), value("1"));
        assert_eq!(value("-100").mul_ratio_ceil(ratio("0.01")), value("-1"));
        assert_eq!(Value::STEP.mul_ratio_floor(ratio("0.3")), Value::ZERO);
        assert_eq!(Value::STEP.mul_ratio_ceil(ratio("0.3")), Value::STEP);
        assert_eq!(Value::MAX.mul_ratio_floor(ratio("-2")), Value::MIN);
        assert_eq!(Value::MIN.mul_ratio_floor(ratio("2")), Value::MIN);
        assert_eq!(Value::MIN.mul_ratio_floor(ratio("-2")), Value::MAX);
    }

    #[test]
    fn decimals_round_down_both_ways() {
        assert_eq!(value("-0.000000001").to_decimal_floor(6), Ok(-1));
        assert_eq!(value("1.9999999").to_decimal_floor(6), Ok(1_999_999));
        assert_eq!(Value::from_decimal_floor(-1, 1).unwrap().to_string(), "-0.1");
        assert_eq!(value("1234.5").to_string(), "1234.5");
        assert_eq!(Value::MIN.to_string(), "-9223372036854775808");
    }

    proptest! {
        #[test]
        fn products_bracket_the_exact_one(a in any::<i64>(), b in any::<i64>()) {
            // 2^-32 scaled operands: the exact product has 64 fraction bits.
            let (x, y) = (Value::from_bits(i128::from(a) << 32), Value::from_bits(i128::from(b)));
            let exact = i128::from(a) * i128::from(b); // 96 fraction bits
            let floor = x.mul_floor(y).to_bits();
            let ceil = x.mul_ceil(y).to_bits();
            prop_assert_eq!(floor, exact >> 32);
            prop_assert!(ceil == floor || ceil == floor + 1);
            prop_assert_eq!(ceil == floor, exact & 0xffff_ffff == 0);
        }

        #[test]
        fn the_wire_form_is_within_a_digit(bits in any::<i128>()) {
            let x = Value::from_bits(bits >> 1);
            let back: Value = x.to_string().parse().unwrap();
            prop_assert!((x.to_bits() - back.to_bits()).abs() <= 11);
        }
    }
}
