//! Answers about what would happen, and about many accounts at once.

use super::{Health, LegView};
use crate::AccountId;
use hedgerow_risk::number::{Cash, Ratio, Value};
use hedgerow_risk::portfolio::Vector;
use hedgerow_risk::record;
use schemars::JsonSchema;

/// Equity and requirements of an account, after the contract's floors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct StandingView {
    /// Where it stands.
    pub health: Health,
    /// Cash, unrealised P&L of linear legs, options at their value.
    pub equity: Value,
    /// What opening asks for.
    pub initial_margin: Value,
    /// What staying asks for.
    pub maintenance_margin: Value,
}

record! { StandingView { health, equity, initial_margin, maintenance_margin } }

/// One account of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct AccountStanding {
    /// The account.
    pub account: AccountId,
    /// The sequence it was computed at.
    pub sequence: u64,
    /// What a liquidator expects, so that a changed account fails its call.
    pub position_nonce: u64,
    /// When its liquidation clock started; none when none runs.
    pub clock: Option<u64>,
    /// Equity and requirements.
    pub standing: StandingView,
}

record! { AccountStanding { account, sequence, position_nonce, clock, standing } }

/// Several accounts on one market.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct MarginBatchResponse {
    /// In the order of the question.
    pub items: Vec<AccountStanding>,
    /// Version of the parameters.
    pub params_version: u64,
    /// The time that the market was valued at: the block's, in seconds since 1970.
    pub time: u64,
    /// The oldest tape that was used, in seconds since 1970.
    pub tape_time: u64,
}

record! { MarginBatchResponse { items, params_version, time, tape_time } }

/// A page of accounts that may be liquidated or whose clock runs.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct LiquidatableResponse {
    /// By id; there may be none on a page that is not the last.
    pub items: Vec<AccountStanding>,
    /// What to start after for the next page; none on the last.
    pub next: Option<AccountId>,
}

record! { LiquidatableResponse { items, next } }

/// An account's scenario P&L: the piece that other protocols compose.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct RiskVectorResponse {
    /// The account.
    pub account: AccountId,
    /// The sequence it was computed at.
    pub sequence: u64,
    /// Weighted P&L by scenario of the model, an entry for each underlying: what the engine takes as foreign vectors.
    pub vectors: Vec<Vector>,
    /// Sha256 of the model's canonical JSON, in hexadecimal.
    pub model_hash: String,
    /// The time that the market was valued at: the block's, in seconds since 1970.
    pub time: u64,
    /// The oldest tape that was used, in seconds since 1970.
    pub tape_time: u64,
}

record! { RiskVectorResponse { account, sequence, vectors, model_hash, time, tape_time } }

/// What a trade would do to an account.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct PreviewTradeResponse {
    /// The account.
    pub account: AccountId,
    /// The sequence it was computed at.
    pub sequence: u64,
    /// Without the trade, expired legs settled.
    pub before: StandingView,
    /// With it.
    pub after: StandingView,
    /// Base units that the legs give away against the mark; negative when they gain.
    pub value_lost: Cash,
    /// Why the account would be refused, beginning with the stable code; none when the trade passes.
    pub refusal: Option<String>,
}

record! { PreviewTradeResponse { account, sequence, before, after, value_lost, refusal } }

/// What a slice of an account would be now.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct PreviewLiquidationResponse {
    /// The account.
    pub account: AccountId,
    /// The sequence it was computed at.
    pub sequence: u64,
    /// What to expect, so that a changed account fails the call.
    pub position_nonce: u64,
    /// The account before the slice, a reward for starting the clock taken off.
    pub before: StandingView,
    /// The account after the slice.
    pub after: StandingView,
    /// Base units that the call is paid for starting the clock; 0 when a clock runs.
    pub reward: Cash,
    /// The part of the slice's equity that is paid for it. An account without equity asks for nothing.
    pub price_factor: Value,
    /// The largest fraction that may be taken: that of this slice.
    pub max_fraction: Ratio,
    /// The legs that move, with their costs.
    pub legs: Vec<LegView>,
    /// Base units that move with them.
    pub cash: Cash,
    /// Base units that the liquidator pays; negative when the account pays.
    pub paid: Cash,
    /// Base units that the insurance fund pays the liquidator.
    pub insurance: Cash,
    /// Base units that become recorded debt, paid to the liquidator.
    pub debt: Cash,
    /// What the liquidator gains at the mark, in base units: what `min_equity_received` is compared with.
    pub gain: Cash,
    /// Why the liquidator's account would be refused, beginning with the stable code; none when it passes or was not named.
    pub refusal: Option<String>,
}

record! { PreviewLiquidationResponse {
    account, sequence, position_nonce, before, after, reward, price_factor, max_fraction, legs, cash, paid,
    insurance, debt, gain, refusal,
} }
