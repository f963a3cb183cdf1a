//! The parameters that an operator sets, and the limits that are built in.

use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::liquidation::{Terms, TermsError};
use hedgerow_risk::model::Model;
use hedgerow_risk::number::{Cash, Quantity, Ratio};
use hedgerow_risk::record;
use schemars::JsonSchema;

/// The most legs that an account may be allowed.
pub const MAX_LEGS: u32 = 128;
/// The most expiries that an account may be allowed.
pub const MAX_EXPIRIES: u32 = 32;
/// The most fills of one match, and the most accounts of one settle.
pub const MAX_FILLS: u32 = 64;
/// The most accounts of one batch.
pub const MAX_BATCH: u32 = 50;
/// The most underlyings.
pub const MAX_UNDERLYINGS: u32 = 32;
/// The most delegations of an account.
pub const MAX_DELEGATIONS: u32 = 16;
/// The widest price band: 10 times the mark or the index.
pub const BAND_MAX: Ratio = Ratio::TEN;

/// The token that everything is settled in.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct QuoteToken {
    /// Its native denom.
    pub denom: String,
    /// Its decimals, 0 to 18.
    pub decimals: u32,
}

record! { QuoteToken { denom, decimals } }

/// Caps and floors.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct Limits {
    /// Legs per account: 1 to 128.
    pub legs: u32,
    /// Expiries per account: 1 to 32.
    pub expiries: u32,
    /// Contracts per underlying: the sum of long positions over all accounts and instruments.
    pub open_interest: Quantity,
    /// The least deposit, in base units.
    pub min_deposit: Cash,
    /// The least initial margin of an account with positions, in base units.
    pub min_equity: Cash,
    /// The least maintenance margin of an account with positions, in base units: at most `min_equity`.
    pub min_maintenance: Cash,
    /// The most negative cash over all accounts, in base units; a trade that passes it is refused.
    pub borrow_cap: Cash,
    /// A fill's price may differ from the mark by this part of the mark, 0 to 10 ...
    pub band_mark: Ratio,
    /// ... or by this part of the index, 0 to 10, whichever is more.
    pub band_index: Ratio,
    /// What a trade that only improves an unhealthy account may give away against the mark, as a part of its notional.
    pub max_reduce_cost: Ratio,
}

record! { Limits {
    legs, expiries, open_interest, min_deposit, min_equity, min_maintenance, borrow_cap, band_mark, band_index,
    max_reduce_cost,
} }

/// How far prices are trusted. Trading and withdrawing are strict: they ask for age, confidence and deviation. Liquidating
/// asks for age only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct Timing {
    /// Seconds, for trading and withdrawing: 1 to 3,600. Older tapes admit deposits and reducing trades only.
    pub max_age: u64,
    /// Seconds, for liquidating: at least `max_age`, at most 86,400.
    pub max_age_liquidation: u64,
    /// For trading and withdrawing: the least confidence in an index and in the quote token, 0 to 1. Less admits what an
    /// older tape does.
    pub min_confidence: Ratio,
    /// For trading and withdrawing: how far an index may be from the tape's stable price, as a part of that: 0 to 10.
    /// Farther admits what an older tape does.
    pub max_deviation: Ratio,
}

record! { Timing { max_age, max_age_liquidation, min_confidence, max_deviation } }

/// How liquidations are priced and paid.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct AuctionParams {
    /// A slice aims at equity above the maintenance margin by this part of it: 0 to 10.
    pub buffer: Ratio,
    /// The price factor at the start of a clock.
    pub start: Ratio,
    /// The price factor at the knee.
    pub knee: Ratio,
    /// Seconds from the start to the knee.
    pub knee_seconds: u32,
    /// Seconds from the start to price factor 0.
    pub end_seconds: u32,
    /// What starting a clock pays at most, in base units.
    pub reward: Cash,
    /// Seconds over which the fund's premium for an account without equity rises to its maximum.
    pub payout_seconds: u32,
    /// The most that the fund pays in one clock for each underlying of what is taken, in base units.
    pub payout_cap: Cash,
}

record! { AuctionParams { buffer, start, knee, knee_seconds, end_seconds, reward, payout_seconds, payout_cap } }

impl AuctionParams {
    /// The engine's terms of a liquidation, checked.
    pub fn terms(&self) -> Result<Terms, TermsError> {
        Terms {
            start: self.start,
            knee: self.knee,
            knee_seconds: self.knee_seconds,
            end_seconds: self.end_seconds,
            buffer: self.buffer,
            payout_seconds: self.payout_seconds,
        }
        .validate()
    }
}

/// Every parameter.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct ParamsResponse {
    /// Moves with every change.
    pub version: u64,
    /// Who sets parameters.
    pub owner: String,
    /// Whom the ownership is offered to.
    pub proposed_owner: Option<String>,
    /// The oracle contract.
    pub oracle: String,
    /// The token that everything is settled in.
    pub quote: QuoteToken,
    /// By number.
    pub underlyings: Vec<Symbol>,
    /// The margin model.
    pub model: Model,
    /// Sha256 of the model's canonical JSON, in hexadecimal.
    pub model_hash: String,
    /// Caps and floors.
    pub limits: Limits,
    /// How far prices are trusted.
    pub timing: Timing,
    /// How liquidations are priced and paid.
    pub auction: AuctionParams,
    /// The most fills of one match.
    pub max_fills: u32,
    /// The most delegations of an account.
    pub max_delegations: u32,
    /// The most accounts of one batch.
    pub max_batch: u32,
    /// The most underlyings.
    pub max_underlyings: u32,
}

record! { ParamsResponse {
    version, owner, proposed_owner, oracle, quote, underlyings, model, model_hash, limits, timing, auction,
    max_fills, max_delegations, max_batch, max_underlyings,
} }
