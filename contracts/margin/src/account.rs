//! Accounts and their quote tokens: create, deposit, withdraw, transfer.

use crate::delegation;
use crate::desk::{Caps, Desk, Seat};
use crate::error::ContractError;
use crate::payment::{must_pay, nonpayable};
use crate::state::{self, Control};
use cosmwasm_std::{Addr, BankMsg, Deps, DepsMut, Env, MessageInfo, Response, Uint128, Uint256, coins};
use hedgerow_interface::AccountId;
use hedgerow_interface::event::{AccountCreated, Deposited, Transferred, Withdrawn};
use hedgerow_interface::margin::Scope;
use hedgerow_risk::assessment::Standing;
use hedgerow_risk::gate::{self, GateRefusal};
use hedgerow_risk::liquidation;
use hedgerow_risk::number::{Cash, QuoteDecimals, Value, format_decimal};

/// Opens an account owned by the sender; quote tokens sent along are its first deposit.
///
/// Mutates: the ledger, the new account and its control. Emits: `hedgerow_account_created`, `hedgerow_deposit`. Fails:
/// `payment`, `out_of_range` (deposit below the minimum).
pub fn create(deps: DepsMut, env: &Env, info: &MessageInfo) -> Result<Response, Box<ContractError>> {
    // load
    let mut desk = Desk::open(deps.as_ref(), env)?;
    let amount = if info.funds.is_empty() {
        Cash::ZERO
    } else {
        received(info, &desk)?
    };

    // compute
    let ledger = desk.read_ledger(deps.storage)?;
    let id = AccountId(ledger.accounts.wrapping_add(1));
    ledger.accounts = id.0;
    let seat = desk.seat_new(id);
    let decimals = desk.decimals;
    let account = &mut desk.at_mut(seat).account;
    account.cash = held(amount, decimals)?;
    let sequence = account.sequence;
    let mut control = Control {
        owner: info.sender.clone().into(),
        grants: Vec::new(),
    };

    // apply
    state::save_control(deps.storage, id, &mut control);
    let created = AccountCreated {
        account: id,
        sequence,
        owner: control.owner.into_string(),
    };
    let mut events = vec![created.into()];
    if !amount.is_zero() {
        let deposited = Deposited {
            account: id,
            sequence,
            amount,
        };
        events.push(deposited.into());
    }
    desk.commit(deps.storage, Caps::Waived, events)
}

/// Pays the quote tokens sent along into an account. Never looks at prices, except to end a liquidation clock.
///
/// Mutates: the account. Emits: `hedgerow_deposit`, `hedgerow_clock_end`. Fails: `payment`, `unauthorised`,
/// `out_of_range` (below the minimum).
pub fn deposit(deps: DepsMut, env: &Env, info: &MessageInfo, id: AccountId) -> Result<Response, Box<ContractError>> {
    // load
    let mut desk = Desk::open(deps.as_ref(), env)?;
    let amount = received(info, &desk)?;
    let control = state::control(deps.storage, id)?;
    delegation::check(&control, id, &info.sender, Scope::Deposit, desk.now(), "deposit")?;
    let seat = desk.seat(deps.as_ref(), id)?;

    // compute
    let decimals = desk.decimals;
    let account = &mut desk.at_mut(seat).account;
    account.cash = held(account.cash.checked_add(amount)?, decimals)?;
    let sequence = account.sequence;
    end_clock_if_fresh(&mut desk, deps.as_ref(), seat);

    // apply
    let deposited = Deposited {
        account: id,
        sequence,
        amount,
    };
    desk.commit(deps.storage, Caps::Waived, vec![deposited.into()])
}

/// Ends the clock of a seat's account that is healthy again, where prices are there and fresh; a deposit must not fail
/// for want of them.
fn end_clock_if_fresh(desk: &mut Desk, deps: Deps, seat: usize) {
    if desk.at(seat).account.clock.started.is_some()
        && let Ok(standing) = fresh_standing(desk, deps, seat)
    {
        desk.end_clock_if_healthy(seat, &standing);
    }
}

fn fresh_standing(desk: &mut Desk, deps: Deps, seat: usize) -> Result<Standing, Box<ContractError>> {
    desk.need_tapes(deps, seat)?;
    let account = &desk.at(seat).account;
    desk.check_age(account, desk.params.timing.max_age_liquidation, "end a clock")?;
    desk.standing(account)
}

/// Pays quote tokens of an account out to its owner. While debt is open each withdrawal bears its part of it.
///
/// Mutates: the account, the ledger's debt. Emits: `hedgerow_withdraw`. Fails: `unauthorised`, `clock_running`,
/// `unsettled`, `tape_stale`, `low_confidence`, `index_deviates`, `negative_cash`, `not_enough_free_collateral`.
pub fn withdraw(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    id: AccountId,
    amount: Cash,
) -> Result<Response, Box<ContractError>> {
    // load
    nonpayable(info)?;
    positive(amount)?;
    let control = state::control(deps.storage, id)?;
    owner_only(&control, &info.sender, "withdraw from the account")?;
    let mut desk = Desk::open(deps.as_ref(), env)?;
    let seat = desk.seat(deps.as_ref(), id)?;
    let denom = desk.params.quote.denom.clone();
    let debt = desk.read_ledger(deps.storage)?.debt;
    let tokens = if debt.is_zero() {
        Uint256::zero()
    } else {
        deps.querier.query_balance(&env.contract.address, &denom)?.amount
    };
    let tokens = Uint128::try_from(tokens).unwrap_or(Uint128::MAX);

    // compute
    take_out(&mut desk, deps.as_ref(), seat, amount)?;
    let paid = liquidation::paid_under_debt(
        amount.units().unsigned_abs(),
        tokens.u128(),
        debt.units().unsigned_abs(),
    )?;
    let unpaid = amount.units().unsigned_abs().saturating_sub(paid);
    let left = debt.units().unsigned_abs().saturating_sub(unpaid);
    let (paid, debt) = (cash(paid)?, cash(left)?);
    desk.ledger()?.debt = debt;
    let sequence = desk.at(seat).account.sequence;

    // apply
    let withdrawn = Withdrawn {
        account: id,
        sequence,
        amount,
        paid,
        debt,
    };
    let response = desk.commit(deps.storage, Caps::Waived, vec![withdrawn.into()])?;
    let payment = (!paid.is_zero()).then(|| BankMsg::Send {
        to_address: control.owner.to_string(),
        amount: coins(paid.units().unsigned_abs(), denom),
    });
    Ok(response.add_messages(payment))
}

/// Moves quote tokens between two accounts of the sender.
///
/// Mutates: both accounts. Emits: `hedgerow_transfer`. Fails: as [`withdraw`], and `same_account`.
pub fn transfer(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    from: AccountId,
    to: AccountId,
    amount: Cash,
) -> Result<Response, Box<ContractError>> {
    // load
    nonpayable(info)?;
    positive(amount)?;
    if from == to {
        return Err(ContractError::same_account(from));
    }
    for id in [from, to] {
        let control = state::control(deps.storage, id)?;
        owner_only(&control, &info.sender, "transfer between accounts of another owner")?;
    }
    let mut desk = Desk::open(deps.as_ref(), env)?;
    let payer = desk.seat(deps.as_ref(), from)?;
    let payee = desk.seat(deps.as_ref(), to)?;

    // compute
    take_out(&mut desk, deps.as_ref(), payer, amount)?;
    let decimals = desk.decimals;
    let account = &mut desk.at_mut(payee).account;
    account.cash = held(account.cash.checked_add(amount)?, decimals)?;
    end_clock_if_fresh(&mut desk, deps.as_ref(), payee);
    let transferred = Transferred {
        from,
        from_sequence: desk.at(payer).account.sequence,
        to,
        to_sequence: desk.at(payee).account.sequence,
        amount,
    };

    // apply
    desk.commit(deps.storage, Caps::Waived, vec![transferred.into()])
}

/// Takes quote tokens off a seat's account, under the rule for withdrawals.
fn take_out(desk: &mut Desk, deps: Deps, seat: usize, amount: Cash) -> Result<(), Box<ContractError>> {
    desk.check_settled(&desk.at(seat).account)?;
    desk.need_tapes(deps, seat)?;
    let whole = &desk.at(seat).account;
    desk.check_strict(&desk.underlyings(whole)?, "withdraw")?;
    if whole.clock.started.is_some() {
        let standing = desk.standing(whole)?;
        desk.end_clock_if_healthy(seat, &standing);
    }
    let account = &mut desk.at_mut(seat).account;
    account.cash = account.cash.checked_sub(amount)?;
    let Seat { id, account, .. } = desk.at(seat);
    let refused = |refusal| Box::new(ContractError::Gate { account: *id, refusal });
    let cash = account.cash.value_floor(desk.decimals).unwrap_or(Value::MIN);
    if cash.is_negative() {
        return Err(refused(GateRefusal::NegativeCash { cash }));
    }
    let standing = desk.standing(account)?;
    gate::check_withdrawal(&standing, cash, account.clock.started.is_some()).map_err(refused)
}

/// The quote tokens sent along: nothing else, and at least the minimum deposit.
pub fn received(info: &MessageInfo, desk: &Desk) -> Result<Cash, Box<ContractError>> {
    let amount = cash(must_pay(info, &desk.params.quote.denom)?)?;
    let least = desk.params.limits.min_deposit;
    if amount < least {
        let limit = format_args!("at least {least}");
        return Err(ContractError::range("deposit", &amount, limit));
    }
    Ok(amount)
}

/// The most quote tokens that may be brought into an account: 2^62, half of what a value holds.
const MOST: i128 = 1 << 62;

/// Cash that was brought in, unless it is more than can be valued: what could not be valued could not be withdrawn.
fn held(cash: Cash, decimals: QuoteDecimals) -> Result<Cash, Box<ContractError>> {
    match MOST.checked_mul(10i128.pow(decimals.get())) {
        Some(most) if cash.units() > most => {
            let most = format_decimal(most, 0);
            Err(ContractError::range("cash", &cash, format_args!("at most {most}")))
        }
        _ => Ok(cash),
    }
}

/// Refuses everybody but the owner.
pub fn owner_only(control: &Control, sender: &Addr, action: &'static str) -> Result<(), Box<ContractError>> {
    if control.owner != *sender {
        return Err(ContractError::Unauthorised {
            sender: sender.to_string(),
            action,
        }
        .into());
    }
    Ok(())
}

fn positive(amount: Cash) -> Result<(), Box<ContractError>> {
    if amount <= Cash::ZERO {
        return Err(ContractError::range("amount", &amount, format_args!("above 0")));
    }
    Ok(())
}

fn cash(units: u128) -> Result<Cash, Box<ContractError>> {
    let units = i128::try_from(units).unwrap_or(i128::MAX);
    Ok(Cash::new(units)?)
}
