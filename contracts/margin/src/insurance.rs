//! The insurance fund.

use crate::account::received;
use crate::desk::{Caps, Desk};
use crate::error::ContractError;
use cosmwasm_std::{DepsMut, Env, MessageInfo, Response};

/// Gives the quote tokens sent along to the fund; recorded debt is repaid first.
///
/// Mutates: the ledger. Emits: `hedgerow_insurance`. Fails: `payment`, `out_of_range` (below the minimum deposit).
pub fn fund(deps: DepsMut, env: &Env, info: &MessageInfo) -> Result<Response, Box<ContractError>> {
    // load
    let mut desk = Desk::open(deps.as_ref(), env)?;
    let amount = received(info, &desk)?;

    // compute
    desk.pay_fund(deps.storage, amount)?;

    // apply
    desk.commit(deps.storage, Caps::Waived, Vec::new())
}
