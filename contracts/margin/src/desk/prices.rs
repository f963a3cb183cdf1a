//! The prices that an account at the desk depends on, and how old they may be.

use super::Desk;
use crate::error::ContractError;
use crate::position;
use cosmwasm_std::Deps;
use hedgerow_interface::account::Account;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::{Ratio, Value};

impl Desk {
    /// Refuses while an expired leg waits for its settlement price: it is valued at its last forward, which may be far
    /// from what it will settle at, so nothing may leave the account meanwhile.
    pub fn check_settled(&self, account: &Account) -> Result<(), Box<ContractError>> {
        let now = self.now();
        for series in &account.series {
            if let Some(expiry) = series.day.filter(|day| day.expiry_time() <= now) {
                let underlying = self.symbol(series.underlying)?;
                return Err(ContractError::Unsettled { underlying, expiry }.into());
            }
        }
        Ok(())
    }

    /// Reads the tapes of the underlyings of a seat's account.
    pub fn need_tapes(&mut self, deps: Deps, seat: usize) -> Result<(), Box<ContractError>> {
        for symbol in self.underlyings(&self.at(seat).account)? {
            self.prices.need(deps, &self.params, symbol)?;
        }
        Ok(())
    }

    /// When the oldest tape that an account depends on was observed.
    pub fn tape_time(&self, account: &Account) -> u64 {
        let mut oldest: Option<u64> = None;
        for series in &account.series {
            let seen = self
                .symbol(series.underlying)
                .ok()
                .and_then(|symbol| self.prices.seen(symbol));
            oldest = oldest.into_iter().chain(seen).min();
        }
        oldest.unwrap_or(self.now())
    }

    /// Refuses when a tape that an account depends on is older than `max_age`.
    pub fn check_age(&self, account: &Account, max_age: u64, action: &'static str) -> Result<(), Box<ContractError>> {
        self.check_time(self.tape_time(account), max_age, action)
    }

    /// Strict mode, for trading and withdrawing: refuses when a tape of these underlyings is too old, its index little
    /// trusted, or far from its stable price.
    pub fn check_strict(&self, underlyings: &[Symbol], action: &'static str) -> Result<(), Box<ContractError>> {
        let timing = self.params.timing;
        for underlying in underlyings {
            let time = self.prices.seen(*underlying).unwrap_or(self.now());
            self.check_time(time, timing.max_age, action)?;
            self.prices.check_trust(*underlying, timing, action)?;
        }
        Ok(())
    }

    /// The underlyings that an account has legs on.
    pub fn underlyings(&self, account: &Account) -> Result<Vec<Symbol>, Box<ContractError>> {
        let mut symbols = Vec::with_capacity(account.series.len());
        for series in &account.series {
            symbols.push(self.symbol(series.underlying)?);
        }
        Ok(symbols)
    }

    /// Refuses prices of a time more than `max_age` ago.
    fn check_time(&self, time: u64, max_age: u64, action: &'static str) -> Result<(), Box<ContractError>> {
        let now = self.now();
        if now.saturating_sub(time) > max_age {
            return Err(ContractError::TapeStale {
                time,
                now,
                max_age,
                action,
            }
            .into());
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
    ) -> Result<(), Box<ContractError>> {
        let Err(stale) = self.check_age(account, max_age, action) else {
            return Ok(());
        };
        let nothing = Account::default();
        let (mut all, mut old) = (Value::ZERO, Value::ZERO);
        for (number, steps) in position::turnover(&nothing, account) {
            let symbol = self.symbol(number)?;
            let notional = self.at_index(symbol, steps)?;
            all = all.saturating_add(notional);
            let time = self.prices.seen(symbol).unwrap_or(self.now());
            if self.now().saturating_sub(time) > max_age {
                old = old.saturating_add(notional);
            }
        }
        if old > all.mul_ratio_floor(Ratio::TENTH) {
            return Err(stale);
        }
        Ok(())
    }
}
