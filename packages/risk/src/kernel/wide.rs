//! Products and quotients wider than a word.
//!
//! From 64-bit operations only, but for the exact product, which most machines have: in wasm it would be a costly call.

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
#[inline]
pub fn mul_shift(a: u64, b: u64, shift: u32) -> u64 {
    let (low, high) = mul_full(a, b);
    if shift == 0 || shift > 63 || high.wrapping_shr(shift) != 0 {
        return u64::MAX;
    }
    high.wrapping_shl(64u32.wrapping_sub(shift)) | low.wrapping_shr(shift)
}

/// The 128-bit product as (low word, high word).
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub fn mul_full(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    (product as u64, (product >> 64) as u64)
}

#[cfg(target_arch = "wasm32")]
pub use mul_words as mul_full;

/// The same from products of halves.
#[cfg(any(target_arch = "wasm32", test))]
#[inline(always)]
pub fn mul_words(a: u64, b: u64) -> (u64, u64) {
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

/// `floor((a*b - c*d) / 2^62)` for numbers up to 2^62 of which `a` and `c` are below it, exact.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub(super) fn sub_products(a: u64, b: u64, c: u64, d: u64) -> i64 {
    // four times each, so that the quotient is the high word
    let product = |a: u64, b: u64| u128::from(a << 2).wrapping_mul(u128::from(b));
    (product(a, b).wrapping_sub(product(c, d)) >> 64) as i64
}

#[cfg(target_arch = "wasm32")]
pub(super) use sub_halves as sub_products;

/// The same from products of halves.
#[cfg(any(target_arch = "wasm32", test))]
#[inline(always)]
pub(super) fn sub_halves(a: u64, b: u64, c: u64, d: u64) -> i64 {
    let halves = |n: u64| ((n >> 31) as i64, n as i64 & LOW_31);
    let ((a1, a0), (b1, b0), (c1, c0), (d1, d0)) = (halves(a), halves(b), halves(c), halves(d));
    // b1 and d1 are at most 2^31, all others below: two products, and what the lowest add, are below 2^63
    let bottom = a0.wrapping_mul(b0).wrapping_sub(c0.wrapping_mul(d0)) >> 31;
    let middle = a1
        .wrapping_mul(b0)
        .wrapping_add(a0.wrapping_mul(b1))
        .wrapping_sub(c1.wrapping_mul(d0).wrapping_add(c0.wrapping_mul(d1)))
        .wrapping_add(bottom);
    a1.wrapping_mul(b1)
        .wrapping_sub(c1.wrapping_mul(d1))
        .wrapping_add(middle >> 31)
}

/// `(high * 2^64 + low) / d` and what remains, for `high < d`. A ninth of what a division of 128 bits costs.
///
/// Where the divisor is a constant it divides by multiplying, if it is inlined; in wasm that is no cheaper.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub fn div_wide(high: u64, low: u64, d: u64) -> (u64, u64) {
    const HALF: u32 = 32;
    const LOW_32: u64 = (1 << HALF) - 1;
    if d >> HALF == 0 {
        // high < d < 2^32: two digits of half a word.
        let d = d.max(1);
        let first = (high << HALF) | (low >> HALF);
        let second = ((first % d) << HALF) | (low & LOW_32);
        return (((first / d) << HALF) | (second / d), second % d);
    }
    if high == 0 {
        return (low / d, low % d);
    }
    // Schoolbook division by a divisor whose top bit is set, in digits of 32 bits. high < d, so d is not zero and nothing
    // is shifted out of the top.
    let zeros = d.leading_zeros();
    let d = d.wrapping_shl(zeros);
    let high = high.wrapping_shl(zeros) | (low >> 1).wrapping_shr(63u32.wrapping_sub(zeros));
    let low = low.wrapping_shl(zeros);
    let (d1, d0) = ((d >> HALF) | (1 << 31), d & LOW_32);
    let digit = |rest: u64, next: u64| {
        // At most two too large, with rest < d; in the second step the sums below no longer fit once r is 2^32 or more.
        let (mut q, mut r) = (rest / d1, rest % d1);
        for _ in 0..2 {
            if q >> HALF != 0 || (r >> HALF == 0 && q.wrapping_mul(d0) > ((r << HALF) | next)) {
                q = q.wrapping_sub(1);
                r = r.wrapping_add(d1);
            }
        }
        // Below d again: what wraps comes back.
        (q, ((rest << HALF) | next).wrapping_sub(q.wrapping_mul(d)))
    };
    let (q1, rest) = digit(high, low >> HALF);
    let (q0, rest) = digit(rest, low & LOW_32);
    ((q1 << HALF) | q0, rest.wrapping_shr(zeros))
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
        fn differences_of_products_are_exact(a in 0..LIMIT, b in 0..=LIMIT, c in 0..LIMIT, d in 0..=LIMIT) {
            let exact = (i128::from(a) * i128::from(b) - i128::from(c) * i128::from(d)) >> 62;
            let [a, b, c, d] = [a, b, c, d].map(|n| n as u64);
            prop_assert_eq!(i128::from(sub_products(a, b, c, d)), exact);
            prop_assert_eq!(i128::from(sub_halves(a, b, c, d)), exact);
        }

        #[test]
        fn div_wide_is_exact(high: u64, low: u64, d: u64, fewer in 0u32..64, less in 0u32..64) {
            let d = (d >> fewer).max(1);
            let high = (high >> less) % d;
            let n = (u128::from(high) << 64) | u128::from(low);
            let (quotient, rest) = div_wide(high, low, d);
            prop_assert_eq!(u128::from(quotient), n / u128::from(d));
            prop_assert_eq!(u128::from(rest), n % u128::from(d));
        }

        #[test]
        fn mul_shift_is_exact(a: u64, b: u64, shift in 1u32..64) {
            let exact = (u128::from(a) * u128::from(b)) >> shift;
            prop_assert_eq!(mul_shift(a, b, shift), u64::try_from(exact).unwrap_or(u64::MAX));
            prop_assert_eq!(mul_words(a, b), mul_full(a, b));
        }
    }

    #[test]
    fn quotients_at_the_corners() {
        // The largest digits, whose first guess is too large by two.
        for (high, d) in [
            (u64::MAX - 1, u64::MAX),
            ((1 << 63) - 1, 1 << 63),
            (0x7fff_ffff_ffff_ffff, 0x8000_0000_ffff_ffff),
            (0x8000_0000_0000_0000, 0x8000_0000_ffff_ffff),
            (0, 1),
            (9, 10),
        ] {
            for low in [0, 1, u64::MAX, 0xffff_ffff, 0xffff_ffff_0000_0000] {
                let n = (u128::from(high) << 64) | u128::from(low);
                let (quotient, rest) = div_wide(high, low, d);
                assert_eq!(
                    u128::from(quotient) * u128::from(d) + u128::from(rest),
                    n,
                    "{high} {low} {d}"
                );
                assert!(rest < d, "{high} {low} {d}");
            }
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
        let corners = [0, 1, (1 << 31) - 1, 1 << 31, (1 << 61) + 1, LIMIT - 1, LIMIT].map(|n| n as u64);
        for (a, b) in corners
            .iter()
            .flat_map(|a| corners.map(|b| ((*a).min(LIMIT as u64 - 1), b)))
        {
            for (c, d) in [
                (0, 0),
                (a, b),
                (LIMIT as u64 - 1, LIMIT as u64),
                (b.min(LIMIT as u64 - 1), a),
            ] {
                let exact = (i128::from(a) * i128::from(b) - i128::from(c) * i128::from(d)) >> 62;
                assert_eq!(i128::from(sub_products(a, b, c, d)), exact, "{a} {b} {c} {d}");
                assert_eq!(i128::from(sub_halves(a, b, c, d)), exact, "{a} {b} {c} {d}");
            }
        }
        assert_eq!(mul_shift(u64::MAX, u64::MAX, 63), u64::MAX);
        assert_eq!(mul_shift(1 << 63, 1 << 63, 63), 1 << 63);
        assert_eq!(mul_shift(3, 5, 0), u64::MAX);
    }
}
