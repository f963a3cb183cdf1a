//! Products wider than a word, from 64-bit multiplications only.

const LOW_31: i64 = (1 << 31) - 1;

/// `a * b / 2^62`, within two units below the exact quotient: `0 <= exact - result < 2`.
///
/// For `abs(a), abs(b) <= 2^62`. Three multiplications of 31-bit halves; the product of the low halves, less than one
/// unit, is left out.
#[inline(always)]
pub fn mul_hi(a: i64, b: i64) -> i64 {
    let (a1, a0) = (a >> 31, a & LOW_31);
    let (b1, b0) = (b >> 31, b & LOW_31);
    // abs(a1), abs(b1) <= 2^31 and 0 <= a0, b0 < 2^31: each product fits, and their sums wrap at most to come back.
    let middle = a1.wrapping_mul(b0).wrapping_add(a0.wrapping_mul(b1));
    a1.wrapping_mul(b1).wrapping_add(middle >> 31)
}

/// `floor(a * b / 2^shift)` for `shift` in 1..=63, exact; `u64::MAX` where it does not fit.
pub fn mul_shift(a: u64, b: u64, shift: u32) -> u64 {
    let (low, high) = mul_full(a, b);
    if shift == 0 || shift > 63 || high.wrapping_shr(shift) != 0 {
        return u64::MAX;
    }
    high.wrapping_shl(64u32.wrapping_sub(shift)) | low.wrapping_shr(shift)
}

/// The 128-bit product as (low word, high word).
fn mul_full(a: u64, b: u64) -> (u64, u64) {
    const LOW_32: u64 = (1 << 32) - 1;
    let (a1, a0) = (a >> 32, a & LOW_32);
    let (b1, b0) = (b >> 32, b & LOW_32);
    // (2^32 - 1)^2 + 2 * (2^32 - 1) = 2^64 - 1: no sum below leaves its word.
    let bottom = a0.wrapping_mul(b0);
    let cross = a1.wrapping_mul(b0).wrapping_add(bottom >> 32);
    let middle = a0.wrapping_mul(b1).wrapping_add(cross & LOW_32);
    let high = a1.wrapping_mul(b1).wrapping_add(cross >> 32).wrapping_add(middle >> 32);
    ((middle << 32) | (bottom & LOW_32), high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: i64 = 1 << 62;

    proptest! {
        #[test]
        fn mul_hi_is_at_most_two_units_low(a in -LIMIT..=LIMIT, b in -LIMIT..=LIMIT) {
            let exact = i128::from(a) * i128::from(b);
            let dropped = exact - (i128::from(mul_hi(a, b)) << 62);
            prop_assert!((0..2 << 62).contains(&dropped), "{dropped}");
        }

        #[test]
        fn mul_shift_is_exact(a: u64, b: u64, shift in 1u32..64) {
            let exact = (u128::from(a) * u128::from(b)) >> shift;
            prop_assert_eq!(mul_shift(a, b, shift), u64::try_from(exact).unwrap_or(u64::MAX));
        }
    }

    #[test]
    fn the_corners_hold() {
        for (a, b, product) in [
            (LIMIT, LIMIT, LIMIT),
            (-LIMIT, LIMIT, -LIMIT),
            (-LIMIT, -LIMIT, LIMIT),
            (0, LIMIT, 0),
        ] {
            assert_eq!(mul_hi(a, b), product, "{a} {b}");
        }
        assert_eq!(mul_shift(u64::MAX, u64::MAX, 63), u64::MAX);
        assert_eq!(mul_shift(1 << 63, 1 << 63, 63), 1 << 63);
        assert_eq!(mul_shift(3, 5, 0), u64::MAX);
    }
}
