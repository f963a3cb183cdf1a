//! Scaled integers that cross the boundary as decimal strings.

use super::{NumberError, OutOfRange, format_decimal, parse_decimal};
use crate::record;
use crate::record::{DecimalUnit, Record, Walker};
use schemars::JsonSchema;
use std::fmt;
use std::str::FromStr;

/// A decimal newtype: its unit's name, its integer, its number of decimals and its accepted range.
macro_rules! decimal_unit {
    ($(#[$doc:meta])* $name:ident($int:ty), $unit:literal, $decimals:literal, $min:expr, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($int);

        impl $name {
            /// Number of decimals that the unit holds.
            pub const DECIMALS: u32 = $decimals;
            /// The least accepted value, in steps.
            pub const MIN: $int = $min;
            /// The greatest accepted value, in steps.
            pub const MAX: $int = $max;

            /// From steps of `10^-DECIMALS`; an error outside the range.
            pub fn new(steps: $int) -> Result<Self, NumberError> {
                if (Self::MIN..=Self::MAX).contains(&steps) {
                    Ok(Self(steps))
                } else {
                    Err(out_of_range(format_decimal(i128::from(steps), $decimals), &Self::UNIT))
                }
            }

            /// The value in steps of `10^-DECIMALS`.
            pub const fn steps(self) -> $int {
                self.0
            }

            /// The unit, for walkers.
            const UNIT: DecimalUnit = DecimalUnit {
                name: $unit,
                decimals: $decimals,
                min: Self::MIN as i64,
                max: Self::MAX as i64,
            };
        }

        impl FromStr for $name {
            type Err = NumberError;

            fn from_str(text: &str) -> Result<Self, NumberError> {
                Ok(Self(parse_within(text, &Self::UNIT)? as $int))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&format_decimal(i128::from(self.0), $decimals))
            }
        }

        impl Record for $name {
            fn blank() -> Self {
                Self(Self::MIN.max(0))
            }

            fn walk(&mut self, walker: &mut dyn Walker) {
                // Every unit's range is inside 63 bits, and the walker keeps to it.
                let mut steps = self.0 as i64;
                walker.decimal(&mut steps, &Self::UNIT);
                self.0 = steps as $int;
            }
        }

        record!(@serde $name);

        decimal_schema!($name, $unit);
    };
}

/// Reads a decimal of a unit, in its steps.
pub fn parse_within(text: &str, unit: &DecimalUnit) -> Result<i64, NumberError> {
    let wide = match parse_decimal(unit.name, text, unit.decimals) {
        // Beyond every unit.
        Err(NumberError::OutOfRange(_)) => None,
        wide => i64::try_from(wide?).ok(),
    };
    wide.filter(|steps| (unit.min..=unit.max).contains(steps))
        .ok_or_else(|| out_of_range(text.chars().take(40).collect(), unit))
}

fn out_of_range(text: String, unit: &DecimalUnit) -> NumberError {
    let error = OutOfRange {
        unit: unit.name,
        text,
        min: format_decimal(i128::from(unit.min), unit.decimals),
        max: format_decimal(i128::from(unit.max), unit.decimals),
    };
    error.into()
}

/// The JSON schema of a decimal string.
macro_rules! decimal_schema {
    ($name:ident, $unit:literal) => {
        impl JsonSchema for $name {
            fn schema_name() -> String {
                stringify!($name).to_owned()
            }

            fn json_schema(_: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
                schemars::schema::SchemaObject {
                    metadata: Some(Box::new(schemars::schema::Metadata {
                        description: Some(concat!("A ", $unit, " as a decimal string").to_owned()),
                        ..Default::default()
                    })),
                    instance_type: Some(schemars::schema::InstanceType::String.into()),
                    ..Default::default()
                }
                .into()
            }
        }
    };
}
pub(super) use decimal_schema;

decimal_unit! {
    /// A signed number of contracts: positive is long. One step is 1e-8 contract.
    ///
    /// The cap of 2^54 steps (180 million contracts) is what keeps the sum of 256 legs inside `i128` in the canonical
    /// arithmetic (the engine describes it); an underlying with a tiny price has a larger contract size instead.
    Quantity(i64), "quantity", 8, -((1 << 54) - 1), (1 << 54) - 1
}

decimal_unit! {
    /// A price, strike, forward or index: quote per contract, in [0.001, 10,000,000,000]. One step is 1e-8.
    Price(u64), "price", 8, 100_000, 1_000_000_000_000_000_000
}

decimal_unit! {
    /// A volatility, rate, shock, factor, haircut or confidence. One step is 1e-9.
    Ratio(i64), "ratio", 9, -1_000_000_000_000_000, 1_000_000_000_000_000
}

decimal_unit! {
    /// An SVI parameter or a time in years. One step is 1e-12.
    Fine(i64), "parameter", 12, -1_000_000_000_000_000, 1_000_000_000_000_000
}

decimal_unit! {
    /// A rate that grows with an amount of quote. One step is 1e-18 per quote.
    Slope(i64), "slope", 18, 0, 1_000_000_000_000_000_000
}

impl Slope {
    /// Nothing.
    pub const ZERO: Self = Self(0);
}

impl Default for Slope {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Quantity {
    /// No contracts.
    pub const ZERO: Self = Self(0);
    /// One contract.
    pub const ONE: Self = Self(100_000_000);
    /// The most contracts.
    pub const LARGEST: Self = Self(Self::MAX);

    /// True when there is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The same number of contracts, long.
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The sum; an error beyond the cap.
    pub fn checked_add(self, other: Self) -> Result<Self, NumberError> {
        Self::new(self.0.saturating_add(other.0))
    }
}

impl std::ops::Neg for Quantity {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Price {
    /// One quote.
    pub const ONE: Self = Self(100_000_000);
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The neutral factor.
    pub const ONE: Self = Self(1_000_000_000);
    /// A half.
    pub const HALF: Self = Self(500_000_000);
    /// A tenth.
    pub const TENTH: Self = Self(100_000_000);
    /// Ten times.
    pub const TEN: Self = Self(10_000_000_000);

    /// The neutral factor: for defaults in schemas.
    pub const fn one() -> Self {
        Self::ONE
    }

    /// A whole multiple; none outside the range.
    pub const fn times(self, n: i64) -> Option<Self> {
        match self.0.checked_mul(n) {
            Some(steps) if steps >= Self::MIN && steps <= Self::MAX => Some(Self(steps)),
            _ => None,
        }
    }
}

impl Default for Ratio {
    fn default() -> Self {
        Self::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_part_of_the_type() {
        assert_eq!("0.001".parse::<Price>().map(Price::steps), Ok(100_000));
        assert_eq!(
            "10000000000".parse::<Price>().map(|p| p.to_string()),
            Ok("10000000000".to_owned())
        );
        for text in ["0", "0.0009", "10000000000.00000001", "-1"] {
            let error = text.parse::<Price>().unwrap_err();
            assert_eq!(error.code(), "number_out_of_range", "{text}");
            assert!(
                error.to_string().contains("must be within 0.001 and 10000000000"),
                "{error}"
            );
        }
        assert_eq!("0.000000001".parse::<Quantity>().unwrap_err().code(), "number_too_fine");
        assert!("180143985.09481984".parse::<Quantity>().is_err());
        assert!("180143985.09481983".parse::<Quantity>().is_ok());
    }

    #[test]
    fn the_wire_form_is_a_string() {
        assert_eq!(serde_json::to_string(&Ratio::ONE).unwrap(), "\"1\"");
        assert_eq!(serde_json::from_str::<Ratio>("\"0.62\"").unwrap().steps(), 620_000_000);
        assert!(serde_json::from_str::<Ratio>("0.62").is_err());
    }
}
