//! What one message works on: the parameters, the prices it needs, the accounts it touches, and what it leaves behind.
//!
//! A handler opens a desk, takes [`Desk::seat`]s at it (which settles expired legs), changes the seats' accounts, lets the
//! gate judge them, and commits. Nothing is written before [`Desk::commit`].

use crate::error::ContractError;
use crate::position::{self, Payoff};
use crate::state::{self, Book, Ledger, OpenSeries, Params};
use crate::tape::Prices;
use cosmwasm_std::{Deps, Env, Event, Storage};
use hedgerow_interface::AccountId;
use hedgerow_interface::account::{Account, Clock, Series};
use hedgerow_interface::event::{BadDebtCleared, ClockEnded, InsuranceChanged, LegMove, List, Settled};
use hedgerow_risk::assess;
use hedgerow_risk::assessment::{Assessment, Standing};
use hedgerow_risk::gate::{self, Change};
use hedgerow_risk::instrument::{Contract, Day, Instrument, Symbol};
use hedgerow_risk::model::ValidModel;
use hedgerow_risk::number::{Cash, Price, Quantity, QuoteDecimals, Ratio, Value};
use hedgerow_risk::portfolio::{Leg, Portfolio};

/// One message's working set.
#[derive(Debug)]
pub struct Desk {
    pub params: Params,
    pub model: ValidModel,
    pub decimals: QuoteDecimals,
    pub prices: Prices,
    pub ledger: Ledger,
    /// As it is stored.
    stored_ledger: Ledger,
    seats: Vec<Seat>,
    pools: Vec<(u8, Day, Cash)>,
    events: Vec<Event>,
}

/// An account at the desk.
#[derive(Clone, Debug)]
pub struct Seat {
    pub id: AccountId,
    /// As it is stored.
    stored: Account,
    /// After expired legs were settled: what the gate compares with.
    pub before: Account,
    /// As the message leaves it. Its sequence is already the next one.
    pub account: Account,
}

/// Which caps a commit enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caps {
    /// Open interest, and negative cash when it rises.
    Enforced,
    /// None: liquidations and settlements always pass.
    Waived,
}

impl Desk {
    /// Reads parameters and the ledger.
    pub fn open(deps: Deps, env: &Env) -> Result<Self, ContractError> {
        let params = state::params(deps.storage)?;
        let ledger = state::ledger(deps.storage)?;
        Ok(Self {
            // Validated before it was stored.
            model: ValidModel::trusted(params.model.clone()),
            decimals: QuoteDecimals::new(params.quote.decimals)?,
            prices: Prices::at(env.block.time.seconds()),
            ledger,
            stored_ledger: ledger,
            params,
            seats: Vec::new(),
            pools: Vec::new(),
            events: Vec::new(),
        })
    }

    /// The time of the block, in seconds.
    pub fn now(&self) -> u64 {
        self.prices.market.time
    }

    /// The symbol of an underlying's number.
    pub fn symbol(&self, number: u8) -> Result<Symbol, ContractError> {
        self.params
            .underlyings
            .get(usize::from(number))
            .copied()
            .ok_or(ContractError::Corrupt { what: "account" })
    }

    /// The number of a listed underlying.
    pub fn number(&self, underlying: Symbol) -> Result<u8, ContractError> {
        self.params
            .underlyings
            .iter()
            .position(|listed| *listed == underlying)
            .and_then(|at| u8::try_from(at).ok())
            .ok_or(ContractError::UnknownUnderlying { underlying })
    }

    /// Seats an account: loads it, settles what can be settled. The same account keeps its first seat.
    pub fn seat(&mut self, deps: Deps, id: AccountId) -> Result<usize, ContractError> {
        if let Some(at) = self.seats.iter().position(|seat| seat.id == id) {
            return Ok(at);
        }
        let stored = state::account(deps.storage, id)?;
        let mut account = stored.clone();
        account.sequence = stored.sequence.wrapping_add(1);
        self.settle(deps, id, &mut account)?;
        self.seats.push(Seat {
            id,
            stored,
            before: account.clone(),
            account,
        });
        Ok(self.seats.len().saturating_sub(1))
    }

    /// Seats an account that does not exist yet.
    pub fn seat_new(&mut self, id: AccountId) -> usize {
        let account = Account {
            sequence: 1,
            ..Account::default()
        };
        self.seats.push(Seat {
            id,
            stored: Account::default(),
            before: account.clone(),
            account,
        });
        self.seats.len().saturating_sub(1)
    }

    /// A seat taken before.
    #[allow(clippy::indexing_slicing)] // Seats are never removed, and numbers come from `seat`.
    pub fn at(&self, seat: usize) -> &Seat {
        &self.seats[seat]
    }

    /// A seat taken before, to change its account.
    #[allow(clippy::indexing_slicing)] // Seats are never removed, and numbers come from `seat`.
    pub fn at_mut(&mut self, seat: usize) -> &mut Seat {
        &mut self.seats[seat]
    }

    /// Settles the expired series whose price is fixed.
    fn settle(&mut self, deps: Deps, id: AccountId, account: &mut Account) -> Result<(), ContractError> {
        let mut open = Vec::with_capacity(account.series.len());
        for series in std::mem::take(&mut account.series) {
            let symbol = self.symbol(series.underlying)?;
            let price = match series.day {
                None => None,
                Some(day) => self
                    .prices
                    .settlement(deps, &self.params, symbol, day)?
                    .map(|price| (day, price)),
            };
            let Some((expiry, price)) = price else {
                open.push(series);
                continue;
            };
            let Payoff { pool, cash } = position::settle(&series, price, self.decimals)?;
            account.cash = account.cash.checked_add(cash)?;
            self.pools.push((series.underlying, expiry, -pool));
            self.events.push(
                Settled {
                    account: id,
                    sequence: account.sequence,
                    underlying: symbol,
                    expiry,
                    price,
                    legs: List(moves(symbol, &series)),
                    payoff: cash,
                }
                .into(),
            );
        }
        account.series = open;
        Ok(())
    }

    /// Refuses while an expired leg waits for its settlement price: it is valued at its last forward, which may be far
    /// from what it will settle at, so nothing may leave the account meanwhile.
    pub fn check_settled(&self, account: &Account) -> Result<(), ContractError> {
        let now = self.now();
        for series in &account.series {
            if let Some(expiry) = series.day.filter(|day| day.expiry_time() <= now) {
                let underlying = self.symbol(series.underlying)?;
                return Err(ContractError::Unsettled { underlying, expiry });
            }
        }
        Ok(())
    }

    /// Reads the tapes of an account's underlyings.
    pub fn need_tapes(&mut self, deps: Deps, account: &Account) -> Result<(), ContractError> {
        for series in &account.series {
            let symbol = self.symbol(series.underlying)?;
            self.prices.need(deps, &self.params, symbol)?;
        }
        Ok(())
    }

    /// When the oldest tape that an account depends on was observed.
    pub fn tape_time(&self, account: &Account) -> u64 {
        let symbols = account.series.iter().filter_map(|s| self.symbol(s.underlying).ok());
        self.prices.oldest(symbols)
    }

    /// Refuses when a tape that an account depends on is older than `max_age`.
    pub fn check_age(&self, account: &Account, max_age: u64, action: &'static str) -> Result<(), ContractError> {
        self.check_time(self.tape_time(account), max_age, action)
    }

    /// Refuses prices of a time more than `max_age` ago.
    pub fn check_time(&self, time: u64, max_age: u64, action: &'static str) -> Result<(), ContractError> {
        let now = self.now();
        if now.saturating_sub(time) > max_age {
            return Err(ContractError::TapeStale {
                time,
                now,
                max_age,
                action,
            });
        }
        Ok(())
    }

    /// Refuses when more than a tenth of an account, by notional at the index, hangs on tapes older than `max_age`.
    ///
    /// A crumb on an underlying whose publishers fell silent must not keep the rest from being liquidated; the crumb is
    /// valued on its last tape.
    pub fn check_age_of_most(
        &self,
        account: &Account,
        max_age: u64,
        action: &'static str,
    ) -> Result<(), ContractError> {
        let Err(stale) = self.check_age(account, max_age, action) else {
            return Ok(());
        };
        let nothing = Account::default();
        let (mut all, mut old) = (Value::ZERO, Value::ZERO);
        for (number, steps) in position::turnover(&nothing, account) {
            let symbol = self.symbol(number)?;
            let notional = self.at_index(symbol, steps)?;
            all = all.saturating_add(notional);
            if self.now().saturating_sub(self.prices.oldest(std::iter::once(symbol))) > max_age {
                old = old.saturating_add(notional);
            }
        }
        if old > all.mul_ratio_floor(Ratio::TENTH) {
            return Err(stale);
        }
        Ok(())
    }

    /// An account as the engine sees it.
    pub fn portfolio(&self, account: &Account) -> Result<Portfolio, ContractError> {
        let mut legs = Vec::with_capacity(account.legs());
        for series in &account.series {
            let underlying = self.symbol(series.underlying)?;
            if let Some(leg) = &series.linear {
                let instrument = match series.day {
                    None => Instrument::perpetual(underlying),
                    Some(day) => Instrument::future(underlying, day),
                };
                // Minus the floor of minus the cost: rounded up, against the account.
                let cost = (-leg.cost).value_floor(self.decimals)?;
                legs.push(Leg {
                    instrument,
                    quantity: leg.quantity,
                    cost: Some(-cost),
                });
            }
            let Some(day) = series.day else { continue };
            legs.extend(series.options.iter().map(|leg| Leg {
                instrument: Instrument::option(underlying, day, leg.strike, leg.right),
                quantity: leg.quantity,
                cost: None,
            }));
        }
        Ok(Portfolio {
            cash: account.cash.value_floor(self.decimals)?,
            legs,
            ..Portfolio::default()
        })
    }

    /// Equity and requirements of an account, the contract's floors included.
    pub fn standing(&self, account: &Account) -> Result<Standing, ContractError> {
        let portfolio = self.portfolio(account)?;
        let standing = assess::standing(&self.model, &self.prices.market, &portfolio)?;
        self.with_floors(account, standing)
    }

    /// Everything the engine finds out about an account, without the contract's floors.
    pub fn assess(&self, account: &Account) -> Result<Assessment, ContractError> {
        let portfolio = self.portfolio(account)?;
        Ok(assess::assess(&self.model, &self.prices.market, &portfolio)?)
    }

    /// An account with positions has `MM >= min_maintenance` and `IM >= max(min_equity, MM)`: none is cheaper to abandon
    /// than to liquidate.
    pub fn with_floors(&self, account: &Account, mut standing: Standing) -> Result<Standing, ContractError> {
        if !account.series.is_empty() {
            let limits = &self.params.limits;
            let least = limits.min_maintenance.value_floor(self.decimals)?;
            standing.maintenance_margin = standing.maintenance_margin.max(least);
            let least = limits.min_equity.value_floor(self.decimals)?;
            standing.initial_margin = standing.initial_margin.max(least).max(standing.maintenance_margin);
        }
        Ok(standing)
    }

    /// Lets the gate judge one seat's change; answers its standing.
    pub fn gate(&self, seat: usize, value_lost: Value) -> Result<Standing, ContractError> {
        let seat = self.at(seat);
        let after = self.standing(&seat.account)?;
        if !after.initial_health().is_negative() {
            return Ok(after);
        }
        let change = Change {
            before: self.standing(&seat.before)?,
            after,
            value_lost,
            notional: self.notional(seat)?,
        };
        gate::gate(&change, self.params.limits.max_reduce_cost).map_err(|refusal| ContractError::Gate {
            account: seat.id,
            refusal,
        })?;
        Ok(after)
    }

    /// What a seat traded on balance, at the index: trading to and fro does not add to what may be given away.
    fn notional(&self, seat: &Seat) -> Result<Value, ContractError> {
        let turnover = position::turnover(&seat.before, &seat.account);
        turnover.into_iter().try_fold(Value::ZERO, |sum, (number, steps)| {
            Ok(sum.saturating_add(self.at_index(self.symbol(number)?, steps)?))
        })
    }

    /// Steps of contracts of an underlying at its index, in quote.
    fn at_index(&self, underlying: Symbol, steps: i128) -> Result<Value, ContractError> {
        let tape = self.prices.market.underlyings.get(&underlying);
        let index = tape.ok_or(ContractError::NoTape { underlying })?.index;
        // 128 legs of 2^54 steps at 2^60 steps of a price: below 2^121.
        let notional = steps.saturating_mul(i128::from(index.steps()));
        Ok(Value::from_decimal_floor(
            notional,
            Quantity::DECIMALS + Price::DECIMALS,
        )?)
    }

    /// Ends a seat's liquidation clock when its account is above the maintenance margin again.
    pub fn end_clock_if_healthy(&mut self, seat: usize, standing: &Standing) {
        let Seat { id, account, .. } = self.at_mut(seat);
        if account.clock.started.is_some()
            && !standing.maintenance_health().is_negative()
            && !standing.equity.is_negative()
        {
            account.clock = Clock {
                rewarded: account.clock.rewarded,
                ..Clock::default()
            };
            let ended = ClockEnded {
                account: *id,
                sequence: account.sequence,
            };
            self.events.push(ended.into());
        }
    }

    /// Clears what a seat's account without legs owes: by the fund up to its cap, then as recorded debt. Nobody can be asked to take
    /// over an account that holds nothing but a debt, and while it stands claims exceed the tokens unseen.
    pub fn clear_bad_debt(&mut self, seat: usize) -> Result<(), ContractError> {
        let Seat { id, account, .. } = self.at_mut(seat);
        if !account.series.is_empty() || !account.cash.is_negative() {
            return Ok(());
        }
        let (account, sequence, clock, amount) = (*id, account.sequence, account.clock, -account.cash);
        self.at_mut(seat).account.cash = Cash::ZERO;
        let cap = self.params.auction.payout_cap.checked_sub(clock.drawn)?;
        let insurance = amount.min(cap).min(self.ledger.insurance).max(Cash::ZERO);
        let debt = amount.checked_sub(insurance)?;
        self.ledger.insurance = self.ledger.insurance.checked_sub(insurance)?;
        self.ledger.debt = self.ledger.debt.checked_add(debt)?;
        let cleared = BadDebtCleared {
            account,
            sequence,
            amount,
            insurance,
            debt,
        };
        self.events.push(cleared.into());
        // Nothing is left to liquidate: a running clock ends.
        self.end_clock_if_healthy(seat, &Standing::default());
        Ok(())
    }

    /// Pays into the insurance fund; recorded debt is repaid first.
    pub fn pay_fund(&mut self, amount: Cash) -> Result<(), ContractError> {
        let repaid = amount.max(Cash::ZERO).min(self.ledger.debt);
        self.ledger.debt = self.ledger.debt.checked_sub(repaid)?;
        self.ledger.insurance = self.ledger.insurance.checked_add(amount.checked_sub(repaid)?)?;
        Ok(())
    }

    /// Writes everything that changed, and answers the events that arose at the desk.
    pub fn commit(mut self, storage: &mut dyn Storage, caps: Caps) -> Result<Vec<Event>, ContractError> {
        let ledger_before = self.stored_ledger;
        self.write_books(storage, caps)?;
        for seat in &self.seats {
            let owed = owed(&seat.account)?.checked_sub(owed(&seat.stored)?)?;
            self.ledger.negative_cash = self.ledger.negative_cash.checked_add(owed)?;
        }
        let limit = self.params.limits.borrow_cap;
        let negative = self.ledger.negative_cash;
        if caps == Caps::Enforced && negative > ledger_before.negative_cash && negative > limit {
            return Err(ContractError::BorrowCap { negative, limit });
        }
        for seat in &self.seats {
            let unchanged = Account {
                sequence: seat.stored.sequence,
                ..seat.account.clone()
            };
            if unchanged != seat.stored || seat.stored.sequence == 0 {
                state::save_account(storage, seat.id, &seat.account);
            }
        }
        if self.ledger != ledger_before {
            state::save_ledger(storage, &self.ledger)?;
        }
        if (self.ledger.insurance, self.ledger.debt) != (ledger_before.insurance, ledger_before.debt) {
            let changed = InsuranceChanged {
                balance: self.ledger.insurance,
                debt: self.ledger.debt,
            };
            self.events.push(changed.into());
        }
        Ok(self.events)
    }

    /// Brings the books of every underlying up to date with the seats' changes of legs and the pools' payments.
    fn write_books(&mut self, storage: &mut dyn Storage, caps: Caps) -> Result<(), ContractError> {
        for number in 0..self.params.underlyings.len() {
            let number = u8::try_from(number).map_err(|_| ContractError::Corrupt { what: "params" })?;
            let touched = self.seats.iter().any(|seat| {
                let of = |account: &Account| -> Vec<Series> {
                    let own = account.series.iter().filter(|s| s.underlying == number);
                    own.cloned().collect()
                };
                of(&seat.stored) != of(&seat.account)
            });
            if !touched {
                continue;
            }
            let old = state::book(storage, number)?;
            let mut book = old.clone();
            for seat in &self.seats {
                count(&mut book, number, &seat.stored, false)?;
                count(&mut book, number, &seat.account, true)?;
            }
            for (_, day, amount) in self.pools.iter().filter(|(of, ..)| *of == number) {
                let series = open_series(&mut book, *day);
                series.pool = series.pool.checked_add(*amount)?;
            }
            let limit = self.params.limits.open_interest;
            let risen = book.open_interest > old.open_interest;
            if caps == Caps::Enforced && risen && book.open_interest > limit.steps().unsigned_abs() {
                return Err(ContractError::OpenInterest {
                    underlying: self.symbol(number)?,
                    open: book.open_interest / Quantity::ONE.steps().unsigned_abs(),
                    limit,
                });
            }
            // What the last settled leg leaves in the pool is dust.
            for series in book.series.iter().filter(|s| s.legs == 0) {
                self.pay_fund(series.pool)?;
            }
            book.series.retain(|s| s.legs > 0);
            state::save_book(storage, number, &book)?;
        }
        Ok(())
    }
}

/// `max(0, -cash)`.
fn owed(account: &Account) -> Result<Cash, ContractError> {
    Ok((-account.cash).max(Cash::ZERO))
}

fn open_series(book: &mut Book, day: Day) -> &mut OpenSeries {
    let at = match book.series.binary_search_by_key(&day.number(), |s| s.day) {
        Ok(at) => at,
        Err(at) => {
            let series = OpenSeries {
                day: day.number(),
                legs: 0,
                pool: Cash::ZERO,
            };
            book.series.insert(at, series);
            at
        }
    };
    // `at` was found or has just been filled.
    #[allow(clippy::indexing_slicing)]
    &mut book.series[at]
}

/// Adds an account's legs to a book, or takes them off.
fn count(book: &mut Book, number: u8, account: &Account, add: bool) -> Result<(), ContractError> {
    let corrupt = || ContractError::Corrupt { what: "book" };
    let change = |sum: u64, by: u64| if add { sum.checked_add(by) } else { sum.checked_sub(by) };
    for series in account.series.iter().filter(|s| s.underlying == number) {
        let quantities = series
            .linear
            .iter()
            .map(|l| l.quantity)
            .chain(series.options.iter().map(|o| o.quantity));
        let (legs, long) = quantities.fold((0u64, 0u64), |(legs, long), q| {
            let bought = q.max(Quantity::ZERO).steps().unsigned_abs();
            (legs.saturating_add(1), long.saturating_add(bought))
        });
        book.open_interest = change(book.open_interest, long).ok_or_else(corrupt)?;
        if let Some(day) = series.day {
            let open = open_series(book, day);
            open.legs = change(open.legs, legs).ok_or_else(corrupt)?;
        }
    }
    Ok(())
}

/// The legs of a series as an event lists them.
pub fn moves(underlying: Symbol, series: &Series) -> Vec<LegMove> {
    let linear = series.linear.iter().map(|leg| LegMove {
        instrument: match series.day {
            None => Instrument::perpetual(underlying),
            Some(day) => Instrument::future(underlying, day),
        },
        quantity: leg.quantity,
    });
    let options = series.options.iter().filter_map(|leg| {
        series.day.map(|day| LegMove {
            instrument: Instrument::option(underlying, day, leg.strike, leg.right),
            quantity: leg.quantity,
        })
    });
    linear.chain(options).collect()
}

/// When an instrument expires; none for a perpetual.
pub fn expiry_of(contract: Contract) -> Option<u64> {
    match contract {
        Contract::Perpetual => None,
        Contract::Dated { day, .. } => Some(day.expiry_time()),
    }
}
