//! Decimal strings to scaled integers and back, exactly.

use super::NumberError;
use super::wide::power_of_ten;
use crate::kernel::div_wide;

/// Digits that are taken apart at a time: what fits into half a word.
const NINE: usize = 9;
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
    let overflow = || NumberError::OutOfRange {
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

/// Writes an integer of `10^-decimals` as the shortest decimal that reads back the same. At most 38 decimals.
pub fn format_decimal(amount: i128, decimals: u32) -> String {
    let magnitude = amount.unsigned_abs();
    let mut left = ((magnitude >> 64) as u64, magnitude as u64);
    // From the end; 39 are the most.
    let mut digits = [b'0'; 5 * NINE];
    let mut length = 0;
    for (at, nine) in digits.rchunks_exact_mut(NINE).enumerate() {
        let mut word = take_nine(&mut left);
        let mut places = nine.iter_mut().rev();
        while word != 0 {
            if let Some(place) = places.next() {
                *place = b'0' | (word % 10) as u8;
            }
            word /= 10;
            length = (at + 1) * NINE - places.len();
        }
        if left == (0, 0) {
            break;
        }
    }
    let decimals = decimals as usize;
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    let (_, whole) = whole.split_at(whole.len().saturating_sub(length.saturating_sub(decimals).max(1)));
    let zeros = fraction.iter().rev().take_while(|digit| **digit == b'0').count();
    let (fraction, _) = fraction.split_at(fraction.len() - zeros);
    let mut text = String::with_capacity(whole.len() + fraction.len() + 2);
    if amount < 0 {
        text.push('-');
    }
    // Digits are valid text.
    text.push_str(str::from_utf8(whole).unwrap_or_default());
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(str::from_utf8(fraction).unwrap_or_default());
    }
    text
}

/// Divides a number of two words, high and low, by 10^9; answers what remains.
fn take_nine(left: &mut (u64, u64)) -> u32 {
    const BILLION: u64 = 1_000_000_000;
    let (high, low) = *left;
    let (quotient, rest) = div_wide(high % BILLION, low, BILLION);
    *left = (high / BILLION, quotient);
    rest as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            Err(NumberError::OutOfRange { .. })
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
