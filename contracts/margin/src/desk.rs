//! What one message works on: the parameters, the prices it needs, the accounts it touches, and what it leaves behind.
//!
//! A handler opens a desk, takes [`Desk::seat`]s at it (which settles expired legs), changes the seats' accounts, lets the
//! gate judge them, and commits. Nothing is written before [`Desk::commit`].

mod commit;
mod prices;
mod value;

pub use commit::Caps;

use crate::error::ContractError;
use crate::position::{self, Payoff};
use crate::state::{self, Ledger, Params};
use crate::tape::Prices;
use cosmwasm_std::{Deps, Env, Event, Storage};
use hedgerow_interface::AccountId;
use hedgerow_interface::account::{Account, Series};
use hedgerow_interface::event::{LegMove, List, Settled};
use hedgerow_risk::instrument::{Contract, Day, Instrument, Symbol};
use hedgerow_risk::number::{Cash, QuoteDecimals};

/// One message's working set.
#[derive(Debug)]
pub struct Desk {
    pub params: Params,
    pub decimals: QuoteDecimals,
    pub prices: Prices,
    /// Once it was read.
    ledger: Option<LedgerChange>,
    seats: Vec<Seat>,
    pools: Vec<(u8, Day, Cash)>,
    events: Vec<Event>,
}

/// The ledger that a message works on.
#[derive(Clone, Copy, Debug)]
struct LedgerChange {
    /// As it is stored.
    stored: Ledger,
    /// As the message leaves it.
    now: Ledger,
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

impl Seat {
    /// The sequence before the message.
    pub fn stored_sequence(&self) -> u64 {
        self.stored.sequence
    }
}

/// An account that is looked at only: expired legs are settled.
#[derive(Debug)]
pub struct View {
    pub id: AccountId,
    /// As it is stored.
    pub sequence: u64,
    pub account: Account,
}

impl Desk {
    /// Reads the parameters.
    pub fn open(deps: Deps, env: &Env) -> Result<Self, Box<ContractError>> {
        let params = state::params(deps.storage)?;
        Ok(Self {
            decimals: QuoteDecimals::new(params.quote.decimals)?,
            prices: Prices::at(env.block.time.seconds()),
            ledger: None,
            params,
            seats: Vec::new(),
            pools: Vec::new(),
            events: Vec::new(),
        })
    }

    /// Reads the ledger unless it was read before. A message that moves neither the fund nor negative cash never does.
    pub fn read_ledger(&mut self, storage: &dyn Storage) -> Result<&mut Ledger, Box<ContractError>> {
        if self.ledger.is_none() {
            let stored = state::ledger(storage)?;
            self.ledger = Some(LedgerChange { stored, now: stored });
        }
        self.ledger()
    }

    /// The ledger as the message leaves it, read before.
    pub fn ledger(&mut self) -> Result<&mut Ledger, Box<ContractError>> {
        let change = self.ledger.as_mut().ok_or_else(|| ContractError::corrupt("ledger"))?;
        Ok(&mut change.now)
    }

    /// The time of the block, in seconds.
    pub fn now(&self) -> u64 {
        self.prices.market.time
    }

    /// The symbol of an underlying's number.
    pub fn symbol(&self, number: u8) -> Result<Symbol, Box<ContractError>> {
        self.params
            .underlyings
            .get(usize::from(number))
            .copied()
            .ok_or_else(|| ContractError::corrupt("account"))
    }

    /// The number of a listed underlying.
    pub fn number(&self, underlying: Symbol) -> Result<u8, Box<ContractError>> {
        self.params
            .underlyings
            .iter()
            .position(|listed| *listed == underlying)
            .and_then(|at| u8::try_from(at).ok())
            .ok_or_else(|| ContractError::UnknownUnderlying { underlying }.into())
    }

    /// An account as a query shows it, with the tapes that it is valued with. The desk is not to be committed: what was
    /// settled is noted there, but no seat holds it.
    pub fn view(&mut self, deps: Deps, id: AccountId) -> Result<View, Box<ContractError>> {
        let mut account = state::account(deps.storage, id)?;
        let sequence = account.sequence;
        self.settle(deps, id, &mut account)?;
        for symbol in self.underlyings(&account)? {
            self.prices.need(deps, &self.params, symbol)?;
        }
        Ok(View { id, sequence, account })
    }

    /// Seats an account: loads it, settles what can be settled. The same account keeps its first seat.
    pub fn seat(&mut self, deps: Deps, id: AccountId) -> Result<usize, Box<ContractError>> {
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
    fn settle(&mut self, deps: Deps, id: AccountId, account: &mut Account) -> Result<(), Box<ContractError>> {
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
}

/// The legs of a series as an event lists them.
pub fn moves(underlying: Symbol, series: &Series) -> Vec<LegMove> {
    let mut moves = Vec::new();
    if let Some(leg) = &series.linear {
        moves.push(LegMove {
            instrument: match series.day {
                None => Instrument::perpetual(underlying),
                Some(day) => Instrument::future(underlying, day),
            },
            quantity: leg.quantity,
        });
    }
    if let Some(day) = series.day {
        moves.extend(series.options.iter().map(|leg| LegMove {
            instrument: Instrument::option(underlying, day, leg.strike, leg.right),
            quantity: leg.quantity,
        }));
    }
    moves
}

/// When an instrument expires; none for a perpetual.
pub fn expiry_of(contract: Contract) -> Option<u64> {
    match contract {
        Contract::Perpetual => None,
        Contract::Dated { day, .. } => Some(day.expiry_time()),
    }
}
