//! Settlement prices of expiries that are over.

use crate::ContractError;
use crate::state::{config_of_admin, listed, save_settlement, save_tape, settlement, tape};
use cosmwasm_std::{Addr, DepsMut, Response};
use hedgerow_interface::event::SettlementFixed;
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::number::Price;

/// Fixes the settlement price of an expiry that is over, once.
///
/// The expiry leaves the tape in the same message: an expiry that is over is on the tape exactly while it has no
/// settlement price, so reports need not look for one, and an account always has one of the two to be valued by.
///
/// Mutates: the settlement price, the tape (its time stays). Emits: `hedgerow_settlement`. Fails: `unauthorised`,
/// `unlisted`, `already_settled`, `not_over`, `no_tape`, `unknown_expiry`.
pub fn fix(
    deps: DepsMut<'_>,
    now: u64,
    sender: &Addr,
    underlying: Symbol,
    expiry: Day,
    price: Price,
) -> Result<Response, ContractError> {
    // load
    config_of_admin(deps.storage, sender)?;
    listed(deps.storage, underlying)?;
    let fixed = settlement(deps.storage, underlying, expiry)?;
    let tape = tape(deps.storage, underlying)?;

    // compute
    if let Some(price) = fixed {
        return Err(ContractError::AlreadySettled {
            underlying,
            expiry,
            price,
        });
    }
    let tape = settled(tape, now, underlying, expiry)?;

    // apply
    save_tape(deps.storage, underlying, &tape)?;
    save_settlement(deps.storage, underlying, expiry, price);
    Ok(Response::new().add_event(SettlementFixed {
        underlying,
        expiry,
        price,
    }))
}

/// The tape without the expiry.
fn settled(tape: Option<Tape>, now: u64, underlying: Symbol, expiry: Day) -> Result<Tape, ContractError> {
    let ends = expiry.expiry_time();
    if now < ends {
        return Err(ContractError::NotOver {
            underlying,
            expiry,
            ends,
            now,
        });
    }
    let mut tape = tape.ok_or(ContractError::NoTape { underlying })?;
    let before = tape.market.expiries.len();
    tape.market.expiries.retain(|listed| listed.expiry != ends);
    if tape.market.expiries.len() == before {
        return Err(ContractError::UnknownExpiry { underlying, expiry });
    }
    Ok(tape)
}
