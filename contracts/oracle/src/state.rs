//! What is stored. Tapes and settlement prices lie packed at the keys of [`hedgerow_interface::keys`], for raw queries.
//!
//! All keys are bounded: by listed underlyings, by publishers, by [`SNAPSHOTS_KEPT`], and settlement prices by the
//! expiries that there were.

use crate::ContractError;
use cosmwasm_std::{Addr, Storage, Uint128};
use cw_storage_plus::{Item, Map};
use hedgerow_interface::codec::{CodecError, Reader, Writer};
use hedgerow_interface::keys;
use hedgerow_interface::oracle::{Band, Feed, Proposal, Rules, settlement_bytes, settlement_price};
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::number::Price;
use serde::{Deserialize, Serialize};

/// Administration and rules.
pub const CONFIG: Item<Config> = Item::new("config");
/// Listed underlyings by symbol, at most [`hedgerow_interface::oracle::MAX_UNDERLYINGS`].
pub const LISTINGS: Map<&str, Listed> = Map::new("listing");
/// What the guardian proposed, by symbol and day number.
pub const PROPOSALS: Map<(&str, u16), Proposal> = Map::new("proposal");
/// The keys of [`keys::settlement`], for pages.
pub const SETTLEMENTS: Map<(&str, u16), Vec<u8>> = Map::new("settlement");

/// Packed [`Stored`] by symbol and publisher's number.
const REPORTS: Map<(&str, u8), Vec<u8>> = Map::new("report");
/// Packed [`Held`] by symbol.
const HELD: Map<&str, Vec<u8>> = Map::new("held");
/// Packed [`Snapshot`] by symbol and slot.
const SNAPSHOTS: Map<(&str, u8), Vec<u8>> = Map::new("snapshot");

/// How many snapshots an underlying keeps: one a minute.
pub const SNAPSHOTS_KEPT: u64 = 64;

/// The format of stored reports and jumps.
const FORMAT: u8 = 1;

/// Administration and rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Who administers.
    pub admin: Addr,
    /// Whom the administration is offered to.
    pub proposed_admin: Option<Addr>,
    /// Who settles what the tape cannot.
    pub guardian: Addr,
    /// What reports must satisfy.
    pub rules: Rules,
}

/// A listed underlying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Units of the underlying per contract.
    pub contract_size: Price,
    /// The prices that its sources can show.
    pub band: Option<Band>,
    /// Prices that others say.
    pub feeds: Vec<Feed>,
    /// One source is enough.
    pub development: bool,
    /// Who may report, at most [`hedgerow_interface::oracle::MAX_PUBLISHERS`].
    pub publishers: Vec<Publisher>,
}

/// Who may report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// The address.
    pub address: Addr,
    /// Names its report's key; free again when it is removed.
    pub number: u8,
}

/// A publisher's last report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Since when its index has been the same.
    pub unchanged_since: u64,
    /// The report, without history.
    pub tape: Tape,
}

/// A tape that is far from the one before it and waits for a second round of reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The time of the tape before it: with another one in between it counts no longer.
    pub base: u64,
    /// The newest report of the first round.
    pub newest: u64,
    /// The prices.
    pub tape: Tape,
}

/// The sum of index times seconds at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Seconds since 1970.
    pub time: u64,
    /// In steps.
    pub accumulated: u128,
}

/// The configuration, when the sender is the admin.
pub fn config_of_admin(storage: &dyn Storage, sender: &Addr) -> Result<Config, ContractError> {
    let config = CONFIG.load(storage)?;
    if config.admin == *sender {
        return Ok(config);
    }
    Err(ContractError::Unauthorised {
        sender: sender.clone(),
        needed: ["the admin, ", config.admin.as_str()].concat(),
    })
}

/// A listed underlying.
pub fn listed(storage: &dyn Storage, underlying: Symbol) -> Result<Listed, ContractError> {
    LISTINGS
        .may_load(storage, &underlying.to_string())?
        .ok_or(ContractError::Unlisted { underlying })
}

/// The tape of an underlying; none before its first quorum.
pub fn tape(storage: &dyn Storage, underlying: Symbol) -> Result<Option<Tape>, ContractError> {
    let bytes = storage.get(&keys::tape(underlying));
    Ok(bytes.map(|bytes| Tape::decode(&bytes)).transpose()?)
}

/// Packs and stores a tape.
pub fn save_tape(storage: &mut dyn Storage, underlying: Symbol, tape: &Tape) -> Result<(), ContractError> {
    let bytes = tape.encode()?;
    storage.set(&keys::tape(underlying), &bytes);
    Ok(())
}

/// A publisher's last report.
pub fn report(storage: &dyn Storage, underlying: Symbol, number: u8) -> Result<Option<Stored>, ContractError> {
    let read = |bytes: Vec<u8>| -> Result<Stored, CodecError> {
        let mut r = Reader::open("report", &bytes, FORMAT)?;
        Ok(Stored {
            unchanged_since: r.varint("unchanged since")?,
            tape: Tape::decode(r.rest())?,
        })
    };
    let bytes = storage.get(&REPORTS.key((&underlying.to_string(), number)));
    Ok(bytes.map(read).transpose()?)
}

/// Packs and stores a publisher's report.
pub fn save_report(
    storage: &mut dyn Storage,
    underlying: Symbol,
    number: u8,
    report: &Stored,
) -> Result<(), ContractError> {
    let mut w = Writer::new(FORMAT);
    w.varint(report.unchanged_since);
    w.bytes(&report.tape.encode()?);
    storage.set(&REPORTS.key((&underlying.to_string(), number)), &w.finish());
    Ok(())
}

/// Forgets a publisher's report.
pub fn remove_report(storage: &mut dyn Storage, underlying: Symbol, number: u8) {
    storage.remove(&REPORTS.key((&underlying.to_string(), number)));
}

/// The jump that waits for a second round, whether it still counts or not.
pub fn held(storage: &dyn Storage, underlying: Symbol) -> Result<Option<Held>, ContractError> {
    let read = |bytes: Vec<u8>| -> Result<Held, CodecError> {
        let mut r = Reader::open("held", &bytes, FORMAT)?;
        Ok(Held {
            base: r.varint("base")?,
            newest: r.varint("newest")?,
            tape: Tape::decode(r.rest())?,
        })
    };
    let bytes = storage.get(&HELD.key(&underlying.to_string()));
    Ok(bytes.map(read).transpose()?)
}

/// Packs and stores a jump.
pub fn save_held(storage: &mut dyn Storage, underlying: Symbol, held: &Held) -> Result<(), ContractError> {
    let mut w = Writer::new(FORMAT);
    w.varint(held.base);
    w.varint(held.newest);
    w.bytes(&held.tape.encode()?);
    storage.set(&HELD.key(&underlying.to_string()), &w.finish());
    Ok(())
}

/// What lies in a slot: time and sum, 8 and 16 bytes, big endian.
pub fn snapshot(storage: &dyn Storage, underlying: Symbol, slot: u8) -> Option<Snapshot> {
    let bytes = storage.get(&SNAPSHOTS.key((&underlying.to_string(), slot)))?;
    let (time, sum) = bytes.split_first_chunk()?;
    Some(Snapshot {
        time: u64::from_be_bytes(*time),
        accumulated: u128::from_be_bytes(sum.try_into().ok()?),
    })
}

/// Stores a snapshot in its slot.
pub fn save_snapshot(storage: &mut dyn Storage, underlying: Symbol, slot: u8, time: u64, accumulated: Uint128) {
    let bytes = [&time.to_be_bytes()[..], &accumulated.to_be_bytes()[..]].concat();
    storage.set(&SNAPSHOTS.key((&underlying.to_string(), slot)), &bytes);
}

/// The settlement price of an expiry; none while it is not fixed.
pub fn settlement(storage: &dyn Storage, underlying: Symbol, expiry: Day) -> Result<Option<Price>, ContractError> {
    let bytes = storage.get(&keys::settlement(underlying, expiry));
    Ok(bytes.map(|bytes| settlement_price(&bytes)).transpose()?)
}

/// Stores a settlement price.
pub fn save_settlement(storage: &mut dyn Storage, underlying: Symbol, expiry: Day, price: Price) {
    storage.set(&keys::settlement(underlying, expiry), &settlement_bytes(price));
}
