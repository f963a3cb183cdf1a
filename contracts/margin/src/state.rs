//! What is stored, and under which keys.
//!
//! | key | value | touched by |
//! |---|---|---|
//! | `params` | [`Params`] | read by every message |
//! | `ledger` | [`Ledger`] | written when the fund, the debt, negative cash or the number of accounts moves |
//! | `account` + id | [`Account`], packed by the interface crate | every message of the account |
//! | `control` + id | [`Control`] | written by delegations; what is spent of a loss budget is with the account |
//! | `book` + number | [`Book`] of an underlying | every change of legs |
//! | `venue` + address | nothing | read by `Match` |
//!
//! Values are packed behind a byte for their format: accounts by the interface crate, the others by their list of fields.

use crate::error::ContractError;
use cosmwasm_std::{Addr, Order, Storage};
use cw_storage_plus::{Bound, Item, Map};
use hedgerow_interface::AccountId;
use hedgerow_interface::account::Account;
use hedgerow_interface::keys;
use hedgerow_interface::margin::{AuctionParams, Limits, QuoteToken, Scope, Timing};
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::model::ValidModel;
use hedgerow_risk::number::Cash;
use hedgerow_risk::record;
use hedgerow_risk::record::{Record, Walker, pack, unpack};
use std::ops::Deref;

// The maps give the keys only: values are packed by this module.
const PARAMS: Item<Vec<u8>> = Item::new("params");
const LEDGER: Item<Vec<u8>> = Item::new("ledger");
const CONTROLS: Map<u64, Vec<u8>> = Map::new("control");
const BOOKS: Map<u8, Vec<u8>> = Map::new("book");
const VENUES: Map<&Addr, bool> = Map::new("venue");

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
        Day::new(self.day).ok_or_else(|| ContractError::Corrupt { what: "book" }.into())
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
        let mut text = self.0.to_string();
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

pub fn params(storage: &dyn Storage) -> Result<Params, Box<ContractError>> {
    load(storage, PARAMS.as_slice(), "params")?.ok_or_else(|| ContractError::Corrupt { what: "params" }.into())
}

pub fn save_params(storage: &mut dyn Storage, params: &mut Params) {
    save(storage, PARAMS.as_slice(), params);
}

pub fn ledger(storage: &dyn Storage) -> Result<Ledger, Box<ContractError>> {
    Ok(load(storage, LEDGER.as_slice(), "ledger")?.unwrap_or_default())
}

pub fn save_ledger(storage: &mut dyn Storage, ledger: &mut Ledger) {
    save(storage, LEDGER.as_slice(), ledger);
}

pub fn control(storage: &dyn Storage, id: AccountId) -> Result<Control, Box<ContractError>> {
    load(storage, CONTROLS.key(id.0).deref(), "control")?
        .ok_or_else(|| ContractError::UnknownAccount { account: id }.into())
}

pub fn save_control(storage: &mut dyn Storage, id: AccountId, control: &mut Control) {
    save(storage, CONTROLS.key(id.0).deref(), control);
}

pub fn book(storage: &dyn Storage, underlying: u8) -> Result<Book, Box<ContractError>> {
    Ok(load(storage, BOOKS.key(underlying).deref(), "book")?.unwrap_or_default())
}

pub fn save_book(storage: &mut dyn Storage, underlying: u8, book: &mut Book) {
    save(storage, BOOKS.key(underlying).deref(), book);
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
    VENUES.has(storage, address)
}

pub fn add_venue(storage: &mut dyn Storage, address: &Addr) -> Result<(), Box<ContractError>> {
    Ok(VENUES.save(storage, address, &true)?)
}

pub fn remove_venue(storage: &mut dyn Storage, address: &Addr) {
    VENUES.remove(storage, address);
}

/// At most `limit` venues after an address.
pub fn venues(
    storage: &dyn Storage,
    start_after: Option<&Addr>,
    limit: usize,
) -> Result<Vec<Addr>, Box<ContractError>> {
    VENUES
        .keys(storage, start_after.map(Bound::exclusive), None, Order::Ascending)
        .take(limit)
        .map(|address| Ok(address?))
        .collect()
}
