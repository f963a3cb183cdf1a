//! What the margin contract answers.

use super::Delegation;
use crate::AccountId;
use crate::account::Clock;
use hedgerow_risk::instrument::{Day, Instrument, Symbol};
use hedgerow_risk::number::{Cash, Quantity, Value};
use hedgerow_risk::{record, record_names};
use schemars::JsonSchema;

/// One account, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct AccountResponse {
    /// The account.
    pub account: AccountId,
    /// Its owner.
    pub owner: String,
    /// Moves on every change.
    pub sequence: u64,
    /// Moves when the owner or a delegate changes legs.
    pub position_nonce: u64,
    /// The quote token, in base units, signed.
    pub cash: Cash,
    /// Liquidation.
    pub clock: Clock,
    /// Legs by underlying, expiry and strike.
    pub legs: Vec<LegView>,
}

record! { AccountResponse { account, owner, sequence, position_nonce, cash, clock, legs } }

/// A position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct LegView {
    /// What.
    pub instrument: Instrument,
    /// Contracts, positive when long.
    pub quantity: Quantity,
    /// Linear instruments: base units paid for it, signed. Options have paid theirs out of cash.
    pub cost: Option<Cash>,
}

record! { LegView { instrument, quantity, cost } }

/// A page of accounts.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct AccountsResponse {
    /// By id.
    pub items: Vec<AccountResponse>,
    /// What to start after for the next page; none on the last.
    pub next: Option<AccountId>,
}

record! { AccountsResponse { items, next } }

/// Where an account stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Health {
    /// Equity covers the initial margin.
    Healthy,
    /// Equity covers the maintenance margin only: nothing but reducing.
    MarginCall,
    /// Equity is below the maintenance margin.
    Liquidatable,
    /// Equity is below zero.
    Insolvent,
}

record_names! { Health {
    "healthy" => Healthy,
    "margin_call" => MarginCall,
    "liquidatable" => Liquidatable,
    "insolvent" => Insolvent,
} }

/// Equity and requirements of an account.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct MarginResponse {
    /// The account.
    pub account: AccountId,
    /// The sequence it was computed at.
    pub sequence: u64,
    /// Where it stands.
    pub health: Health,
    /// What it asks for, after the contract's floors.
    pub initial_margin: Value,
    /// What it asks for, after the contract's floors.
    pub maintenance_margin: Value,
    /// Base units that the owner could withdraw now; 0 while a clock runs or the tape is too old.
    pub withdrawable: Cash,
    /// Cash, unrealised P&L of linear legs, options at their value.
    pub equity: Value,
    /// Net value of the options.
    pub option_value: Value,
    /// P&L of the linear legs that has not reached cash.
    pub unrealised: Value,
    /// The aggregated loss of the scenarios, zero at least.
    pub scan: Value,
    /// The worst scenario, by index in the model.
    pub worst_scenario: u32,
    /// P&L by scenario of the model.
    pub scenarios: Vec<Value>,
    /// Charges that are not zero, by name.
    pub charges: Vec<ChargeView>,
    /// What each leg adds to the engine's initial margin: they sum to it, before the contract's floors.
    pub legs: Vec<Contribution>,
    /// Version of the parameters.
    pub params_version: u64,
    /// Sha256 of the model's canonical JSON, in hexadecimal.
    pub model_hash: String,
    /// Sha256 of the canonical JSON of the market that was used, in hexadecimal: the underlyings of the tapes that were
    /// read, their stable prices, the lowest of their quote prices and quote confidences, at the block's time.
    pub market_hash: String,
    /// The time that the market was valued at: the block's, in seconds since 1970.
    pub time: u64,
    /// The oldest tape that was used, in seconds since 1970.
    pub tape_time: u64,
}

record! { MarginResponse {
    account, sequence, health, initial_margin, maintenance_margin, withdrawable, equity, option_value,
    unrealised, scan, worst_scenario, scenarios, charges, legs, params_version, model_hash, market_hash, time,
    tape_time,
} }

/// A charge of an account.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct ChargeView {
    /// Its name in the model.
    pub name: String,
    /// In the maintenance margin.
    pub maintenance: Value,
    /// In the initial margin, all of it.
    pub initial: Value,
}

record! { ChargeView { name, maintenance, initial } }

/// What a leg adds to the initial margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct Contribution {
    /// The leg.
    pub instrument: Instrument,
    /// In quote; a hedge adds a negative amount.
    pub contribution: Value,
}

record! { Contribution { instrument, contribution } }

/// Delegations of an account; at most 16, so there are no pages.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct DelegationsResponse {
    /// The owner.
    pub owner: String,
    /// By address.
    pub items: Vec<Delegation>,
}

record! { DelegationsResponse { owner, items } }

/// A page of venues.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct VenuesResponse {
    /// By address.
    pub items: Vec<String>,
    /// What to start after for the next page; none on the last.
    pub next: Option<String>,
}

record! { VenuesResponse { items, next } }

/// The insurance fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct InsuranceResponse {
    /// Base units in the fund.
    pub balance: Cash,
    /// Base units that the accounts hold beyond the tokens there are.
    pub debt: Cash,
}

record! { InsuranceResponse { balance, debt } }

/// What the contract keeps over all accounts.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct BooksResponse {
    /// The insurance fund, in base units.
    pub insurance: Cash,
    /// Recorded debt, in base units.
    pub debt: Cash,
    /// The sum of max(0, -cash) over all accounts, in base units.
    pub negative_cash: Cash,
    /// The number of accounts ever opened.
    pub accounts: u64,
    /// By number.
    pub underlyings: Vec<UnderlyingBook>,
}

record! { BooksResponse { insurance, debt, negative_cash, accounts, underlyings } }

/// What the contract keeps of one underlying.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct UnderlyingBook {
    /// The underlying.
    pub underlying: Symbol,
    /// The sum of long positions over all accounts and instruments.
    pub open_interest: Quantity,
    /// Expiries with open legs, by time.
    pub series: Vec<SeriesBook>,
}

record! { UnderlyingBook { underlying, open_interest, series } }

/// What the contract keeps of one expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct SeriesBook {
    /// The expiry.
    pub expiry: Day,
    /// Legs that are open, over all accounts.
    pub legs: u64,
    /// Base units that settled legs have paid in, less what they were paid.
    pub pool: Cash,
}

record! { SeriesBook { expiry, legs, pool } }
