//! Logarithms, roots and quotients to any number of bits: the set-up whose cost does not matter here.

use num_bigint::{BigInt, BigUint, Sign};

/// ln(a / b) in 2^-bits, within a few hundred units; a and b must not be zero.
///
/// `a / b = 2^e * r` with r in (1/2, 2); ln r = 2 artanh((r - 1) / (r + 1)), the argument at most a third.
pub fn ln_ratio(a: &BigUint, b: &BigUint, bits: u64) -> BigInt {
    let (length_a, length_b) = (a.bits(), b.bits());
    let a = BigInt::from(a << length_b.saturating_sub(length_a));
    let b = BigInt::from(b << length_a.saturating_sub(length_b));
    let argument = ((&a - &b) << bits) / (&a + &b);
    let third = (BigInt::from(1) << bits) / 3;
    let twos = BigInt::from(length_a) - BigInt::from(length_b);
    (artanh(&argument, bits) + artanh(&third, bits) * twos) * 2
}

/// artanh(z) = z + z^3/3 + z^5/5 + ..., z in 2^-bits.
fn artanh(z: &BigInt, bits: u64) -> BigInt {
    let square = (z * z) >> bits;
    let mut power = z.clone();
    let mut sum = z.clone();
    let mut n = 1u32;
    // towards zero, so that the powers of a negative argument end as those of a positive one
    while power.sign() != Sign::NoSign {
        power = (&power * &square) / (BigInt::from(1) << bits);
        n += 2;
        sum += &power / n;
    }
    sum
}

/// sqrt(a / b) in 2^-bits, rounded down; b must not be zero.
pub fn sqrt_ratio(a: &BigUint, b: &BigUint, bits: u64) -> BigUint {
    ((a << (2 * bits)) / b).sqrt()
}

/// floor(log2(a / b)) or one more or less; a and b must not be zero.
pub fn log2(a: &BigUint, b: &BigUint) -> i64 {
    let length = |n: &BigUint| i64::try_from(n.bits()).unwrap_or(i64::MAX);
    length(a).saturating_sub(length(b))
}

/// A number in 2^-from as one in 2^-to, to the nearest, held to the range of a word.
pub fn to_word(n: &BigInt, from: u64, to: u64) -> i64 {
    let shifted: BigInt = if from > to {
        let half = BigInt::from(1) << (from - to - 1);
        (n + half) >> (from - to)
    } else {
        n << (to - from)
    };
    let limit = if shifted.sign() == Sign::Minus {
        i64::MIN
    } else {
        i64::MAX
    };
    i64::try_from(&shifted).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected words: mpmath, nint(log(a/b) * 2^57).
    #[test]
    fn logarithms_are_right() {
        for (a, b, expected) in [
            (2u32, 1u32, 99_893_036_290_645_747i64),
            (1, 3, -158_326_716_603_851_091),
            (1_000_001, 1_000_000, 144_115_116_018),
            (5, 5, 0),
        ] {
            let ln = ln_ratio(&a.into(), &b.into(), 200);
            assert_eq!(to_word(&ln, 200, 57), expected, "{a} / {b}");
        }
    }

    #[test]
    fn words_are_rounded_and_held() {
        assert_eq!(to_word(&BigInt::from(7), 2, 1), 4);
        assert_eq!(to_word(&BigInt::from(-7), 2, 1), -3);
        let huge: BigInt = BigInt::from(1) << 100;
        assert_eq!(to_word(&huge, 10, 10), i64::MAX);
        assert_eq!(to_word(&-huge, 10, 10), i64::MIN);
        assert_eq!(to_word(&BigInt::from(3), 0, 4), 48);
    }
}
