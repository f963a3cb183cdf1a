//! Every answer of the contract.
//!
//! | room | what is answered |
//! |---|---|
//! | `accounts` | accounts as they are stored, what their owners let others do |
//! | `margin` | equity and requirements, of one account and of many |
//! | `preview` | what a trade or a slice would be |
//! | `books` | parameters, venues, the fund, sums over all accounts |

mod accounts;
mod books;
mod margin;
mod preview;

use crate::error::ContractError;
use crate::state;
use cosmwasm_std::{Binary, Deps, Env, Storage};
use hedgerow_interface::AccountId;
use hedgerow_interface::margin::QueryMsg;
use hedgerow_risk::model::fingerprint;
use hedgerow_risk::record::{Record, json};

const DEFAULT_LIMIT: u32 = 30;
const MAX_LIMIT: u32 = 100;

/// Answers a question. The answers are not inlined: together they would be a function of more than the 100 locals that the
/// VM takes.
pub fn query(deps: Deps, env: &Env, msg: QueryMsg) -> Result<Binary, Box<ContractError>> {
    let answer = match msg {
        QueryMsg::Params {} => json(&mut books::params(deps)?),
        QueryMsg::Account { account } => json(&mut accounts::account(deps, account)?),
        QueryMsg::Accounts { start_after, limit } => json(&mut accounts::list(deps, start_after, limit)?),
        QueryMsg::Margin { account } => json(&mut margin::margin(deps, env, account)?),
        QueryMsg::MarginBatch { accounts } => json(&mut margin::batch(deps, env, &accounts)?),
        QueryMsg::Liquidatable { start_after, limit } => {
            json(&mut margin::liquidatable(deps, env, start_after, limit)?)
        }
        QueryMsg::RiskVector { account } => json(&mut margin::risk_vector(deps, env, account)?),
        QueryMsg::PreviewTrade { account, legs } => json(&mut preview::trade(deps, env, account, &legs)?),
        QueryMsg::PreviewLiquidation { account, liquidator } => {
            json(&mut preview::liquidation(deps, env, account, liquidator)?)
        }
        QueryMsg::Delegations { account } => json(&mut accounts::delegations(deps, account)?),
        QueryMsg::Venues { start_after, limit } => json(&mut books::venues(deps, start_after.as_deref(), limit)?),
        QueryMsg::Insurance {} => json(&mut books::insurance(deps)?),
        QueryMsg::Books {} => json(&mut books::books(deps)?),
    };
    Ok(Binary::from(answer))
}

/// How much a page holds.
fn page(limit: Option<u32>) -> usize {
    limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize
}

/// The accounts of a page, and what the next page starts after: they are numbered from 1 without gaps.
fn page_of_accounts(
    storage: &dyn Storage,
    start_after: Option<AccountId>,
    limit: Option<u32>,
) -> Result<(impl Iterator<Item = AccountId> + use<>, Option<AccountId>), Box<ContractError>> {
    let last = state::ledger(storage)?.accounts;
    let after = start_after.map_or(0, |id| id.0);
    let end = after.saturating_add(page(limit) as u64).min(last);
    let ids = (after..end).map(|before| AccountId(before + 1));
    Ok((ids, (end < last).then_some(AccountId(end))))
}

/// A fingerprint in hexadecimal.
fn hash(record: &mut dyn Record) -> String {
    let mut text = String::with_capacity(64);
    for byte in fingerprint(record) {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(digit.into(), 16));
        }
    }
    text
}
