//! Matches: a registered venue trades between accounts that it owns or that are delegated to it.
//!
//! All fills of a message stand or fall together. Each account that took part is judged once, after the last of them.

mod legs;

use crate::delegation::{self, Authority};
use crate::desk::{Caps, Desk};
use crate::error::ContractError;
use crate::payment::nonpayable;
use crate::state::{self, Control};
use cosmwasm_std::{Deps, DepsMut, Env, Event, MessageInfo, Response};
use hedgerow_interface::AccountId;
use hedgerow_interface::event::{Filled, List};
use hedgerow_interface::fill::LegFill;
use hedgerow_interface::margin::{Fill, MAX_FILLS, MAX_LEGS, Scope};
use hedgerow_risk::number::Cash;
pub use legs::Trades;
use legs::{Priced, price_all};

/// Trades between accounts.
///
/// Mutates: the accounts with their loss budgets, the books, the sum of negative cash. Emits: `hedgerow_fill` for each fill. Fails:
/// `not_a_venue`, `unauthorised`, `delegation_expired`, `loss_budget`, `expired`, `off_market`, `dust`, `too_many`,
/// `open_interest`, `borrow_cap`, `tape_stale`, `low_confidence`, `index_deviates`, `initial_margin`, `reduce_cost`.
pub fn match_fills(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    fills: &[Fill],
) -> Result<Response, Box<ContractError>> {
    // load
    nonpayable(info)?;
    if !state::is_venue(deps.storage, &info.sender) {
        return Err(ContractError::NotAVenue {
            sender: info.sender.to_string(),
        }
        .into());
    }
    check_shape(fills)?;
    let mut desk = Desk::open(deps.as_ref(), env)?;
    let mut sides = Vec::new();
    for fill in fills {
        for id in [fill.taker, fill.maker] {
            sit(&mut desk, deps.as_ref(), info, &mut sides, id)?;
        }
        need_tapes(&mut desk, deps.as_ref(), &fill.legs)?;
    }

    // compute
    let mut filled: Vec<Event> = Vec::with_capacity(fills.len());
    for fill in fills {
        filled.push(apply(&mut desk, &mut sides, fill, info)?.into());
    }
    for side in &sides {
        side.trades.judge(&mut desk)?;
    }

    // apply
    let response = desk.commit(deps.storage, Caps::Enforced, Vec::new())?;
    Ok(response.add_events(filled))
}

/// One account's part in a message.
#[derive(Debug)]
struct Side {
    id: AccountId,
    control: Control,
    authority: Authority,
    trades: Trades,
}

/// Caps on the message itself.
fn check_shape(fills: &[Fill]) -> Result<(), Box<ContractError>> {
    if fills.is_empty() {
        return Err(ContractError::empty("fills"));
    }
    ContractError::at_most("fills", fills.len(), MAX_FILLS)?;
    for fill in fills {
        if fill.taker == fill.maker {
            return Err(ContractError::same_account(fill.taker));
        }
        if fill.legs.is_empty() {
            return Err(ContractError::empty("legs"));
        }
    }
    ContractError::at_most("legs", fills.iter().map(|f| f.legs.len()).sum(), 2 * MAX_LEGS)
}

/// Reads the tapes that legs are priced with.
fn need_tapes(desk: &mut Desk, deps: Deps, legs: &[LegFill]) -> Result<(), Box<ContractError>> {
    for leg in legs {
        let underlying = leg.instrument.underlying;
        desk.number(underlying)?;
        desk.prices.need(deps, &desk.params, underlying)?;
    }
    Ok(())
}

/// One account's part alone: what it trades, and what it gives away against the mark.
pub fn one_side(
    desk: &mut Desk,
    deps: Deps,
    seat: usize,
    legs: &[LegFill],
) -> Result<(Trades, Cash), Box<ContractError>> {
    if legs.is_empty() {
        return Err(ContractError::empty("legs"));
    }
    ContractError::at_most("legs", legs.len(), 2 * MAX_LEGS)?;
    need_tapes(desk, deps, legs)?;
    let priced = price_all(desk, legs)?;
    let mut trades = Trades::of(seat);
    let lost = trades.add(desk, legs, &priced)?;
    Ok((trades, lost))
}

/// Seats an account and checks the sender's authority over it, once a message.
fn sit(
    desk: &mut Desk,
    deps: Deps,
    info: &MessageInfo,
    sides: &mut Vec<Side>,
    id: AccountId,
) -> Result<(), Box<ContractError>> {
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
    desk.need_tapes(deps, seat)?;
    sides.push(Side {
        id,
        control,
        authority,
        trades: Trades::of(seat),
    });
    Ok(())
}

/// Applies one fill to both its accounts and to the budgets of those who act for them.
fn apply(desk: &mut Desk, sides: &mut [Side], fill: &Fill, venue: &MessageInfo) -> Result<Filled, Box<ContractError>> {
    let priced = price_all(desk, &fill.legs)?;
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
) -> Result<(u64, Cash), Box<ContractError>> {
    let Some(side) = sides.iter_mut().find(|side| side.id == id) else {
        return Err(ContractError::UnknownAccount { account: id }.into());
    };
    let lost = side.trades.add(desk, legs, priced)?;
    let account = &mut desk.at_mut(side.trades.seat).account;
    let spent = delegation::spend(account, id, &side.control, side.authority, lost)?;
    Ok((account.sequence, spent))
}
