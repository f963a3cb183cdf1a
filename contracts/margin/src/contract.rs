//! Entry points: each message goes to the module that handles it.

use crate::error::ContractError;
use crate::{account, admin, delegation, insurance, liquidate, query, settle, trade};
#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Env, MessageInfo, Response};
use hedgerow_interface::margin::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};

/// The contract's name in cw2.
pub const NAME: &str = "hedgerow-margin";
/// The contract's version in cw2.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Sets the contract up.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(
    deps: DepsMut,
    _: Env,
    info: MessageInfo,
    msg: InstantiateMsg,
) -> Result<Response, Box<ContractError>> {
    admin::instantiate(deps, &info, msg)
}

/// Carries a message out.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, Box<ContractError>> {
    match msg {
        ExecuteMsg::CreateAccount {} => account::create(deps, &env, &info),
        ExecuteMsg::Deposit { account } => account::deposit(deps, &env, &info, account),
        ExecuteMsg::Withdraw { account, amount } => account::withdraw(deps, &env, &info, account, amount),
        ExecuteMsg::Transfer { from, to, amount } => account::transfer(deps, &env, &info, from, to, amount),
        ExecuteMsg::Delegate { account, delegation } => delegation::delegate(deps, &env, &info, account, delegation),
        ExecuteMsg::Revoke { account, delegate } => delegation::revoke(deps, &info, account, &delegate),
        ExecuteMsg::Match { fills } => trade::match_fills(deps, &env, &info, &fills),
        ExecuteMsg::Settle { accounts } => settle::settle(deps, &env, &info, &accounts),
        ExecuteMsg::Liquidate {
            account,
            liquidator,
            take,
        } => liquidate::liquidate(deps, &env, &info, account, liquidator, take.as_ref()),
        ExecuteMsg::FundInsurance {} => insurance::fund(deps, &env, &info),
        ExecuteMsg::AddVenue { venue } => admin::add_venue(deps, &info, &venue),
        ExecuteMsg::RemoveVenue { venue } => admin::remove_venue(deps, &info, &venue),
        ExecuteMsg::SetModel(model) => admin::set_model(deps, &info, *model),
        ExecuteMsg::SetLimits(limits) => admin::set_limits(deps, &info, limits),
        ExecuteMsg::SetTiming(timing) => admin::set_timing(deps, &info, timing),
        ExecuteMsg::SetAuction(auction) => admin::set_auction(deps, &info, auction),
        ExecuteMsg::AddUnderlying { underlying } => admin::add_underlying(deps, &info, underlying),
        ExecuteMsg::ProposeOwner { owner } => admin::propose_owner(deps, &info, owner.as_deref()),
        ExecuteMsg::AcceptOwner {} => admin::accept_owner(deps, &info),
    }
}

/// Answers a question.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, env: Env, msg: QueryMsg) -> Result<Binary, Box<ContractError>> {
    query::query(deps, &env, msg)
}

/// Moves state of an older version of this contract to this one.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _: Env, _: MigrateMsg) -> Result<Response, Box<ContractError>> {
    admin::migrate(deps)
}
