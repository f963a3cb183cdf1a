//! Decimals as exact fractions, for tests.

use num_bigint::BigUint;

/// numerator / denominator, exactly the decimal that was written.
pub struct Exact {
    /// A whole number.
    pub numerator: BigUint,
    /// A power of ten.
    pub denominator: BigUint,
}

impl Exact {
    /// Reads a decimal with or without an exponent; no sign.
    pub fn read(text: &str) -> Self {
        let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent: i64 = exponent.parse::<i64>().unwrap() - fraction.len() as i64;
        let ten = |n: i64| BigUint::from(10u32).pow(u32::try_from(n.max(0)).unwrap());
        let numerator: BigUint = format!("{whole}{fraction}").parse().unwrap();
        Self {
            numerator: numerator * ten(exponent),
            denominator: ten(-exponent),
        }
    }

    /// In units of 2^-bits, to the nearest.
    pub fn scaled(&self, bits: i64) -> BigUint {
        let up = BigUint::from(1u32) << u64::try_from(bits.max(0)).unwrap();
        let down = &self.denominator << u64::try_from((-bits).max(0)).unwrap();
        (&self.numerator * up * 2u32 + &down) / (down * 2u32)
    }

    /// floor(log2) within one.
    pub fn magnitude(&self) -> i64 {
        self.numerator.bits() as i64 - self.denominator.bits() as i64
    }
}

/// A number that is known to fit.
pub fn word(n: &BigUint) -> u64 {
    u64::try_from(n).unwrap()
}
