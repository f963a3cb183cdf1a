//! The volatility of a strike: from an SVI slice or a listed volatility to v = sigma * sqrt(T).
//!
//! ```text
//! w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)),  k = ln(K / F) at the fitted forward
//! v = sqrt(w * T / tau)
//! ```
//! k is held within +-4 sqrt(a + b sigma), w within [0, 144]. A strike keeps its volatility when spot is shocked.
//!
//! Precision: w is an integer of 1e-12 * 2^-57, so v is good to a few 2^-57. Any input gives some v: prices were checked
//! when they were reported, and a revaluation must not fail.

use crate::engine::scale::ratio_floor;
use crate::kernel::{MAX_VOL_TIME, ln, mul_hi, sqrt, sqrt_years, vol_time};
use crate::market::{Expiry, Svi};
use crate::number::{Fine, Price, Ratio};

/// Seconds of a year of 365 days.
pub(crate) const YEAR_SECONDS: u64 = 31_536_000;
/// One in the format of logarithms and volatilities.
pub(crate) const ONE_57: i64 = 1 << 57;
const FINE_STEPS: u64 = 1_000_000_000_000;
/// The largest total variance, in 1e-12 * 2^-57.
const MAX_VARIANCE: i128 = (144 * FINE_STEPS as i128) << 57;
/// Beyond this a log-moneyness is held, in 2^-57.
const FARTHEST: i128 = 31 << 57;

/// A positive number `mantissa * 2^exponent`, the mantissa in [2^61, 2^62).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Float {
    mantissa: i64,
    exponent: i32,
}

impl Float {
    /// A positive integer, rounded down to 62 bits; none for zero and below.
    fn of(n: i128) -> Option<Self> {
        let n = u128::try_from(n).ok().filter(|n| *n > 0)?;
        let drop = 66 - n.leading_zeros() as i32;
        let mantissa = if drop >= 0 { n >> drop } else { n << -drop };
        Some(Self {
            mantissa: mantissa as i64,
            exponent: drop,
        })
    }

    fn times(self, other: Self) -> Self {
        // In [2^60, 2^62).
        let product = mul_hi(self.mantissa, other.mantissa);
        let short = i32::from(product < 1 << 61);
        Self {
            mantissa: product << short,
            exponent: self.exponent + other.exponent + 62 - short,
        }
    }

    fn over(self, other: Self) -> Option<Self> {
        // In (2^61, 2^63).
        let quotient = Self::of((i128::from(self.mantissa) << 62) / i128::from(other.mantissa))?;
        Some(Self {
            exponent: quotient.exponent + self.exponent - 62 - other.exponent,
            ..quotient
        })
    }

    /// The root in 2^-bits, rounded down; held below 2^62.
    fn root(self, bits: i32) -> u64 {
        // sqrt(m 2^e) = sqrt(m) 2^(e/2) with e made even; the kernel's root is in 2^-31.
        let odd = self.exponent.rem_euclid(2);
        let root = sqrt(self.mantissa as u64 >> odd);
        let shift = (self.exponent + odd) / 2 + bits - 31;
        match shift {
            1.. if shift as u32 >= root.leading_zeros().saturating_sub(2) => (1 << 62) - 1,
            1.. => root << shift,
            -63..=0 => root >> -shift,
            _ => 0,
        }
    }
}

/// The volatilities of one expiry, set up once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Smile<'a> {
    /// sqrt(T) in 2^-57.
    pub root_years: u64,
    svi: Option<Slice<'a>>,
}

/// An SVI slice, set up.
#[derive(Clone, Copy, Debug)]
struct Slice<'a> {
    svi: &'a Svi,
    /// ln of the steps of the fitted forward, in 2^-57.
    log_forward: i64,
    /// The farthest k, in 2^-57.
    reach: i128,
    /// T / tau / 1e12 / 2^57; none when no time is left.
    time: Option<Float>,
}

impl<'a> Smile<'a> {
    /// Sets up an expiry with some seconds left.
    pub(crate) fn of(expiry: &'a Expiry, seconds: u64) -> Self {
        Self {
            root_years: sqrt_years(seconds),
            svi: expiry.svi.as_ref().map(|svi| Slice {
                svi,
                log_forward: ln(svi.forward.unwrap_or(expiry.forward).steps()),
                reach: reach(svi),
                time: time(svi.years, seconds),
            }),
        }
    }

    /// v of a strike in 2^-57. `log_strike` is the logarithm of the strike's steps.
    pub(crate) fn vol_time(&self, log_strike: i64, listed: Option<Ratio>) -> u64 {
        match (&self.svi, listed) {
            (Some(slice), _) => slice.vol_time(log_strike),
            (None, Some(vol)) => self.of_sigma(vol),
            (None, None) => 0,
        }
    }

    /// v of a volatility, in 2^-57.
    pub(crate) fn of_sigma(&self, sigma: Ratio) -> u64 {
        vol_time(to_57(sigma), self.root_years)
    }
}

/// A ratio in 2^-57, from 0 up to just below 32.
pub(crate) fn to_57(ratio: Ratio) -> u64 {
    let steps = ratio.steps().clamp(0, 31_999_999_999);
    ratio_floor(steps.unsigned_abs(), Ratio::ONE.steps().unsigned_abs(), 57)
}

impl Slice<'_> {
    fn vol_time(&self, log_strike: i64) -> u64 {
        let Some(time) = self.time else {
            return 0;
        };
        let k = i128::from(log_strike) - i128::from(self.log_forward);
        let variance = self.variance(k.clamp(-self.reach, self.reach));
        match Float::of(variance) {
            Some(variance) => variance.times(time).root(57).min(MAX_VOL_TIME),
            None => 0,
        }
    }

    /// w(k) for k in 2^-57, in 1e-12 * 2^-57.
    fn variance(&self, k: i128) -> i128 {
        let Svi {
            a, b, rho, m, sigma, ..
        } = self.svi;
        let d = (k - fine_57(*m)).clamp(-FARTHEST, FARTHEST);
        let s = fine_57(*sigma).clamp(-FARTHEST, FARTHEST);
        // d^2 + s^2 < 2^125 in 2^-114.
        let hypotenuse = i128::from(Float::of(d * d + s * s).map_or(0, |square| square.root(0)));
        // |rho d| < 2^50 * 2^62.
        let tilt = i128::from(rho.steps()) * d / i128::from(FINE_STEPS);
        // |b| < 2^50 and |tilt + hypotenuse| < 2^73: below 2^123; a < 2^107.
        let wing = i128::from(b.steps()) * (tilt + hypotenuse);
        ((i128::from(a.steps()) << 57) + wing).clamp(0, MAX_VARIANCE)
    }
}

/// 4 sqrt(a + b sigma) in 2^-57.
fn reach(svi: &Svi) -> i128 {
    // In 1e-24; |a| < 2^50, 1e12 < 2^40.
    let level =
        i128::from(svi.a.steps()) * i128::from(FINE_STEPS) + i128::from(svi.b.steps()) * i128::from(svi.sigma.steps());
    // sqrt(level 1e-24) 2^57 = root(level) 2^57 / 1e12, with 20 more bits in the root: level < 2^102.
    let root = Float::of(level).map_or(0, |level| level.root(10));
    ((i128::from(root) << 49) / i128::from(FINE_STEPS)).min(FARTHEST)
}

/// T / tau / 1e12 / 2^57; none when no time is left.
fn time(fitted: Option<Fine>, seconds: u64) -> Option<Float> {
    if seconds == 0 {
        return None;
    }
    // T / tau / 1e12 = seconds / (seconds of a year * tau in steps): the 1e12 cancel.
    let (n, d) = match fitted {
        None => (1, i128::from(FINE_STEPS)),
        Some(years) => (
            i128::from(seconds.min(1 << 33)),
            i128::from(YEAR_SECONDS) * i128::from(years.steps().max(1)),
        ),
    };
    let ratio = Float::of(n)?.over(Float::of(d)?)?;
    Some(Float {
        exponent: ratio.exponent - 57,
        ..ratio
    })
}

/// A parameter in 2^-57, rounded down.
fn fine_57(fine: Fine) -> i128 {
    (i128::from(fine.steps()) << 57).div_euclid(i128::from(FINE_STEPS))
}

/// ln of a price's steps, in 2^-57.
pub(crate) fn log_price(price: Price) -> i64 {
    ln(price.steps())
}
