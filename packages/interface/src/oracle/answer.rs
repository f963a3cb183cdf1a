//! Answers of the oracle contract.

use super::rules::{Listing, Rules};
use cosmwasm_std::Binary;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::number::Price;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A packed tape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct TapeResponse {
    /// See [`crate::tape`].
    pub tape: Binary,
    /// True when one source is enough for a tape of this underlying.
    pub development: bool,
}

/// A page of listings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct ListingsResponse {
    /// By symbol.
    pub items: Vec<Listing>,
    /// What to start after for the next page; none on the last.
    pub next: Option<Symbol>,
}

/// A settlement price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct SettlementResponse {
    /// Quote per contract; none while it is not fixed.
    pub price: Option<Price>,
    /// What the guardian proposed, while it is not fixed.
    pub proposal: Option<Proposal>,
    /// True when one source is enough for a tape of this underlying.
    pub development: bool,
}

/// A page of settlement prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct SettlementsResponse {
    /// By expiry.
    pub items: Vec<Settlement>,
    /// What to start after for the next page; none on the last.
    pub next: Option<Day>,
    /// True when one source is enough for a tape of this underlying.
    pub development: bool,
}

/// The price at which an expiry settled.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Settlement {
    /// The expiry.
    pub expiry: Day,
    /// Quote per contract.
    pub price: Price,
}

/// How the contract is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct ConfigResponse {
    /// Who administers.
    pub admin: String,
    /// Whom the administration is offered to.
    pub proposed_admin: Option<String>,
    /// Who settles what the tape cannot.
    pub guardian: String,
    /// What reports must satisfy.
    pub rules: Rules,
    /// Underlyings for which one source is enough.
    pub development: Vec<Symbol>,
    /// The most expiries that a tape may hold, with those that are over and not settled.
    pub max_expiries: u32,
    /// The most publishers that an underlying may have.
    pub max_publishers: u32,
    /// The most underlyings.
    pub max_underlyings: u32,
}

/// A settlement price that the guardian proposed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Proposal {
    /// Quote per contract.
    pub price: Price,
    /// When it may be confirmed, in seconds since 1970.
    pub ready: u64,
}

/// The publishers of an underlying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct ReportsResponse {
    /// One for each publisher, in the order in which they were added.
    pub items: Vec<ReportState>,
    /// How many sources make a tape.
    pub quorum: u32,
    /// How many are fresh now.
    pub fresh: u32,
    /// When a jump that waits for a second round was seen; none when there is no such jump.
    pub jump_since: Option<u64>,
    /// True when one source is enough for a tape of this underlying.
    pub development: bool,
}

/// A publisher and its last report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct ReportState {
    /// The publisher's address.
    pub publisher: String,
    /// When its prices were observed; none before its first report.
    pub time: Option<u64>,
    /// Its index.
    pub index: Option<Price>,
    /// Since when its index has been the same.
    pub unchanged_since: Option<u64>,
}

/// An average of the index.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct TwapResponse {
    /// Quote per contract, rounded down to a step.
    pub price: Price,
    /// True when no two tapes since the window began are more than 300 seconds apart.
    pub unbroken: bool,
    /// True when one source is enough for a tape of this underlying.
    pub development: bool,
}
