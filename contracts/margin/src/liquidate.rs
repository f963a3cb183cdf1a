//! Liquidation: clocks and slices. Works whenever the index is fresh enough; no cap and no pause stops it.
//!
//! With E the equity, MM the maintenance margin, R the cash that liquidators paid in during this clock, the liquidator takes
//! a fraction f of every leg and of the cash beyond R:
//!
//! ```text
//! E > R (solvent)   f = what [`hedgerow_risk::liquidation::slice`] allows; the liquidator pays d of the slice's equity, d
//!                   falling with the seconds of the clock
//! E <= R (closed)   f up to 1; the slice's equity is a hole, and up to what MM falls by is paid besides as a premium, rising with
//!                   the seconds since the account was found closed. R pays first, then the fund; what is left of the
//!                   hole is recorded debt
//! ```
//! Only the hole becomes debt: the premium is paid as far as R and the fund reach, so that nobody mints claims by taking
//! over his own account. Both amounts are computed from what really moved: legs round down, and a slice's
//! equity is the equity that the account lost by it.
//!
//! A clock runs as long as somebody looks: where no call found the account liquidatable for [`CLOCK_GAP`] it may have been
//! healthy in between, so the next call starts the clock anew and a price that fell long ago buys nothing.

mod slice;

use crate::account::owner_only;
use crate::desk::{Caps, Desk};
use crate::error::ContractError;
use crate::payment::nonpayable;
use crate::state;
use cosmwasm_std::{Deps, DepsMut, Env, Event, MessageInfo, Response, Storage};
use hedgerow_interface::AccountId;
use hedgerow_interface::account::Clock;
use hedgerow_interface::event::ClockStarted;
use hedgerow_interface::margin::Takeover;
use hedgerow_risk::assessment::Standing;
use hedgerow_risk::number::{Cash, Ratio, Value};
pub use slice::{Offer, check_taker, offer, take_slice};

/// Seconds without a call after which a clock starts anew.
pub const CLOCK_GAP: u64 = 600;
/// Seconds that must lie between two rewards of one account.
pub const REWARD_PAUSE: u64 = 3_600;
/// The reward's part of the maintenance margin: 0.5%.
const REWARD_PART: i64 = 5_000_000;

/// Moves the clock of an account and takes a slice of it.
///
/// Mutates: both accounts, the books, the ledger. Emits: `hedgerow_clock_start`, `hedgerow_liquidate`,
/// `hedgerow_clock_end`, `hedgerow_insurance`. Fails: `unauthorised`, `same_account`, `tape_stale`, `not_liquidatable`,
/// `position_changed`, `too_little_received`, `nothing_to_take`, `no_improvement`, and what the gate says of the
/// liquidator's account.
pub fn liquidate(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    account: AccountId,
    liquidator: AccountId,
    take: Option<&Takeover>,
) -> Result<Response, Box<ContractError>> {
    // load
    nonpayable(info)?;
    if account == liquidator {
        return Err(ContractError::same_account(account));
    }
    let control = state::control(deps.storage, liquidator)?;
    owner_only(&control, &info.sender, "liquidate into the account")?;
    let mut desk = Desk::open(deps.as_ref(), env)?;
    let seat = sit(&mut desk, deps.as_ref(), account)?;
    let taker = sit(&mut desk, deps.as_ref(), liquidator)?;

    // compute
    let mut events = Vec::new();
    if let Some(Fallen { standing, started }) = look(&mut desk, deps.storage, seat, taker)? {
        events.extend(started.map(Event::from));
        if let Some(take) = take {
            let slice = take_slice(&mut desk, seat, taker, take, &standing)?;
            check_taker(&desk, seat, taker)?;
            events.push(slice.event(&desk, seat, taker)?.into());
        }
    }

    // apply
    desk.commit(deps.storage, Caps::Waived, events)
}

/// Seats an account whose prices are fresh enough to liquidate.
pub fn sit(desk: &mut Desk, deps: Deps, id: AccountId) -> Result<usize, Box<ContractError>> {
    let seat = desk.seat(deps, id)?;
    desk.need_tapes(deps, seat)?;
    desk.check_age_of_most(
        &desk.at(seat).account,
        desk.params.timing.max_age_liquidation,
        "liquidate",
    )?;
    Ok(seat)
}

/// A liquidatable account whose clock runs.
#[derive(Debug)]
pub struct Fallen {
    pub standing: Standing,
    /// The call started the clock.
    pub started: Option<ClockStarted>,
}

/// Moves the clock of an account: starts it, keeps it going, or ends it; none when the account is healthy again.
pub fn look(
    desk: &mut Desk,
    storage: &dyn Storage,
    seat: usize,
    taker: usize,
) -> Result<Option<Fallen>, Box<ContractError>> {
    let mut standing = desk.standing(&desk.at(seat).account)?;
    let clock = desk.at(seat).account.clock;
    if !standing.maintenance_health().is_negative() && !standing.equity.is_negative() {
        if clock.started.is_none() {
            return Err(not_liquidatable(desk.at(seat).id, &standing));
        }
        desk.end_clock_if_healthy(seat, &standing);
        return Ok(None);
    }
    let now = desk.now();
    let mut started = None;
    if clock.started.is_some() && now.saturating_sub(clock.seen) <= CLOCK_GAP {
        desk.at_mut(seat).account.clock.seen = now;
    } else {
        let reward = start_clock(desk, seat, taker, &standing)?;
        if !reward.is_zero() {
            standing = desk.standing(&desk.at(seat).account)?;
        }
        started = Some(ClockStarted {
            account: desk.at(seat).id,
            sequence: desk.at(seat).account.sequence,
            liquidator: desk.at(taker).id,
            liquidator_sequence: desk.at(taker).account.sequence,
            reward,
        });
    }
    if find_phase(desk, seat, &standing)? == Phase::Closed {
        desk.read_ledger(storage)?;
    }
    Ok(Some(Fallen { standing, started }))
}

/// The refusal of an account that covers its maintenance margin.
pub fn not_liquidatable(account: AccountId, standing: &Standing) -> Box<ContractError> {
    Box::new(ContractError::NotLiquidatable {
        account,
        equity: standing.equity,
        maintenance: standing.maintenance_margin,
    })
}

/// Starts the clock and pays the caller `min(reward, 0.5% of MM, equity)` out of the account, at most once an hour.
fn start_clock(desk: &mut Desk, seat: usize, taker: usize, standing: &Standing) -> Result<Cash, Box<ContractError>> {
    let now = desk.now();
    let part = Ratio::new(REWARD_PART)?;
    let most = standing.maintenance_margin.mul_ratio_floor(part).min(standing.equity);
    let most = Cash::new(most.max(Value::ZERO).to_decimal_floor(desk.decimals.get())?)?;
    let clock = &mut desk.at_mut(seat).account.clock;
    let due = clock.rewarded == 0 || now.saturating_sub(clock.rewarded) >= REWARD_PAUSE;
    // An earlier clock that nobody ended leaves what was paid in it: only its price and its time start anew.
    *clock = Clock {
        started: Some(now),
        seen: now,
        closed: None,
        ..*clock
    };
    let reward = if due {
        desk.params.auction.reward.min(most)
    } else {
        Cash::ZERO
    };
    if !reward.is_zero() {
        let account = &mut desk.at_mut(seat).account;
        account.clock.rewarded = now;
        account.cash = account.cash.checked_sub(reward)?;
        let caller = &mut desk.at_mut(taker).account;
        caller.cash = caller.cash.checked_add(reward)?;
    }
    Ok(reward)
}

/// Whether the account has equity beyond what liquidators paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Solvent,
    /// The fund may pay.
    Closed,
}

/// Notes since when the account has had no equity beyond what liquidators paid in.
fn find_phase(desk: &mut Desk, seat: usize, standing: &Standing) -> Result<Phase, Box<ContractError>> {
    let received = desk.at(seat).account.clock.received.value_floor(desk.decimals)?;
    let now = desk.now();
    let clock = &mut desk.at_mut(seat).account.clock;
    if standing.equity > received {
        clock.closed = None;
        return Ok(Phase::Solvent);
    }
    clock.closed = clock.closed.or(Some(now));
    Ok(Phase::Closed)
}
