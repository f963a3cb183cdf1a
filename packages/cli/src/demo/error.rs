//! Why a demo cannot be played.

use hedgerow_risk::error::RiskError;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::model::ModelError;
use hedgerow_risk::number::{NumberError, Price};
use hedgerow_risk::rules::MarketError;

/// Why a demo cannot be played, or how it failed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Nothing to write options on.
    #[error("the market has no option expiry after its own time: the demo needs one with an svi slice")]
    NoOptions,
    /// A market that no command takes.
    #[error("{0}")]
    Market(MarketError),
    /// What the oracle contract would say of the market.
    #[error("{underlying}: the oracle refuses this market: {reason}")]
    Oracle {
        /// The underlying.
        underlying: Symbol,
        /// What it says.
        reason: String,
    },
    /// A contract size that cannot be listed.
    #[error("{underlying}: contract_size {value}: must be a power of ten")]
    ContractSize {
        /// The underlying.
        underlying: Symbol,
        /// The size.
        value: Price,
    },
    /// Prices that cannot fall as far.
    #[error("{underlying}: the crash takes a number out of its range: {reason}")]
    Path {
        /// The underlying.
        underlying: Symbol,
        /// Which.
        reason: NumberError,
    },
    /// A strike beyond what prices can be.
    #[error("a strike at {per_mille} thousandths of the forward: {reason}")]
    Strike {
        /// Where it was wanted.
        per_mille: u64,
        /// Why it cannot be.
        reason: NumberError,
    },
    /// Options that are worth less than the least price.
    #[error("{underlying}: {what} cannot be traded: its options are worth less than the least price of 0.001")]
    TooCheap {
        /// The underlying.
        underlying: Symbol,
        /// Who wants to trade.
        what: &'static str,
    },
    /// The engine cannot value a leg.
    #[error("{0}")]
    Risk(#[from] RiskError),
    /// A number left its range.
    #[error("{0}")]
    Number(#[from] NumberError),
    /// The shipped model is not there.
    #[error("the margin model is missing")]
    NoModel,
    /// The shipped model is not valid.
    #[error("the margin model: {0}")]
    Model(ModelError),
    /// A contract refused what the demo relies on.
    #[error("{step}: {reason}")]
    Refused {
        /// What was tried.
        step: String,
        /// The contract's answer.
        reason: String,
    },
}
