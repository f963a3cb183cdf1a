//! Accounts as they are stored.

use super::page_of_accounts;
use crate::desk::moves;
use crate::error::ContractError;
use crate::state;
use cosmwasm_std::Deps;
use hedgerow_interface::AccountId;
use hedgerow_interface::account::{Account, Series};
use hedgerow_interface::margin::{AccountResponse, AccountsResponse, Delegation, DelegationsResponse, LegView};
use hedgerow_risk::instrument::Symbol;

/// One account.
#[inline(never)]
pub fn account(deps: Deps, id: AccountId) -> Result<AccountResponse, Box<ContractError>> {
    let underlyings = state::params(deps.storage)?.underlyings;
    view(deps, &underlyings, id, &state::account(deps.storage, id)?)
}

fn view(
    deps: Deps,
    underlyings: &[Symbol],
    id: AccountId,
    account: &Account,
) -> Result<AccountResponse, Box<ContractError>> {
    let mut legs = Vec::with_capacity(account.legs());
    for series in &account.series {
        let symbol = underlyings
            .get(usize::from(series.underlying))
            .ok_or_else(|| ContractError::corrupt("account"))?;
        legs.extend(leg_views(*symbol, series));
    }
    Ok(AccountResponse {
        account: id,
        owner: state::control(deps.storage, id)?.owner.into_string(),
        sequence: account.sequence,
        position_nonce: account.position_nonce,
        cash: account.cash,
        clock: account.clock,
        legs,
    })
}

/// The legs of a series as answers list them.
pub fn leg_views(underlying: Symbol, series: &Series) -> impl Iterator<Item = LegView> {
    let mut cost = series.linear.map(|linear| linear.cost);
    moves(underlying, series).into_iter().map(move |leg| LegView {
        instrument: leg.instrument,
        quantity: leg.quantity,
        // The linear leg comes first, and is the only one with a cost.
        cost: cost.take(),
    })
}

/// A page of accounts.
#[inline(never)]
pub fn list(
    deps: Deps,
    start_after: Option<AccountId>,
    limit: Option<u32>,
) -> Result<AccountsResponse, Box<ContractError>> {
    let underlyings = state::params(deps.storage)?.underlyings;
    let (ids, next) = page_of_accounts(deps.storage, start_after, limit)?;
    let mut items = Vec::new();
    for id in ids {
        items.push(view(deps, &underlyings, id, &state::account(deps.storage, id)?)?);
    }
    Ok(AccountsResponse { items, next })
}

/// What an owner lets others do.
#[inline(never)]
pub fn delegations(deps: Deps, account: AccountId) -> Result<DelegationsResponse, Box<ContractError>> {
    let control = state::control(deps.storage, account)?;
    let record = state::account(deps.storage, account)?;
    let mut items = Vec::new();
    for grant in control.grants {
        items.push(Delegation {
            loss_budget: grant.loss_budget.checked_sub(record.spent_by(grant.number))?,
            delegate: grant.delegate.into_string(),
            scopes: grant.scopes,
            expires: grant.expires,
        });
    }
    Ok(DelegationsResponse {
        owner: control.owner.into_string(),
        items,
    })
}
