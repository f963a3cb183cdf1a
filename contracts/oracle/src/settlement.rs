//! Settlement prices of expiries that are over.
//!
//! The tape settles by itself: the first one at or after an expiry fixes the average of the index over the 30 minutes
//! before it, if no two tapes from the beginning of that window on were more than 300 seconds apart. What it cannot settle,
//! the guardian does in two steps: a proposal that everybody sees, and a confirmation an hour later (at once in
//! development).
//!
//! An expiry leaves the tape in the message that settles it: one that is over is on the tape exactly while it has no
//! settlement price, so an account always has one of the two to be valued by.

use crate::ContractError;
use crate::history::average;
use crate::state::{CONFIG, Config, Listed, PROPOSALS, listed, save_settlement, save_tape, settlement, tape};
use cosmwasm_std::{Addr, Deps, DepsMut, Response, Storage};
use hedgerow_interface::event::{SettlementFixed, SettlementProposed};
use hedgerow_interface::oracle::{MAX_GAP, Proposal, SETTLEMENT_DELAY, SETTLEMENT_WINDOW};
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::number::Price;

/// Takes the expiries off a new tape that it settles, and answers their prices. Its snapshots must be stored.
pub fn settle(storage: &dyn Storage, underlying: Symbol, tape: &mut Tape) -> Vec<SettlementFixed> {
    let expiries = std::mem::take(&mut tape.market.expiries);
    let mut settled = Vec::new();
    for expiry in expiries {
        match Day::of(expiry.expiry).zip(price(storage, underlying, tape, expiry.expiry)) {
            Some((expiry, price)) => settled.push(SettlementFixed {
                underlying,
                expiry,
                price,
            }),
            None => tape.market.expiries.push(expiry),
        }
    }
    settled
}

/// The average over the window before an expiry; none before a tape after it, and with a gap.
fn price(storage: &dyn Storage, underlying: Symbol, tape: &Tape, expiry: u64) -> Option<Price> {
    let from = expiry.checked_sub(SETTLEMENT_WINDOW)?;
    let unbroken = tape.history?.unbroken_since <= from;
    if expiry > tape.time || !unbroken {
        return None;
    }
    average(storage, underlying, tape, from, expiry).ok()
}

/// Proposes the settlement price of an expiry that the tape did not settle and cannot any more.
///
/// Mutates: the proposal, in the place of an older one. Emits: `hedgerow_settlement_proposed`. Fails: `unauthorised`,
/// `unlisted`, `already_settled`, `not_over`, `no_tape`, `unknown_expiry`, `tape_settles`.
pub fn propose(
    deps: DepsMut<'_>,
    now: u64,
    sender: &Addr,
    underlying: Symbol,
    expiry: Day,
    price: Price,
) -> Result<Response, ContractError> {
    // load
    let (listed, tape) = unsettled(deps.as_ref(), now, sender, underlying, expiry)?;

    // compute
    let until = tape.time.saturating_add(MAX_GAP);
    if tape.time < expiry.expiry_time() && now <= until {
        return Err(ContractError::TapeSettles {
            underlying,
            expiry,
            until,
            now,
        });
    }
    let delay = if listed.development { 0 } else { SETTLEMENT_DELAY };
    let ready = now.saturating_add(delay);

    // apply
    let key = underlying.to_string();
    PROPOSALS.save(deps.storage, (&key, expiry.number()), &Proposal { price, ready })?;
    Ok(Response::new().add_event(SettlementProposed {
        underlying,
        expiry,
        price,
        ready,
    }))
}

/// Fixes the price that was proposed, once.
///
/// Mutates: the settlement price, the tape (its time stays), the proposal. Emits: `hedgerow_settlement`. Fails:
/// `unauthorised`, `unlisted`, `already_settled`, `not_over`, `no_tape`, `unknown_expiry`, `no_proposal`, `too_early`.
pub fn confirm(
    deps: DepsMut<'_>,
    now: u64,
    sender: &Addr,
    underlying: Symbol,
    expiry: Day,
) -> Result<Response, ContractError> {
    // load
    let (_, mut tape) = unsettled(deps.as_ref(), now, sender, underlying, expiry)?;
    let key = underlying.to_string();
    let proposal = PROPOSALS.may_load(deps.storage, (&key, expiry.number()))?;

    // compute
    let Proposal { price, ready } = proposal.ok_or(ContractError::NoProposal { underlying, expiry })?;
    if now < ready {
        return Err(ContractError::TooEarly {
            underlying,
            expiry,
            ready,
            now,
        });
    }
    tape.market
        .expiries
        .retain(|listed| listed.expiry != expiry.expiry_time());

    // apply
    PROPOSALS.remove(deps.storage, (&key, expiry.number()));
    save_tape(deps.storage, underlying, &tape)?;
    save_settlement(deps.storage, underlying, expiry, price);
    Ok(Response::new().add_event(SettlementFixed {
        underlying,
        expiry,
        price,
    }))
}

/// The listing and the tape of an expiry that is over and not settled, for the guardian.
fn unsettled(
    deps: Deps<'_>,
    now: u64,
    sender: &Addr,
    underlying: Symbol,
    expiry: Day,
) -> Result<(Listed, Tape), ContractError> {
    let Config { guardian, .. } = CONFIG.load(deps.storage)?;
    if guardian != *sender {
        return Err(ContractError::Unauthorised {
            sender: sender.clone(),
            needed: ["the guardian, ", guardian.as_str()].concat(),
        });
    }
    let listed = listed(deps.storage, underlying)?;
    if let Some(price) = settlement(deps.storage, underlying, expiry)? {
        return Err(ContractError::AlreadySettled {
            underlying,
            expiry,
            price,
        });
    }
    let ends = expiry.expiry_time();
    if now < ends {
        return Err(ContractError::NotOver {
            underlying,
            expiry,
            ends,
            now,
        });
    }
    let tape = tape(deps.storage, underlying)?.ok_or(ContractError::NoTape { underlying })?;
    if !tape.market.expiries.iter().any(|known| known.expiry == ends) {
        return Err(ContractError::UnknownExpiry { underlying, expiry });
    }
    Ok((listed, tape))
}
