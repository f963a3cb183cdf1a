//! What accounts at the desk are worth and must hold, and what the gate says of a change.

use super::{Desk, Seat};
use crate::error::ContractError;
use crate::position;
use hedgerow_interface::account::Account;
use hedgerow_risk::assess;
use hedgerow_risk::assessment::{Assessment, Standing};
use hedgerow_risk::gate::{self, Change};
use hedgerow_risk::instrument::{Instrument, Symbol};
use hedgerow_risk::number::{Price, Quantity, Value};
use hedgerow_risk::portfolio::{Leg, Portfolio};

impl Desk {
    /// An account as the engine sees it.
    pub fn portfolio(&self, account: &Account) -> Result<Portfolio, Box<ContractError>> {
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
    pub fn standing(&self, account: &Account) -> Result<Standing, Box<ContractError>> {
        let portfolio = self.portfolio(account)?;
        let standing = assess::standing(&self.params.model, &self.prices.market, &portfolio)?;
        self.with_floors(account, standing)
    }

    /// Everything the engine finds out about an account, without the contract's floors.
    pub fn assess(&self, account: &Account) -> Result<Assessment, Box<ContractError>> {
        let portfolio = self.portfolio(account)?;
        Ok(assess::assess(&self.params.model, &self.prices.market, &portfolio)?)
    }

    /// An account with positions has `MM >= min_maintenance` and `IM >= max(min_equity, MM)`: none is cheaper to abandon
    /// than to liquidate.
    pub fn with_floors(&self, account: &Account, mut standing: Standing) -> Result<Standing, Box<ContractError>> {
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
    pub fn gate(&self, seat: usize, value_lost: Value) -> Result<Standing, Box<ContractError>> {
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
    fn notional(&self, seat: &Seat) -> Result<Value, Box<ContractError>> {
        let turnover = position::turnover(&seat.before, &seat.account);
        turnover.into_iter().try_fold(Value::ZERO, |sum, (number, steps)| {
            Ok(sum.saturating_add(self.at_index(self.symbol(number)?, steps)?))
        })
    }

    /// Steps of contracts of an underlying at its index, in quote.
    pub(super) fn at_index(&self, underlying: Symbol, steps: i128) -> Result<Value, Box<ContractError>> {
        let tape = self.prices.market.underlyings.get(&underlying);
        let index = tape.ok_or_else(|| ContractError::no_tape(underlying))?.index;
        // 128 legs of 2^54 steps at 2^60 steps of a price: below 2^121.
        let notional = steps.saturating_mul(i128::from(index.steps()));
        Ok(Value::from_decimal_floor(
            notional,
            Quantity::DECIMALS + Price::DECIMALS,
        )?)
    }
}
