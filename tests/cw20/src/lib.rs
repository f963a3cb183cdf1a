//! A token in cw20's wire format: balances, and a transfer of the kind that wallets send all day.
//!
//! What operations of Hedgerow cost is compared with this transfer. It does what a transfer has to do and no more: two
//! balances are read and written under the keys that cw20 contracts use, and one event tells of it.

use cosmwasm_std::{
    Addr, Binary, Deps, DepsMut, Env, MessageInfo, Response, StdError, StdResult, Uint128, entry_point, to_json_binary,
};
use cw_storage_plus::Map;
use serde::{Deserialize, Serialize};

const BALANCES: Map<&Addr, Uint128> = Map::new("balance");

/// Sets the token up.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct InstantiateMsg {
    /// What people call it.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
    /// Who holds what.
    pub initial_balances: Vec<Holding>,
}

/// A balance.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Holding {
    /// Whose.
    pub address: String,
    /// How much.
    pub amount: Uint128,
}

/// What can be done.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum ExecuteMsg {
    /// Moves tokens of the sender.
    Transfer {
        /// To whom.
        recipient: String,
        /// How much.
        amount: Uint128,
    },
}

/// What can be asked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum QueryMsg {
    /// A balance.
    Balance {
        /// Whose.
        address: String,
    },
}

/// Somebody's balance.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct BalanceResponse {
    /// How much.
    pub balance: Uint128,
}

/// Sets the token up.
#[entry_point]
pub fn instantiate(deps: DepsMut, _: Env, _: MessageInfo, msg: InstantiateMsg) -> StdResult<Response> {
    for holding in msg.initial_balances {
        let address = deps.api.addr_validate(&holding.address)?;
        BALANCES.save(deps.storage, &address, &holding.amount)?;
    }
    Ok(Response::new())
}

/// Carries a message out.
#[entry_point]
pub fn execute(deps: DepsMut, _: Env, info: MessageInfo, msg: ExecuteMsg) -> StdResult<Response> {
    let ExecuteMsg::Transfer { recipient, amount } = msg;
    let to = deps.api.addr_validate(&recipient)?;
    BALANCES.update(deps.storage, &info.sender, |held| {
        held.unwrap_or_default().checked_sub(amount).map_err(StdError::from)
    })?;
    BALANCES.update(deps.storage, &to, |held| {
        held.unwrap_or_default().checked_add(amount).map_err(StdError::from)
    })?;
    Ok(Response::new()
        .add_attribute("action", "transfer")
        .add_attribute("from", info.sender)
        .add_attribute("to", recipient)
        .add_attribute("amount", amount))
}

/// Answers a question.
#[entry_point]
pub fn query(deps: Deps, _: Env, msg: QueryMsg) -> StdResult<Binary> {
    let QueryMsg::Balance { address } = msg;
    let address = deps.api.addr_validate(&address)?;
    let balance = BALANCES.may_load(deps.storage, &address)?.unwrap_or_default();
    to_json_binary(&BalanceResponse { balance })
}
