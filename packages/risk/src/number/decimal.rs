//! Decimal strings to scaled integers and back, exactly.

use super::wide::power_of_ten;
use super::{NumberError, OutOfRange};
use crate::kernel::div_wide;

/// Digits of a word, a byte each.
const EIGHT: usize = 8;
/// Digits of the longest number, in whole words.
const ALL: usize = 5 * EIGHT;
/// What makes eight digits readable.
const ASCII_ZEROS: u64 = 0x3030_3030_3030_3030;
/// Digits that surely fit into a word.
const WORD_DIGITS: usize = 19;
/// Longest text that is looked at; longer ones are refused unread.
const MAX_TEXT: usize = 60;

/// Reads a decimal such as `-12.5` as an integer of `10^-decimals`.
///
/// Exact: a digit beyond `decimals` is an error unless it is a trailing zero. Accepts an optional sign, at least one
/// digit, and at most one point with digits on both sides. No exponents, no blanks.
///
/// ```
/// use hedgerow_risk::number::parse_decimal;
/// assert_eq!(parse_decimal("quantity", "-12.50", 8), Ok(-1_250_000_000));
/// assert!(parse_decimal("quantity", "0.000000001", 8).is_err());
/// ```
pub fn parse_decimal(unit: &'static str, text: &str, decimals: u32) -> Result<i128, NumberError> {
    let shown = || text.chars().take(40).collect::<String>();
    let malformed = || NumberError::Malformed { unit, text: shown() };
    let overflow = || OutOfRange {
        unit,
        text: shown(),
        min: format_decimal(-i128::MAX, decimals),
        max: format_decimal(i128::MAX, decimals),
    };
    if text.len() > MAX_TEXT {
        return Err(malformed());
    }
    let (negative, body) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mut point, mut last) = (body.len(), 0);
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            b'0' => {}
            b'1'..=b'9' => last = at,
            b'.' if point == body.len() => point = at,
            _ => return Err(malformed()),
        }
    }
    let (whole, fraction) = body.as_bytes().split_at_checked(point).unwrap_or_default();
    if whole.is_empty() || fraction.len() == 1 {
        return Err(malformed());
    }
    // Up to the last digit that is not a zero.
    let significant = last.saturating_sub(point);
    let Some(missing) = (decimals as usize).checked_sub(significant) else {
        return Err(NumberError::TooFine {
            unit,
            text: shown(),
            decimals,
        });
    };
    let digits = whole.iter().chain(fraction.iter().skip(1).take(significant));
    let magnitude = if whole.len() + decimals as usize <= WORD_DIGITS {
        let sum = digits.fold(0, |sum: u64, digit| {
            // Below 10^19.
            sum.wrapping_mul(10).wrapping_add(u64::from(digit & 15))
        });
        i128::from(sum.wrapping_mul(power_of_ten(missing as u32).unwrap_or(1)))
    } else {
        digits
            .chain(std::iter::repeat_n(&b'0', missing))
            .try_fold(0i128, |sum, digit| {
                sum.checked_mul(10)?.checked_add(i128::from(digit & 15))
            })
            .ok_or_else(overflow)?
    };
    Ok(if negative { -magnitude } else { magnitude })
}

/// Writes an integer of `10^-decimals` as the shortest decimal that reads back the same. At most 39 decimals.
pub fn format_decimal(amount: i128, decimals: u32) -> String {
    let mut text = Vec::with_capacity(ALL + 2);
    push_decimal(&mut text, amount, decimals);
    // Digits are valid text.
    String::from_utf8(text).unwrap_or_default()
}

/// The same at the end of a text.
pub fn push_decimal(out: &mut Vec<u8>, amount: i128, decimals: u32) {
    let magnitude = amount.unsigned_abs();
    let mut left = ((magnitude >> 64) as u64, magnitude as u64);
    // Eight digits a word, the first in its lowest byte; 39 digits are the most. `length` counts them from the first that
    // is not zero, `zeros` those after the last.
    let (mut words, mut length, mut zeros) = ([0; ALL / EIGHT], 0, ALL);
    for (at, word) in words.iter_mut().rev().enumerate() {
        let eight = take_eight(&mut left);
        if eight != 0 {
            length = EIGHT * at + (EIGHT - eight.trailing_zeros() as usize / 8);
            zeros = zeros.min(EIGHT * at + eight.leading_zeros() as usize / 8);
        }
        *word = eight | ASCII_ZEROS;
    }
    let text = words.map(u64::to_le_bytes);
    let digits = |from_end: usize, to_end: usize| {
        let from = ALL.saturating_sub(from_end);
        text.as_flattened()
            .get(from..ALL.saturating_sub(to_end))
            .unwrap_or_default()
    };
    let decimals = decimals as usize;
    if amount < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(digits(length.max(decimals + 1), decimals));
    if zeros < decimals {
        out.push(b'.');
        out.extend_from_slice(digits(decimals, zeros));
    }
}

/// Takes the last eight digits of a number of two words, high and low: a byte each, the first in the lowest.
fn take_eight(left: &mut (u64, u64)) -> u64 {
    const DIVISOR: u64 = 100_000_000;
    let (high, low) = *left;
    if high == 0 && low == 0 {
        return 0;
    }
    let (quotient, rest) = div_wide(high % DIVISOR, low, DIVISOR);
    *left = (high / DIVISOR, quotient);
    // Halved three times, both halves of every lane at once: lanes of four digits, of two, of one. 5243/2^19 is 1/100 for up
    // to 9999, 103/2^10 is 1/10 for up to 99. Nothing leaves its lane.
    let fours = (rest / 10_000) | ((rest % 10_000) << 32);
    let hundreds = (fours.wrapping_mul(5_243) >> 19) & 0x7f_0000_007f;
    let twos = hundreds | (fours.wrapping_sub(hundreds.wrapping_mul(100)) << 16);
    let tens = (twos.wrapping_mul(103) >> 10) & 0x000f_000f_000f_000f;
    tens | (twos.wrapping_sub(tens.wrapping_mul(10)) << 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_group_of_digits_is_written_right() {
        for four in 0..10_000 {
            assert_eq!(format_decimal(four, 0), four.to_string());
            let shifted = four * 10_000 + 7;
            assert_eq!(format_decimal(shifted, 0), shifted.to_string());
        }
    }

    proptest! {
        #[test]
        fn integers_are_written_as_the_standard_library_does(n: i128, less in 0u32..128) {
            let n = n >> less;
            prop_assert_eq!(format_decimal(n, 0), n.to_string());
        }
    }

    #[test]
    fn reads_what_a_person_would_write() {
        for (text, decimals, expected) in [
            ("0", 8, 0),
            ("-0", 8, 0),
            ("1", 0, 1),
            ("95663.5", 8, 9_566_350_000_000),
            ("0.62", 9, 620_000_000),
            ("007.10", 1, 71),
            ("-0.00000001", 8, -1),
        ] {
            assert_eq!(parse_decimal("test", text, decimals), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "", "-", ".", "1.", ".5", "+1", "1e5", " 1", "1 ", "1,000", "0x10", "NaN", "inf", "--1", "1.2.3", "1_000",
            "\u{0661}",
        ] {
            assert!(
                matches!(parse_decimal("test", text, 8), Err(NumberError::Malformed { .. })),
                "{text}"
            );
        }
        let long = "1".repeat(61);
        assert!(matches!(
            parse_decimal("test", &long, 8),
            Err(NumberError::Malformed { .. })
        ));
        let big = "9".repeat(40);
        assert!(matches!(
            parse_decimal("test", &big, 8),
            Err(NumberError::OutOfRange(_))
        ));
        assert!(matches!(
            parse_decimal("test", "0.123456789", 8),
            Err(NumberError::TooFine { .. })
        ));
    }

    proptest! {
        #[test]
        fn round_trips(amount in any::<i64>(), decimals in 0u32..13) {
            let text = format_decimal(i128::from(amount), decimals);
            prop_assert_eq!(parse_decimal("test", &text, decimals), Ok(i128::from(amount)));
        }
    }
}
