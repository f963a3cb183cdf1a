//! The market as the engine sees it, which is also the market file of the command line.
//!
//! The contract decodes the oracle's tape into the same types, so both are valued by the same code.

use crate::instrument::{Day, Symbol};
use crate::number::{Fine, Price, Ratio};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Prices of everything at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// Seconds since 1970.
    pub time: u64,
    /// The quote token's price in the currency that it should be worth one of.
    #[serde(default = "one_price")]
    pub quote_price: Price,
    /// How far the quote token's price is to be trusted, 0 to 1.
    #[serde(default = "Ratio::one")]
    pub quote_confidence: Ratio,
    /// Prices of collateral that is no underlying.
    #[serde(default)]
    pub assets: BTreeMap<String, Asset>,
    /// By symbol.
    pub underlyings: BTreeMap<Symbol, Underlying>,
}

/// A collateral asset's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Quote currency per token.
    pub price: Price,
    /// 0 to 1.
    #[serde(default = "Ratio::one")]
    pub confidence: Ratio,
}

/// One underlying's prices: what one tape holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Underlying {
    /// The index.
    pub index: Price,
    /// How far the index is to be trusted, 0 to 1.
    #[serde(default = "Ratio::one")]
    pub confidence: Ratio,
    /// Units of the underlying per contract, a power of ten; every price here is per contract.
    #[serde(default = "one_price")]
    pub contract_size: Price,
    /// The perpetual, where one is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perp: Option<Perpetual>,
    /// Listed expiries in the order of time.
    #[serde(default)]
    pub expiries: Vec<Expiry>,
}

/// The perpetual's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Perpetual {
    /// The mark.
    pub mark: Price,
    /// 0 to 1.
    #[serde(default = "Ratio::one")]
    pub confidence: Ratio,
}

/// One expiry: its forward, discount rate and volatility surface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expiry {
    /// Seconds since 1970.
    pub expiry: u64,
    /// The expected settlement price.
    pub forward: Price,
    /// The discount rate, continuously compounded; floored at zero where it discounts.
    #[serde(default)]
    pub rate: Ratio,
    /// How far each part is to be trusted.
    #[serde(default)]
    pub confidence: ExpiryConfidence,
    /// An SVI slice; an expiry has this or `vols`, or neither when only its future trades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub svi: Option<Svi>,
    /// A volatility by strike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vols: Option<BTreeMap<Price, Ratio>>,
}

/// 0 to 1 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExpiryConfidence {
    /// In the forward.
    pub forward: Ratio,
    /// In the rate.
    pub rate: Ratio,
    /// In the surface.
    pub vol: Ratio,
}

impl Default for ExpiryConfidence {
    fn default() -> Self {
        Self {
            forward: Ratio::ONE,
            rate: Ratio::ONE,
            vol: Ratio::ONE,
        }
    }
}

/// A raw SVI slice of total variance, `w(k) = a + b(rho(k - m) + sqrt((k - m)^2 + sigma^2))`, `k = ln(K / forward)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Svi {
    /// Level of total variance.
    pub a: Fine,
    /// Slope of the wings.
    pub b: Fine,
    /// Tilt, in (-1, 1).
    pub rho: Fine,
    /// Shift of the smile's centre in log-moneyness.
    pub m: Fine,
    /// Roundness of the smile's bottom.
    pub sigma: Fine,
    /// The forward at which the slice was fitted; the expiry's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward: Option<Price>,
    /// The time to expiry in years at which the slice was fitted; the present one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<Fine>,
}

fn one_price() -> Price {
    Price::ONE
}

impl Underlying {
    /// The listed expiry of a day.
    pub fn expiry(&self, day: Day) -> Option<&Expiry> {
        self.expiries.iter().find(|e| Day::of(e.expiry) == Some(day))
    }
}
