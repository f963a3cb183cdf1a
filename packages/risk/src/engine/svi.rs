//! The volatility of a strike: from an SVI slice or a listed volatility to v = sigma * sqrt(T).
//!
//! ```text
//! w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)),  k = ln(K / F) at the fitted forward
//! v = sqrt(w * T / tau)
//! ```
//! k is held within +-4 sqrt(a + b sigma), w within [0, 144]. A strike keeps its volatility when spot is shocked.
//!
//! Precision: w is computed with 61 significant bits of its larger part, k to 2^-56, so v is good to a few 2^-57. Any input
//! gives some v: prices were checked when they were reported, and a revaluation must not fail.

use crate::kernel::{MAX_VOL_TIME, div_wide, ln, mul_hi, sqrt, sqrt_years, vol_time};
use crate::market::{Expiry, Svi};
use crate::number::{Fine, Price, Ratio};

/// Seconds of a year of 365 days.
pub(crate) const YEAR_SECONDS: u64 = 31_536_000;
/// Steps of [`Fine`] in one.
const FINE_STEPS: u64 = 1_000_000_000_000;
/// Beyond this a log-moneyness is held, in 2^-57: just below 16.
const FARTHEST: i64 = (1 << 61) - 1;

/// A number `mantissa * 2^exponent`, the mantissa zero or of a magnitude in [2^61, 2^62).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Float {
    mantissa: i64,
    exponent: i32,
}

impl Float {
    const ZERO: Self = Self {
        mantissa: 0,
        exponent: 0,
    };

    /// An integer, cut to 62 bits.
    fn of(n: i64) -> Self {
        if n == 0 {
            return Self::ZERO;
        }
        let raise = n.unsigned_abs().leading_zeros() as i32 - 2;
        Self {
            mantissa: if raise >= 0 { n << raise } else { n >> -raise },
            exponent: -raise,
        }
    }

    /// The quotient of positive integers, for set-up; zero where it has none.
    fn ratio(n: u128, d: u128) -> Self {
        // A mantissa in [2^61, 2^62), and what it was shifted by.
        let wide = |n: u128| {
            let drop = 66 - n.leading_zeros() as i32;
            let mantissa = if drop >= 0 { n >> drop } else { n << -drop };
            (mantissa as u64, drop)
        };
        if n == 0 || d == 0 {
            return Self::ZERO;
        }
        let ((n, up), (d, down)) = (wide(n), wide(d));
        // n * 2^62 / d, in (2^61, 2^63).
        let (quotient, _) = div_wide(n >> 2, n << 62, d);
        let short = i32::from(quotient >> 62 != 0);
        Self {
            mantissa: (quotient >> short) as i64,
            exponent: up - down - 62 + short,
        }
    }

    fn times(self, other: Self) -> Self {
        // Zero, or of a magnitude in [2^60, 2^62) but for two units.
        let product = Self::of(mul_hi(self.mantissa, other.mantissa));
        Self {
            exponent: product.exponent + self.exponent + other.exponent + 62,
            ..product
        }
    }

    fn plus(self, other: Self) -> Self {
        if self.mantissa == 0 || other.mantissa == 0 {
            return if self.mantissa == 0 { other } else { self };
        }
        let exponent = self.exponent.max(other.exponent);
        let aligned = |n: Self| n.mantissa >> (exponent - n.exponent).min(63);
        let sum = Self::of(aligned(self) + aligned(other));
        Self {
            exponent: sum.exponent + exponent,
            ..sum
        }
    }

    /// The smaller of two positive numbers.
    fn min(self, other: Self) -> Self {
        if (self.exponent, self.mantissa) < (other.exponent, other.mantissa) {
            self
        } else {
            other
        }
    }

    /// The root in 2^-bits, rounded down, below 2^62; zero of what is not positive.
    fn root(self, bits: i32) -> i64 {
        if self.mantissa <= 0 {
            return 0;
        }
        // sqrt(m 2^e) = sqrt(m) 2^(e/2) with e made even; the kernel's root is in 2^-31.
        let odd = self.exponent.rem_euclid(2);
        let root = sqrt(self.mantissa.unsigned_abs() >> odd);
        let shift = (self.exponent + odd) / 2 + bits - 31;
        let shifted = match shift {
            // The root has 62 bits.
            1.. => i64::MAX as u64,
            -63..=0 => root >> -shift,
            _ => 0,
        };
        shifted.min((1 << 62) - 1) as i64
    }
}

/// The volatilities of one expiry, set up once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Smile {
    /// sqrt(T) in 2^-57.
    pub root_years: u64,
    svi: Option<Slice>,
}

/// An SVI slice, set up. Variances are in 1e-12.
#[derive(Clone, Copy, Debug)]
struct Slice {
    a: Float,
    b: Float,
    /// In 2^-62.
    rho: i64,
    /// In 2^-57.
    m: i64,
    /// In 2^-57.
    sigma: i64,
    /// ln of the steps of the fitted forward, in 2^-57.
    log_forward: i64,
    /// The farthest k, in 2^-57.
    reach: i64,
    /// The largest variance.
    cap: Float,
    /// T / tau / 1e12; zero when no time is left.
    time: Float,
}

impl Smile {
    /// Sets up an expiry with some seconds left.
    pub(crate) fn of(expiry: &Expiry, seconds: u64) -> Self {
        Self {
            root_years: sqrt_years(seconds),
            svi: expiry.svi.map(|svi| Slice::of(&svi, expiry.forward, seconds)),
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
    // 1e9 = FIVES * 2^9. Long division by a constant, in two digits: steps below 2^35, a rest below 2^21.
    const FIVES: u64 = 1_953_125;
    let steps = ratio.steps().clamp(0, 31_999_999_999).unsigned_abs();
    let (whole, rest) = ((steps << 28) / FIVES, (steps << 28) % FIVES);
    (whole << 20) + (rest << 20) / FIVES
}

/// A parameter in 2^-bits for bits in 57..=62, rounded towards zero; where it would be beyond 2^63 something above 2^62.
fn binary(fine: Fine, bits: u32) -> i64 {
    // 1e12 = FIVES * 2^12. Long division by a constant, in three digits: a rest below 2^28, raised by 36 and by up to 14.
    const FIVES: u64 = 244_140_625;
    let steps = fine.steps().unsigned_abs();
    let bits = bits - 12;
    let (whole, rest) = (steps / FIVES, (steps % FIVES) << 36);
    let whole = whole.min((1 << (63 - bits)) - 1);
    let (high, rest) = (rest / FIVES, rest % FIVES);
    let low = (rest << (bits - 36)) / FIVES;
    let magnitude = ((whole << bits) + (high << (bits - 36)) + low) as i64;
    if fine.steps() < 0 { -magnitude } else { magnitude }
}

impl Slice {
    fn of(svi: &Svi, forward: Price, seconds: u64) -> Self {
        let wide = |fine: Fine| i128::from(fine.steps());
        // 16 (a + b sigma) in 1e-24: the parameters are below 2^50.
        let square = 16 * (wide(svi.a) * i128::from(FINE_STEPS) + wide(svi.b) * wide(svi.sigma));
        Self {
            a: Float::of(svi.a.steps()),
            b: Float::of(svi.b.steps()),
            rho: binary(svi.rho, 62).clamp(-(1 << 62), 1 << 62),
            m: binary(svi.m, 57).clamp(-FARTHEST, FARTHEST),
            sigma: binary(svi.sigma, 57).clamp(-FARTHEST, FARTHEST),
            log_forward: ln(svi.forward.unwrap_or(forward).steps()),
            // 4 sqrt(a + b sigma).
            reach: Float::ratio(square.max(0).unsigned_abs(), u128::from(FINE_STEPS).pow(2)).root(57),
            cap: Float::of(144 * FINE_STEPS as i64),
            time: time(svi.years, seconds),
        }
    }

    fn vol_time(&self, log_strike: i64) -> u64 {
        let k = (log_strike - self.log_forward).clamp(-self.reach, self.reach);
        let v = self.variance(k).times(self.time).root(57);
        v.unsigned_abs().min(MAX_VOL_TIME)
    }

    /// w(k) for k in 2^-57, in 1e-12.
    fn variance(&self, k: i64) -> Float {
        let d = (k - self.m).clamp(-FARTHEST, FARTHEST);
        // Both raised until the larger has 61 bits: the squares are good to 2^-57 of their sum, and that stays below 2^61.
        let raise = (d.unsigned_abs() | self.sigma.unsigned_abs() | 1)
            .leading_zeros()
            .saturating_sub(3);
        let square = |n: i64| mul_hi(n << raise, n << raise);
        let hypotenuse = Float::of(square(d).wrapping_add(square(self.sigma)));
        let hypotenuse = hypotenuse.root(31) >> raise;
        // In 2^-57, never negative.
        let wing = mul_hi(self.rho, d).saturating_add(hypotenuse).max(0);
        let wing = Float {
            exponent: Float::of(wing).exponent - 57,
            ..Float::of(wing)
        };
        let variance = self.a.plus(self.b.times(wing));
        if variance.mantissa > 0 {
            variance.min(self.cap)
        } else {
            Float::ZERO
        }
    }
}

/// T / tau / 1e12; zero when no time is left.
fn time(fitted: Option<Fine>, seconds: u64) -> Float {
    if seconds == 0 {
        return Float::ZERO;
    }
    // T / tau / 1e12 = seconds / (seconds of a year * tau in steps): the 1e12 cancel.
    match fitted {
        None => Float::ratio(1, FINE_STEPS.into()),
        Some(years) => Float::ratio(
            seconds.min(1 << 33).into(),
            u128::from(YEAR_SECONDS) * u128::from(years.steps().max(1).unsigned_abs()),
        ),
    }
}

/// ln of a price's steps, in 2^-57.
pub(crate) fn log_price(price: Price) -> i64 {
    ln(price.steps())
}

#[cfg(test)]
#[allow(clippy::float_arithmetic, reason = "the comparison is in doubles")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(steps: i64) -> Fine {
        Fine::new(steps).unwrap()
    }

    fn double(fine: Fine) -> f64 {
        fine.steps() as f64 / 1e12
    }

    proptest! {
        #[test]
        fn parameters_are_cut(steps in -(1i64 << 42)..1 << 42, bits in 57u32..=62) {
            let exact = (i128::from(steps) << bits) / i128::from(FINE_STEPS);
            let found = i128::from(binary(of(steps), bits));
            let beyond = exact.abs() >> 63 != 0 && found.abs() >> 62 == 1 && found.signum() == exact.signum();
            prop_assert!(found == exact || beyond, "{found} {exact}");
        }

        #[test]
        fn v_is_that_of_doubles(
            a in -1_000_000_000i64..200_000_000_000, b in 0i64..900_000_000_000, rho in -990_000_000_000i64..990_000_000_000,
            m in -500_000_000_000i64..500_000_000_000, sigma in 1_000_000_000i64..900_000_000_000,
            strike in 1_000_000_000i64..1_000_000_000_000_000, seconds in 60u64..40_000_000, years in 1_000_000i64..2_000_000_000_000,
        ) {
            let forward: Price = "96340.5".parse().unwrap();
            let strike = Price::new(strike.unsigned_abs()).unwrap();
            let svi = Svi { a: of(a), b: of(b), rho: of(rho), m: of(m), sigma: of(sigma), forward: None, years: Some(of(years)) };
            let slice = Slice::of(&svi, forward, seconds);
            let found = slice.vol_time(log_price(strike)) as f64 / 2f64.powi(57);
            let [a, b, rho, m, sigma] = [svi.a, svi.b, svi.rho, svi.m, svi.sigma].map(double);
            let reach = 4.0 * (a + b * sigma).max(0.0).sqrt();
            let k = (strike.steps() as f64 / forward.steps() as f64).ln().clamp(-reach, reach);
            let w = (a + b * (rho * (k - m) + ((k - m).powi(2) + sigma * sigma).sqrt())).clamp(0.0, 144.0);
            let v = (w * seconds as f64 / 31_536_000.0 / (years as f64 / 1e12)).sqrt().min(16.0);
            prop_assert!((found - v).abs() <= 1e-13 * v.max(1e-2), "{found} {v}");
        }
    }
}
