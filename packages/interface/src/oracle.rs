//! The oracle contract: publishers post reports, the last accepted report of an underlying is its tape.
//!
//! The margin contract, and any contract that wants to compose, reads the tape with a raw query of
//! [`crate::keys::tape`] and [`crate::tape::Tape::decode`]; [`QueryMsg::Tape`] answers the same bytes.
//!
//! An expiry is on the tape from the report that first lists it until its settlement price is fixed, and has a settlement
//! price from then on: at any time it has one of the two. Who values an account looks for the settlement price first, at
//! [`crate::keys::settlement`] with [`settlement_price`], then for the expiry on the tape. Once an expiry is over its
//! forward on the tape stays what the last report before it said.

use crate::codec::CodecError;
use crate::schema::responses;
use crate::tape::Tape;
use cosmwasm_std::Binary;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::market::Underlying;
use hedgerow_risk::number::{Price, Ratio};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most expiries that a tape may hold, with those that are over and not settled.
pub const MAX_EXPIRIES: usize = 64;
/// The most publishers that an underlying may have.
pub const MAX_PUBLISHERS: usize = 32;
/// The most underlyings that may be listed.
pub const MAX_UNDERLYINGS: usize = 32;
/// The most items on a page of a list.
pub const MAX_PAGE: u32 = 100;
/// The items on a page when the query does not say.
pub const DEFAULT_PAGE: u32 = 30;

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
    /// Admin: fixes the settlement price of an expiry that is over. Once: it never changes again. The expiry leaves the
    /// tape.
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
    /// Index, perpetual mark, and by expiry forward, rate and SVI slice. What the tape has must be there again, or accounts
    /// that hold it could not be valued: the perpetual, every expiry that is not over, and its slice. New ones are listed
    /// by appearing. An expiry that is over may be left out; when it is there it is ignored.
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
        /// At most 100, 30 when absent; more is taken for 100, none for 1.
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
        /// At most 100, 30 when absent; more is taken for 100, none for 1.
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

/// A settlement price as it is stored: steps of 1e-8, eight bytes, big endian.
pub fn settlement_bytes(price: Price) -> [u8; 8] {
    price.steps().to_be_bytes()
}

/// Reads a settlement price as it is stored.
pub fn settlement_price(bytes: &[u8]) -> Result<Price, CodecError> {
    let (record, field) = ("settlement", "price");
    let bytes = <[u8; 8]>::try_from(bytes).map_err(|_| CodecError::Truncated { record, field })?;
    Price::new(u64::from_be_bytes(bytes)).map_err(|_| CodecError::Range { record, field })
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
    /// The most expiries that a tape may hold, with those that are over and not settled.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settlement_price_is_eight_bytes() {
        let price: Price = "61234.5".parse().unwrap();
        assert_eq!(settlement_bytes(price), 6_123_450_000_000u64.to_be_bytes());
        assert_eq!(settlement_price(&settlement_bytes(price)), Ok(price));
        assert!(matches!(settlement_price(&[1; 7]), Err(CodecError::Truncated { .. })));
        assert!(matches!(settlement_price(&[0; 8]), Err(CodecError::Range { .. })));
    }
}
