//! Computed values in quote: 64.64 binary fixed point, checked, with the rounding direction in the name.

use super::units::decimal_schema;
use super::{NumberError, Price, Ratio, Slope, parse_decimal};
use fixed::types::I64F64;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A value, P&L or margin in quote. One step is 2^-64, the range is +-2^63.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(I64F64);

const OVERFLOW: NumberError = NumberError::Overflow { what: "value" };

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

    /// An amount of `10^-decimals` quote, rounded down.
    pub fn from_decimal_floor(amount: i128, decimals: u32) -> Result<Self, NumberError> {
        let scale = 10i128.checked_pow(decimals).ok_or(OVERFLOW)?;
        let whole = amount.div_euclid(scale);
        let rest = amount.rem_euclid(scale).unsigned_abs();
        let whole = i64::try_from(whole).map_err(|_| OVERFLOW)?;
        // rest < scale; long division of rest * 2^64 / scale in two halves of 32 bits, exact while scale < 2^95.
        let scale = scale.unsigned_abs();
        if scale >= 1 << 95 {
            return Err(OVERFLOW);
        }
        let high = (rest << 32) / scale;
        let low = (((rest << 32) % scale) << 32) / scale;
        let bits = (i128::from(whole) << 64) + ((high << 32) + low) as i128;
        Ok(Self::from_bits(bits))
    }

    /// A price in quote, rounded down by less than a step.
    pub fn from_price_floor(price: Price) -> Self {
        Self::from_decimal_floor(i128::from(price.steps()), Price::DECIMALS).unwrap_or(Self::MAX)
    }

    /// A ratio, rounded down by less than a step.
    pub fn from_ratio_floor(ratio: Ratio) -> Self {
        Self::from_decimal_floor(i128::from(ratio.steps()), Ratio::DECIMALS).unwrap_or(Self::MAX)
    }

    /// A ratio, rounded up by less than a step.
    pub fn from_ratio_ceil(ratio: Ratio) -> Self {
        Self::from_decimal_floor(-i128::from(ratio.steps()), Ratio::DECIMALS).map_or(Self::MAX, |v| Self(-v.0))
    }

    /// The sum, checked.
    pub fn checked_add(self, other: Self) -> Result<Self, NumberError> {
        self.0.checked_add(other.0).map(Self).ok_or(OVERFLOW)
    }

    /// The difference, checked.
    pub fn checked_sub(self, other: Self) -> Result<Self, NumberError> {
        self.0.checked_sub(other.0).map(Self).ok_or(OVERFLOW)
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
        Self(self.0.saturating_mul(other.0))
    }

    /// The product rounded up (towards plus infinity), held at the ends of the range.
    pub fn mul_ceil(self, other: Self) -> Self {
        // floor(-a*b) = -ceil(a*b); the least value has no negative, so it saturates first.
        let negated = I64F64::ZERO.saturating_sub(self.0);
        Self(I64F64::ZERO.saturating_sub(negated.saturating_mul(other.0)))
    }

    /// The product with a ratio, rounded down, held at the ends of the range. Exact but for the one rounding.
    pub fn mul_ratio_floor(self, ratio: Ratio) -> Self {
        self.mul_decimal_floor(ratio.steps(), 1_000_000_000)
    }

    /// `self * steps / scale`, rounded down, held at the ends of the range; `scale` at most 2^62.
    fn mul_decimal_floor(self, steps: i64, scale: i128) -> Self {
        let (bits, steps) = (self.to_bits(), i128::from(steps));
        // bits = whole * scale + rest; rest * steps < 2^125.
        let product = bits
            .div_euclid(scale)
            .checked_mul(steps)
            .and_then(|whole| whole.checked_add((bits.rem_euclid(scale) * steps).div_euclid(scale)));
        match product {
            Some(bits) => Self::from_bits(bits),
            None if self.is_negative() == (steps < 0) => Self::MAX,
            None => Self::MIN,
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
        let quotient = self.0.checked_div(other.0).ok_or(OVERFLOW)?;
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
        let scale = 10i128.checked_pow(decimals).filter(|s| *s < 1 << 62).ok_or(OVERFLOW)?;
        let bits = self.to_bits();
        let whole = bits >> 64;
        let rest = bits & i128::from(u64::MAX);
        // rest < 2^64 and scale < 2^62: the product stays below 2^126.
        whole
            .checked_mul(scale)
            .and_then(|w| w.checked_add((rest * scale) >> 64))
            .ok_or(OVERFLOW)
    }
}

impl Value {
    /// Steps of 1e-18 quote, to the nearest: the integer of the wire form.
    pub fn to_wire(self) -> i128 {
        const SCALE: i128 = 1_000_000_000_000_000_000;
        let (whole, rest) = (self.to_bits() >> 64, self.to_bits() & i128::from(u64::MAX));
        // |whole| <= 2^63 and 10^18 < 2^60; rest * 10^18 + 2^63 < 2^125.
        whole * SCALE + ((rest * SCALE + (1 << 63)) >> 64)
    }
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
        Self::from_decimal_floor(parse_decimal("value", text, 18)?, 18)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

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
