//! Decimals of any number of digits: reading, checking, writing.

use num_bigint::BigUint;

/// Significant digits that are kept. A price does not depend on those after them within the limits below.
const KEPT: usize = 400;
/// Every number that is not zero lies between 10^-LARGEST and 10^LARGEST.
const LARGEST: i64 = 100;
/// Longest text shown in an error.
const SHOWN: usize = 40;

/// Why a number was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not of the form `12.5` or `1.25e1`.
    #[error("{field}: `{text}` is not a decimal number such as 12.5 or 1.25e-3")]
    Malformed { field: &'static str, text: String },
    /// Below zero.
    #[error("{field}: `{text}` is below the limit of 0")]
    Negative { field: &'static str, text: String },
    /// Zero where a price is needed.
    #[error("{field}: `{text}` must be above 0")]
    Zero { field: &'static str, text: String },
    /// Too large or too small to be meant.
    #[error("{field}: `{text}` is outside the limits of 1e-100 and 1e100")]
    Absurd { field: &'static str, text: String },
}

/// A number `digits * 10^exponent`, not negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: BigUint,
    exponent: i64,
}

impl Decimal {
    /// Reads a number that may be zero.
    pub fn read(field: &'static str, text: &str) -> Result<Self, DecimalError> {
        let shown = || text.chars().take(SHOWN).collect::<String>();
        let malformed = || DecimalError::Malformed { field, text: shown() };
        let absurd = || DecimalError::Absurd { field, text: shown() };
        let (negative, body) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match body.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent),
            None => (body, "0"),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return Err(malformed()),
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if whole.is_empty() || unsigned.is_empty() || ![whole, fraction, unsigned].into_iter().all(all_digits) {
            return Err(malformed());
        }

        let digits: Vec<u8> = whole
            .bytes()
            .chain(fraction.bytes())
            .skip_while(|b| *b == b'0')
            .collect();
        if digits.is_empty() {
            return Ok(Self {
                digits: BigUint::ZERO,
                exponent: 0,
            });
        }
        if negative {
            return Err(DecimalError::Negative { field, text: shown() });
        }
        let length = |n: usize| i64::try_from(n).map_err(|_| absurd());
        // An exponent that does not fit a word is beyond every limit.
        let exponent: i64 = exponent.parse().map_err(|_| absurd())?;
        let lowest = exponent.checked_sub(length(fraction.len())?).ok_or_else(absurd)?;
        // the number lies in [10^(magnitude - 1), 10^magnitude)
        let magnitude = lowest.checked_add(length(digits.len())?).ok_or_else(absurd)?;
        let power_of_ten = digits.iter().skip(1).all(|b| *b == b'0') && digits.first() == Some(&b'1');
        let largest = LARGEST + i64::from(power_of_ten);
        if magnitude > largest || magnitude <= -LARGEST {
            return Err(absurd());
        }
        let kept = digits.get(..KEPT).unwrap_or(&digits);
        Ok(Self {
            digits: BigUint::parse_bytes(kept, 10).ok_or_else(malformed)?,
            exponent: magnitude - length(kept.len())?,
        })
    }

    /// Reads a number that must not be zero.
    pub fn read_positive(field: &'static str, text: &str) -> Result<Self, DecimalError> {
        let number = Self::read(field, text)?;
        if number.digits == BigUint::ZERO {
            return Err(DecimalError::Zero {
                field,
                text: text.chars().take(SHOWN).collect(),
            });
        }
        Ok(number)
    }

    /// The number as a fraction.
    pub fn fraction(&self) -> (BigUint, BigUint) {
        (&self.digits * power_of_ten(self.exponent), power_of_ten(-self.exponent))
    }

    /// floor(log10) of the number; 0 for 0.
    pub fn magnitude(&self) -> i64 {
        if self.digits == BigUint::ZERO {
            return 0;
        }
        let digits = i64::try_from(self.digits.to_string().len()).unwrap_or(i64::MAX);
        self.exponent.saturating_add(digits).saturating_sub(1)
    }
}

/// 10^n, or 1 for a negative n.
fn power_of_ten(n: i64) -> BigUint {
    BigUint::from(10u32).pow(u32::try_from(n.max(0)).unwrap_or(0))
}

/// `numerator / denominator` to so many places after the point (before it, when negative), to the nearest, without trailing
/// zeros. The denominator must not be zero.
pub fn write(numerator: &BigUint, denominator: &BigUint, places: i64) -> String {
    let (scaled, unit) = (numerator * power_of_ten(places), denominator * power_of_ten(-places));
    let rounded = (scaled * 2u32 + &unit) / (unit * 2u32);
    let digits = rounded.to_string();
    let Ok(places) = usize::try_from(places) else {
        // whole tens: zeros stand for the digits left out
        let zeros = usize::try_from(places.unsigned_abs()).unwrap_or(0);
        return if rounded == BigUint::ZERO {
            digits
        } else {
            digits + &"0".repeat(zeros)
        };
    };
    let width = places.saturating_add(1);
    let digits = format!("{digits:0>width$}");
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(places));
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_way_to_write_a_number() {
        for (text, digits, exponent) in [
            ("12.5", 125u32, -1),
            ("0012.50", 1250, -2),
            ("1.5e-7", 15, -8),
            ("1.5E+7", 15, 6),
            ("0.000", 0, 0),
            ("-0", 0, 0),
            ("0e999999999999999999999", 0, 0),
            ("1e100", 1, 100),
            ("1e-100", 1, -100),
        ] {
            let number = Decimal::read("test", text).unwrap();
            assert_eq!((number.digits, number.exponent), (digits.into(), exponent), "{text}");
        }
    }

    #[test]
    fn digits_beyond_the_kept_ones_count_for_the_size() {
        let number = Decimal::read("test", &format!("{}e-{}", "7".repeat(5000), 4999)).unwrap();
        assert_eq!(number.magnitude(), 0);
        assert_eq!(number.exponent, 1 - 400);
    }

    #[test]
    fn refuses_what_is_no_number_or_no_sensible_one() {
        for text in [
            "", "-", ".", "1.", ".5", "+1", "e5", "1e", "1e+", "1e1.5", " 1", "1 ", "0x10", "NaN", "inf", "1,0", "1_0",
        ] {
            assert!(
                matches!(Decimal::read("test", text), Err(DecimalError::Malformed { .. })),
                "{text}"
            );
        }
        for text in ["-1", "-1e-99", "-1e999"] {
            assert!(
                matches!(Decimal::read("test", text), Err(DecimalError::Negative { .. })),
                "{text}"
            );
        }
        for text in [
            "1.1e100",
            "9.9e-101",
            "1e101",
            "1e9223372036854775808",
            "1e-9223372036854775808",
            "0.1e-9223372036854775807",
        ] {
            assert!(
                matches!(Decimal::read("test", text), Err(DecimalError::Absurd { .. })),
                "{text}"
            );
        }
        assert!(matches!(
            Decimal::read_positive("test", "0.0"),
            Err(DecimalError::Zero { .. })
        ));
    }

    #[test]
    fn writes_to_the_nearest() {
        for (numerator, denominator, places, expected) in [
            (1u32, 3u32, 5, "0.33333"),
            (2, 3, 5, "0.66667"),
            (5, 1, 3, "5"),
            (0, 7, 3, "0"),
            (12_345, 1, -2, "12300"),
            (1, 1, -2, "0"),
            (1, 1000, 2, "0"),
        ] {
            assert_eq!(write(&numerator.into(), &denominator.into(), places), expected);
        }
    }
}
