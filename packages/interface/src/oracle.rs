//! The oracle contract: the reports of several publishers become one tape.
//!
//! A tape is made of the reports in use: the last one of each publisher, fresh enough. Prices that stand alone (index,
//! mark, quote price, rates, confidences, the time itself) are medians; forwards and slices are those of one report, the
//! one nearest to the others. With fewer reports than the quorum, and while prices jump, the last tape stays and grows old.
//!
//! The margin contract, and any contract that wants to compose, reads the tape with a raw query of
//! [`crate::keys::tape`] and [`crate::tape::Tape::decode`]; [`QueryMsg::Tape`] answers the same bytes.
//!
//! An expiry is on the tape from the report that first lists it until its settlement price is fixed, and has a settlement
//! price from then on: at any time it has one of the two. Who values an account looks for the settlement price first, at
//! [`crate::keys::settlement`] with [`settlement_price`], then for the expiry on the tape. Once an expiry is over its
//! forward on the tape stays what the last report before it said.

mod answer;
mod feed;
mod rules;

pub use answer::{
    ConfigResponse, ListingsResponse, Proposal, ReportState, ReportsResponse, Settlement, SettlementResponse,
    SettlementsResponse, TapeResponse, TwapResponse,
};
pub use feed::{Feed, MAX_FEED_TEXT, MAX_FEEDS};
pub use rules::{
    Band, Listing, MAX_EXPIRIES, MAX_GAP, MAX_PUBLISHERS, MAX_UNDERLYINGS, MIN_QUORUM, Rules, SETTLEMENT_DELAY,
    SETTLEMENT_WINDOW, quorum,
};

use crate::codec::CodecError;
use crate::schema::responses;
use crate::tape::Tape;
use cosmwasm_std::Binary;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::market::Underlying;
use hedgerow_risk::number::{Price, Ratio};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most items on a page of a list.
pub const MAX_PAGE: u32 = 100;
/// The items on a page when the query does not say.
pub const DEFAULT_PAGE: u32 = 30;

/// Sets the contract up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct InstantiateMsg {
    /// Who administers; the sender when absent.
    pub admin: Option<String>,
    /// Who settles what the tape cannot; the admin when absent.
    pub guardian: Option<String>,
    /// What reports must satisfy.
    pub rules: Rules,
    /// Underlyings to list at once.
    pub underlyings: Vec<Listing>,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum ExecuteMsg {
    /// Publisher: posts a report; accepted, it takes part in the tape from now on.
    Report(Box<Report>),
    /// Anyone: brings a report that its publisher signed, see [`crate::signing`].
    Relay {
        /// The report's JSON, as it was signed: the body of [`crate::signing::bound`] with the word `report`.
        report: String,
        /// The publisher's compressed public key.
        public_key: Binary,
        /// r and s.
        signature: Binary,
    },
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
    /// Admin: changes the prices that an underlying's sources can show.
    SetBand {
        /// The underlying.
        underlying: Symbol,
        /// None: those that a price can have.
        band: Option<Band>,
    },
    /// Admin: changes where prices of an underlying's index come from beside its publishers.
    SetFeeds {
        /// The underlying.
        underlying: Symbol,
        /// At most 4.
        feeds: Vec<Feed>,
    },
    /// Admin: an underlying needs a quorum from now on.
    EndDevelopment {
        /// The underlying.
        underlying: Symbol,
    },
    /// Guardian: proposes the settlement price of an expiry that is over and that the tape could not settle. Another
    /// proposal takes its place.
    ProposeSettlement {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
        /// Quote per contract.
        price: Price,
    },
    /// Guardian: fixes the price that was proposed, 3,600 seconds later at the earliest. It never changes again, and the
    /// expiry leaves the tape.
    ConfirmSettlement {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
    },
    /// Admin: changes what reports must satisfy.
    SetRules(Rules),
    /// Admin: names who settles what the tape cannot.
    SetGuardian {
        /// The guardian's address.
        guardian: String,
    },
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
    /// when all reports in use have them. An expiry that is over may be left out; when it is there it is ignored.
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
    /// The publishers of an underlying with their last reports.
    Reports {
        /// The underlying.
        underlying: Symbol,
    },
    /// The average of the index from one second to another.
    Twap {
        /// The underlying.
        underlying: Symbol,
        /// Seconds since 1970; about an hour ago at the earliest.
        from: u64,
        /// Seconds since 1970; the tape's time at the latest.
        to: u64,
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
    /// Admin, guardian, rules and limits.
    Config {},
}

responses! { QueryMsg {
    tape: TapeResponse,
    market: Tape,
    reports: ReportsResponse,
    twap: TwapResponse,
    listings: ListingsResponse,
    settlement: SettlementResponse,
    settlements: SettlementsResponse,
    config: ConfigResponse,
} }

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
