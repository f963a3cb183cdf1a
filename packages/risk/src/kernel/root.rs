//! Square roots, and volatility over time.

use super::tables::YEARS_IN_A_SECOND;
use super::wide::{mul_hi, mul_shift};

/// Every volatility over time is below 16: this, in 2^-57, is the largest.
pub const MAX_VOL_TIME: u64 = (16 << 57) - 1;

/// sqrt(m) in 2^-31 for m < 2^62, within one unit; larger m count as 2^62 - 1.
///
/// With s the integer root of m scaled up, `m = s^2 + rest`: the root is `s + rest/(2s) - (rest/(2s))^2/(2s)`, whose next
/// term is below 2^-29 units.
pub fn sqrt(m: u64) -> u64 {
    let m = m.min((1 << 62) - 1);
    if m == 0 {
        return 0;
    }
    // an even shift to [2^60, 2^62)
    let shift = m.leading_zeros().wrapping_sub(2) & !1;
    let scaled = m.wrapping_shl(shift);
    let s = integer_root(scaled);
    let rest = scaled.wrapping_sub(s.wrapping_mul(s));
    // rest <= 2s < 2^32, so first = rest * 2^31 / (2s) <= 2^31 and second = first^2 / (2s * 2^31)
    let first = (rest << 30) / s;
    let second = first.wrapping_mul(first) / (s << 32).max(1);
    let root = (s << 31).wrapping_add(first).wrapping_sub(second);
    root.wrapping_shr(shift / 2)
}

/// floor(sqrt(m)) for m in [2^60, 2^62): three steps of Newton from a line, then down to the floor. The result lies in
/// [2^30, 2^31), which the last operation tells the compiler.
fn integer_root(m: u64) -> u64 {
    // With y = m / 2^62 in [1/4, 1): the chord 2/3 y + 1/3 lies at most 1/24 below the root; raised by half of that it is
    // at most 4.2% off. A step squares and halves the relative error: 8.7e-4, 3.8e-7, 7.3e-14, far below one unit.
    let line = ((m >> 31) / 3)
        .wrapping_mul(2)
        .wrapping_add((1 << 31) / 3)
        .wrapping_add((1 << 31) / 48)
        .max(1);
    let step = |s: u64| (s.wrapping_add(m / s.max(1))) >> 1;
    let s = step(step(step(line)));
    // rounding may leave one too many
    let s = s.wrapping_sub(u64::from(s.wrapping_mul(s) > m));
    s | TOP_OF_31
}

/// The top bit of a 31-bit root.
const TOP_OF_31: u64 = 1 << 30;

/// sqrt(T) in 2^-57 for T = `seconds` in years of 365 days, within 2^-56; seconds above 2^33 (272 years) count as 2^33.
pub fn sqrt_years(seconds: u64) -> u64 {
    let seconds = seconds.min(1 << 33);
    if seconds == 0 {
        return 0;
    }
    // seconds = a * 2^-zeros with a in [2^61, 2^62); T = a * c * 2^-(zeros + 86), so mul_hi gives T in 2^-(zeros + 24)
    let zeros = seconds.leading_zeros().wrapping_sub(2);
    let years = mul_hi(seconds.wrapping_shl(zeros) as i64, YEARS_IN_A_SECOND) as u64;
    // An even power of two is wanted, so an odd one is lowered by halving: years in [2^59, 2^62), in 2^-power.
    let power = zeros.wrapping_add(24);
    let root = sqrt(years.wrapping_shr(power & 1));
    // the root is in 2^-(31 + power/2), which is at least 57 bits since zeros >= 28
    root.wrapping_shr((power >> 1).wrapping_sub(26))
}

/// v = sigma * sqrt(T) in 2^-57, rounded down, from both in 2^-57; at most [`MAX_VOL_TIME`].
pub fn vol_time(sigma: u64, sqrt_years: u64) -> u64 {
    mul_shift(sigma, sqrt_years, 57).min(MAX_VOL_TIME)
}
