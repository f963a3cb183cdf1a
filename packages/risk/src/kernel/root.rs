//! Square roots, and volatility over time.

use super::tables::YEARS_IN_A_SECOND;
use super::wide::{mul_hi, mul_shift};

/// Every volatility over time is below 16: this, in 2^-57, is the largest.
pub const MAX_VOL_TIME: u64 = (16 << 57) - 1;

/// sqrt(m) in 2^-31 for m < 2^62, within one unit; larger m count as 2^62 - 1.
///
/// With s the integer root of m scaled up, `m = s^2 + rest`: the root is `s + rest/(2s) - (rest/(2s))^2/(2s)`, whose next
/// term is below 2^-29 units. No loops, four divisions.
pub fn sqrt(m: u64) -> u64 {
    let m = m.min((1 << 62) - 1);
    if m == 0 {
        return 0;
    }
    // an even shift to [2^60, 2^62)
    let shift = (m.leading_zeros() - 2) & !1;
    let scaled = m << shift;
    // s in [2^30, 2^31), rest <= 2s
    let s = scaled.isqrt();
    let rest = scaled.wrapping_sub(s.wrapping_mul(s));
    // first = rest * 2^31 / (2s) <= 2^31; second = first^2 / (2 s 2^31)
    let first = (rest << 30) / s;
    let second = first.wrapping_mul(first) / (s << 32);
    let root = (s << 31).wrapping_add(first).wrapping_sub(second);
    root >> (shift / 2)
}

/// sqrt(T) in 2^-57 for T = `seconds` in years of 365 days, within 2^-56; seconds above 2^33 (272 years) count as 2^33.
pub fn sqrt_years(seconds: u64) -> u64 {
    let seconds = seconds.min(1 << 33);
    if seconds == 0 {
        return 0;
    }
    // seconds = a * 2^-zeros with a in [2^61, 2^62); T = a * c * 2^-(zeros + 86), so mul_hi gives T in 2^-(zeros + 24)
    let zeros = seconds.leading_zeros() - 2;
    let years = mul_hi((seconds << zeros) as i64, YEARS_IN_A_SECOND) as u64;
    // years in [2^60, 2^62), in 2^-(zeros+24). An even power of two is wanted: halve when it is odd.
    let power = zeros + 24;
    let (years, power) = if power.is_multiple_of(2) {
        (years, power)
    } else {
        (years >> 1, power - 1)
    };
    // root = sqrt(years) in 2^-31, that is sqrt(T) in 2^-(31 + power/2)
    let root = sqrt(years);
    let bits = 31 + power / 2;
    if bits >= 57 {
        root >> (bits - 57)
    } else {
        root << (57 - bits)
    }
}

/// v = sigma * sqrt(T) in 2^-57, rounded down, from both in 2^-57; at most [`MAX_VOL_TIME`].
pub fn vol_time(sigma: u64, sqrt_years: u64) -> u64 {
    mul_shift(sigma, sqrt_years, 57).min(MAX_VOL_TIME)
}
