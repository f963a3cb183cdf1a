//! What can be wrong: every error names the field, the value and the limit. Its text begins with a stable code, so that
//! bots need not parse the rest.

use cosmwasm_std::{Addr, StdError};
use hedgerow_interface::codec::CodecError;
use hedgerow_interface::oracle::{MAX_EXPIRIES, MAX_FEEDS, MAX_PUBLISHERS, MAX_UNDERLYINGS};
use hedgerow_interface::signing::SigningError;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::number::{Fine, Price, Ratio};
use thiserror::Error;

/// Declares the errors with their codes and texts.
macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* } = $code:literal, $text:literal;)*) => {
        /// A refusal of the contract.
        #[derive(Debug, Error)]
        pub enum ContractError {
            /// Storage or the chain's interface failed.
            #[error("std: {0}")]
            Std(#[from] StdError),
            /// A signed text does not count.
            #[error("{code}: {0}", code = .0.code())]
            Signing(#[from] SigningError),
            /// A stored record does not read, or is of another format.
            #[error("{code}: {0}", code = .0.code())]
            Record(#[from] CodecError),
            $($(#[$doc])* #[error("{code}: {text}", code = $code, text = format_args!($text))] $name { $($(#[$field_doc])* $field: $type,)* },)*
        }

        impl ContractError {
            /// The stable code of the error.
            pub fn code(&self) -> &'static str {
                match self {
                    Self::Std(_) => "std",
                    Self::Signing(error) => error.code(),
                    Self::Record(error) => error.code(),
                    $(Self::$name { .. } => $code,)*
                }
            }
        }
    };
}

errors! {
    /// The sender may not do this.
    Unauthorised {
        /// Who sent the message.
        sender: Addr,
        /// Who may.
        needed: String,
    } = "unauthorised", "sender {sender}: must be {needed}";
    /// Funds came with a message that takes none.
    Funds {
        /// The first coin.
        found: String,
    } = "payment", "funds {found}: must be none";
    /// An address is none of this chain.
    Address {
        /// The field.
        field: &'static str,
        /// The address, cut to 100 characters.
        value: String,
        /// What the chain says.
        reason: String,
    } = "bad_address", "{field} {value:?}: must be an address of this chain: {reason}";
    /// A rule is out of its own range.
    Rules {
        /// The field.
        field: &'static str,
        /// What was asked for.
        value: String,
        /// The least.
        min: String,
        /// The most.
        max: String,
    } = "rules", "rules.{field} {value}: must be within {min} and {max}";
    /// The stored contract is another one, or a newer version.
    Migration {
        /// What is wrong, with both versions.
        reason: String,
    } = "migration", "{reason}";

    /// The underlying is not listed.
    Unlisted {
        /// The underlying.
        underlying: Symbol,
    } = "unlisted", "underlying {underlying}: must be listed";
    /// The underlying is listed already.
    AlreadyListed {
        /// The underlying.
        underlying: Symbol,
    } = "already_listed", "underlying {underlying}: must be listed once only";
    /// One underlying too many.
    TooManyUnderlyings {
        /// How many there would be.
        found: usize,
    } = "too_many_underlyings", "{found} underlyings: must be at most {MAX_UNDERLYINGS}";
    /// One publisher too many.
    TooManyPublishers {
        /// The underlying.
        underlying: Symbol,
        /// How many there would be.
        found: usize,
    } = "too_many_publishers", "{underlying}: {found} publishers: must be at most {MAX_PUBLISHERS}";
    /// A publisher is named twice.
    DuplicatePublisher {
        /// The underlying.
        underlying: Symbol,
        /// The publisher.
        publisher: Addr,
    } = "duplicate_publisher", "{underlying}: publisher {publisher}: must be named once only";
    /// The address is no publisher of the underlying.
    UnknownPublisher {
        /// The underlying.
        underlying: Symbol,
        /// The address.
        publisher: String,
    } = "unknown_publisher", "{underlying}: publisher {publisher:?}: must be one of its publishers";
    /// The contract size is no power of ten.
    ContractSize {
        /// The underlying.
        underlying: Symbol,
        /// The size.
        value: Price,
    } = "contract_size", "{underlying}: contract_size {value}: must be a power of ten";
    /// A band holds no price.
    Band {
        /// The underlying.
        underlying: Symbol,
        /// Its lower edge.
        min: Price,
        /// Its upper edge.
        max: Price,
    } = "band", "{underlying}: band.min {min}: must be below band.max {max}";
    /// One feed too many.
    TooManyFeeds {
        /// The underlying.
        underlying: Symbol,
        /// How many there would be.
        found: usize,
    } = "too_many_feeds", "{underlying}: {found} feeds: must be at most {MAX_FEEDS}";
    /// A feed's text is none that its source knows.
    FeedText {
        /// The underlying.
        underlying: Symbol,
        /// The text, cut to 100 characters.
        value: String,
    } = "feed_text", "{underlying}: feeds: {value:?}: must be 1 to 127 of A-Z, a-z, 0-9 and -_./:";
    /// The report is in contracts of another size.
    OtherContractSize {
        /// The report's.
        value: Price,
        /// The listing's.
        listed: Price,
    } = "other_contract_size", "market.contract_size {value}: must be {listed}, as listed";

    /// The report is not newer than its publisher's last one.
    NotNewer {
        /// The report's time.
        time: u64,
        /// The last one's time.
        last: u64,
    } = "report_not_newer", "time {time}: must be after the publisher's last report, {last}";
    /// The report is too old.
    TooOld {
        /// The report's time.
        time: u64,
        /// The earliest that is accepted.
        earliest: u64,
    } = "report_too_old", "time {time}: must be at least {earliest}";
    /// The report is too far in the future.
    TooFarAhead {
        /// The report's time.
        time: u64,
        /// The latest that is accepted.
        latest: u64,
    } = "report_too_far_ahead", "time {time}: must be at most {latest}";
    /// A price is at an edge of what its source can show.
    BandEdge {
        /// The field.
        field: &'static str,
        /// The price.
        value: Price,
        /// The lower edge.
        min: Price,
        /// The upper edge.
        max: Price,
    } = "band_edge", "market.{field} {value}: must be between {min} and {max}, both excluded";
    /// The index has not moved for too long.
    FeedFrozen {
        /// The index.
        value: Price,
        /// Since when.
        since: u64,
        /// The most seconds.
        limit: u64,
    } = "feed_frozen", "market.index {value}: must change within {limit} seconds, it is the same since {since}";
    /// The quote token's price is beyond what a token that should be worth one can have.
    QuotePrice {
        /// The price.
        value: Price,
        /// The least.
        min: Price,
        /// The most.
        max: Price,
    } = "quote_price", "quote_price {value}: must be within {min} and {max}";
    /// A confidence is beyond 0 to 1.
    Confidence {
        /// The field.
        field: String,
        /// The confidence.
        value: Ratio,
    } = "confidence", "{field} {value}: must be within 0 and 1";
    /// The perpetual is on the tape and not in the report.
    PerpMissing {
        /// The underlying.
        underlying: Symbol,
    } = "perp_missing", "market.perp: must be there, {underlying}-PERP is listed";

    /// The tape would hold too many expiries.
    TooManyExpiries {
        /// How many, with those that are over and not settled.
        found: usize,
    } = "too_many_expiries", "market.expiries: {found} with those that are not settled: must be at most {MAX_EXPIRIES}";
    /// An expiry is at another second than 08:00 UTC.
    ExpiryTime {
        /// The expiry, in seconds since 1970.
        expiry: u64,
    } = "expiry_time", "market.expiries: expiry {expiry}: must be 08:00 UTC of a day of 2000 to 2099";
    /// Expiries do not ascend.
    ExpiryOrder {
        /// The expiry.
        expiry: Day,
        /// The one before it.
        before: Day,
    } = "expiry_order", "market.expiries: expiry {expiry}: must be after {before}, which is before it in the list";
    /// A listed expiry is not in the report.
    ExpiryMissing {
        /// The expiry.
        expiry: Day,
    } = "expiry_missing", "market.expiries: {expiry} must be there, it is listed and not over";
    /// A listed slice is not in the report.
    SliceMissing {
        /// The expiry.
        expiry: Day,
    } = "slice_missing", "market.expiries[{expiry}].svi: must be there, options of this expiry are listed";
    /// Volatilities by strike.
    Vols {
        /// The expiry.
        expiry: Day,
    } = "vols", "market.expiries[{expiry}].vols: must be absent, a tape holds svi";
    /// A discount rate is out of range.
    Rate {
        /// The expiry.
        expiry: Day,
        /// The rate.
        value: Ratio,
        /// Its largest magnitude.
        limit: Ratio,
    } = "rate", "market.expiries[{expiry}].rate {value}: must be within -{limit} and {limit}";
    /// The wings fall.
    SviSlope {
        /// The expiry.
        expiry: Day,
        /// The parameter b.
        value: Fine,
    } = "svi_b", "market.expiries[{expiry}].svi.b {value}: must be at least 0";
    /// A wing is flat or falls.
    SviTilt {
        /// The expiry.
        expiry: Day,
        /// The parameter rho.
        value: Fine,
    } = "svi_rho", "market.expiries[{expiry}].svi.rho {value}: must be between -1 and 1, both excluded";
    /// The smile has a kink.
    SviRoundness {
        /// The expiry.
        expiry: Day,
        /// The parameter sigma.
        value: Fine,
    } = "svi_sigma", "market.expiries[{expiry}].svi.sigma {value}: must be above 0";
    /// A wing is steeper than total variance can be.
    SviWing {
        /// The expiry.
        expiry: Day,
        /// The parameter b.
        b: Fine,
        /// The parameter rho.
        rho: Fine,
        /// `b*(1 + |rho|)`, exactly.
        value: String,
    } = "svi_wing", "market.expiries[{expiry}].svi: b*(1+|rho|) with b {b} and rho {rho} is {value}: must be at most 2";
    /// The lowest variance is negative.
    SviFloor {
        /// The expiry.
        expiry: Day,
        /// The parameter a.
        value: Fine,
        /// The parameter b.
        b: Fine,
        /// The parameter rho.
        rho: Fine,
        /// The parameter sigma.
        sigma: Fine,
    } = "svi_a", "market.expiries[{expiry}].svi.a {value}: must be at least -b*sigma*sqrt(1-rho^2) with b {b}, sigma {sigma}, rho {rho}";
    /// The time at which a slice was fitted is not before its expiry.
    SviYears {
        /// The expiry.
        expiry: Day,
        /// The years.
        value: Fine,
    } = "svi_years", "market.expiries[{expiry}].svi.years {value}: must be above 0";

    /// A later expiry has less total variance than an earlier one.
    SviCalendar {
        /// The earlier expiry.
        earlier: Day,
        /// The later expiry.
        later: Day,
        /// Where: ln(K/F).
        moneyness: String,
        /// The earlier one's total variance.
        value: String,
        /// The later one's.
        limit: String,
    } = "svi_calendar", "market.expiries[{earlier}].svi: total variance {value} from log-moneyness {moneyness} on: must stay within that of {later}, {limit}";

    /// There was no quorum of reports yet.
    NoTape {
        /// The underlying.
        underlying: Symbol,
    } = "no_tape", "underlying {underlying}: must have a tape, there was no quorum of reports yet";
    /// An average over a window that the contract does not remember.
    TwapWindow {
        /// The underlying.
        underlying: Symbol,
        /// The window's beginning.
        from: u64,
        /// The window's end.
        to: u64,
        /// The tape's time.
        latest: u64,
    } = "twap_window", "{underlying}: from {from} to {to}: must ascend, end at {latest} at the latest and begin after the oldest of 64 minutes of snapshots";
    /// The tape has no such expiry.
    UnknownExpiry {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
    } = "unknown_expiry", "expiry {underlying}-{expiry}: must be on the tape";
    /// The expiry is not over.
    NotOver {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
        /// When it is.
        ends: u64,
        /// The block's time.
        now: u64,
    } = "not_over", "expiry {underlying}-{expiry}: must be over, it is {now} and it ends at {ends}";
    /// The settlement price is fixed already.
    AlreadySettled {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
        /// The price that is fixed.
        price: Price,
    } = "already_settled", "expiry {underlying}-{expiry}: must be settled once only, its price is {price}";
    /// The tape will settle the expiry unless it stays away.
    TapeSettles {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
        /// Until when a tape can settle it.
        until: u64,
        /// The block's time.
        now: u64,
    } = "tape_settles", "expiry {underlying}-{expiry}: must be left to the tape until {until}, it is {now}";
    /// Nothing was proposed.
    NoProposal {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
    } = "no_proposal", "expiry {underlying}-{expiry}: must have a proposed settlement price";
    /// The proposal must be seen a while.
    TooEarly {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
        /// When it may be confirmed.
        ready: u64,
        /// The block's time.
        now: u64,
    } = "too_early", "expiry {underlying}-{expiry}: must be confirmed at {ready} at the earliest, it is {now}";
}
