//! Who may act for an account, and how much they may give away.

use crate::account::owner_only;
use crate::error::ContractError;
use crate::payment::nonpayable;
use crate::state::{self, Control, Grant};
use cosmwasm_std::{Addr, DepsMut, Env, Event, MessageInfo, Response};
use hedgerow_interface::AccountId;
use hedgerow_interface::account::Account;
use hedgerow_interface::event::{Delegated, List, Revoked};
use hedgerow_interface::margin::{Delegation, MAX_DELEGATIONS, Scope};
use hedgerow_risk::number::Cash;

/// Lets an address act for an account; replaces what it was given before.
///
/// Mutates: the account's control and sequence. Emits: `hedgerow_delegate`. Fails: `unauthorised`, `empty`, `duplicate`,
/// `out_of_range`, `too_many`.
pub fn delegate(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    account: AccountId,
    delegation: Delegation,
) -> Result<Response, Box<ContractError>> {
    // load
    nonpayable(info)?;
    let mut control = state::control(deps.storage, account)?;
    owner_only(&control, &info.sender, "delegate the account")?;
    let mut record = state::account(deps.storage, account)?;
    record.sequence = record.sequence.wrapping_add(1);
    let delegate = deps.api.addr_validate(&delegation.delegate)?;

    // compute
    let number = control.number_for(&delegate);
    let grant = granted(number, delegate, delegation, env.block.time.seconds())?;
    record.set_spent(number, Cash::ZERO);
    let event = Delegated {
        account,
        sequence: record.sequence,
        delegate: grant.delegate.to_string(),
        scopes: List(grant.scopes.clone()),
        expires: grant.expires,
        loss_budget: grant.loss_budget,
    };
    control.grants.retain(|g| g.delegate != grant.delegate);
    let at = control.grants.partition_point(|g| g.delegate < grant.delegate);
    control.grants.insert(at, grant);
    if control.grants.len() > MAX_DELEGATIONS as usize {
        return Err(ContractError::TooMany {
            what: "delegations of an account",
            count: control.grants.len() as u64,
            limit: u64::from(MAX_DELEGATIONS),
        }
        .into());
    }

    // apply
    state::save_account(deps.storage, account, &record);
    state::save_control(deps.storage, account, &mut control);
    Ok(Response::new().add_event(Event::from(event)))
}

fn granted(number: u8, delegate: Addr, delegation: Delegation, now: u64) -> Result<Grant, Box<ContractError>> {
    let mut scopes = delegation.scopes;
    scopes.sort_unstable();
    if scopes.is_empty() {
        return Err(ContractError::empty("scopes"));
    }
    if let Some(scope) = scopes
        .windows(2)
        .find_map(|w| w.first().filter(|a| w.get(1) == Some(a)))
    {
        return Err(ContractError::Duplicate {
            field: "scope",
            value: scope.to_string(),
        }
        .into());
    }
    if delegation.expires <= now {
        let limit = format_args!("after {now}, the time of the block");
        return Err(ContractError::range("expires", &delegation.expires, limit));
    }
    if delegation.loss_budget.is_negative() {
        return Err(ContractError::range(
            "loss_budget",
            &delegation.loss_budget,
            format_args!("at least 0"),
        ));
    }
    Ok(Grant {
        number,
        delegate: delegate.into(),
        scopes,
        expires: delegation.expires,
        loss_budget: delegation.loss_budget,
    })
}

/// Takes a delegation back.
///
/// Mutates: the account's control and sequence. Emits: `hedgerow_revoke`. Fails: `unauthorised`, `out_of_range` (no such delegation).
pub fn revoke(
    deps: DepsMut,
    info: &MessageInfo,
    account: AccountId,
    delegate: &str,
) -> Result<Response, Box<ContractError>> {
    // load
    nonpayable(info)?;
    let mut control = state::control(deps.storage, account)?;
    owner_only(&control, &info.sender, "revoke a delegation of the account")?;
    let mut record = state::account(deps.storage, account)?;
    record.sequence = record.sequence.wrapping_add(1);

    // compute
    let Some(at) = control
        .grants
        .iter()
        .position(|grant| grant.delegate.as_str() == delegate)
    else {
        let limit = format_args!("an address with a delegation of this account");
        return Err(ContractError::range("delegate", &delegate, limit));
    };
    let revoked = control.grants.remove(at);
    record.set_spent(revoked.number, Cash::ZERO);

    // apply
    state::save_account(deps.storage, account, &record);
    state::save_control(deps.storage, account, &mut control);
    let event = Revoked {
        account,
        sequence: record.sequence,
        delegate: delegate.to_owned(),
    };
    Ok(Response::new().add_event(Event::from(event)))
}

/// Whom a message acts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The owner: no budget.
    Owner,
    /// A delegate: the grant at this place.
    Delegate(usize),
}

/// The sender's authority over an account: it owns it, or a living delegation names it with the scope.
pub fn check(
    control: &Control,
    account: AccountId,
    sender: &Addr,
    scope: Scope,
    now: u64,
    action: &'static str,
) -> Result<Authority, Box<ContractError>> {
    if control.owner == *sender {
        return Ok(Authority::Owner);
    }
    let found = control
        .grants
        .iter()
        .enumerate()
        .find(|(_, grant)| grant.delegate == *sender && grant.scopes.contains(&scope));
    let Some((at, grant)) = found else {
        return Err(ContractError::Unauthorised {
            sender: sender.to_string(),
            action,
        }
        .into());
    };
    if grant.expires <= now {
        return Err(ContractError::DelegationExpired {
            account,
            delegate: sender.to_string(),
            expires: grant.expires,
            now,
        }
        .into());
    }
    Ok(Authority::Delegate(at))
}

/// Takes what a fill gives away against the mark from the delegate's budget; a gain gives nothing back. Answers what it took.
pub fn spend(
    account: &mut Account,
    id: AccountId,
    control: &Control,
    authority: Authority,
    lost: Cash,
) -> Result<Cash, Box<ContractError>> {
    let Authority::Delegate(at) = authority else {
        return Ok(Cash::ZERO);
    };
    let Some(grant) = control.grants.get(at) else {
        return Err(ContractError::corrupt("control"));
    };
    if lost <= Cash::ZERO {
        return Ok(Cash::ZERO);
    }
    let spent = account.spent_by(grant.number);
    let left = grant.loss_budget.checked_sub(spent)?;
    if lost > left {
        return Err(ContractError::LossBudget {
            account: id,
            delegate: grant.delegate.to_string(),
            lost,
            left,
        }
        .into());
    }
    account.set_spent(grant.number, spent.checked_add(lost)?);
    Ok(lost)
}
