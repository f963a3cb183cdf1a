//! Settlement on request: anyone may settle the expired legs of any account, and clear what an account without legs owes.

use crate::desk::{Caps, Desk};
use crate::error::ContractError;
use crate::payment::nonpayable;
use cosmwasm_std::{DepsMut, Env, MessageInfo, Response};
use hedgerow_interface::AccountId;
use hedgerow_interface::margin::MAX_FILLS;

/// Settles expired legs whose price is fixed, then clears debts that no leg is left to cover. Accounts with nothing to do
/// are passed over, unless all are.
///
/// Mutates: the accounts, the books, the ledger. Emits: `hedgerow_settle` for each series, `hedgerow_bad_debt`. Fails: `empty`, `too_many`,
/// `nothing_to_settle`.
pub fn settle(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    accounts: &[AccountId],
) -> Result<Response, Box<ContractError>> {
    // load
    nonpayable(info)?;
    let first = *accounts.first().ok_or_else(|| ContractError::empty("accounts"))?;
    ContractError::at_most("accounts", accounts.len(), MAX_FILLS)?;
    let mut desk = Desk::open(deps.as_ref(), env)?;

    // compute
    for id in accounts {
        let seat = desk.seat(deps.as_ref(), *id)?;
        desk.clear_bad_debt(deps.storage, seat)?;
    }

    // apply
    let response = desk.commit(deps.storage, Caps::Waived, Vec::new())?;
    if response.events.is_empty() {
        return Err(ContractError::NothingToSettle { account: first }.into());
    }
    Ok(response)
}
