//! The simulated chain: both contracts, a publisher, a venue, a clock, and every query as a function.

use crate::market::{move_spot, move_vol};
use crate::refusal::Refusal;
use crate::setup::{DECIMALS, QUOTE, Setup};
use cosmwasm_std::{
    Addr, Binary, Coin, DepsMut, Env, Event, MigrateInfo, Response, Timestamp, Uint256, WasmMsg, to_json_binary,
};
use cw_multi_test::{App, BankSudo, ContractWrapper, Executor, SudoMsg};
use hedgerow_interface::AccountId;
use hedgerow_interface::margin::{
    self, AccountResponse, AccountsResponse, BooksResponse, DelegationsResponse, MarginResponse, ParamsResponse,
    QuoteToken,
};
use hedgerow_interface::oracle::{self, Listing, Report, SettlementResponse};
use hedgerow_interface::tape::Tape;
use hedgerow_risk::assess;
use hedgerow_risk::instrument::{Day, Instrument, Symbol};
use hedgerow_risk::market::{Market, Underlying};
use hedgerow_risk::named::Named;
use hedgerow_risk::number::{Price, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// A chain on which both contracts run.
pub struct World {
    /// The chain.
    pub app: App,
    /// The margin contract.
    pub margin: Addr,
    /// The oracle contract.
    pub oracle: Addr,
    /// Owner of the margin contract, admin of the oracle, chain admin of both.
    pub owner: Addr,
    /// Reports every underlying.
    pub publisher: Addr,
    /// A registered venue.
    pub venue: Addr,
    /// What the publisher sees: the next report of each underlying.
    pub view: Named<Symbol, Underlying>,
    /// Code of the margin contract, to migrate to.
    pub margin_code: u64,
    /// What the publisher sees the quote token at.
    pub quote_price: Price,
}

/// Every item of a list that is answered page by page: what stands after a key, and where the next page begins.
pub fn pages<T, K>(mut page: impl FnMut(Option<K>) -> Result<(Vec<T>, Option<K>), Refusal>) -> Result<Vec<T>, Refusal> {
    let mut all = Vec::new();
    let mut start_after = None;
    loop {
        let (items, next) = page(start_after)?;
        all.extend(items);
        if next.is_none() {
            return Ok(all);
        }
        start_after = next;
    }
}

impl World {
    /// Both contracts with these parameters, one accepted report of each underlying, one venue.
    pub fn new(setup: &Setup) -> Self {
        let mut app = App::default();
        let market = &setup.market;
        app.update_block(|block| block.time = Timestamp::from_seconds(market.time));
        let [owner, publisher, venue] = ["owner", "publisher", "venue"].map(|name| app.api().addr_make(name));
        let oracle = instantiate_oracle(&mut app, &owner, &publisher, market);
        let margin_code = app.store_code(Box::new(
            ContractWrapper::new(
                hedgerow_margin::contract::execute,
                hedgerow_margin::contract::instantiate,
                hedgerow_margin::contract::query,
            )
            .with_migrate(migrate_margin),
        ));
        let message = instantiate_msg(setup, &oracle);
        let margin = app
            .instantiate_contract(
                margin_code,
                owner.clone(),
                &message,
                &[],
                "margin",
                Some(owner.to_string()),
            )
            .expect("the margin contract");
        let mut world = Self {
            app,
            margin,
            oracle,
            owner: owner.clone(),
            publisher,
            venue: venue.clone(),
            view: market.underlyings.clone(),
            margin_code,
            quote_price: market.quote_price,
        };
        world.report();
        let register = margin::ExecuteMsg::AddVenue {
            venue: venue.to_string(),
        };
        world.execute(&owner, &register, &[]).expect("a venue");
        world
    }

    /// The address of a name.
    pub fn address(&self, name: &str) -> Addr {
        self.app.api().addr_make(name)
    }

    /// Base units of the quote token, as a message sends them.
    pub fn coins(units: u128) -> Vec<Coin> {
        vec![Coin::new(units, QUOTE)]
    }

    /// Puts tokens into somebody's purse.
    pub fn mint(&mut self, to: &Addr, denom: &str, units: u128) {
        let mint = BankSudo::Mint {
            to_address: to.to_string(),
            amount: vec![Coin::new(units, denom)],
        };
        self.app.sudo(SudoMsg::Bank(mint)).expect("minted");
    }

    /// Base units of the quote token in a purse.
    pub fn purse(&self, of: &Addr) -> Uint256 {
        self.app.wrap().query_balance(of, QUOTE).expect("a balance").amount
    }

    /// The block's time, in seconds.
    pub fn now(&self) -> u64 {
        self.app.block_info().time.seconds()
    }

    /// Moves the block's time on; nobody reports.
    pub fn advance(&mut self, seconds: u64) {
        self.app.update_block(|block| {
            block.time = block.time.plus_seconds(seconds);
            block.height += 1;
        });
    }

    /// The publisher reports what it sees. In a block that has a report already, the next second begins first.
    pub fn report(&mut self) {
        let symbols: Vec<Symbol> = self.view.keys().copied().collect();
        let reported = symbols
            .iter()
            .any(|s| self.tape(*s).is_some_and(|tape| tape.time == self.now()));
        if reported {
            self.advance(1);
        }
        for symbol in symbols {
            self.report_one(symbol).expect("an accepted report");
        }
    }

    /// The publisher reports one underlying, as of now.
    pub fn report_one(&mut self, symbol: Symbol) -> Result<Vec<Event>, Refusal> {
        let now = self.now();
        let mut market = self.view.get(&symbol).expect("an underlying of the world").clone();
        market.expiries.retain(|expiry| expiry.expiry > now);
        let report = oracle::ExecuteMsg::Report(Box::new(Report {
            underlying: symbol,
            time: now,
            quote_price: self.quote_price,
            quote_confidence: hedgerow_risk::number::Ratio::ONE,
            market,
        }));
        let (publisher, oracle) = (self.publisher.clone(), self.oracle.clone());
        self.execute_at(&publisher, &oracle, &report, &[])
    }

    /// Multiplies index, mark and forwards of what the publisher sees.
    pub fn see_spot(&mut self, symbol: Symbol, numerator: u64, denominator: u64) {
        move_spot(self.seen(symbol), numerator, denominator);
    }

    /// Multiplies the volatilities of what the publisher sees.
    pub fn see_vol(&mut self, symbol: Symbol, factor: hedgerow_risk::number::Ratio) {
        move_vol(self.seen(symbol), factor);
    }

    /// What the publisher sees of one underlying.
    pub fn seen(&mut self, symbol: Symbol) -> &mut Underlying {
        self.view.get_mut(&symbol).expect("an underlying of the world")
    }

    /// Fixes a settlement price in the guardian's two steps, which development does not keep apart.
    pub fn fix(&mut self, underlying: Symbol, expiry: Day, price: Price) -> Result<Vec<Event>, Refusal> {
        let (owner, oracle) = (self.owner.clone(), self.oracle.clone());
        let propose = oracle::ExecuteMsg::ProposeSettlement {
            underlying,
            expiry,
            price,
        };
        self.execute_at(&owner, &oracle, &propose, &[])?;
        let confirm = oracle::ExecuteMsg::ConfirmSettlement { underlying, expiry };
        self.execute_at(&owner, &oracle, &confirm, &[])
    }

    /// Sends a message to the margin contract.
    pub fn execute(
        &mut self,
        sender: &Addr,
        message: &margin::ExecuteMsg,
        funds: &[Coin],
    ) -> Result<Vec<Event>, Refusal> {
        let margin = self.margin.clone();
        self.execute_at(sender, &margin, message, funds)
    }

    /// Sends JSON to the margin contract, whatever it is.
    pub fn execute_raw(&mut self, sender: &Addr, json: &str, funds: &[Coin]) -> Result<Vec<Event>, Refusal> {
        let message = WasmMsg::Execute {
            contract_addr: self.margin.to_string(),
            msg: Binary::from(json.as_bytes()),
            funds: funds.to_vec(),
        };
        let answer = self.app.execute(sender.clone(), message.into())?;
        Ok(answer.events)
    }

    /// Sends a message to a contract.
    pub fn execute_at<M: Serialize>(
        &mut self,
        sender: &Addr,
        contract: &Addr,
        message: &M,
        funds: &[Coin],
    ) -> Result<Vec<Event>, Refusal> {
        let message = WasmMsg::Execute {
            contract_addr: contract.to_string(),
            msg: to_json_binary(message).expect("JSON"),
            funds: funds.to_vec(),
        };
        let answer = self.app.execute(sender.clone(), message.into())?;
        Ok(answer.events)
    }

    /// Asks the margin contract.
    pub fn query<T: DeserializeOwned>(&self, question: &margin::QueryMsg) -> Result<T, Refusal> {
        Ok(self.app.wrap().query_wasm_smart(&self.margin, question)?)
    }

    /// Every parameter.
    pub fn params(&self) -> ParamsResponse {
        self.query(&margin::QueryMsg::Params {}).expect("parameters")
    }

    /// One account.
    pub fn account(&self, account: AccountId) -> AccountResponse {
        self.query(&margin::QueryMsg::Account { account }).expect("an account")
    }

    /// Every account, page by page.
    pub fn accounts(&self) -> Vec<AccountResponse> {
        let page = |start_after| {
            let limit = Some(100);
            let page: AccountsResponse = self.query(&margin::QueryMsg::Accounts { start_after, limit })?;
            Ok((page.items, page.next))
        };
        pages(page).expect("pages of accounts")
    }

    /// Equity and requirements of an account.
    pub fn margin_of(&self, account: AccountId) -> Result<MarginResponse, Refusal> {
        self.query(&margin::QueryMsg::Margin { account })
    }

    /// What an owner lets others do.
    pub fn delegations(&self, account: AccountId) -> DelegationsResponse {
        self.query(&margin::QueryMsg::Delegations { account })
            .expect("delegations")
    }

    /// Sums over all accounts.
    pub fn books(&self) -> BooksResponse {
        self.query(&margin::QueryMsg::Books {}).expect("the books")
    }

    /// An underlying's tape, when there is one.
    pub fn tape(&self, underlying: Symbol) -> Option<Tape> {
        let question = oracle::QueryMsg::Market { underlying };
        self.app.wrap().query_wasm_smart(&self.oracle, &question).ok()
    }

    /// An expiry's settlement price, when it is fixed.
    pub fn settlement(&self, underlying: Symbol, expiry: Day) -> Option<Price> {
        let question = oracle::QueryMsg::Settlement { underlying, expiry };
        let answer: SettlementResponse = self
            .app
            .wrap()
            .query_wasm_smart(&self.oracle, &question)
            .expect("a settlement");
        answer.price
    }

    /// The market that an account with legs on these underlyings is valued on: their tapes, at the block's time.
    pub fn market(&self, underlyings: impl IntoIterator<Item = Symbol>) -> Market {
        let tapes: BTreeMap<Symbol, Tape> = underlyings
            .into_iter()
            .map(|symbol| (symbol, self.tape(symbol).expect("a tape")))
            .collect();
        Market {
            time: self.now(),
            quote_price: tapes.values().map(|t| t.quote_price).min().unwrap_or(Price::ONE),
            quote_confidence: tapes
                .values()
                .map(|t| t.quote_confidence)
                .min()
                .unwrap_or(hedgerow_risk::number::Ratio::ONE),
            assets: Default::default(),
            stable: tapes
                .iter()
                .filter_map(|(symbol, tape)| Some((*symbol, tape.history?.stable)))
                .collect(),
            underlyings: tapes.into_iter().map(|(symbol, tape)| (symbol, tape.market)).collect(),
        }
    }

    /// The unshocked value of one contract.
    pub fn mark(&self, instrument: &Instrument) -> Value {
        assess::mark(&self.market([instrument.underlying]), instrument).expect("a mark")
    }

    /// Both contracts' storage and the balances that messages can move: equal before and after a refused message.
    pub fn dump(&self, purses: &[Addr]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let storage = [&self.margin, &self.oracle]
            .into_iter()
            .flat_map(|contract| self.app.dump_wasm_raw(contract));
        let balances = purses.iter().chain([&self.margin, &self.oracle]).map(|purse| {
            let balance = self.purse(purse);
            (purse.as_bytes().to_vec(), balance.to_be_bytes().to_vec())
        });
        storage.chain(balances).collect()
    }
}

/// The simulated chain calls migrations with who asked for them, which the contract does not need.
fn migrate_margin(
    deps: DepsMut,
    env: Env,
    message: margin::MigrateMsg,
    _: MigrateInfo,
) -> Result<Response, Box<hedgerow_margin::ContractError>> {
    hedgerow_margin::contract::migrate(deps, env, message)
}

/// The oracle's standard rules, but for prices that may stand still and jump: a story goes through weeks in a few steps.
pub fn rules() -> oracle::Rules {
    oracle::Rules {
        max_ahead: 0,
        max_frozen: 31_536_000,
        max_jump: hedgerow_risk::number::Ratio::TEN,
        ..oracle::Rules::standard()
    }
}

fn instantiate_oracle(app: &mut App, owner: &Addr, publisher: &Addr, market: &Market) -> Addr {
    let code = app.store_code(Box::new(ContractWrapper::new(
        hedgerow_oracle::contract::execute,
        hedgerow_oracle::contract::instantiate,
        hedgerow_oracle::contract::query,
    )));
    let message = oracle_msg(market, publisher);
    app.instantiate_contract(code, owner.clone(), &message, &[], "oracle", None)
        .expect("the oracle contract")
}

/// The message that sets an oracle contract up as a world does.
pub fn oracle_msg(market: &Market, publisher: &Addr) -> oracle::InstantiateMsg {
    oracle::InstantiateMsg {
        admin: None,
        guardian: None,
        rules: rules(),
        underlyings: market
            .underlyings
            .iter()
            .map(|(symbol, underlying)| Listing {
                underlying: *symbol,
                contract_size: underlying.contract_size,
                publishers: vec![publisher.to_string()],
                band: None,
                feeds: vec![],
                development: true,
            })
            .collect(),
    }
}

/// The message that sets a margin contract up as a world does.
pub fn instantiate_msg(setup: &Setup, oracle: &Addr) -> margin::InstantiateMsg {
    margin::InstantiateMsg {
        owner: None,
        oracle: oracle.to_string(),
        quote: QuoteToken {
            denom: QUOTE.to_owned(),
            decimals: DECIMALS,
        },
        underlyings: setup.market.underlyings.keys().copied().collect(),
        model: setup.model.clone(),
        limits: setup.limits.clone(),
        timing: setup.timing,
        auction: setup.auction.clone(),
    }
}
