//! Black-76 on integers: the cell, and what is set up for it once per volatility.
//!
//! ```text
//! call = F*Phi(d1) - K*Phi(d2),   d2 = x/v - v/2,   d1 = d2 + v,   x = ln(F/K),   v = sigma*sqrt(T)
//! ```
//!
//! Undiscounted. There is no division, exponential or logarithm in the cell, and no branch in wasm: 1/v comes with the
//! [`Level`], and a bound is a select.
//!
//! # Why it is accurate enough
//!
//! All errors relative to max(F, K). The price does not change to first order in d2 as long as d1 - d2 = v holds exactly,
//! because `F*phi(d1) = K*phi(d2)`; an error e in d2 costs `e^2/2 * v*F*phi(d1) <= 0.242 e^2`, always downward.
//!
//! | source | bound |
//! |---|---|
//! | Phi(d1) and Phi(d2) by table | 2 * 6.2e-16 in the table's proof; they have opposite signs in the price |
//! | Phi(d1) to first order in the part of v below the grid, with its density to 1.3e-8 | 1.1e-16 |
//! | d2 rounded to the grid, 33/2^31, and 1/v good to 2^-30: e <= 2.2e-8 | 1.2e-16 |
//! | d1 and d2 held inside the table (see [`Level`]) | 9e-17 |
//! | the two products, rounded down as one | a unit of the mantissas |
//! | x off by 2^-56 | below 1e-17 for every v >= 2^-57, being second order too |
//! | v off by 2^-54 (set-up) | 0.4 * 2^-54 = 2.3e-17 |
//!
//! In all below 1.6e-15, which is below 2^-49. The largest error met in 20,000 random cases is 5.0e-16.

use super::normal::{GRID, HALF_TABLE, distribution, distribution_at, normal_cdf};
use super::root::MAX_VOL_TIME;
use super::wide::{mul_hi, sub_products};
use std::hint::cold_path;

/// One volatility of one option: v = sigma*sqrt(T) as the cell needs it.
///
/// x is held to +-`limit` so that d1 and d2 both stay inside the table's [-33/4, 33/4]: `abs(x/v) <= 33/4 - v/2`. What that
/// costs, for x > 0 (the other side follows by parity): on F at most Phi(-33/4) = 8e-17 of it. On K, with d2 at the limit
/// not negative, at most `K*Phi(-d2) = F*phi(33/4) * Phi(-d2)/phi(d2)`; with d2 at the limit negative, v > 33/4 and
/// `K*Phi(d2)` of the true d2, largest relative to F for d2 <= 0, is again `F*phi(d1) * Phi(d2)/phi(d2)` with d1 > 33/4. The
/// last quotient is below 1.26, so it is 8.3e-16 of F for any x at all; for abs(x) <= 8, where d2 is beyond 7.2 in either
/// sense, it is below 0.14 and the cost below 9e-17.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Bits of x that are dropped: x is used to 2^-29 of v.
    shift: u32,
    /// Largest shifted x.
    limit: i64,
    /// 2^(65 + shift) / (33 v): shifted x times this is x/v in grid points, in 2^-34.
    inverse: i64,
    /// d1 for x = 0, in grid points.
    high: i64,
    /// The same for d2: `high - low` is v rounded to the grid.
    low: i64,
    /// v less what `high - low` stands for, in 2^-57; at most half a grid point.
    rest: i32,
}

/// The top bit of a 32-bit mantissa.
const TOP_OF_32: u64 = 1 << 31;
/// 2^68 / 33, rounded down.
const INVERSE_33: u64 = 8_943_875_914_525_843_207;

/// Sets up a volatility: v in 2^-57, clamped to [0, 16).
///
/// v = 0 gives a level that takes x as 0 and so d1 and d2 as half a grid point: the cell's `(f - k) / 2`, or 3e-9 of it
/// more, is then raised to the intrinsic value, exactly.
#[inline]
pub fn level(v: u64) -> Level {
    let v = v.min(MAX_VOL_TIME);
    // v < 2^61: below 2^30 grid points
    let points = (v.wrapping_add(GRID as u64 / 2) / GRID as u64) as i64;
    let low = (points >> 1).wrapping_neg();
    // v = mantissa * 2^(32 - zeros), the mantissa in [2^31, 2^32), rounded down: good to 2^-31. Its top bit is set for
    // every v but 0; set again, it spares the test for a division by zero.
    let zeros = (v | 1).leading_zeros();
    let mantissa = (v.wrapping_shl(zeros) >> 32) | TOP_OF_32;
    // 2^(65 + shift) / (33 v) = 2^68 / (33 * mantissa) * 2^(zeros + shift - 35), in [2^30, 2^60]
    let shifted = zeros.max(35);
    let shift = shifted.wrapping_sub(zeros);
    let inverse = (INVERSE_33 / mantissa).wrapping_shl(shifted.wrapping_sub(35)) as i64;
    // the largest x/v in grid points for which both d1 and d2 stay in the table: positive since v < 16 < 33/2, below 2^29
    let reach = HALF_TABLE.wrapping_sub((points >> 1).wrapping_add(2)) as u64;
    // v to 29 bits, so the product is below 2^64. `inverse` is at most 2^-30 too large, so the limit times it is beyond the
    // reach by less than a grid point, of which two were spared.
    let limit = (reach.wrapping_mul(33).wrapping_mul(v.wrapping_shr(shift)) >> 31) as i64;
    Level {
        shift,
        limit,
        inverse,
        high: low.wrapping_add(points),
        low,
        rest: (v as i64).wrapping_sub(points.wrapping_mul(GRID)) as i32,
    }
}

/// The undiscounted call price, in the unit of `f` and `k`.
///
/// `f`, `k` < 2^62 are forward and strike in one unit, `x` is ln(f/k) in 2^-57 (any value is safe; the price is right where
/// it is that logarithm within 2^-55), `level` comes from [`level`]. The price is within [`call_error`] of the exact one
/// and inside `[max(f - k, 0), f]`. The put is `call - (f - k)`, which is inside `[max(k - f, 0), k]` and exact parity.
#[inline(always)]
pub fn call(f: u64, k: u64, x: i64, level: &Level) -> u64 {
    let x = held(x.wrapping_shr(level.shift), level.limit);
    // abs(x) * inverse < (reach + 1) * 2^34 < 2^63, so d1 and d2 below are positions in the table
    let middle = x.wrapping_mul(level.inverse) >> 34;
    let p1 = distribution(middle.wrapping_add(level.high), i64::from(level.rest));
    let p2 = distribution_at(middle.wrapping_add(level.low));
    let price = sub_products(f, p1 as u64, k, p2 as u64);
    let intrinsic = f.saturating_sub(k) as i64;
    price.max(intrinsic) as u64
}

/// x held to +-`limit`.
///
/// Hardly any x is beyond: a branch that is predicted spares the cell two selects that all else waits for. In wasm it would
/// cost more than they do.
#[inline(always)]
fn held(x: i64, limit: i64) -> i64 {
    if cfg!(not(target_arch = "wasm32")) {
        if x.wrapping_add(limit) as u64 <= (limit as u64).wrapping_mul(2) {
            return x;
        }
        cold_path();
    }
    x.min(limit).max(limit.wrapping_neg())
}

/// A bound on the error of [`call`], and of the put by parity, in the unit of `f` and `k`: `max(f, k) * 2^-49 + 4`.
pub fn call_error(f: u64, k: u64) -> u64 {
    (f.max(k) >> 49).wrapping_add(4)
}

/// Phi(d1), the undiscounted delta of a call, in 2^-60 for x and v in 2^-57.
///
/// Error at most 1e-15 + 2^-57/v: x is only good to about 2^-57. Without volatility it is 1 above the strike, 0 below and
/// a half on it.
pub fn delta_call(x: i64, v: u64) -> i64 {
    let v = v.min(MAX_VOL_TIME) as i64;
    // x/v beyond +-32 is beyond the table whatever v is
    let d = if v == 0 || x.unsigned_abs() >> 5 >= v.unsigned_abs() {
        x.signum() << 62
    } else {
        ratio(x, v).wrapping_add(v >> 1)
    };
    normal_cdf(d) >> 2
}

/// x/v in 2^-57 for `abs(x) < 32 v`, `0 < v < 2^61`: within 2^-54.
fn ratio(x: i64, v: i64) -> i64 {
    // m = v * 2^zeros in [2^61, 2^62), read as a number in [1/2, 1) in 2^-62; r is about 1/m in 2^-61
    let zeros = v.leading_zeros().wrapping_sub(2);
    let m = v.wrapping_shl(zeros);
    let r = (((1 << 63) / ((m as u64 >> 30) | TOP_OF_32)) << 30) as i64;
    // one step of Newton: m r = 1 - e with e < 2^-30, so r (1 + e) is good to 2^-60
    let e = (1i64 << 61).wrapping_sub(mul_hi(m, r));
    let r = r.wrapping_add(mul_hi(r, e) << 1);
    // x * 2^(zeros - 5) < 2^62
    let x = if zeros >= 5 {
        x.wrapping_shl(zeros.wrapping_sub(5))
    } else {
        x.wrapping_shr(5u32.wrapping_sub(zeros))
    };
    mul_hi(x, r) << 1
}
