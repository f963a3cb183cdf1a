//! One slice: what moves, what is paid for it, and what both accounts must look like afterwards.

use crate::desk::{Desk, Seat, moves};
use crate::error::ContractError;
use crate::position;
use hedgerow_interface::account::{Account, Series};
use hedgerow_interface::event::{LegMove, Liquidated, List};
use hedgerow_interface::margin::Takeover;
use hedgerow_risk::assessment::Standing;
use hedgerow_risk::liquidation;
use hedgerow_risk::number::{Cash, Quantity, Ratio, Value};

/// A leg of at most this many steps moves whole: 1e-6 contract.
const DUST: i64 = 100;

/// Who pays what for a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// The liquidator pays the account; negative when the account pays.
    pub paid: Cash,
    /// The fund pays the liquidator.
    pub insurance: Cash,
    /// Paid to the liquidator as recorded debt.
    pub debt: Cash,
}

/// What may be taken of an account at once, and at which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The largest fraction.
    pub fraction: Value,
    /// The part of a slice's equity that is paid for it, while the account is solvent.
    pub factor: Value,
    /// The account is closed: seconds since it was found so.
    pub closed_for: Option<u64>,
}

/// What an account whose clock runs offers.
pub fn offer(desk: &Desk, seat: usize, standing: &Standing) -> Result<Offer, Box<ContractError>> {
    let terms = desk.params.auction.terms()?;
    let clock = &desk.at(seat).account.clock;
    let since = |time: u64| desk.now().saturating_sub(time);
    let factor = terms.price_factor(clock.started.map_or(0, since));
    let fraction = if clock.closed.is_none() {
        let received = clock.received.value_floor(desk.decimals)?;
        let slice = liquidation::slice(standing, received, factor, terms.buffer);
        let slice = slice.ok_or(ContractError::NothingToTake {
            account: desk.at(seat).id,
        })?;
        close_dust(desk, standing, slice.fraction)?
    } else {
        one()
    };
    Ok(Offer {
        fraction,
        factor,
        closed_for: clock.closed.map(since),
    })
}

/// A slice that was taken.
#[derive(Debug)]
pub struct Slice {
    /// Of the account.
    pub fraction: Ratio,
    /// The legs that moved.
    pub legs: Vec<Series>,
    /// The cash that moved, before the price.
    pub cash: Cash,
    pub price: Price,
    /// What the liquidator gained at the mark.
    pub gain: Cash,
}

/// Takes a slice of an account whose clock runs, and moves it and its price.
pub fn take_slice(
    desk: &mut Desk,
    seat: usize,
    taker: usize,
    take: &Takeover,
    standing: &Standing,
) -> Result<Slice, Box<ContractError>> {
    let Seat { id, account, .. } = desk.at(seat);
    let (id, found) = (*id, account.position_nonce);
    if let Some(expected) = take.expected_position_nonce.filter(|n| *n != found) {
        return Err(ContractError::PositionChanged {
            account: id,
            found,
            expected,
        }
        .into());
    }
    let offer = offer(desk, seat, standing)?;
    let fraction = offer.fraction.min(asked_fraction(take)?);

    // The legs and the cash that move, what they are worth and cost.
    let (moved, cash) = move_slice(desk, seat, fraction)?;
    let left = desk.standing(&desk.at(seat).account)?;
    let worth = standing.equity.checked_sub(left.equity)?;
    let price = match offer.closed_for {
        None => Price {
            // Rounded up: the account is paid.
            paid: cash_ceil(desk, worth.max(Value::ZERO).mul_ceil(offer.factor))?,
            insurance: Cash::ZERO,
            debt: Cash::ZERO,
        },
        Some(seconds) => {
            // What the margin falls by: over many slices no more than over one, also where it rests on the contract's floor.
            let fallen = standing.maintenance_margin.saturating_sub(left.maintenance_margin);
            let premium = liquidation::closed_premium(fallen, seconds, desk.params.auction.payout_seconds);
            let hole = cash_floor(desk, (-worth).max(Value::ZERO))?;
            closed_price(desk, seat, hole, cash_floor(desk, premium)?, &moved)?
        }
    };
    settle_price(desk, seat, taker, &price)?;
    hand_over(desk, taker, &moved, cash)?;

    // What both accounts say of it.
    let bonus = price.insurance.checked_add(price.debt)?;
    let gain = cash_floor(desk, worth)?.checked_sub(price.paid)?.checked_add(bonus)?;
    if gain < take.min_equity_received {
        return Err(ContractError::TooLittleReceived {
            received: gain,
            asked: take.min_equity_received,
        }
        .into());
    }
    check_improved(desk, seat, standing)?;
    let nano = fraction.to_decimal_floor(Ratio::DECIMALS)?;
    let fraction = i64::try_from(nano).map_err(|_| ContractError::corrupt("fraction"))?;
    Ok(Slice {
        fraction: Ratio::new(fraction)?,
        legs: moved,
        cash,
        price,
        gain,
    })
}

/// Gives what moved to the liquidator.
fn hand_over(desk: &mut Desk, taker: usize, moved: &[Series], cash: Cash) -> Result<(), Box<ContractError>> {
    let account = &mut desk.at_mut(taker).account;
    position::give(account, moved)?;
    account.position_nonce = account.position_nonce.wrapping_add(1);
    account.cash = account.cash.checked_add(cash)?;
    Ok(())
}

/// A slice must leave the account better above its maintenance margin; where it is healthy again the clock ends.
fn check_improved(desk: &mut Desk, seat: usize, before: &Standing) -> Result<(), Box<ContractError>> {
    let after = desk.standing(&desk.at(seat).account)?;
    let (health_before, health_after) = (before.maintenance_health(), after.maintenance_health());
    if health_after <= health_before {
        return Err(ContractError::NoImprovement {
            account: desk.at(seat).id,
            before: health_before,
            after: health_after,
        }
        .into());
    }
    desk.end_clock_if_healthy(seat, &after);
    Ok(())
}

/// The liquidator's account must be one that may hold what it took: caps and the gate.
pub fn check_taker(desk: &Desk, seat: usize, taker: usize) -> Result<(), Box<ContractError>> {
    check_legs(desk, taker, &desk.at(seat).before)?;
    desk.gate(taker, Value::ZERO)?;
    Ok(())
}

fn one() -> Value {
    Value::from_ratio_floor(Ratio::ONE)
}

/// All of the account where the slice would leave no more than the least maintenance margin: the floor does not shrink
/// with the legs, so a smaller slice could not help.
fn close_dust(desk: &Desk, standing: &Standing, fraction: Value) -> Result<Value, Box<ContractError>> {
    let floor = desk.params.limits.min_maintenance.value_floor(desk.decimals)?;
    let left = one().saturating_sub(fraction).mul_floor(standing.maintenance_margin);
    Ok(if left <= floor { one() } else { fraction })
}

fn asked_fraction(take: &Takeover) -> Result<Value, Box<ContractError>> {
    let asked = take.max_fraction.unwrap_or(Ratio::ONE);
    if asked <= Ratio::ZERO || asked > Ratio::ONE {
        return Err(ContractError::range(
            "max_fraction",
            &asked,
            format_args!("above 0 and at most 1"),
        ));
    }
    // Up by less than a step, or a tenth of 0.1 contract would be a crumb less than 0.01.
    Ok(Value::from_ratio_ceil(asked))
}

/// Takes a fraction of every leg and of the cash beyond what liquidators paid in, off the account.
fn move_slice(desk: &mut Desk, seat: usize, fraction: Value) -> Result<(Vec<Series>, Cash), Box<ContractError>> {
    let id = desk.at(seat).id;
    let whole = fraction >= one();
    let account = &mut desk.at_mut(seat).account;
    let part = |quantity: Quantity| {
        if whole || quantity.abs().steps() <= DUST {
            quantity
        } else {
            liquidation::part_of_leg(quantity, fraction)
        }
    };
    let moved = position::take(account, part)?;
    let free = account.cash.checked_sub(account.clock.received)?;
    // With the last crumb goes all of the cash: nothing is left for another slice to carry.
    let cash = if whole || account.series.is_empty() {
        free
    } else {
        // Down for what the liquidator gets, so what it takes on of a debt rounds away from zero.
        part_of_cash(free, fraction)?
    };
    account.cash = account.cash.checked_sub(cash)?;
    if moved.is_empty() && cash.is_zero() {
        return Err(ContractError::NothingToTake { account: id }.into());
    }
    Ok((moved, cash))
}

/// `floor(cash * fraction)`, exactly, for a fraction in [0, 1].
fn part_of_cash(cash: Cash, fraction: Value) -> Result<Cash, Box<ContractError>> {
    let (units, fraction) = (cash.units(), fraction.to_bits());
    // |units| <= 2^96 and fraction <= 2^64: in two halves of 48 bits no product passes 2^113.
    let (high, low) = (units >> 48, units & ((1 << 48) - 1));
    Ok(Cash::new((high * fraction + ((low * fraction) >> 48)) >> 16)?)
}

/// Splits what a liquidator of a closed account is paid, the hole and the premium: first out of the cash of this clock, then
/// by the fund. What neither pays of the hole is recorded debt; what neither pays of the premium is not paid.
///
/// The fund pays at most `payout_cap` for each underlying of the slice in one clock, so that many small slices draw no more
/// than one large one.
fn closed_price(
    desk: &mut Desk,
    seat: usize,
    hole: Cash,
    premium: Cash,
    moved: &[Series],
) -> Result<Price, Box<ContractError>> {
    let clock = desk.at(seat).account.clock;
    let due = hole.checked_add(premium)?;
    let own = due.min(clock.received.max(Cash::ZERO));
    let underlyings = moved.chunk_by(|one, next| one.underlying == next.underlying).count();
    let count = i128::try_from(underlyings.max(1)).unwrap_or(1);
    let cap = desk.params.auction.payout_cap.units().saturating_mul(count);
    let cap = Cash::new(cap.min(Cash::MAX))?.checked_sub(clock.drawn)?;
    let insurance = due
        .checked_sub(own)?
        .min(cap)
        .min(desk.ledger()?.insurance)
        .max(Cash::ZERO);
    Ok(Price {
        paid: -own,
        insurance,
        debt: hole.checked_sub(own)?.checked_sub(insurance)?.max(Cash::ZERO),
    })
}

/// Moves the price between the accounts, the fund and the debt.
fn settle_price(desk: &mut Desk, seat: usize, taker: usize, price: &Price) -> Result<(), Box<ContractError>> {
    let account = &mut desk.at_mut(seat).account;
    account.cash = account.cash.checked_add(price.paid)?;
    account.clock.received = account.clock.received.checked_add(price.paid)?;
    account.clock.drawn = account.clock.drawn.checked_add(price.insurance)?;
    let bonus = price.insurance.checked_add(price.debt)?;
    let taker = &mut desk.at_mut(taker).account;
    taker.cash = taker.cash.checked_sub(price.paid)?.checked_add(bonus)?;
    if !bonus.is_zero() {
        let ledger = desk.ledger()?;
        ledger.insurance = ledger.insurance.checked_sub(price.insurance)?;
        ledger.debt = ledger.debt.checked_add(price.debt)?;
    }
    Ok(())
}

/// The liquidator's account keeps to the caps on legs and expiries, or to what the liquidated account had where that is
/// more: an empty account can take over any other, also one from before a cap fell.
fn check_legs(desk: &Desk, taker: usize, liquidated: &Account) -> Result<(), Box<ContractError>> {
    let account = &desk.at(taker).account;
    let limits = &desk.params.limits;
    for (what, count, limit, had) in [
        (
            "legs of the liquidator's account",
            account.legs(),
            limits.legs,
            liquidated.legs(),
        ),
        (
            "expiries of the liquidator's account",
            account.expiries(),
            limits.expiries,
            liquidated.expiries(),
        ),
    ] {
        let (count, limit) = (count as u64, u64::from(limit).max(had as u64));
        if count > limit {
            return Err(ContractError::TooMany { what, count, limit }.into());
        }
    }
    Ok(())
}

impl Slice {
    /// As the chain is told of it.
    pub fn event(self, desk: &Desk, seat: usize, taker: usize) -> Result<Liquidated, Box<ContractError>> {
        let mut legs: Vec<LegMove> = Vec::new();
        let mut cost = Cash::ZERO;
        for series in &self.legs {
            legs.extend(moves(desk.symbol(series.underlying)?, series));
            if let Some(leg) = &series.linear {
                cost = cost.checked_add(leg.cost)?;
            }
        }
        Ok(Liquidated {
            account: desk.at(seat).id,
            sequence: desk.at(seat).account.sequence,
            liquidator: desk.at(taker).id,
            liquidator_sequence: desk.at(taker).account.sequence,
            fraction: self.fraction,
            legs: List(legs),
            cash: self.cash,
            cost,
            paid: self.price.paid,
            insurance: self.price.insurance,
            debt: self.price.debt,
        })
    }
}

fn cash_floor(desk: &Desk, value: Value) -> Result<Cash, Box<ContractError>> {
    Ok(Cash::new(value.to_decimal_floor(desk.decimals.get())?)?)
}

fn cash_ceil(desk: &Desk, value: Value) -> Result<Cash, Box<ContractError>> {
    Ok(-cash_floor(desk, -value)?)
}

#[cfg(test)]
mod tests;
