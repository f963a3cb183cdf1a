//! Entry points. No message takes funds.

use crate::{ContractError, admin, listing, query, report, settlement};
#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Env, MessageInfo, Response, to_json_binary};
use hedgerow_interface::oracle::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};

/// Sets the contract up.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(
    deps: DepsMut<'_>,
    _env: Env,
    info: MessageInfo,
    msg: InstantiateMsg,
) -> Result<Response, ContractError> {
    nonpayable(&info)?;
    admin::set_up(deps, &info.sender, msg)
}

/// Does what a message asks.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut<'_>, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, ContractError> {
    nonpayable(&info)?;
    let (sender, now) = (&info.sender, env.block.time.seconds());
    match msg {
        ExecuteMsg::Report(report) => report::report(deps, now, sender, *report),
        ExecuteMsg::Relay {
            report,
            public_key,
            signature,
        } => report::relay(deps, &env, &report, &public_key, &signature),
        ExecuteMsg::List(listing) => listing::list(deps, sender, &listing),
        ExecuteMsg::AddPublisher { underlying, publisher } => {
            listing::add_publisher(deps, sender, underlying, &publisher)
        }
        ExecuteMsg::RemovePublisher { underlying, publisher } => {
            listing::remove_publisher(deps, sender, underlying, &publisher)
        }
        ExecuteMsg::SetBand { underlying, band } => listing::set_band(deps, sender, underlying, band),
        ExecuteMsg::SetFeeds { underlying, feeds } => listing::set_feeds(deps, sender, underlying, feeds),
        ExecuteMsg::EndDevelopment { underlying } => listing::end_development(deps, sender, underlying),
        ExecuteMsg::ProposeSettlement {
            underlying,
            expiry,
            price,
        } => settlement::propose(deps, now, sender, underlying, expiry, price),
        ExecuteMsg::ConfirmSettlement { underlying, expiry } => {
            settlement::confirm(deps, now, sender, underlying, expiry)
        }
        ExecuteMsg::SetRules(rules) => admin::set_rules(deps, sender, rules),
        ExecuteMsg::SetGuardian { guardian } => admin::set_guardian(deps, sender, &guardian),
        ExecuteMsg::ProposeAdmin { admin } => admin::propose(deps, sender, admin.as_deref()),
        ExecuteMsg::AcceptAdmin {} => admin::accept(deps, sender),
    }
}

/// Answers a question.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps<'_>, env: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    Ok(match msg {
        QueryMsg::Tape { underlying } => to_json_binary(&query::tape(deps, underlying)?),
        QueryMsg::Market { underlying } => to_json_binary(&query::market(deps, underlying)?),
        QueryMsg::Reports { underlying } => {
            to_json_binary(&query::reports(deps, env.block.time.seconds(), underlying)?)
        }
        QueryMsg::Twap { underlying, from, to } => to_json_binary(&query::twap(deps, underlying, from, to)?),
        QueryMsg::Listings { start_after, limit } => to_json_binary(&query::listings(deps, start_after, limit)?),
        QueryMsg::Settlement { underlying, expiry } => to_json_binary(&query::settlement(deps, underlying, expiry)?),
        QueryMsg::Settlements {
            underlying,
            start_after,
            limit,
        } => to_json_binary(&query::settlements(deps, underlying, start_after, limit)?),
        QueryMsg::Config {} => to_json_binary(&query::config(deps)?),
    }?)
}

/// Moves to this build's version.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut<'_>, _env: Env, _msg: MigrateMsg) -> Result<Response, ContractError> {
    admin::migrate(deps)
}

fn nonpayable(info: &MessageInfo) -> Result<(), ContractError> {
    match info.funds.first() {
        None => Ok(()),
        Some(coin) => Err(ContractError::Funds {
            found: coin.to_string(),
        }),
    }
}
