//! Decimal strings to scaled integers and back, exactly.

use super::NumberError;

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
    let (whole, fraction) = match body.split_once('.') {
        Some((_, "")) => return Err(malformed()),
        Some(parts) => parts,
        None => (body, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(malformed());
    }
    let significant = fraction.trim_end_matches('0');
    if significant.len() > decimals as usize {
        return Err(NumberError::TooFine {
            unit,
            text: shown(),
            decimals,
        });
    }
    let missing = decimals.saturating_sub(significant.len() as u32);
    let magnitude = whole
        .bytes()
        .chain(significant.bytes())
        .chain(std::iter::repeat_n(b'0', missing as usize))
        .try_fold(0i128, |sum, digit| {
            sum.checked_mul(10)?.checked_add(i128::from(digit.wrapping_sub(b'0')))
        })
        .ok_or_else(overflow)?;
    Ok(if negative { -magnitude } else { magnitude })
}

/// Writes an integer of `10^-decimals` as the shortest decimal that reads back the same.
pub fn format_decimal(amount: i128, decimals: u32) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let width = decimals as usize + 1;
    let digits = format!("{:0>width$}", amount.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals as usize));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
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
