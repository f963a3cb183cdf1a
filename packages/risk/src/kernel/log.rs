//! Natural logarithms of integers.

use super::tables::{LN2_HIGH, LN2_LOW, LOG};
use super::wide::mul_hi;

/// Largest `abs(ln(F/K))` for which a price is computed, in 2^-57.
pub const MAX_LOG_RATIO: i64 = 8 << 57;

/// 1/2, 1/3, ... 1/8 in 2^-62.
const INVERSES: [i64; 7] = [
    1 << 61,
    1_537_228_672_809_129_301,
    1 << 60,
    922_337_203_685_477_581,
    768_614_336_404_564_651,
    658_812_288_346_769_701,
    1 << 59,
];

/// ln(m) in 2^-57, within 2^-57.5 of the exact value; 0 for m = 0.
///
/// `m = y * 2^e` with y in [1, 2); a table gives c with `y * c = 512 * (1 + r)`, `abs(r) < 0.0046`, r exact; then
/// `ln m = e * ln 2 + ln(512 / c) + ln(1 + r)`, the last by its series up to r^8 (the next term is below 2^-71).
/// Above 2^62 the two lowest bits of m are ignored: 2^-60 more.
#[allow(clippy::indexing_slicing, reason = "the mask is the length of the table less one")]
pub fn ln(m: u64) -> i64 {
    if m == 0 {
        return 0;
    }
    let zeros = m.leading_zeros();
    let e = i64::from(63u32.wrapping_sub(zeros));
    // y in 2^-61
    let y = (m.wrapping_shl(zeros) >> 2) as i64;
    let (c, ln_c) = LOG[((y >> 54) & 127) as usize];
    // y*c is 2^70 * (1 + r) and wraps to r in 2^-70, its absolute below 2^63; then r in 2^-62.
    let r = y.wrapping_mul(c) >> 8;
    let [i2, i3, i4, i5, i6, i7, i8] = INVERSES;
    let series = [i7, i6, i5, i4, i3, i2, 1 << 62]
        .into_iter()
        .fold(i8, |sum, next| next.wrapping_sub(mul_hi(r, sum)));
    let fraction = ln_c
        .wrapping_add(mul_hi(r, series))
        .wrapping_add(e.wrapping_mul(LN2_LOW) >> 35);
    // e <= 63: e * LN2_HIGH < 2^63
    e.wrapping_mul(LN2_HIGH).wrapping_add(fraction.wrapping_add(16) >> 5)
}

/// ln(a / b) in 2^-57, within 2^-56; none when either is zero or the result is beyond +-8, the domain of the kernel.
pub fn ln_ratio(a: u64, b: u64) -> Option<i64> {
    if a == 0 || b == 0 {
        return None;
    }
    let x = ln(a).wrapping_sub(ln(b));
    (-MAX_LOG_RATIO..=MAX_LOG_RATIO).contains(&x).then_some(x)
}
