//! The market as the engine sees it, which is also the market file of the command line.
//!
//! The contract decodes the oracle's tape into the same types, so both are valued by the same code.

use crate::instrument::{Day, Symbol};
use crate::named::Named;
use crate::number::{Fine, Price, Ratio};
use crate::record;
use schemars::JsonSchema;

/// Prices of everything at one time.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Market {
    /// Seconds since 1970.
    pub time: u64,
    /// The quote token's price in the currency that it should be worth one of.
    #[schemars(default = "one_price")]
    pub quote_price: Price,
    /// How far the quote token's price is to be trusted, 0 to 1.
    #[schemars(default = "Ratio::one")]
    pub quote_confidence: Ratio,
    /// Prices of collateral that is no underlying.
    #[schemars(default)]
    pub assets: Named<String, Asset>,
    /// By symbol.
    pub underlyings: Named<Symbol, Underlying>,
    /// Prices that follow the indices slowly, per contract: what collateral counts at for the initial margin, if less.
    #[schemars(default)]
    pub stable: Named<Symbol, Price>,
}

record! { Market {
    time, quote_price = Price::ONE, quote_confidence = Ratio::ONE, assets = Default::default(), underlyings,
    stable: left_out,
} }

/// A collateral asset's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Asset {
    /// Quote currency per token.
    pub price: Price,
    /// 0 to 1.
    #[schemars(default = "Ratio::one")]
    pub confidence: Ratio,
}

record! { Asset { price, confidence = Ratio::ONE } }

/// One underlying's prices: what one tape holds.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Underlying {
    /// The index.
    pub index: Price,
    /// How far the index is to be trusted, 0 to 1.
    #[schemars(default = "Ratio::one")]
    pub confidence: Ratio,
    /// Units of the underlying per contract, a power of ten; every price here is per contract.
    #[schemars(default = "one_price")]
    pub contract_size: Price,
    /// The perpetual, where one is listed.
    pub perp: Option<Perpetual>,
    /// Listed expiries in the order of time.
    #[schemars(default)]
    pub expiries: Vec<Expiry>,
}

record! { Underlying {
    index, confidence = Ratio::ONE, contract_size = Price::ONE, perp: left_out, expiries = Default::default(),
} }

/// The perpetual's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Perpetual {
    /// The mark.
    pub mark: Price,
    /// 0 to 1.
    #[schemars(default = "Ratio::one")]
    pub confidence: Ratio,
}

record! { Perpetual { mark, confidence = Ratio::ONE } }

/// One expiry: its forward, discount rate and volatility surface.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Expiry {
    /// Seconds since 1970.
    pub expiry: u64,
    /// The expected settlement price.
    pub forward: Price,
    /// The discount rate, continuously compounded; floored at zero where it discounts.
    #[schemars(default)]
    pub rate: Ratio,
    /// How far each part is to be trusted.
    #[schemars(default)]
    pub confidence: ExpiryConfidence,
    /// An SVI slice; an expiry has this or `vols`, or neither when only its future trades.
    pub svi: Option<Svi>,
    /// A volatility by strike.
    pub vols: Option<Named<Price, Ratio>>,
}

record! { Expiry {
    expiry, forward, rate = Default::default(), confidence = Default::default(), svi: left_out, vols: left_out,
} }

/// 0 to 1 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct ExpiryConfidence {
    /// In the forward.
    pub forward: Ratio,
    /// In the rate.
    pub rate: Ratio,
    /// In the surface.
    pub vol: Ratio,
}

record! { ExpiryConfidence: Default { forward, rate, vol } }

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
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
    pub forward: Option<Price>,
    /// The time to expiry in years at which the slice was fitted; the present one when absent.
    pub years: Option<Fine>,
}

record! { Svi { a, b, rho, m, sigma, forward: left_out, years: left_out } }

fn one_price() -> Price {
    Price::ONE
}

impl Underlying {
    /// The listed expiry of a day.
    pub fn expiry(&self, day: Day) -> Option<&Expiry> {
        self.expiries.iter().find(|e| Day::of(e.expiry) == Some(day))
    }
}
