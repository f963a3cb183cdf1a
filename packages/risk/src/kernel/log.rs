//! Natural logarithms of integers.

use super::tables::{LN2_HIGH, LN2_LOW, LOG, LOG_FINE};

/// Largest `abs(ln(F/K))` for which a price is computed, in 2^-57.
pub const MAX_LOG_RATIO: i64 = 8 << 57;

/// 1/3 in 2^-20.
const THIRD: i64 = 349_525;

/// ln(m) in 2^-57, within 2^-57.5 of the exact value; 0 for m = 0.
///
/// `m = y * 2^e` with y in [1, 2); a table gives c with `y * c = 512 * (1 + r)`, r exact; a second one is for the middle of
/// the 2^-14 that r is in, an odd k in 2^-15, so that `(1 + r) * (1 - k) = 1 + q`. Then
///
/// ```text
/// ln m = e * ln 2 + ln(512 / c) - ln(1 - k) + ln(1 + q)        abs(r) < 0.0046, abs(q) < 5.2e-5
/// ```
///
/// and what is left needs few bits: `ln(1 + q) = q - q^2 * (1/2 - q/3 + q^2/4)`, the next term below 2^-73. In units of 2^-63
/// the tables are off by 1/2 each, q^2/2 by 3.4 as q is cut to 2^-46 and by 4 as the square is to 2^-60, never upward,
/// the bracket by 2^-33 or 2.8, and three floors by 1 each: 10.7 in all, around a mean that the last rounding makes up for.
/// That is 2^-59.5, and the rounding half a unit.
///
/// Above 2^62 the two lowest bits of m are ignored: 2^-60 more.
#[inline]
#[allow(
    clippy::indexing_slicing,
    reason = "the masks are the lengths of the tables less one"
)]
pub fn ln(m: u64) -> i64 {
    let zeros = m.leading_zeros();
    // 63 - zeros, and where m is 0 anything
    let e = i64::from(zeros ^ 63);
    // y in 2^-61
    let y = (m.wrapping_shl(zeros) >> 2) as i64;
    let (c, ln_c) = LOG[((y >> 54) & 127) as usize];
    // y*c is 2^70 * (1 + r) and wraps to r in 2^-70, its absolute below 2^63
    let r = y.wrapping_mul(c);
    let ln_k = LOG_FINE[((r >> 56) & 255) as usize];
    let k = (r >> 55) | 1;
    // q = r - k * (1 + r) in 2^-77, below 2^63: what is cut off by wrapping comes back
    let q = (r << 7).wrapping_sub((r >> 8).wrapping_add(1 << 62).wrapping_mul(k));
    // below 2^32; times the next number, for the half that was cut off on average: q^2 in 2^-92, below 2^64
    let short = q >> 31;
    let square = short.wrapping_mul(short.wrapping_add(1)) as u64;
    let bracket = (1i64 << 32).wrapping_sub(short.wrapping_mul(THIRD) >> 33) as u64;
    let bracket = bracket.wrapping_add(square >> 61);
    // below 2^32 each
    let bend = (square >> 32).wrapping_mul(bracket) >> 30;
    let fraction = ln_c
        .wrapping_add(ln_k)
        .wrapping_add(q >> 14)
        .wrapping_sub(bend as i64)
        .wrapping_add(e.wrapping_mul(LN2_LOW) >> 34);
    // e <= 63: e * LN2_HIGH < 2^63
    let log = e.wrapping_mul(LN2_HIGH).wrapping_add(fraction.wrapping_add(30) >> 6);
    if m == 0 { 0 } else { log }
}

/// ln(a / b) in 2^-57, within 2^-56; none when either is zero or the result is beyond +-8, the domain of the kernel.
pub fn ln_ratio(a: u64, b: u64) -> Option<i64> {
    if a == 0 || b == 0 {
        return None;
    }
    let x = ln(a).wrapping_sub(ln(b));
    (-MAX_LOG_RATIO..=MAX_LOG_RATIO).contains(&x).then_some(x)
}
