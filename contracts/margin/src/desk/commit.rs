//! What a message leaves behind: ended clocks, cleared debts, the books, the accounts.

use super::{Desk, LedgerChange, Seat};
use crate::error::ContractError;
use crate::state::{self, Book, OpenSeries};
use cosmwasm_std::{Event, Response, Storage};
use hedgerow_interface::account::{Account, Clock, Series};
use hedgerow_interface::event::{BadDebtCleared, ClockEnded, InsuranceChanged};
use hedgerow_risk::assessment::Standing;
use hedgerow_risk::instrument::Day;
use hedgerow_risk::number::{Cash, Quantity};

/// Which caps a commit enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caps {
    /// Open interest, and negative cash when it rises.
    Enforced,
    /// None: liquidations and settlements always pass.
    Waived,
}

impl Desk {
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
    pub fn clear_bad_debt(&mut self, storage: &dyn Storage, seat: usize) -> Result<(), Box<ContractError>> {
        let Seat { id, account, .. } = self.at_mut(seat);
        if !account.series.is_empty() || !account.cash.is_negative() {
            return Ok(());
        }
        let (account, sequence, clock, amount) = (*id, account.sequence, account.clock, -account.cash);
        self.at_mut(seat).account.cash = Cash::ZERO;
        let cap = self.params.auction.payout_cap.checked_sub(clock.drawn)?;
        let ledger = self.read_ledger(storage)?;
        let insurance = amount.min(cap).min(ledger.insurance).max(Cash::ZERO);
        let debt = amount.checked_sub(insurance)?;
        ledger.insurance = ledger.insurance.checked_sub(insurance)?;
        ledger.debt = ledger.debt.checked_add(debt)?;
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
    pub fn pay_fund(&mut self, storage: &dyn Storage, amount: Cash) -> Result<(), Box<ContractError>> {
        if amount.is_zero() {
            return Ok(());
        }
        let ledger = self.read_ledger(storage)?;
        let repaid = amount.max(Cash::ZERO).min(ledger.debt);
        ledger.debt = ledger.debt.checked_sub(repaid)?;
        ledger.insurance = ledger.insurance.checked_add(amount.checked_sub(repaid)?)?;
        Ok(())
    }

    /// Writes everything that changed, and answers with these events and those that arose at the desk.
    pub fn commit(
        mut self,
        storage: &mut dyn Storage,
        caps: Caps,
        mut events: Vec<Event>,
    ) -> Result<Response, Box<ContractError>> {
        self.write_books(storage, caps)?;
        self.count_negative_cash(storage, caps)?;
        for Seat {
            id, stored, account, ..
        } in &mut self.seats
        {
            // A change of the sequence alone is none, but for an account that is new.
            let old = std::mem::replace(&mut stored.sequence, account.sequence);
            if old == 0 || stored != account {
                state::save_account(storage, *id, account);
            }
        }
        if let Some(LedgerChange { stored, mut now }) = self.ledger {
            if now != stored {
                state::save_ledger(storage, &mut now);
            }
            if (now.insurance, now.debt) != (stored.insurance, stored.debt) {
                let changed = InsuranceChanged {
                    balance: now.insurance,
                    debt: now.debt,
                };
                self.events.push(changed.into());
            }
        }
        events.append(&mut self.events);
        Ok(Response::new().add_events(events))
    }

    /// Brings the sum of negative cash up to date.
    fn count_negative_cash(&mut self, storage: &dyn Storage, caps: Caps) -> Result<(), Box<ContractError>> {
        let risen = self.seats.iter().try_fold(Cash::ZERO, |sum, seat| {
            sum.checked_add(owed(&seat.account))?.checked_sub(owed(&seat.stored))
        })?;
        if risen.is_zero() {
            return Ok(());
        }
        let limit = self.params.limits.borrow_cap;
        let ledger = self.read_ledger(storage)?;
        let negative = ledger.negative_cash.checked_add(risen)?;
        ledger.negative_cash = negative;
        if caps == Caps::Enforced && risen > Cash::ZERO && negative > limit {
            return Err(ContractError::BorrowCap { negative, limit }.into());
        }
        Ok(())
    }

    /// Brings the books of every underlying up to date with the seats' changes of legs and the pools' payments.
    fn write_books(&mut self, storage: &mut dyn Storage, caps: Caps) -> Result<(), Box<ContractError>> {
        for number in 0..self.params.underlyings.len() {
            let number = u8::try_from(number).map_err(|_| ContractError::corrupt("params"))?;
            let touched = self
                .seats
                .iter()
                .any(|seat| series_on(number, &seat.stored) != series_on(number, &seat.account));
            if !touched {
                continue;
            }
            let mut book = state::book(storage, number)?;
            let old = book.open_interest;
            for seat in &self.seats {
                count(&mut book, number, &seat.stored, false)?;
                count(&mut book, number, &seat.account, true)?;
            }
            for (_, day, amount) in self.pools.iter().filter(|(of, ..)| *of == number) {
                let series = open_series(&mut book, *day);
                series.pool = series.pool.checked_add(*amount)?;
            }
            let limit = self.params.limits.open_interest;
            let risen = book.open_interest > old;
            if caps == Caps::Enforced && risen && book.open_interest > limit.steps().unsigned_abs() {
                return Err(ContractError::OpenInterest {
                    underlying: self.symbol(number)?,
                    open: book.open_interest / Quantity::ONE.steps().unsigned_abs(),
                    limit,
                }
                .into());
            }
            // What the last settled leg leaves in the pool is dust.
            for series in book.series.iter().filter(|s| s.legs == 0) {
                self.pay_fund(storage, series.pool)?;
            }
            book.series.retain(|s| s.legs > 0);
            state::save_book(storage, number, &mut book);
        }
        Ok(())
    }
}

/// `max(0, -cash)`.
fn owed(account: &Account) -> Cash {
    (-account.cash).max(Cash::ZERO)
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

/// An account's series on an underlying: they lie side by side.
fn series_on(number: u8, account: &Account) -> &[Series] {
    let of = |series: &[Series]| series.first().is_some_and(|first| first.underlying == number);
    let mut runs = account.series.chunk_by(|one, next| one.underlying == next.underlying);
    runs.find(|run| of(run)).unwrap_or_default()
}

/// Adds an account's legs to a book, or takes them off.
fn count(book: &mut Book, number: u8, account: &Account, add: bool) -> Result<(), Box<ContractError>> {
    let corrupt = || ContractError::corrupt("book");
    let change = |sum: u64, by: u64| if add { sum.checked_add(by) } else { sum.checked_sub(by) };
    for series in series_on(number, account) {
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
