//! Exponentials and powers.

use super::log::ln;
use super::tables::{EXP, INVERSE_LN2_64TH, LN2_64TH_HIGH, LN2_64TH_LOW};
use super::wide::mul_hi;

/// A positive number `mantissa * 2^exponent`, the mantissa in (2^60.9, 2^62): the result of [`exp`] and [`pow_ratio`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaled {
    /// Between 2^60.9 and 2^62.
    pub mantissa: u64,
    /// The power of two.
    pub exponent: i32,
}

impl Scaled {
    /// The number in units of 2^-bits, rounded down; `u64::MAX` where it does not fit into 63 bits.
    pub fn to_q(self, bits: u32) -> u64 {
        let shift = i64::from(self.exponent).saturating_add(i64::from(bits));
        match shift {
            2.. => u64::MAX,
            0..=1 => self.mantissa.wrapping_shl(shift as u32),
            -63..=-1 => self.mantissa.wrapping_shr(shift.unsigned_abs() as u32),
            _ => 0,
        }
    }
}

/// Largest `abs(y)` that [`exp`] takes, in 2^-55; beyond it the argument is clamped.
const MAX_EXP: i64 = 255 << 55;
/// 1/2 ... 1/6 in 2^-62.
const INVERSES: [i64; 5] = [
    1 << 61,
    1_537_228_672_809_129_301,
    1 << 60,
    922_337_203_685_477_581,
    768_614_336_404_564_651,
];

/// e^y for y in 2^-55, clamped to +-255. Relative error at most 2^-58 beyond that of y itself.
///
/// `y = n * ln 2 / 64 + r` with `abs(r) < 0.0055`; `e^y = 2^(n/64) * e^r`, the first by table, the second by its series
/// up to r^6 (the next term is below 2^-64).
#[allow(clippy::indexing_slicing, reason = "the mask is the length of the table less one")]
pub fn exp(y: i64) -> Scaled {
    let y = y.clamp(-MAX_EXP, MAX_EXP);
    // y in 2^-24 is below 2^32, the constant below 2^31: the product is n in 2^-48
    let n = (y >> 31).wrapping_mul(INVERSE_LN2_64TH).wrapping_add(1 << 47) >> 48;
    // abs(n) < 2^15: n * HIGH < 2^63, n * LOW < 2^55; r in 2^-62
    let r = (y.wrapping_sub(n.wrapping_mul(LN2_64TH_HIGH)) << 7).wrapping_sub(n.wrapping_mul(LN2_64TH_LOW) >> 33);
    let [i2, i3, i4, i5, i6] = INVERSES;
    // e^r - 1 = r (1 + r/2 (1 + r/3 (1 + r/4 (1 + r/5 (1 + r/6)))))
    let series = [i6, i5, i4, i3, i2, 1 << 62].into_iter().fold(1 << 62, |sum, inverse| {
        (1i64 << 62).wrapping_add(mul_hi(mul_hi(r, inverse), sum))
    });
    let power = EXP[(n & 63) as usize];
    // series is e^r in 2^-62 shifted so that its first term is one
    let mantissa = power.wrapping_add(mul_hi(power, series.wrapping_sub(1 << 62)));
    Scaled {
        mantissa: mantissa as u64,
        exponent: (n >> 6).wrapping_sub(61) as i32,
    }
}

/// `(a / b)^p` with p in 2^-60, clamped to [0, 4], and a/b within e^-32 and e^32; 1 when a or b is zero.
///
/// Relative error at most 2^-52: four times that of the logarithm.
pub fn pow_ratio(a: u64, b: u64, p: i64) -> Scaled {
    let log = if a == 0 || b == 0 { 0 } else { ln(a).wrapping_sub(ln(b)) };
    // what mul_hi takes
    let log = log.clamp(-(1 << 62), 1 << 62);
    exp(mul_hi(log, p.clamp(0, 1 << 62)))
}
