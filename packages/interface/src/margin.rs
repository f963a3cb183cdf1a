//! The margin contract: what can be done, what can be asked, and what it answers.
//!
//! Amounts called `amount`, `reward`, `balance` are base units of the quote token ([`Cash`]); computed values such as
//! equity and requirements are in quote ([`Value`](hedgerow_risk::number::Value)), rounded against the account.

mod answer;
mod params;
mod preview;

pub use answer::{
    AccountResponse, AccountsResponse, BooksResponse, ChargeView, Contribution, DelegationsResponse, Health,
    InsuranceResponse, LegView, MarginResponse, SeriesBook, UnderlyingBook, VenuesResponse,
};
pub use params::{
    AuctionParams, BAND_MAX, Limits, MAX_BATCH, MAX_DELEGATIONS, MAX_EXPIRIES, MAX_FILLS, MAX_LEGS, MAX_UNDERLYINGS,
    ParamsResponse, QuoteToken, Timing,
};
pub use preview::{
    AccountStanding, LiquidatableResponse, MarginBatchResponse, PreviewLiquidationResponse, PreviewTradeResponse,
    RiskVectorResponse, StandingView,
};

use crate::AccountId;
use crate::fill::LegFill;
use crate::schema::responses;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::model::Model;
use hedgerow_risk::number::{Cash, Ratio};
use hedgerow_risk::{record, record_enum, record_names};
use schemars::JsonSchema;

/// Sets the contract up.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct InstantiateMsg {
    /// Who sets parameters; the sender when absent.
    pub owner: Option<String>,
    /// The oracle contract, or any contract that keeps tapes under the same keys.
    pub oracle: String,
    /// The token that everything is settled in.
    pub quote: QuoteToken,
    /// Underlyings that may be traded, in the order of their numbers.
    pub underlyings: Vec<Symbol>,
    /// The margin model.
    pub model: Model,
    /// Caps and floors.
    pub limits: Limits,
    /// How far prices are trusted.
    pub timing: Timing,
    /// How liquidations are priced and paid.
    pub auction: AuctionParams,
}

record! { InstantiateMsg { owner, oracle, quote, underlyings, model, limits, timing, auction } }

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub enum ExecuteMsg {
    /// Anyone: opens an account owned by the sender. Quote tokens sent along are its first deposit.
    CreateAccount {},
    /// Owner, or a delegate with the scope `deposit`: pays the quote tokens sent along into an account.
    Deposit {
        /// The account.
        account: AccountId,
    },
    /// Owner: takes quote tokens out.
    Withdraw {
        /// The account.
        account: AccountId,
        /// Base units.
        amount: Cash,
    },
    /// Owner of both: moves quote tokens between accounts.
    Transfer {
        /// Pays.
        from: AccountId,
        /// Receives.
        to: AccountId,
        /// Base units.
        amount: Cash,
    },
    /// Owner: lets another address, or a venue, act for the account; replaces what was given to it before.
    Delegate {
        /// The account.
        account: AccountId,
        /// What is given to whom.
        delegation: Delegation,
    },
    /// Owner: takes a delegation back.
    Revoke {
        /// The account.
        account: AccountId,
        /// From whom.
        delegate: String,
    },
    /// Registered venue: trades between accounts that it owns or that are delegated to it. All or nothing.
    Match {
        /// In this order.
        fills: Vec<Fill>,
    },
    /// Anyone: settles the expired legs of accounts whose settlement price is fixed.
    Settle {
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// Anyone with an account: starts the clock of a liquidatable account, or ends it when the account is healthy again,
    /// and takes a slice of it.
    Liquidate {
        /// The account that is liquidated.
        account: AccountId,
        /// The sender's account: is paid for starting the clock, and takes the slice.
        liquidator: AccountId,
        /// The slice; none only moves the clock.
        take: Option<Takeover>,
    },
    /// Anyone: gives the quote tokens sent along to the insurance fund; they repay recorded debt first.
    FundInsurance {},
    /// Owner of the contract: registers a venue.
    AddVenue {
        /// Its address.
        venue: String,
    },
    /// Owner of the contract: takes a venue off.
    RemoveVenue {
        /// Its address.
        venue: String,
    },
    /// Owner of the contract: replaces the margin model.
    SetModel(Box<Model>),
    /// Owner of the contract: replaces caps and floors.
    SetLimits(Limits),
    /// Owner of the contract: replaces how old prices may be.
    SetTiming(Timing),
    /// Owner of the contract: replaces how liquidations are priced and paid.
    SetAuction(AuctionParams),
    /// Owner of the contract: lists one more underlying.
    AddUnderlying {
        /// Its symbol; the model and the oracle must know it.
        underlying: Symbol,
    },
    /// Owner of the contract: offers the ownership to another address, or withdraws the offer.
    ProposeOwner {
        /// The new owner; none withdraws an offer.
        owner: Option<String>,
    },
    /// The offered address takes the ownership.
    AcceptOwner {},
}

record_enum! { ExecuteMsg {
    "create_account" => CreateAccount {},
    "deposit" => Deposit { account },
    "withdraw" => Withdraw { account, amount },
    "transfer" => Transfer { from, to, amount },
    "delegate" => Delegate { account, delegation },
    "revoke" => Revoke { account, delegate },
    "match" => Match { fills },
    "settle" => Settle { accounts },
    "liquidate" => Liquidate { account, liquidator, take },
    "fund_insurance" => FundInsurance {},
    "add_venue" => AddVenue { venue },
    "remove_venue" => RemoveVenue { venue },
    "set_model" => SetModel(model),
    "set_limits" => SetLimits(limits),
    "set_timing" => SetTiming(timing),
    "set_auction" => SetAuction(auction),
    "add_underlying" => AddUnderlying { underlying },
    "propose_owner" => ProposeOwner { owner },
    "accept_owner" => AcceptOwner {},
} }

/// What an owner lets another address do.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct Delegation {
    /// A venue or another address.
    pub delegate: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Until when, in seconds since 1970.
    pub expires: u64,
    /// What it may give away against the mark in all, in base units. Fills take from it; it never grows back.
    pub loss_budget: Cash,
}

record! { Delegation { delegate, scopes, expires, loss_budget } }

/// One thing that a delegate may do.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Scope {
    /// Pay quote tokens in.
    Deposit,
    /// Trade, through a registered venue's match.
    Trade,
}

record_names! { Scope {
    "deposit" => Deposit,
    "trade" => Trade,
} }

/// A trade between two accounts.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct Fill {
    /// Whose quantities the legs carry.
    pub taker: AccountId,
    /// The other side.
    pub maker: AccountId,
    /// What is traded, all at once: `BTC-28MAR25-100000-C 1.5@1200`.
    pub legs: Vec<LegFill>,
}

record! { Fill { taker, maker, legs } }

/// How a liquidator takes a slice.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct Takeover {
    /// The largest fraction to take, in (0, 1]; the whole permitted slice when absent.
    pub max_fraction: Option<Ratio>,
    /// The call fails unless the slice's equity less its price is at least this, in base units: the liquidator's gain at
    /// the mark.
    pub min_equity_received: Cash,
    /// The call fails when the account's legs were changed since this nonce was read.
    pub expected_position_nonce: Option<u64>,
}

record! { Takeover { max_fraction, min_equity_received, expected_position_nonce } }

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub enum QueryMsg {
    /// Every parameter, with its version and the limits that cannot be changed.
    Params {},
    /// One account, as it is stored.
    Account {
        /// The account.
        account: AccountId,
    },
    /// Accounts by id, ready for the engine.
    Accounts {
        /// The last account of the page before.
        start_after: Option<AccountId>,
        /// At most 100, 30 when absent.
        limit: Option<u32>,
    },
    /// Equity and requirements of an account on the present tape, itemised.
    Margin {
        /// The account.
        account: AccountId,
    },
    /// Equity and requirements of several accounts on one market: where tapes differ on the quote token, its lowest price
    /// and confidence of all of them count for all.
    MarginBatch {
        /// 1 to 50 accounts.
        accounts: Vec<AccountId>,
    },
    /// Accounts whose equity is below the maintenance margin or whose liquidation clock runs. Accounts that cannot be
    /// valued are passed over: they cannot be liquidated either.
    Liquidatable {
        /// The last account of the page before.
        start_after: Option<AccountId>,
        /// How many accounts are looked at: at most 100, 30 when absent. So a page has a bounded cost, and may be empty.
        limit: Option<u32>,
    },
    /// An account's P&L in every scenario, by underlying.
    RiskVector {
        /// The account.
        account: AccountId,
    },
    /// What a trade would do to an account, judged as a match judges it. Fails as a match does where a leg cannot be traded
    /// at all; caps over all accounts (open interest, negative cash) depend on the other side and are not looked at.
    PreviewTrade {
        /// The account.
        account: AccountId,
        /// What it trades, quantities its own: `BTC-28MAR25-100000-C 1.5@1200`.
        legs: Vec<LegFill>,
    },
    /// What the largest slice of an account would be now: its legs, its price, who pays. Fails as a liquidation does.
    PreviewLiquidation {
        /// The account.
        account: AccountId,
        /// Who would take it: tells whether that account may.
        liquidator: Option<AccountId>,
    },
    /// What an owner lets others do.
    Delegations {
        /// The account.
        account: AccountId,
    },
    /// Registered venues.
    Venues {
        /// The last address of the page before.
        start_after: Option<String>,
        /// At most 100, 30 when absent.
        limit: Option<u32>,
    },
    /// The insurance fund and the recorded debt.
    Insurance {},
    /// What the contract keeps over all accounts: open interest, settlement pools, negative cash.
    Books {},
}

record_enum! { QueryMsg {
    "params" => Params {},
    "account" => Account { account },
    "accounts" => Accounts { start_after, limit },
    "margin" => Margin { account },
    "margin_batch" => MarginBatch { accounts },
    "liquidatable" => Liquidatable { start_after, limit },
    "risk_vector" => RiskVector { account },
    "preview_trade" => PreviewTrade { account, legs },
    "preview_liquidation" => PreviewLiquidation { account, liquidator },
    "delegations" => Delegations { account },
    "venues" => Venues { start_after, limit },
    "insurance" => Insurance {},
    "books" => Books {},
} }

responses! { QueryMsg {
    params: ParamsResponse,
    account: AccountResponse,
    accounts: AccountsResponse,
    margin: MarginResponse,
    margin_batch: MarginBatchResponse,
    liquidatable: LiquidatableResponse,
    risk_vector: RiskVectorResponse,
    preview_trade: PreviewTradeResponse,
    preview_liquidation: PreviewLiquidationResponse,
    delegations: DelegationsResponse,
    venues: VenuesResponse,
    insurance: InsuranceResponse,
    books: BooksResponse,
} }

/// Moves to this build's version.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct MigrateMsg {}

record! { MigrateMsg {} }
