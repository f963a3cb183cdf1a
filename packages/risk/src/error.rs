//! Why an account cannot be valued: only because the market lacks a price, or the portfolio is not of this model.

use crate::instrument::{Instrument, Symbol};
use crate::number::{Quantity, Value};
use thiserror::Error;

/// What the engine cannot value, by name. A price that is present is never an error, however extreme.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RiskError {
    /// The market has no such underlying.
    #[error("underlying {symbol}: not in the market")]
    UnknownUnderlying {
        /// The underlying.
        symbol: Symbol,
    },
    /// The market lists no such expiry.
    #[error("instrument {instrument}: the market lists no such expiry")]
    UnlistedExpiry {
        /// The instrument.
        instrument: Instrument,
    },
    /// The market lists no perpetual on the underlying.
    #[error("instrument {instrument}: the market lists no such perpetual")]
    UnlistedPerpetual {
        /// The instrument.
        instrument: Instrument,
    },
    /// The market has no volatility for the option.
    #[error("instrument {instrument}: the market has no volatility for it")]
    NoVolatility {
        /// The instrument.
        instrument: Instrument,
    },
    /// Neither an asset's own price nor an underlying that it hedges.
    #[error("collateral {asset}: the market has no price for it")]
    NoPrice {
        /// The asset.
        asset: String,
    },
    /// The model does not accept the asset.
    #[error("collateral {asset}: not accepted by the model")]
    CollateralNotAccepted {
        /// The asset.
        asset: String,
    },
    /// A negative amount of collateral.
    #[error("collateral {asset} {amount}: must be at least 0")]
    NegativeCollateral {
        /// The asset.
        asset: String,
        /// The amount.
        amount: String,
    },
    /// A vector of another model.
    #[error("vectors[{index}] of {found} entries: must have one a scenario, {expected}")]
    VectorLength {
        /// Which vector.
        index: usize,
        /// Its length.
        found: usize,
        /// The number of scenarios.
        expected: usize,
    },
    /// More legs than the arithmetic is proven for.
    #[error("positions {found}: must be at most {limit}")]
    TooManyLegs {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A leg larger than what is accepted.
    #[error("{0}")]
    LegTooLarge(Box<LegTooLarge>),
    /// Legs on one instrument whose sum passes the cap.
    #[error("{0}")]
    Quantity(Box<QuantityTooLarge>),
}

/// A leg larger than what is accepted. In a box, as the next one, so that results stay small.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("instrument {instrument}: notional {notional}: must be at most {limit}")]
pub struct LegTooLarge {
    /// The instrument.
    pub instrument: Instrument,
    /// In quote.
    pub notional: Value,
    /// In quote.
    pub limit: Value,
}

/// Legs on one instrument whose sum passes the cap.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("instrument {instrument}: quantity {quantity}: must be within -{limit} and {limit}")]
pub struct QuantityTooLarge {
    /// The instrument.
    pub instrument: Instrument,
    /// The sum, or as far as it was added up.
    pub quantity: String,
    /// The cap.
    pub limit: Quantity,
}

impl RiskError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownUnderlying { .. } => "unknown_underlying",
            Self::UnlistedExpiry { .. } => "unlisted_expiry",
            Self::UnlistedPerpetual { .. } => "unlisted_perpetual",
            Self::NoVolatility { .. } => "no_volatility",
            Self::NoPrice { .. } => "no_price",
            Self::CollateralNotAccepted { .. } => "collateral_not_accepted",
            Self::NegativeCollateral { .. } => "negative_collateral",
            Self::VectorLength { .. } => "vector_length",
            Self::TooManyLegs { .. } => "too_many_legs",
            Self::LegTooLarge(_) => "leg_too_large",
            Self::Quantity(_) => "quantity_too_large",
        }
    }
}
