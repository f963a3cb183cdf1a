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
/// With s the integer root, `m = s^2 + rest`: the root is `s + rest/(2s) - (rest/(2s))^2/(2s)` and more. The second term is
/// rounded down by less than a unit, and what follows it is left out: it is negative and less than a unit, as `rest <= 2s`.
#[inline(always)]
fn root(m: u64) -> u64 {
    let s = integer_root(m);
    let rest = m.wrapping_sub(s.wrapping_mul(s));
    // rest < 2^32; the bit is set in every s but 0
    (s << 31).wrapping_add((rest << 30) / (s | TOP_OF_31))
}

/// The top bit of a 31-bit root.
const TOP_OF_31: u64 = 1 << 30;

/// floor(sqrt(m)) for m in [2^60, 2^62) and for 0.
///
/// The table's chords are at most 2^-15 below the root, so that a step of Newton, which squares and halves the relative
/// error, is at most 1/2 too large; rounded down it is the floor or one more.
#[inline(always)]
#[allow(clippy::indexing_slicing, reason = "the mask is the length of the table less one")]
fn integer_root(m: u64) -> u64 {
    let (start, rise) = ROOT[((m >> 55) & 127) as usize];
    let place = (m >> 39) & 0xffff;
    // a last bit more or less does not matter, and a line that is set is not zero
    let line = u64::from(start).wrapping_add(u64::from(rise).wrapping_mul(place) >> 16) | 1;
    let s = line.wrapping_add(m / line) >> 1;
    s.wrapping_sub(u64::from(s.wrapping_mul(s) > m))
}

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
