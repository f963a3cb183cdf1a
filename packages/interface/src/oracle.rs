//! The oracle contract: publishers post reports, the last accepted report of an underlying is its tape.
//!
//! The margin contract, and any contract that wants to compose, reads the tape with a raw query of
//! [`crate::keys::tape`] and [`crate::tape::Tape::decode`]; [`QueryMsg::Tape`] answers the same bytes.

use crate::schema::responses;
use crate::tape::Tape;
use cosmwasm_std::Binary;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::market::Underlying;
use hedgerow_risk::number::{Price, Ratio};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sets the contract up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct InstantiateMsg {
    /// Who administers publishers and fixes settlement prices; the sender when absent.
    pub admin: Option<String>,
    /// Bounds on the time of a report.
    pub timing: Timing,
    /// Underlyings to list at once.
    pub underlyings: Vec<Listing>,
}

/// Bounds on the time of a report against the block's.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Timing {
    /// A report may be at most this many seconds older than the block: 1 to 3,600.
    pub max_age: u64,
    /// A report may be at most this many seconds ahead of the block: 0 to 60.
    pub max_ahead: u64,
}

/// An underlying and who reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Listing {
    /// Its symbol.
    pub underlying: Symbol,
    /// Units of the underlying per contract, a power of ten.
    pub contract_size: Price,
    /// Addresses that may report it.
    pub publishers: Vec<String>,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum ExecuteMsg {
    /// Publisher: posts a report; accepted, it is the tape from now on.
    Report(Box<Report>),
    /// Admin: lists an underlying.
    List(Listing),
    /// Admin: allows one more publisher for an underlying.
    AddPublisher {
        /// The underlying.
        underlying: Symbol,
        /// The publisher's address.
        publisher: String,
    },
    /// Admin: a publisher reports an underlying no longer.
    RemovePublisher {
        /// The underlying.
        underlying: Symbol,
        /// The publisher's address.
        publisher: String,
    },
    /// Admin: fixes the settlement price of an expiry that has passed. Once: it never changes again.
    FixSettlement {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
        /// Quote per contract.
        price: Price,
    },
    /// Admin: changes the bounds on report times.
    SetTiming(Timing),
    /// Admin: offers the administration to another address, or withdraws the offer.
    ProposeAdmin {
        /// The new admin; none withdraws an offer.
        admin: Option<String>,
    },
    /// The offered address takes the administration.
    AcceptAdmin {},
}

/// One publisher's view of one underlying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Report {
    /// The underlying.
    pub underlying: Symbol,
    /// When the prices were observed, in seconds since 1970.
    pub time: u64,
    /// The quote token's price.
    pub quote_price: Price,
    /// How far the quote token's price is to be trusted, 0 to 1.
    pub quote_confidence: Ratio,
    /// Index, perpetual mark, and by expiry forward, rate and SVI slice. Every expiry that is listed and not yet over
    /// must be there; new ones are listed by appearing.
    pub market: Underlying,
}

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum QueryMsg {
    /// The packed tape of an underlying, as it is stored.
    Tape {
        /// The underlying.
        underlying: Symbol,
    },
    /// The tape of an underlying, unpacked.
    Market {
        /// The underlying.
        underlying: Symbol,
    },
    /// Listed underlyings with their publishers.
    Listings {
        /// The last symbol of the page before.
        start_after: Option<Symbol>,
        /// At most 100, 30 when absent.
        limit: Option<u32>,
    },
    /// The settlement price of one expiry, none while it is not fixed.
    Settlement {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
    },
    /// Settlement prices of an underlying in the order of time.
    Settlements {
        /// The underlying.
        underlying: Symbol,
        /// The last expiry of the page before.
        start_after: Option<Day>,
        /// At most 100, 30 when absent.
        limit: Option<u32>,
    },
    /// Admin, timing and limits.
    Config {},
}

responses! { QueryMsg {
    tape: TapeResponse,
    market: Tape,
    listings: ListingsResponse,
    settlement: SettlementResponse,
    settlements: SettlementsResponse,
    config: ConfigResponse,
} }

/// A packed tape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct TapeResponse {
    /// See [`crate::tape`].
    pub tape: Binary,
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
}

/// A page of settlement prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct SettlementsResponse {
    /// By expiry.
    pub items: Vec<Settlement>,
    /// What to start after for the next page; none on the last.
    pub next: Option<Day>,
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
    /// Bounds on report times.
    pub timing: Timing,
    /// The most expiries that a report may hold.
    pub max_expiries: u32,
    /// The most publishers that an underlying may have.
    pub max_publishers: u32,
    /// The most underlyings.
    pub max_underlyings: u32,
}

/// Moves to this build's version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct MigrateMsg {}
