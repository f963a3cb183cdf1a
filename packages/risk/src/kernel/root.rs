//! Square roots, and volatility over time.

use super::tables::{ROOT, ROOT_OF_A_SECOND};
use super::wide::{mul_full, mul_shift};

/// Every volatility over time is below 16: this, in 2^-57, is the largest.
pub const MAX_VOL_TIME: u64 = (16 << 57) - 1;

/// sqrt(m) in 2^-31 for m < 2^62, within one unit; larger m count as 2^62 - 1.
pub fn sqrt(m: u64) -> u64 {
    let m = m.min((1 << 62) - 1);
    // an even shift to [2^60, 2^62)
    let shift = m.leading_zeros().wrapping_sub(2) & !1;
    root(m.wrapping_shl(shift)).wrapping_shr(shift / 2)
}

/// sqrt(m) in 2^-31 for m in [2^60, 2^62), within one unit, and 0 for 0.
///
/// With s near the root and `m = s^2 + rest`, the root is `s + rest/(2s) - (rest/(2s))^2/(2s)` and more. The second term is
/// rounded down by less than a unit, and what follows it is left out: it is negative and less than a unit, as
/// `abs(rest) <= 2s`.
///
/// The table's chords are at most 2^-15 below the root, so that a step of Newton, which squares and halves the relative
/// error, is at most 0.51 too large; rounded down it is less than one too small.
#[inline(always)]
#[allow(clippy::indexing_slicing, reason = "the mask is the length of the table less one")]
fn root(m: u64) -> u64 {
    let (start, rise) = ROOT[((m >> 55) & 127) as usize];
    let place = (m >> 39) & 0xffff;
    let line = u64::from(start).wrapping_add(u64::from(rise).wrapping_mul(place) >> 16);
    // the bit is set in every line but that of 0
    let s = line.wrapping_add(m / (line | TOP_OF_31)) >> 1;
    // rest may be negative, rest + 2s is not: its quotient is rounded down as well, and one more
    let raised = m.wrapping_sub(s.wrapping_mul(s.wrapping_sub(2)));
    let positive = s.max(1);
    (positive.wrapping_sub(1) << 31).wrapping_add((raised << 30) / positive)
}

/// The top bit of a 31-bit root.
const TOP_OF_31: u64 = 1 << 30;

/// sqrt(T) in 2^-57 for T = `seconds` in years of 365 days, within 2^-56; seconds above 2^33 (272 years) count as 2^33.
#[inline]
pub fn sqrt_years(seconds: u64) -> u64 {
    let seconds = seconds.min(1 << 33);
    // an even shift to [2^60, 2^62), at least 28
    let shift = seconds.leading_zeros().wrapping_sub(2) & !1;
    let root = root(seconds.wrapping_shl(shift));
    // sqrt(T) = root * c * 2^-(31 + 76 + shift/2) for the constant c; the high word of root * c is in 2^-(43 + shift/2)
    mul_full(root, ROOT_OF_A_SECOND)
        .1
        .wrapping_shr((shift / 2).wrapping_sub(14))
}

/// v = sigma * sqrt(T) in 2^-57, rounded down, from both in 2^-57; at most [`MAX_VOL_TIME`].
#[inline]
pub fn vol_time(sigma: u64, sqrt_years: u64) -> u64 {
    mul_shift(sigma, sqrt_years, 57).min(MAX_VOL_TIME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Both neighbours of the result are on the other side of the root.
    fn is_within_one(m: u64) -> bool {
        let (root, square) = (u128::from(sqrt(m)), u128::from(m) << 62);
        (root + 1).pow(2) > square && (root == 0 || (root - 1).pow(2) < square)
    }

    proptest! {
        #[test]
        fn roots_are_within_a_unit(m in 0u64..1 << 62, less in 0u32..62, s in 1u64..1 << 31, off in -2i64..=2) {
            prop_assert!(is_within_one(m >> less));
            // where the integer root may be one too large or too small
            prop_assert!(is_within_one((s * s).saturating_add_signed(off)));
            let largest = (s | TOP_OF_31).pow(2) + (s | TOP_OF_31);
            prop_assert!(is_within_one(largest.saturating_add_signed(off)));
        }
    }

    #[test]
    fn roots_at_the_ends() {
        assert_eq!(sqrt(0), 0);
        assert_eq!(sqrt_years(0), 0);
        for end in [1, 1 << 60, (1 << 60) - 1, (1 << 62) - 1] {
            assert!(is_within_one(end), "{end}");
        }
    }
}
