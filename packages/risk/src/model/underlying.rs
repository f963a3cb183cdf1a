//! What a model says of one underlying.

use super::ChargeRules;
use crate::number::Ratio;
use crate::record;
use schemars::JsonSchema;

/// Volatility shocks, discounts, skew, offsets and charges of one underlying.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct UnderlyingModel {
    /// What `up` and `down` mean.
    pub vol_shock: VolShock,
    /// A discount on shocked option values.
    pub discount: Option<Discount>,
    /// What `linear` and `abs` mean.
    pub skew: Option<Skew>,
    /// The part of a gain that may offset another underlying's loss.
    pub gain_credit: Ratio,
    /// Charges beside the scan.
    pub charges: ChargeRules,
}

record! { UnderlyingModel: Default { vol_shock, discount, skew, gain_credit, charges } }

/// Nothing is shocked and nothing charged.
pub static NEUTRAL: UnderlyingModel = BLANK;

// Of which copies are made: cloning is a kilobyte of a contract.
const BLANK: UnderlyingModel = UnderlyingModel {
    vol_shock: VolShock {
        up: Ratio::ZERO,
        down: Ratio::ZERO,
        short_power: Ratio::ZERO,
        long_power: Ratio::ZERO,
        floor_days: Ratio::ZERO,
        min_up: Ratio::ZERO,
        min_vol: Ratio::ZERO,
    },
    discount: None,
    skew: None,
    gain_credit: Ratio::ONE,
    charges: ChargeRules {
        basis: None,
        roll: None,
        perp: None,
        naked_short: None,
        short_option_minimum: None,
        min_delta: None,
        delta_concentration: None,
        confidence: None,
    },
};

impl Default for UnderlyingModel {
    fn default() -> Self {
        BLANK
    }
}

/// Volatility shocks that grow for short expiries.
///
/// ```text
/// up:    sigma' = max(sigma * (1 + up * t), min_up)        down:  sigma' = max(sigma * (1 - down * t), 0)
/// then   sigma' = max(sigma', min_vol)                     t = (30 / max(days, floor_days))^p
/// p = short_power when days <= 30, else long_power
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct VolShock {
    /// Relative move up at thirty days.
    pub up: Ratio,
    /// Relative move down at thirty days.
    pub down: Ratio,
    /// Exponent of the term scaling up to thirty days.
    pub short_power: Ratio,
    /// Exponent of the term scaling beyond thirty days.
    pub long_power: Ratio,
    /// Expiries nearer than this count as this many days.
    pub floor_days: Ratio,
    /// The least volatility after a move up.
    pub min_up: Ratio,
    /// The least volatility of every scenario.
    pub min_vol: Ratio,
}

record! { VolShock: Default { up, down, short_power, long_power, floor_days, min_up, min_vol } }

/// The `static` discount of an expiry's shocked options.
///
/// ```text
/// total >= 0:  long  = long_base * exp(-T (rate * rate_mult + rate_add))
/// total <  0:  short = min(1/D, short_base * exp(T (rate * short_rate_mult + short_rate_add)))
/// ```
/// A negative rate counts as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct Discount {
    /// Multiple of a total that is an asset.
    pub long_base: Ratio,
    /// Multiple of a total that is a liability.
    pub short_base: Ratio,
    /// Multiple of the rate.
    pub rate_mult: Ratio,
    /// Addition to the rate.
    pub rate_add: Ratio,
    /// As `rate_mult` for a liability; the same when absent.
    pub short_rate_mult: Option<Ratio>,
    /// As `rate_add` for a liability; the same when absent.
    pub short_rate_add: Option<Ratio>,
}

record! { Discount: Default { long_base, short_base, rate_mult, rate_add, short_rate_mult, short_rate_add } }

impl Default for Discount {
    fn default() -> Self {
        Self {
            long_base: Ratio::ONE,
            short_base: Ratio::ONE,
            rate_mult: Ratio::ZERO,
            rate_add: Ratio::ZERO,
            short_rate_mult: None,
            short_rate_add: None,
        }
    }
}

/// The skew scenarios: a volatility multiplier `1 + x` by strike.
///
/// ```text
/// k = ln(K/F), its magnitude for `abs`;  x = min(cap, k * cap / k_star), at least -cap
/// cap = cap_slope * sqrt(T) + cap_base
/// k_star = max(min_k_star, sqrt(T) * width * (vol_static + sqrt(T) * vol_scale))
/// ```
/// Slopes and `vol_scale` may be negative: caps and deviations that fall with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct Skew {
    /// Cap of `linear` at T = 0.
    pub linear_cap_base: Ratio,
    /// Cap of `linear` for each root of a year.
    pub linear_cap_slope: Ratio,
    /// Cap of `abs` at T = 0.
    pub abs_cap_base: Ratio,
    /// Cap of `abs` for each root of a year.
    pub abs_cap_slope: Ratio,
    /// The least log-moneyness at which the cap is reached.
    pub min_k_star: Ratio,
    /// How many standard deviations out the cap is reached.
    pub width: Ratio,
    /// Volatility of a standard deviation.
    pub vol_static: Ratio,
    /// Its growth with the root of time.
    pub vol_scale: Ratio,
}

record! { Skew: Default {
    linear_cap_base, linear_cap_slope, abs_cap_base, abs_cap_slope, min_k_star, width, vol_static, vol_scale,
} }
