//! What is stored, and under which keys.
//!
//! | key | value | touched by |
//! |---|---|---|
//! | `contract_info` | [`Release`], as cw2 stores it | instantiation and migration |
//! | `params` | [`Params`] | read by every message |
//! | `ledger` | [`Ledger`] | written when the fund, the debt, negative cash or the number of accounts moves |
//! | `account` + id | [`Account`], packed by the interface crate | every message of the account |
//! | `control` + id | [`Control`] | written by delegations; what is spent of a loss budget is with the account |
//! | `book` + number | [`Book`] of an underlying | every change of legs |
//! | `venue` + address | `true` | read by `Match` |
//!
//! Keys are those of cw-storage-plus: names of maps come behind their length in two bytes. Values are packed behind a byte
//! for their format: accounts by the interface crate, the others by their list of fields.

use crate::error::ContractError;
use cosmwasm_std::storage_keys::{namespace_with_key, to_length_prefixed};
use cosmwasm_std::{Addr, Order, Storage, from_json};
use hedgerow_interface::AccountId;
use hedgerow_interface::account::Account;
use hedgerow_interface::keys;
use hedgerow_interface::margin::{AuctionParams, Limits, QuoteToken, Scope, Timing};
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::model::ValidModel;
use hedgerow_risk::number::Cash;
use hedgerow_risk::record;
use hedgerow_risk::record::{Record, Walker, json, pack, unpack};
use std::ops::Deref;

const RELEASE: &[u8] = b"contract_info";
const PARAMS: &[u8] = b"params";
const LEDGER: &[u8] = b"ledger";
const VENUES: &[u8] = b"venue";

fn control_key(id: AccountId) -> Vec<u8> {
    namespace_with_key(&[b"control"], &id.0.to_be_bytes())
}

fn book_key(underlying: u8) -> Vec<u8> {
    namespace_with_key(&[b"book"], &[underlying])
}

fn venue_key(address: &Addr) -> Vec<u8> {
    namespace_with_key(&[VENUES], address.as_bytes())
}

/// Which contract of which version wrote the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub contract: String,
    pub version: String,
}

record! { Release { contract, version } }

/// Everything that an operator sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    pub version: u64,
    pub owner: Address,
    pub proposed_owner: Option<Address>,
    pub oracle: Address,
    pub quote: QuoteToken,
    /// By number; a number is never reused.
    pub underlyings: Vec<Symbol>,
    pub model: ValidModel,
    pub limits: Limits,
    pub timing: Timing,
    pub auction: AuctionParams,
}

record! { Params {
    version, owner, proposed_owner, oracle, quote, underlyings, model, limits, timing, auction,
} }

/// Sums over all accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Accounts ever opened: the last id.
    pub accounts: u64,
    /// The insurance fund.
    pub insurance: Cash,
    /// What accounts hold beyond the tokens there are.
    pub debt: Cash,
    /// The sum of max(0, -cash).
    pub negative_cash: Cash,
}

record! { Ledger { accounts, insurance, debt, negative_cash } }

/// Who may do what with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    pub owner: Address,
    /// Sorted by address.
    pub grants: Vec<Grant>,
}

record! { Control { owner, grants } }

impl Control {
    /// The number of a delegate's delegation, or the least that is free.
    pub fn number_for(&self, delegate: &Addr) -> u8 {
        let of = |g: &&Grant| g.delegate == *delegate;
        let taken = |number: &u8| self.grants.iter().any(|g| g.number == *number);
        let own = self.grants.iter().find(of).map(|g| g.number);
        own.unwrap_or_else(|| (0..u8::MAX).find(|number| !taken(number)).unwrap_or(u8::MAX))
    }
}

/// A delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What the account calls it in [`Account::spent`]; no two living ones share it.
    pub number: u8,
    pub delegate: Address,
    pub scopes: Vec<Scope>,
    pub expires: u64,
    /// As it was given.
    pub loss_budget: Cash,
}

record! { Grant { number, delegate, scopes, expires, loss_budget } }

/// Open positions of one underlying over all accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// The sum of long positions, in steps of [`hedgerow_risk::number::Quantity`].
    pub open_interest: u64,
    /// Expiries with open legs, by time.
    pub series: Vec<OpenSeries>,
}

record! { Book { open_interest, series } }

/// One expiry's open legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSeries {
    /// [`Day::number`].
    pub day: u16,
    pub legs: u64,
    /// What settled legs have paid in, less what they were paid.
    pub pool: Cash,
}

record! { OpenSeries { day, legs, pool } }

impl OpenSeries {
    /// The expiry.
    pub fn expiry(&self) -> Result<Day, Box<ContractError>> {
        Day::new(self.day).ok_or_else(|| ContractError::corrupt("book"))
    }
}

/// An address that was checked before it was stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(pub Addr);

impl Record for Address {
    fn blank() -> Self {
        Self(Addr::unchecked(""))
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        let mut text = std::mem::replace(&mut self.0, Addr::unchecked("")).into_string();
        walker.text(&mut text);
        self.0 = Addr::unchecked(text);
    }
}

impl Address {
    /// Its text.
    pub fn into_string(self) -> String {
        self.0.into_string()
    }
}

impl From<Addr> for Address {
    fn from(address: Addr) -> Self {
        Self(address)
    }
}

impl PartialEq<Addr> for Address {
    fn eq(&self, other: &Addr) -> bool {
        self.0 == *other
    }
}

impl Deref for Address {
    type Target = Addr;

    fn deref(&self) -> &Addr {
        &self.0
    }
}

/// The first byte of packed values.
const FORMAT: u8 = 1;

fn load<T: Record>(storage: &dyn Storage, key: &[u8], what: &'static str) -> Result<Option<T>, Box<ContractError>> {
    let stored = storage.get(key);
    Ok(stored.map(|bytes| unpack(what, FORMAT, &bytes)).transpose()?)
}

/// Like every writer it leaves the value as it is.
fn save(storage: &mut dyn Storage, key: &[u8], value: &mut dyn Record) {
    storage.set(key, &pack(FORMAT, value));
}

pub fn release(storage: &dyn Storage) -> Result<Release, Box<ContractError>> {
    let stored = storage.get(RELEASE).and_then(|bytes| from_json(bytes).ok());
    stored.ok_or_else(|| ContractError::corrupt("contract version"))
}

pub fn save_release(storage: &mut dyn Storage, contract: &str, version: &str) {
    let mut release = Release {
        contract: contract.to_owned(),
        version: version.to_owned(),
    };
    storage.set(RELEASE, &json(&mut release));
}

pub fn params(storage: &dyn Storage) -> Result<Params, Box<ContractError>> {
    load(storage, PARAMS, "params")?.ok_or_else(|| ContractError::corrupt("params"))
}

pub fn save_params(storage: &mut dyn Storage, params: &mut Params) {
    save(storage, PARAMS, params);
}

pub fn ledger(storage: &dyn Storage) -> Result<Ledger, Box<ContractError>> {
    Ok(load(storage, LEDGER, "ledger")?.unwrap_or_default())
}

pub fn save_ledger(storage: &mut dyn Storage, ledger: &mut Ledger) {
    save(storage, LEDGER, ledger);
}

pub fn control(storage: &dyn Storage, id: AccountId) -> Result<Control, Box<ContractError>> {
    load(storage, &control_key(id), "control")?.ok_or_else(|| ContractError::UnknownAccount { account: id }.into())
}

pub fn save_control(storage: &mut dyn Storage, id: AccountId, control: &mut Control) {
    save(storage, &control_key(id), control);
}

pub fn book(storage: &dyn Storage, underlying: u8) -> Result<Book, Box<ContractError>> {
    Ok(load(storage, &book_key(underlying), "book")?.unwrap_or_default())
}

pub fn save_book(storage: &mut dyn Storage, underlying: u8, book: &mut Book) {
    save(storage, &book_key(underlying), book);
}

pub fn account(storage: &dyn Storage, id: AccountId) -> Result<Account, Box<ContractError>> {
    let bytes = storage
        .get(&keys::account(id))
        .ok_or(ContractError::UnknownAccount { account: id })?;
    Ok(Account::decode(&bytes)?)
}

pub fn save_account(storage: &mut dyn Storage, id: AccountId, account: &Account) {
    storage.set(&keys::account(id), &account.encode());
}

pub fn is_venue(storage: &dyn Storage, address: &Addr) -> bool {
    storage.get(&venue_key(address)).is_some()
}

pub fn add_venue(storage: &mut dyn Storage, address: &Addr) {
    storage.set(&venue_key(address), b"true");
}

pub fn remove_venue(storage: &mut dyn Storage, address: &Addr) {
    storage.remove(&venue_key(address));
}

/// At most `limit` venues after an address; all of them come after the empty one.
pub fn venues(storage: &dyn Storage, after: &Addr, limit: usize) -> Result<Vec<String>, Box<ContractError>> {
    let prefix = to_length_prefixed(VENUES);
    // The least key after a key is that key with a zero behind it.
    let mut start = venue_key(after);
    start.push(0);
    let mut found = Vec::new();
    for key in storage.range_keys(Some(&start), None, Order::Ascending).take(limit) {
        let Some(address) = key.strip_prefix(&*prefix) else {
            break;
        };
        let address = String::from_utf8(address.to_vec());
        found.push(address.map_err(|_| ContractError::corrupt("venue"))?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::testing::MockStorage;

    #[test]
    fn the_release_is_what_cw2_reads() {
        let mut storage = MockStorage::new();
        save_release(&mut storage, "hedgerow-margin", "0.1.2");
        let read = cw2::get_contract_version(&storage).unwrap();
        assert_eq!((&*read.contract, &*read.version), ("hedgerow-margin", "0.1.2"));
        cw2::set_contract_version(&mut storage, "other", "3.0.0").unwrap();
        let release = release(&storage).unwrap();
        assert_eq!((&*release.contract, &*release.version), ("other", "3.0.0"));
    }

    /// Read off a store that cw-storage-plus wrote: a key that moves loses what lies there.
    #[test]
    fn the_keys_are_those_of_cw_storage_plus() {
        let mut storage = MockStorage::new();
        save_ledger(&mut storage, &mut Ledger::default());
        let mut control = Control {
            owner: Addr::unchecked("owner").into(),
            grants: Vec::new(),
        };
        save_control(&mut storage, AccountId(258), &mut control);
        save_book(&mut storage, 7, &mut Book::default());
        save_account(&mut storage, AccountId(258), &Account::default());
        add_venue(&mut storage, &Addr::unchecked("venue1"));
        save_release(&mut storage, "hedgerow-margin", "0.1.0");
        let keys: Vec<_> = storage.range_keys(None, None, Order::Ascending).collect();
        let expected: [&[u8]; 6] = [
            b"\0\x04book\x07",
            b"\0\x05venuevenue1",
            b"\0\x07account\0\0\0\0\0\0\x01\x02",
            b"\0\x07control\0\0\0\0\0\0\x01\x02",
            b"contract_info",
            b"ledger",
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn venues_follow_each_other_by_address() {
        let mut storage = MockStorage::new();
        for address in ["b", "ab", "a"] {
            add_venue(&mut storage, &Addr::unchecked(address));
        }
        // What lies before and behind the venues.
        for key in [&b"\0\x04bookx"[..], b"\0\x05venufx", b"\0\x07accountx"] {
            storage.set(key, b"1");
        }
        assert_eq!(storage.get(b"\0\x05venueab"), Some(b"true".to_vec()));
        let after = |address, limit| venues(&storage, &Addr::unchecked(address), limit).unwrap();
        assert_eq!(after("", 9), ["a", "ab", "b"]);
        assert_eq!(after("a", 9), ["ab", "b"]);
        assert_eq!(after("", 2), ["a", "ab"]);
        assert!(after("b", 9).is_empty());
    }
}
