//! The volatility that an expiry's slice gives at a log-moneyness, as the engine values options with it.
//!
//! ```text
//! v = sigma*sqrt(T) at the strike K = F*e^k, F the expiry's forward
//! ```
//! For those who compare surfaces: the oracle's calendar rule and its choice between publishers.

use crate::engine::svi::{Smile, log_price};
use crate::market::Expiry;
use crate::number::Ratio;

/// One expiry's volatilities, set up once.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    smile: Smile,
    log_forward: i64,
}

impl Surface {
    /// Sets up an expiry with some seconds left.
    pub fn of(expiry: &Expiry, seconds: u64) -> Self {
        Self {
            smile: Smile::of(expiry, seconds),
            log_forward: log_price(expiry.forward),
        }
    }

    /// `sigma*sqrt(T)` at a log-moneyness, both in 2^-57: below 16. Zero without a slice. `k` is within +-8.
    pub fn vol_time(&self, k: i64) -> u64 {
        self.smile.vol_time(self.log_forward.saturating_add(k), None)
    }

    /// Sigma at a log-moneyness in 2^-57, in steps of [`Ratio`], rounded down. Zero when no time is left.
    ///
    /// Worked: sigma 0.62 with half a year left is `v = 0.62*0.7071... = 0.4384...`, and `v/0.7071... = 0.62`.
    pub fn sigma(&self, k: i64) -> u64 {
        let steps = u128::from(self.vol_time(k)) * u128::from(Ratio::ONE.steps().unsigned_abs());
        let sigma = steps.checked_div(u128::from(self.smile.root_years)).unwrap_or(0);
        u64::try_from(sigma).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{ExpiryConfidence, Svi};
    use crate::number::Fine;

    /// Total variance 0.09 + 0.4*(-0.5*k + sqrt(k^2 + 0.09)) at half a year, by a calculator of doubles:
    /// k 0: 0.21; k 1/4: 0.196204993518..., k -1/4: 0.296204993518...
    #[test]
    fn sigma_by_hand() {
        let fine = |text: &str| text.parse::<Fine>().unwrap();
        let expiry = Expiry {
            expiry: 15_768_000,
            forward: "61000".parse().unwrap(),
            rate: Ratio::ZERO,
            confidence: ExpiryConfidence::default(),
            svi: Some(Svi {
                a: fine("0.09"),
                b: fine("0.4"),
                rho: fine("-0.5"),
                m: fine("0"),
                sigma: fine("0.3"),
                forward: None,
                years: None,
            }),
            vols: None,
        };
        let surface = Surface::of(&expiry, 15_768_000);
        for (k, steps) in [(0, 648_074_069), (1 << 55, 626_426_362), (-(1i64 << 55), 769_681_744)] {
            assert!(surface.sigma(k).abs_diff(steps) <= 1, "{k}: {}", surface.sigma(k));
        }
        assert_eq!(Surface::of(&expiry, 0).sigma(0), 0);
        let flat = Expiry { svi: None, ..expiry };
        assert_eq!(Surface::of(&flat, 15_768_000).vol_time(0), 0);
    }
}
