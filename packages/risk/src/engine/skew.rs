//! The skew scenarios: spot stays, the smile changes its shape.
//!
//! ```text
//! sigma' = sigma * max(0, 1 + x),  k = ln(K/F), its magnitude for `abs`
//! x = min(cap, k cap / k_star) for k >= 0, max(-cap, k cap / k_star) below
//! cap = cap_slope sqrt(T) + cap_base
//! k_star = max(min_k_star, sqrt(T) width (vol_static + sqrt(T) vol_scale))
//! ```
//! Each expiry then counts with minus the magnitude of its P&L: nobody knows which way a smile tilts.

use crate::engine::scale::ratio_floor;
use crate::engine::svi::{ONE_57, to_57};
use crate::engine::term::ONE_52;
use crate::kernel::mul_shift;
use crate::model::{Skew, VolMove};

/// A skew move for one expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tilt {
    magnitude: bool,
    /// In 2^-57.
    cap: u64,
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
    let of_root = |ratio| mul_shift(to_57(ratio), root_years, 57).min(MOST);
    let deviation = mul_shift(
        of_root(skew.width),
        to_57(skew.vol_static).saturating_add(of_root(skew.vol_scale)).min(MOST),
        57,
    );
    Some(Tilt {
        magnitude,
        cap: of_root(slope).saturating_add(to_57(base)).min(MOST),
        k_star: deviation.max(to_57(skew.min_k_star)).min(MOST),
    })
}

/// Just below 32 in 2^-57.
const MOST: u64 = (1 << 62) - 1;

impl Tilt {
    /// The multiplier of v in 2^-52 for x = ln(F/K) in 2^-57.
    pub(crate) fn times(&self, x: i64) -> u64 {
        let k = x.unsigned_abs();
        // Nothing on the strike itself, whatever k_star is.
        let share = if k >= self.k_star && k > 0 {
            ONE_57.unsigned_abs()
        } else {
            ratio_floor(k, self.k_star.max(1), 57)
        };
        let move_by = mul_shift(share, self.cap, 57) >> 5;
        if x > 0 && !self.magnitude {
            ONE_52.saturating_sub(move_by)
        } else {
            ONE_52.saturating_add(move_by)
        }
    }
}
