//! Matches: a registered venue trades between accounts that it owns or that are delegated to it.
//!
//! All fills of a message stand or fall together. Each account that took part is judged once, after the last of them.

use crate::delegation::{self, Authority};
use crate::desk::{Caps, Desk, expiry_of};
use crate::error::ContractError;
use crate::payment::nonpayable;
use crate::position::{self, LegChange};
use crate::state::{self, Control};
use cosmwasm_std::{Deps, DepsMut, Env, MessageInfo, Response};
use hedgerow_interface::AccountId;
use hedgerow_interface::event::{Filled, List};
use hedgerow_interface::fill::LegFill;
use hedgerow_interface::margin::{Fill, MAX_FILLS, MAX_LEGS, Scope};
use hedgerow_risk::assess;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::{Cash, Price, Quantity, Value};
use hedgerow_risk::portfolio::{Leg, Portfolio};
use hedgerow_risk::trade::price_steps;

/// Trades between accounts.
///
/// Mutates: the accounts with their loss budgets, the books, the sum of negative cash. Emits: `hedgerow_fill` for each fill. Fails:
/// `not_a_venue`, `unauthorised`, `delegation_expired`, `loss_budget`, `expired`, `off_market`, `dust`, `too_many`,
/// `open_interest`, `borrow_cap`, `tape_stale`, `initial_margin`, `reduce_cost`.
pub fn match_fills(deps: DepsMut, env: &Env, info: &MessageInfo, fills: &[Fill]) -> Result<Response, ContractError> {
    // load
    nonpayable(info)?;
    if !state::is_venue(deps.storage, &info.sender) {
        return Err(ContractError::NotAVenue {
            sender: info.sender.to_string(),
        });
    }
    check_shape(fills)?;
    let mut desk = Desk::open(deps.as_ref(), env)?;
    let mut sides = Vec::new();
    for fill in fills {
        for id in [fill.taker, fill.maker] {
            sit(&mut desk, deps.as_ref(), info, &mut sides, id)?;
        }
        for leg in &fill.legs {
            let underlying = leg.instrument.underlying;
            desk.number(underlying)?;
            desk.prices.need(deps.as_ref(), &desk.params, underlying)?;
        }
    }

    // compute
    let filled = fills
        .iter()
        .map(|fill| apply(&mut desk, &mut sides, fill, info))
        .collect::<Result<Vec<Filled>, ContractError>>()?;
    for side in &sides {
        judge(&mut desk, side)?;
    }

    // apply
    let events = desk.commit(deps.storage, Caps::Enforced)?;
    Ok(Response::new().add_events(events).add_events(filled))
}

/// One account's part in a message.
#[derive(Debug)]
struct Side {
    id: AccountId,
    seat: usize,
    control: Control,
    authority: Authority,
    /// Base units given away against the mark over all fills; negative when it was gained.
    lost: Cash,
    /// Every leg became smaller.
    shrinks: bool,
    /// Underlyings that it traded.
    traded: Vec<Symbol>,
}

/// Caps on the message itself.
fn check_shape(fills: &[Fill]) -> Result<(), ContractError> {
    let too_many = |what, count: usize, limit: u32| {
        let (count, limit) = (count as u64, u64::from(limit));
        if count > limit {
            return Err(ContractError::TooMany { what, count, limit });
        }
        Ok(())
    };
    if fills.is_empty() {
        return Err(ContractError::Empty { field: "fills" });
    }
    too_many("fills", fills.len(), MAX_FILLS)?;
    for fill in fills {
        if fill.taker == fill.maker {
            return Err(ContractError::SameAccount { account: fill.taker });
        }
        if fill.legs.is_empty() {
            return Err(ContractError::Empty { field: "legs" });
        }
    }
    too_many("legs", fills.iter().map(|f| f.legs.len()).sum(), 2 * MAX_LEGS)
}

/// Seats an account and checks the sender's authority over it, once a message.
fn sit(
    desk: &mut Desk,
    deps: Deps,
    info: &MessageInfo,
    sides: &mut Vec<Side>,
    id: AccountId,
) -> Result<(), ContractError> {
    if sides.iter().any(|side| side.id == id) {
        return Ok(());
    }
    let control = state::control(deps.storage, id)?;
    let authority = delegation::check(
        &control,
        id,
        &info.sender,
        Scope::Trade,
        desk.now(),
        "trade for the account",
    )?;
    let seat = desk.seat(deps, id)?;
    let account = &mut desk.at_mut(seat).account;
    account.position_nonce = account.position_nonce.wrapping_add(1);
    let account = account.clone();
    desk.need_tapes(deps, &account)?;
    sides.push(Side {
        id,
        seat,
        control,
        authority,
        lost: Cash::ZERO,
        shrinks: true,
        traded: Vec::new(),
    });
    Ok(())
}

/// Applies one fill to both its accounts and to the budgets of those who act for them.
fn apply(desk: &mut Desk, sides: &mut [Side], fill: &Fill, venue: &MessageInfo) -> Result<Filled, ContractError> {
    let priced = fill
        .legs
        .iter()
        .map(|leg| price(desk, leg))
        .collect::<Result<Vec<Priced>, ContractError>>()?;
    let reversed: Vec<Priced> = priced.iter().copied().map(Priced::reversed).collect();
    let (taker_sequence, taker_spent) = apply_side(desk, sides, fill.taker, &fill.legs, &priced)?;
    let (maker_sequence, maker_spent) = apply_side(desk, sides, fill.maker, &fill.legs, &reversed)?;
    Ok(Filled {
        venue: venue.sender.to_string(),
        taker: fill.taker,
        taker_sequence,
        maker: fill.maker,
        maker_sequence,
        taker_spent,
        maker_spent,
        legs: List(fill.legs.clone()),
    })
}

/// Applies a fill to one of its accounts, its legs priced from that account's view; answers the account's sequence and what
/// its budget lost.
fn apply_side(
    desk: &mut Desk,
    sides: &mut [Side],
    id: AccountId,
    legs: &[LegFill],
    priced: &[Priced],
) -> Result<(u64, Cash), ContractError> {
    let Some(side) = sides.iter_mut().find(|side| side.id == id) else {
        return Err(ContractError::UnknownAccount { account: id });
    };
    let mut lost = Cash::ZERO;
    for (leg, own) in legs.iter().zip(priced) {
        trade_leg(desk, side, leg, own)?;
        lost = lost.checked_add(own.lost(desk)?)?;
    }
    side.lost = side.lost.checked_add(lost)?;
    let account = &mut desk.at_mut(side.seat).account;
    let spent = delegation::spend(account, id, &side.control, side.authority, lost)?;
    Ok((account.sequence, spent))
}

/// A leg from one side's view.
#[derive(Clone, Copy, Debug)]
struct Priced {
    quantity: Quantity,
    /// Base units that the side pays; negative when it receives.
    paid: Cash,
    /// In steps of a price.
    mark: i128,
}

impl Priced {
    fn reversed(self) -> Self {
        Self {
            quantity: -self.quantity,
            paid: -self.paid,
            ..self
        }
    }

    /// What the side paid beyond the mark, rounded up.
    fn lost(&self, desk: &Desk) -> Result<Cash, ContractError> {
        // Below 2^54 * 2^61.
        let worth = i128::from(self.quantity.steps()) * self.mark;
        let worth = Cash::from_steps_floor(worth, Quantity::DECIMALS + Price::DECIMALS, desk.decimals)?;
        Ok(self.paid.checked_sub(worth)?)
    }
}

/// Checks a leg against the market and turns it into one integer of cash, the same for both sides.
///
/// The price must lie within `max(band_mark * mark, band_index * index)` of the mark. The cash is `|quantity| * price` in
/// base units, rounded down; a leg that rounds to nothing is refused, or it would be a gift.
fn price(desk: &Desk, leg: &LegFill) -> Result<Priced, ContractError> {
    let instrument = leg.instrument;
    let now = desk.now();
    if let Some(expiry) = expiry_of(instrument.contract).filter(|expiry| *expiry <= now) {
        return Err(ContractError::Expired {
            instrument,
            expiry,
            now,
        });
    }
    let market = &desk.prices.market;
    let mark = assess::mark(market, &instrument)?;
    let index = market
        .underlyings
        .get(&instrument.underlying)
        .map(|u| Value::from_price_floor(u.index))
        .ok_or(ContractError::NoTape {
            underlying: instrument.underlying,
        })?;
    let limits = &desk.params.limits;
    let of_mark = mark.mul_ratio_floor(limits.band_mark);
    let of_index = index.mul_ratio_floor(limits.band_index);
    let band = of_mark.max(of_index);
    if Value::from_price_floor(leg.price).checked_sub(mark)?.abs() > band {
        return Err(ContractError::OffMarket {
            instrument,
            price: leg.price,
            mark,
            band,
        });
    }
    let cash = Cash::notional_floor(leg.quantity.abs(), leg.price, desk.decimals)?;
    if cash.is_zero() {
        return Err(ContractError::Dust {
            instrument,
            quantity: leg.quantity,
            price: leg.price,
        });
    }
    Ok(Priced {
        quantity: leg.quantity,
        paid: if leg.quantity > Quantity::ZERO { cash } else { -cash },
        mark: price_steps(mark),
    })
}

/// Moves one leg of one side.
fn trade_leg(desk: &mut Desk, side: &mut Side, leg: &LegFill, priced: &Priced) -> Result<(), ContractError> {
    let number = desk.number(leg.instrument.underlying)?;
    let account = &mut desk.at_mut(side.seat).account;
    let change = position::fill(account, number, leg.instrument.contract, priced.quantity, priced.paid)?;
    side.shrinks &= change.shrinks();
    side.traded.push(leg.instrument.underlying);
    check_size(desk, leg, change)
}

/// Base units that a leg may be worth: 256 of them stay within [`Cash`], whatever the quote token's decimals.
const MOST_UNITS: i128 = 1 << 88;
/// A strike may be this many times the index, or this part of it. Further out an option has no price, only bounds, which
/// differ for the two sides: a trade there would give value away unseen.
const FAR: u64 = 2_000;

/// A leg that grows must stay within what the arithmetic is proven for.
fn check_size(desk: &Desk, leg: &LegFill, change: LegChange) -> Result<(), ContractError> {
    if change.after.abs() <= change.before.abs() {
        return Ok(());
    }
    let underlying = leg.instrument.underlying;
    let tape = desk.prices.market.underlyings.get(&underlying);
    let index = tape.ok_or(ContractError::NoTape { underlying })?.index;
    let strike = leg.instrument.as_option().map_or(index, |(strike, _)| strike);
    let (near, far) = (index.steps() / FAR, index.steps().saturating_mul(FAR));
    if strike.steps() < near || strike.steps() > far {
        let limit = format!("within a {FAR}th and {FAR} times the index, {index}");
        return Err(ContractError::range("strike", strike, limit));
    }
    let worth = Cash::notional_floor(change.after.abs(), strike.max(index), desk.decimals);
    if worth.map_or(true, |worth| worth.units() > MOST_UNITS) {
        let limit = format!("worth at most {MOST_UNITS} base units at the higher of strike and index");
        return Err(ContractError::range("quantity", change.after, limit));
    }
    let alone = Portfolio {
        legs: vec![Leg {
            instrument: leg.instrument,
            quantity: change.after,
            cost: None,
        }],
        ..Portfolio::default()
    };
    Ok(assess::check_limits(&desk.prices.market, &alone)?)
}

/// Judges one account after all fills: caps, age of prices, the gate.
fn judge(desk: &mut Desk, side: &Side) -> Result<(), ContractError> {
    let seat = desk.at(side.seat);
    let (before, after) = (&seat.before, &seat.account);
    let limits = &desk.params.limits;
    for (what, count, old, limit) in [
        ("legs of an account", after.legs(), before.legs(), limits.legs),
        (
            "expiries of an account",
            after.expiries(),
            before.expiries(),
            limits.expiries,
        ),
    ] {
        let (count, old, limit) = (count as u64, old as u64, u64::from(limit));
        if count > limit && count > old {
            return Err(ContractError::TooMany { what, count, limit });
        }
    }
    if !side.shrinks {
        let max_age = desk.params.timing.max_age;
        desk.check_age(before, max_age, "add to positions")?;
        desk.check_age(after, max_age, "add to positions")?;
        desk.check_time(desk.prices.oldest(side.traded.iter().copied()), max_age, "trade")?;
    }
    let lost = -(-side.lost).value_floor(desk.decimals)?;
    let standing = desk.gate(side.seat, lost)?;
    desk.end_clock_if_healthy(side.seat, &standing);
    Ok(())
}
