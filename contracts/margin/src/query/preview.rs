//! What a message would do: the code of the message itself, on a desk that is never committed.

use super::accounts::leg_views;
use super::margin::standing_view;
use crate::desk::{Desk, Seat};
use crate::error::ContractError;
use crate::liquidate::{self, Fallen, Offer};
use crate::trade::one_side;
use cosmwasm_std::{Deps, Env};
use hedgerow_interface::AccountId;
use hedgerow_interface::fill::LegFill;
use hedgerow_interface::margin::{PreviewLiquidationResponse, PreviewTradeResponse, Takeover};
use hedgerow_risk::number::Cash;

/// A trade: the account before and after it, and what a match would say of the account.
#[inline(never)]
pub fn trade(
    deps: Deps,
    env: &Env,
    id: AccountId,
    legs: &[LegFill],
) -> Result<PreviewTradeResponse, Box<ContractError>> {
    let mut desk = Desk::open(deps, env)?;
    let seat = desk.seat(deps, id)?;
    desk.need_tapes(deps, seat)?;
    let before = desk.standing(&desk.at(seat).account)?;
    let (trades, value_lost) = one_side(&mut desk, deps, seat, legs)?;
    let after = desk.standing(&desk.at(seat).account)?;
    Ok(PreviewTradeResponse {
        account: id,
        sequence: desk.at(seat).stored_sequence(),
        before: standing_view(&before),
        after: standing_view(&after),
        value_lost,
        refusal: trades.judge(&mut desk).err().map(|refusal| refusal.to_string()),
    })
}

/// The largest slice: what moves and what is paid. Without a liquidator nobody's account is judged.
#[inline(never)]
pub fn liquidation(
    deps: Deps,
    env: &Env,
    id: AccountId,
    liquidator: Option<AccountId>,
) -> Result<PreviewLiquidationResponse, Box<ContractError>> {
    if liquidator == Some(id) {
        return Err(ContractError::same_account(id));
    }
    let mut desk = Desk::open(deps, env)?;
    let seat = liquidate::sit(&mut desk, deps, id)?;
    let taker = match liquidator {
        Some(taker) => liquidate::sit(&mut desk, deps, taker)?,
        None => desk.seat_new(AccountId(0)),
    };
    let Some(Fallen { standing, started }) = liquidate::look(&mut desk, deps.storage, seat, taker)? else {
        // A call would only end the clock.
        let standing = desk.standing(&desk.at(seat).account)?;
        return Err(liquidate::not_liquidatable(id, &standing));
    };
    let Offer { factor, .. } = liquidate::offer(&desk, seat, &standing)?;
    let take = Takeover {
        max_fraction: None,
        min_equity_received: Cash::new(-Cash::MAX)?,
        expected_position_nonce: None,
    };
    let slice = liquidate::take_slice(&mut desk, seat, taker, &take, &standing)?;
    let refusal = liquidator.and_then(|_| liquidate::check_taker(&desk, seat, taker).err());
    let mut legs = Vec::new();
    for series in &slice.legs {
        legs.extend(leg_views(desk.symbol(series.underlying)?, series));
    }
    let Seat { account, .. } = desk.at(seat);
    Ok(PreviewLiquidationResponse {
        account: id,
        sequence: desk.at(seat).stored_sequence(),
        position_nonce: account.position_nonce,
        before: standing_view(&standing),
        after: standing_view(&desk.standing(account)?),
        reward: started.map_or(Cash::ZERO, |started| started.reward),
        price_factor: factor,
        max_fraction: slice.fraction,
        legs,
        cash: slice.cash,
        paid: slice.price.paid,
        insurance: slice.price.insurance,
        debt: slice.price.debt,
        gain: slice.gain,
        refusal: refusal.map(|refusal| refusal.to_string()),
    })
}
