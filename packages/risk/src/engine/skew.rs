//! The skew scenarios: spot stays, the smile changes its shape.
//!
//! ```text
//! sigma' = sigma * max(0, 1 + x),  k = ln(K/F), its magnitude for `abs`
//! x = min(cap, k cap / k_star) for k >= 0, max(-cap, k cap / k_star) below
//! cap = cap_slope sqrt(T) + cap_base
//! k_star = max(min_k_star, sqrt(T) width (vol_static + sqrt(T) vol_scale))
//! ```
//! Each expiry then counts with minus the magnitude of its P&L: nobody knows which way a smile tilts.
//!
//! A negative slope may turn the cap negative, far out in time: then it is a least, and beyond k_star nothing holds the
//! move. Worked, k_star 1.281863 and cap -5.776483: k = 1.291513 gives x = 1.291513 * -5.776483 / 1.281863 = -5.819967,
//! sigma' = 0; k = -0.697253 gives x = 5.776483.

use crate::engine::scale::ratio_floor;
use crate::engine::svi::to_57;
use crate::engine::term::ONE_52;
use crate::kernel::mul_shift;
use crate::model::{Skew, VolMove};
use crate::number::Ratio;

/// A skew move for one expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tilt {
    magnitude: bool,
    /// In 2^-57.
    cap: i64,
    /// In 2^-57.
    k_star: u64,
}

/// The tilt of a volatility move; none for moves that keep the smile's shape, or without skew parameters.
pub(crate) fn tilt(vol: VolMove, skew: Option<&Skew>, root_years: u64) -> Option<Tilt> {
    let skew = skew?;
    let magnitude = match vol {
        VolMove::Linear => false,
        VolMove::Abs => true,
        _ => return None,
    };
    let (base, slope) = if magnitude {
        (skew.abs_cap_base, skew.abs_cap_slope)
    } else {
        (skew.linear_cap_base, skew.linear_cap_slope)
    };
    let line = |base: Ratio, slope: Ratio| {
        // Of a ratio below zero `to_57` is 0. All below 2^62.
        let falling = Ratio::new(-slope.steps()).unwrap_or(Ratio::ZERO);
        let [up, down] = [slope, falling].map(|slope| times_root(to_57(slope), root_years) as i64);
        to_57(base) as i64 + up - down
    };
    let deviation = mul_shift(
        times_root(to_57(skew.width), root_years),
        line(skew.vol_static, skew.vol_scale).max(0).unsigned_abs().min(MOST),
        57,
    );
    Some(Tilt {
        magnitude,
        cap: line(base, slope),
        k_star: deviation.max(to_57(skew.min_k_star)).min(MOST),
    })
}

/// Just below 32 in 2^-57.
const MOST: u64 = (1 << 62) - 1;

fn times_root(ratio: u64, root_years: u64) -> u64 {
    mul_shift(ratio, root_years, 57).min(MOST)
}

impl Tilt {
    /// The multiplier of v in 2^-52 for x = ln(F/K) in 2^-57.
    pub(crate) fn times(&self, x: i64) -> u64 {
        let k = x.unsigned_abs();
        // Nothing on the strike itself, whatever k_star is.
        let share = match ratio_floor(k, self.k_star.max(1), 52) {
            share if self.cap < 0 => share.max(ONE_52),
            share => share.min(ONE_52),
        };
        let move_by = mul_shift(share, self.cap.unsigned_abs(), 57);
        let below = x > 0 && !self.magnitude;
        if below == (self.cap < 0) {
            ONE_52.saturating_add(move_by)
        } else {
            ONE_52.saturating_sub(move_by)
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_arithmetic, reason = "the expected numbers come from elsewhere")]
mod tests {
    use super::*;
    use crate::kernel::sqrt_years;

    fn skew(linear_cap_slope: &str) -> Skew {
        let ratio = |text: &str| text.parse::<Ratio>().unwrap();
        Skew {
            linear_cap_base: ratio("0.15"),
            linear_cap_slope: ratio(linear_cap_slope),
            abs_cap_base: ratio("0.15"),
            abs_cap_slope: ratio("-0.05"),
            min_k_star: ratio("0.01"),
            width: ratio("4"),
            vol_static: ratio("0.6"),
            vol_scale: ratio("-0.1"),
        }
    }

    /// Seconds, k, and 1 + x of the public test portfolios of Derive's portfolio margin manager 2.
    #[track_caller]
    fn check(vol: VolMove, slope: &str, seconds: u64, k: f64, expected: f64) {
        let tilt = tilt(vol, Some(&skew(slope)), sqrt_years(seconds)).unwrap();
        let found = tilt.times((-k * (1i64 << 57) as f64) as i64) as f64 / ONE_52 as f64;
        assert!(
            (found - expected.max(0.0)).abs() < 1e-12 * expected.abs().max(1.0),
            "{found} {expected}"
        );
    }

    #[test]
    fn a_cap_that_falls_with_time() {
        use VolMove::{Abs, Linear};
        check(Linear, "-0.05", 3_214_052, 0.2205555944841637, 1.0407526702923229);
        check(Linear, "-0.05", 18_938_852, -0.0037391008533107, 0.9997431656976679);
        check(Abs, "-0.05", 18_938_852, -0.0037391008533107, 1.0002568343023321);
        check(Linear, "-0.05", 2_004_452, -1.1175316074155686, 0.8626056292942321);
        check(Abs, "-0.05", 2_004_452, -1.1175316074155686, 1.1373943707057679);
        // Nearer than min_k_star allows for.
        check(Linear, "-0.05", 1, 0.006316297130844264, 1.0947388331706236);
    }

    #[test]
    fn a_cap_below_zero() {
        use VolMove::Linear;
        check(Linear, "-10", 11_076_452, -0.6972532334292102, 6.776482842615451);
        check(Linear, "-10", 11_076_452, -1.49438010661964, 7.734152138281604);
        check(Linear, "-10", 11_076_452, 1.291512581246504, -4.819966534680605);
        check(Linear, "-10", 26_801_252, -0.47437457270047645, 10.06879669926859);
        // On the strike itself k counts as positive.
        check(Linear, "-10", 11_076_452, 0.0, -4.776482842615451);
    }
}
