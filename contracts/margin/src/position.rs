//! How fills, settlements and slices change the legs of an account. Pure; cash less cost is conserved throughout.
//!
//! A linear leg carries its cost, the signed cash paid for it, so its unrealised P&L is `quantity * mark - cost`. An
//! option's price is paid out of cash at once. For a fill of `dq` contracts and cash `c` (positive when the account pays):
//!
//! ```text
//! option    cash' = cash - c
//! linear    cash' - cost' = cash - cost - c,   and of q -> q' = q + dq
//!           cost' = cost + c          when |q| grows and keeps its sign
//!           cost' = cost * q'/q       when it shrinks: the closed part's P&L goes to cash
//!           cost' = c * q'/dq         when it changes sign: what is left was opened by this fill
//! ```
//! Worked: long 2 at a cost of 100; sell 1 for 60: cost 50, cash + 10. Sell 3 more for 180 (c = -180): short 2 at a cost of
//! -120, cash + 10 again.
//!
//! `cost'` rounds down; equity depends on `cash - cost` alone, so the rounding moves nothing.

use crate::error::ContractError;
use hedgerow_interface::account::{Account, Linear, OptionLeg, Series};
use hedgerow_risk::instrument::{Contract, Dated, Day, Right};
use hedgerow_risk::named::Named;
use hedgerow_risk::number::{Cash, Price, Quantity, QuoteDecimals};

/// Quantity of a leg before and after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegChange {
    pub before: Quantity,
    pub after: Quantity,
}

impl LegChange {
    /// True when the position got smaller or went away, and did not change sides.
    pub fn shrinks(&self) -> bool {
        let same_side = self.after.is_zero() || (self.before < Quantity::ZERO) == (self.after < Quantity::ZERO);
        same_side && self.after.abs() < self.before.abs()
    }
}

/// How many contracts changed hands in all, by underlying, in steps: the sum over legs of |after - before|. What was bought
/// and sold again counts for nothing.
pub fn turnover(before: &Account, after: &Account) -> Named<u8, i128> {
    let mut legs = Vec::new();
    for (account, sign) in [(before, -1), (after, 1)] {
        for series in &account.series {
            let linear = series.linear.iter().map(|leg| (None, leg.quantity));
            let options = series.options.iter().map(|leg| (Some(leg.key()), leg.quantity));
            for (option, quantity) in linear.chain(options) {
                let key = (series.underlying, series.day, option);
                legs.push((key, sign * i128::from(quantity.steps())));
            }
        }
    }
    legs.sort_unstable_by_key(|(key, _)| *key);
    let mut sums: Named<u8, i128> = Named::new();
    for leg in legs.chunk_by(|(one, _), (next, _)| one == next) {
        let Some(((underlying, ..), _)) = leg.first() else {
            continue;
        };
        let change = leg.iter().map(|(_, quantity)| quantity).sum::<i128>().abs();
        let sum = sums.get(underlying).map_or(change, |sum| sum + change);
        sums.insert(*underlying, sum);
    }
    sums
}

/// Applies one leg of a fill: `quantity` contracts for `paid` base units.
pub fn fill(
    account: &mut Account,
    underlying: u8,
    contract: Contract,
    quantity: Quantity,
    paid: Cash,
) -> Result<LegChange, Box<ContractError>> {
    match contract {
        Contract::Perpetual => fill_linear(account, underlying, None, quantity, paid),
        Contract::Dated {
            day,
            kind: Dated::Future,
        } => fill_linear(account, underlying, Some(day), quantity, paid),
        Contract::Dated {
            day,
            kind: Dated::Option { strike, right },
        } => {
            account.cash = account.cash.checked_sub(paid)?;
            move_option(account, underlying, day, strike, right, quantity)
        }
    }
}

fn fill_linear(
    account: &mut Account,
    underlying: u8,
    day: Option<Day>,
    quantity: Quantity,
    paid: Cash,
) -> Result<LegChange, Box<ContractError>> {
    let series = series_mut(account, underlying, day);
    let old = series.linear.unwrap_or(EMPTY);
    let after = old.quantity.checked_add(quantity)?;
    let change = LegChange {
        before: old.quantity,
        after,
    };
    let (q, dq, q_after) = (old.quantity.steps(), quantity.steps(), after.steps());
    let total = old.cost.checked_add(paid)?;
    let cost = if q_after == 0 {
        Cash::ZERO
    } else if q == 0 || (q > 0) == (dq > 0) {
        total
    } else if (q_after > 0) == (q > 0) {
        old.cost.mul_div_floor(q_after.abs(), q.abs())?
    } else {
        paid.mul_div_floor(q_after.abs(), dq.abs())?
    };
    series.linear = (q_after != 0).then_some(Linear {
        quantity: after,
        cost,
        funding: old.funding,
    });
    account.cash = account.cash.checked_sub(total.checked_sub(cost)?)?;
    prune(account);
    Ok(change)
}

fn move_option(
    account: &mut Account,
    underlying: u8,
    day: Day,
    strike: Price,
    right: Right,
    quantity: Quantity,
) -> Result<LegChange, Box<ContractError>> {
    let options = &mut series_mut(account, underlying, Some(day)).options;
    let found = options.binary_search_by_key(&(strike, right), OptionLeg::key);
    let before = match found.ok().and_then(|at| options.get(at)) {
        Some(leg) => leg.quantity,
        None => Quantity::ZERO,
    };
    let after = before.checked_add(quantity)?;
    let leg = OptionLeg {
        strike,
        right,
        quantity: after,
    };
    match found {
        Ok(at) if after.is_zero() => {
            options.remove(at);
        }
        Ok(at) => {
            if let Some(slot) = options.get_mut(at) {
                *slot = leg;
            }
        }
        Err(_) if after.is_zero() => {}
        Err(at) => options.insert(at, leg),
    }
    prune(account);
    Ok(LegChange { before, after })
}

const EMPTY: Linear = Linear {
    quantity: Quantity::ZERO,
    cost: Cash::ZERO,
    funding: 0,
};

/// The series of an underlying and expiry, made when it is not there.
fn series_mut(account: &mut Account, underlying: u8, day: Option<Day>) -> &mut Series {
    let key = (underlying, day.map_or(0, Day::number));
    let at = match account.series.binary_search_by_key(&key, Series::key) {
        Ok(at) => at,
        Err(at) => {
            account.series.insert(
                at,
                Series {
                    underlying,
                    day,
                    linear: None,
                    options: Vec::new(),
                },
            );
            at
        }
    };
    // `at` was found or has just been filled.
    #[allow(clippy::indexing_slicing)]
    &mut account.series[at]
}

fn prune(account: &mut Account) {
    account.series.retain(|s| !s.is_empty());
}

/// What one expired series pays at its settlement price, rounded down; its legs are gone afterwards.
///
/// ```text
/// payoff = floor(q * P) - cost   for the future        (in base units)
///        + floor(q * max(P - K, 0)) for each call, floor(q * max(K - P, 0)) for each put
/// ```
/// The cost is the account's own books: what comes out of the settlement pool is the payoff without it, [`Payoff::pool`].
pub fn settle(series: &Series, price: Price, decimals: QuoteDecimals) -> Result<Payoff, Box<ContractError>> {
    let linear = match &series.linear {
        None => Payoff::default(),
        Some(leg) => {
            let pool = Cash::notional_floor(leg.quantity, price, decimals)?;
            Payoff {
                pool,
                cash: pool.checked_sub(leg.cost)?,
            }
        }
    };
    series.options.iter().try_fold(linear, |sum, leg| {
        let intrinsic = match leg.right {
            Right::Call => price.steps().saturating_sub(leg.strike.steps()),
            Right::Put => leg.strike.steps().saturating_sub(price.steps()),
        };
        let steps = i128::from(leg.quantity.steps()) * i128::from(intrinsic);
        let pays = Cash::from_steps_floor(steps, 16, decimals)?;
        Ok(Payoff {
            pool: sum.pool.checked_add(pays)?,
            cash: sum.cash.checked_add(pays)?,
        })
    })
}

/// What a settled series pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payoff {
    /// Out of the settlement pool.
    pub pool: Cash,
    /// Into the account's cash: the pool's payment less the cost of the linear leg.
    pub cash: Cash,
}

/// What moves with a slice: the moved legs as an account of their own, cash excluded, costs in proportion.
///
/// Each leg moves `part(quantity)`, a part of it with its sign; the cost of a linear leg moves in proportion, rounded down.
pub fn take(account: &mut Account, part: impl Fn(Quantity) -> Quantity) -> Result<Vec<Series>, Box<ContractError>> {
    let mut moved = Vec::with_capacity(account.series.len());
    for series in &mut account.series {
        let linear = match &mut series.linear {
            None => None,
            Some(leg) => {
                let quantity = part(leg.quantity);
                let cost = leg
                    .cost
                    .mul_div_floor(quantity.abs().steps(), leg.quantity.abs().steps())?;
                leg.quantity = leg.quantity.checked_add(-quantity)?;
                leg.cost = leg.cost.checked_sub(cost)?;
                Some(Linear { quantity, cost, ..*leg })
            }
        };
        let mut options = Vec::with_capacity(series.options.len());
        for leg in &mut series.options {
            let quantity = part(leg.quantity);
            leg.quantity = leg.quantity.checked_add(-quantity)?;
            options.push(OptionLeg { quantity, ..*leg });
        }
        series.linear = series.linear.filter(|l| !l.quantity.is_zero());
        series.options.retain(|o| !o.quantity.is_zero());
        options.retain(|o| !o.quantity.is_zero());
        moved.push(Series {
            linear: linear.filter(|l| !l.quantity.is_zero()),
            options,
            ..*series
        });
    }
    prune(account);
    moved.retain(|s| !s.is_empty());
    Ok(moved)
}

/// Adds moved legs to an account at the cost they carry.
pub fn give(account: &mut Account, moved: &[Series]) -> Result<(), Box<ContractError>> {
    for series in moved {
        if let Some(leg) = &series.linear {
            // A fill at the moved cost, with the cash that a fill would take given back: cash - cost falls by the cost.
            fill_linear(account, series.underlying, series.day, leg.quantity, leg.cost)?;
        }
        let Some(day) = series.day else { continue };
        for leg in &series.options {
            move_option(account, series.underlying, day, leg.strike, leg.right, leg.quantity)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
