//! Tests that read like a story. Every step that succeeds is followed by every invariant; every step that must fail, by a
//! comparison of the whole state with what it was before.

use crate::invariants;
use crate::refusal::Refusal;
use crate::setup::{Setup, UNIT, ratio};
use crate::world::World;
use cosmwasm_std::{Addr, Coin, Event};
use hedgerow_interface::AccountId;
use hedgerow_interface::event::{AccountCreated, TypedEvent};
use hedgerow_interface::margin::{Delegation, ExecuteMsg, MarginResponse, Scope};
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::{Cash, Price};

/// Seconds of some minutes.
pub const fn minutes(n: u64) -> u64 {
    60 * n
}

/// Seconds of some hours.
pub const fn hours(n: u64) -> u64 {
    3_600 * n
}

/// Seconds of some days.
pub const fn days(n: u64) -> u64 {
    86_400 * n
}

/// Somebody with an account; the account is delegated to the world's venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trader {
    /// The account.
    pub account: AccountId,
    /// Whose purse it is, by number.
    pub owner: usize,
}

/// A world and what happened in it.
pub struct Story {
    /// The chain and its contracts.
    pub world: World,
    /// Check the invariants after every step. Off for bulk preparation; [`Story::check`] checks once.
    pub checking: bool,
    people: Vec<Addr>,
    expecting: Option<String>,
    refused: Option<String>,
}

impl Default for Story {
    fn default() -> Self {
        Self::new()
    }
}

impl Story {
    /// Begins in the default world.
    pub fn new() -> Self {
        Self::with(&Setup::default())
    }

    /// Begins in a world of one's own.
    pub fn with(setup: &Setup) -> Self {
        let story = Self {
            world: World::new(setup),
            checking: true,
            people: Vec::new(),
            expecting: None,
            refused: None,
        };
        story.check();
        story
    }

    /// Somebody with a purse of twice the tokens and an account that holds them once, open to the venue.
    pub fn trader(&mut self, name: &str, tokens: u128) -> Trader {
        let person = self.person(name, tokens * 2 * UNIT.unsigned_abs());
        let funds = World::coins(tokens * UNIT.unsigned_abs());
        let account = self.opens(&person, if tokens == 0 { &[] } else { &funds });
        let owner = self.number_of(&person);
        let trader = Trader { account, owner };
        let venue = self.world.venue.to_string();
        self.delegates(trader, &venue, &[Scope::Trade], 1_000_000_000);
        trader
    }

    /// Another account of somebody who has one, open to the venue.
    pub fn second_account(&mut self, of: Trader, tokens: u128) -> Trader {
        let person = self.address(of);
        let funds = World::coins(tokens * UNIT.unsigned_abs());
        let account = self.opens(&person, if tokens == 0 { &[] } else { &funds });
        let trader = Trader { account, ..of };
        let venue = self.world.venue.to_string();
        self.delegates(trader, &venue, &[Scope::Trade], 1_000_000_000);
        trader
    }

    /// A purse with base units of the quote token.
    pub fn person(&mut self, name: &str, units: u128) -> Addr {
        let person = self.world.address(name);
        if units > 0 {
            self.world.mint(&person, crate::setup::QUOTE, units);
        }
        if !self.people.contains(&person) {
            self.people.push(person.clone());
        }
        person
    }

    /// A trader's address.
    pub fn address(&self, trader: Trader) -> Addr {
        self.people[trader.owner].clone()
    }

    /// The place of an address among the people of the story.
    pub fn number_of(&self, person: &Addr) -> usize {
        let found = self.people.iter().position(|known| known == person);
        found.expect("a person of the story")
    }

    fn opens(&mut self, person: &Addr, funds: &[Coin]) -> AccountId {
        let events = self.send(person, &ExecuteMsg::CreateAccount {}, funds);
        let created: AccountCreated = find(&events).expect("an account");
        created.account
    }

    /// Lets an address act for a trader's account for 1,000 days, with a loss budget in tokens.
    pub fn delegates(&mut self, trader: Trader, delegate: &str, scopes: &[Scope], budget: i128) -> Vec<Event> {
        let delegation = Delegation {
            delegate: delegate.to_owned(),
            scopes: scopes.to_vec(),
            expires: self.world.now() + days(1_000),
            loss_budget: Cash::new(budget * UNIT).expect("a budget"),
        };
        self.delegation(trader, delegation)
    }

    /// Gives a delegation as it is.
    pub fn delegation(&mut self, trader: Trader, delegation: Delegation) -> Vec<Event> {
        let message = ExecuteMsg::Delegate {
            account: trader.account,
            delegation,
        };
        self.send(&self.address(trader), &message, &[])
    }

    /// Sends a message to the margin contract: one step of the story.
    pub fn send(&mut self, sender: &Addr, message: &ExecuteMsg, funds: &[Coin]) -> Vec<Event> {
        if let Some(code) = self.expecting.clone() {
            let before = self.world.dump(&self.people);
            let outcome = self.world.execute(sender, message, funds);
            let refusal = outcome.expect_err(&format!("expected {code}: {message:?}"));
            assert_eq!(refusal.code(), code, "{refusal}\n{message:?}");
            assert_eq!(before, self.world.dump(&self.people), "{code} changed something");
            self.refused = Some(refusal.text);
            return Vec::new();
        }
        let outcome = self.attempt(sender, message, funds);
        outcome.unwrap_or_else(|refusal| panic!("refused: {refusal}\n{message:?}"))
    }

    /// Sends a message that may be refused: then nothing has changed; otherwise the invariants hold.
    pub fn attempt(&mut self, sender: &Addr, message: &ExecuteMsg, funds: &[Coin]) -> Result<Vec<Event>, Refusal> {
        let dump = self.world.dump(&self.people);
        let before = self.checking.then(|| invariants::Snapshot::take(&self.world));
        let events = self.world.execute(sender, message, funds).inspect_err(|refusal| {
            assert_eq!(dump, self.world.dump(&self.people), "{refusal} changed something");
        })?;
        if let Some(before) = before {
            self.check();
            before.check_gate(&self.world, message);
            before.check_sequences(&self.world);
        }
        Ok(events)
    }

    /// The steps inside must be refused with this code and change nothing; answers the last refusal's text.
    pub fn expect_error(&mut self, code: &str, steps: impl FnOnce(&mut Self)) -> String {
        self.expecting = Some(code.to_owned());
        self.refused = None;
        steps(self);
        self.expecting = None;
        self.refused.take().expect("a step that is refused")
    }

    /// Sends JSON, whatever it is, which must be refused and change nothing.
    pub fn refused_raw(&mut self, sender: &Addr, json: &str, funds: &[Coin]) -> Refusal {
        let before = self.world.dump(&self.people);
        let outcome = self.world.execute_raw(sender, json, funds);
        let refusal = outcome.expect_err(&format!("accepted: {json}"));
        assert_eq!(before, self.world.dump(&self.people), "changed something: {json}");
        refusal
    }

    /// Checks every invariant now.
    pub fn check(&self) {
        invariants::check(&self.world);
    }

    /// Time passes, and the publisher keeps reporting: the tape is of now.
    pub fn later(&mut self, seconds: u64) {
        self.world.advance(seconds);
        self.world.report();
        self.after_prices();
    }

    /// Time passes, and nobody reports.
    pub fn silence(&mut self, seconds: u64) {
        self.world.advance(seconds);
        self.after_prices();
    }

    /// Index, mark and forwards of an underlying move by a factor like "0.8"; reported in the next second.
    pub fn spot(&mut self, underlying: &str, factor: &str) {
        let steps = ratio(factor).steps().unsigned_abs();
        self.world.see_spot(symbol(underlying), steps, 1_000_000_000);
        self.world.report();
        self.after_prices();
    }

    /// Index, mark and forwards of an underlying move in proportion, until the index is this.
    pub fn index(&mut self, underlying: &str, index: &str) {
        let index: Price = index.parse().expect("a price");
        let symbol = symbol(underlying);
        let now = self.world.seen(symbol).index;
        self.world.see_spot(symbol, index.steps(), now.steps());
        self.world.report();
        self.after_prices();
    }

    /// Volatilities of an underlying move by a factor like "1.3"; reported in the next second.
    pub fn vol(&mut self, underlying: &str, factor: &str) {
        self.world.see_vol(symbol(underlying), ratio(factor));
        self.world.report();
        self.after_prices();
    }

    /// Fixes the settlement price of an expiry like "BTC-28MAR25".
    pub fn fix(&mut self, series: &str, price: &str) {
        let (underlying, day) = series.split_once('-').expect("a series like BTC-28MAR25");
        let price = price.parse().expect("a price");
        let fixed = self.world.fix(symbol(underlying), day.parse().expect("a day"), price);
        fixed.unwrap_or_else(|refusal| panic!("refused: {refusal}"));
        self.after_prices();
    }

    /// Time passes until a second after an expiry like "28MAR25"; the publisher reported a second before it and reports
    /// after it.
    pub fn until_after(&mut self, day: &str) {
        let day: hedgerow_risk::instrument::Day = day.parse().expect("a day");
        let wait = day.expiry_time().saturating_sub(self.world.now() + 1);
        self.later(wait);
        self.later(2);
    }

    fn after_prices(&self) {
        if self.checking {
            self.check();
        }
    }

    /// Equity and requirements of a trader's account.
    pub fn margin(&self, trader: Trader) -> MarginResponse {
        self.world.margin_of(trader.account).expect("a margin")
    }

    /// Base units in a trader's account.
    pub fn cash(&self, trader: Trader) -> i128 {
        self.world.account(trader.account).cash.units()
    }

    /// A trader's quantity of an instrument, as text; "0" when there is none.
    pub fn position(&self, trader: Trader, instrument: &str) -> String {
        let legs = self.world.account(trader.account).legs;
        legs.iter()
            .find(|leg| leg.instrument.to_string() == instrument)
            .map_or_else(|| "0".to_owned(), |leg| leg.quantity.to_string())
    }
}

/// A symbol from its text.
pub fn symbol(text: &str) -> Symbol {
    text.parse().expect("a symbol")
}

/// The first event of a type.
pub fn find<E: TypedEvent>(events: &[Event]) -> Option<E> {
    events.iter().find_map(E::read)
}

/// Every event of a type.
pub fn all<E: TypedEvent>(events: &[Event]) -> Vec<E> {
    events.iter().filter_map(E::read).collect()
}
