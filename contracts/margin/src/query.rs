//! Every answer of the contract.

use crate::desk::{Desk, moves};
use crate::error::ContractError;
use crate::state;
use cosmwasm_std::{Binary, Deps, Env, Order, to_json_binary};
use cw_storage_plus::Bound;
use hedgerow_interface::AccountId;
use hedgerow_interface::account::Account;
use hedgerow_interface::keys;
use hedgerow_interface::margin::{
    AccountResponse, AccountsResponse, BooksResponse, ChargeView, Contribution, Delegation, DelegationsResponse,
    Health, InsuranceResponse, LegView, MAX_DELEGATIONS, MAX_FILLS, MAX_UNDERLYINGS, MarginResponse, ParamsResponse,
    QueryMsg, SeriesBook, UnderlyingBook, VenuesResponse,
};
use hedgerow_risk::assessment::{Assessment, Charge, Holding, Standing};
use hedgerow_risk::gate;
use hedgerow_risk::liquidation;
use hedgerow_risk::model;
use hedgerow_risk::number::{Cash, Quantity, Value};
use std::collections::BTreeMap;

const DEFAULT_LIMIT: u32 = 30;
const MAX_LIMIT: u32 = 100;

/// Answers a question.
pub fn query(deps: Deps, env: &Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    let answer = match msg {
        QueryMsg::Params {} => to_json_binary(&params(deps)?),
        QueryMsg::Account { account } => to_json_binary(&account_view(deps, account)?),
        QueryMsg::Accounts { start_after, limit } => to_json_binary(&accounts(deps, start_after, limit)?),
        QueryMsg::Margin { account } => to_json_binary(&margin(deps, env, account)?),
        QueryMsg::Delegations { account } => to_json_binary(&delegations(deps, account)?),
        QueryMsg::Venues { start_after, limit } => to_json_binary(&venues(deps, start_after.as_deref(), limit)?),
        QueryMsg::Insurance {} => to_json_binary(&insurance(deps)?),
        QueryMsg::Books {} => to_json_binary(&books(deps)?),
    };
    Ok(answer?)
}

/// One more than a page holds, to know whether there is another.
fn page(limit: Option<u32>) -> usize {
    limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize
}

/// Cuts a list that was read one item beyond its page, and says what the next page starts after.
fn cut<T, K>(mut items: Vec<T>, size: usize, key: impl Fn(&T) -> K) -> (Vec<T>, Option<K>) {
    if items.len() <= size {
        return (items, None);
    }
    items.truncate(size);
    let next = items.last().map(key);
    (items, next)
}

fn params(deps: Deps) -> Result<ParamsResponse, ContractError> {
    let params = state::params(deps.storage)?;
    Ok(ParamsResponse {
        version: params.version,
        owner: params.owner.into_string(),
        proposed_owner: params.proposed_owner.map(Into::into),
        oracle: params.oracle.into_string(),
        quote: params.quote,
        underlyings: params.underlyings,
        model_hash: hex(&model::hash_of(&params.model)),
        model: params.model,
        limits: params.limits,
        timing: params.timing,
        auction: params.auction,
        max_fills: MAX_FILLS,
        max_delegations: MAX_DELEGATIONS,
        max_underlyings: MAX_UNDERLYINGS,
    })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn account_view(deps: Deps, id: AccountId) -> Result<AccountResponse, ContractError> {
    let underlyings = state::params(deps.storage)?.underlyings;
    view(deps, &underlyings, id, &state::account(deps.storage, id)?)
}

fn view(
    deps: Deps,
    underlyings: &[hedgerow_risk::instrument::Symbol],
    id: AccountId,
    account: &Account,
) -> Result<AccountResponse, ContractError> {
    let mut legs = Vec::with_capacity(account.legs());
    for series in &account.series {
        let symbol = underlyings
            .get(usize::from(series.underlying))
            .ok_or(ContractError::Corrupt { what: "account" })?;
        let mut cost = series.linear.map(|linear| linear.cost);
        legs.extend(moves(*symbol, series).into_iter().map(|leg| LegView {
            instrument: leg.instrument,
            quantity: leg.quantity,
            // The linear leg comes first, and is the only one with a cost.
            cost: cost.take(),
        }));
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

fn accounts(deps: Deps, start_after: Option<AccountId>, limit: Option<u32>) -> Result<AccountsResponse, ContractError> {
    let underlyings = state::params(deps.storage)?.underlyings;
    let size = page(limit);
    let from = start_after.map(|id| Bound::exclusive(id.0));
    let items = keys::ACCOUNTS
        .keys_raw(deps.storage, from, None, Order::Ascending)
        .take(size.saturating_add(1))
        .map(|key| {
            let id = <[u8; 8]>::try_from(key.as_slice()).map_err(|_| ContractError::Corrupt { what: "account" })?;
            let id = AccountId(u64::from_be_bytes(id));
            view(deps, &underlyings, id, &state::account(deps.storage, id)?)
        })
        .collect::<Result<Vec<_>, ContractError>>()?;
    let (items, next) = cut(items, size, |item: &AccountResponse| item.account);
    Ok(AccountsResponse { items, next })
}

/// Equity and requirements as a message would find them: expired legs are settled first where their price is fixed.
fn margin(deps: Deps, env: &Env, id: AccountId) -> Result<MarginResponse, ContractError> {
    let mut desk = Desk::open(deps, env)?;
    let seat = desk.seat(deps, id)?;
    let account = desk.at(seat).account.clone();
    desk.need_tapes(deps, &account)?;
    let found = desk.assess(&account)?;
    let standing = desk.with_floors(&account, found.standing)?;
    let sequence = desk.at(seat).stored_sequence();
    Ok(MarginResponse {
        account: id,
        sequence,
        health: health(&standing),
        initial_margin: standing.initial_margin,
        maintenance_margin: standing.maintenance_margin,
        withdrawable: withdrawable(&desk, &account, &standing)?,
        equity: standing.equity,
        option_value: standing.option_value,
        unrealised: standing.unrealised,
        scan: found.scan,
        worst_scenario: u32::try_from(found.worst_scenario).unwrap_or(u32::MAX),
        charges: charges(&found),
        legs: contributions(&found),
        scenarios: found.scenarios,
        params_version: desk.params.version,
        model_hash: hex(&model::hash_of(&desk.params.model)),
        market_hash: hex(&model::market_hash(&desk.prices.market)),
        time: desk.now(),
        tape_time: desk.tape_time(&account),
    })
}

fn health(standing: &Standing) -> Health {
    match liquidation::health(standing) {
        liquidation::Health::Healthy => Health::Healthy,
        liquidation::Health::MarginCall => Health::MarginCall,
        liquidation::Health::Liquidatable => Health::Liquidatable,
        liquidation::Health::Insolvent => Health::Insolvent,
    }
}

/// `min(cash, secured - IM)`, nothing while a clock runs, prices are too old or an expired leg waits for its price.
fn withdrawable(desk: &Desk, account: &Account, standing: &Standing) -> Result<Cash, ContractError> {
    let fresh = desk.check_strict(desk.underlyings(account)?, "withdraw").is_ok();
    let settled = desk.check_settled(account).is_ok();
    if !fresh || !settled {
        return Ok(Cash::ZERO);
    }
    let cash = account.cash.value_floor(desk.decimals)?;
    let free = gate::withdrawable(standing, cash, account.clock.started.is_some());
    // Compared as a value: back from binary, cash may be a unit less than it is.
    if free >= cash {
        return Ok(account.cash.max(Cash::ZERO));
    }
    Ok(Cash::new(free.to_decimal_floor(desk.decimals.get())?)?)
}

fn charges(found: &Assessment) -> Vec<ChargeView> {
    let charges = &found.charges;
    let inside = |value: Value| Charge {
        maintenance: value,
        initial: Value::ZERO,
    };
    [
        ("basis", inside(charges.basis)),
        ("short_option_minimum", inside(charges.short_option_minimum)),
        ("min_delta", inside(charges.min_delta)),
        ("roll", inside(charges.roll)),
        ("delta_concentration", inside(charges.delta_concentration)),
        ("perp", charges.perp),
        ("naked_short", charges.naked_short),
        ("confidence", charges.confidence),
        ("collateral", charges.collateral),
    ]
    .into_iter()
    .map(|(name, charge)| ChargeView {
        name: name.to_owned(),
        maintenance: charge.maintenance,
        initial: charge.maintenance.saturating_add(charge.initial),
    })
    .filter(|view| view.initial != Value::ZERO)
    .collect()
}

fn contributions(found: &Assessment) -> Vec<Contribution> {
    found
        .contributions
        .iter()
        .filter_map(|part| match part.holding {
            Holding::Leg(instrument) => Some(Contribution {
                instrument,
                contribution: part.netted,
            }),
            _ => None,
        })
        .collect()
}

fn delegations(deps: Deps, account: AccountId) -> Result<DelegationsResponse, ContractError> {
    let control = state::control(deps.storage, account)?;
    let record = state::account(deps.storage, account)?;
    let items = control.grants.into_iter().map(|grant| {
        Ok(Delegation {
            delegate: grant.delegate.into_string(),
            scopes: grant.scopes,
            expires: grant.expires,
            loss_budget: grant.loss_budget.checked_sub(record.spent_by(grant.number))?,
        })
    });
    Ok(DelegationsResponse {
        owner: control.owner.into_string(),
        items: items.collect::<Result<_, ContractError>>()?,
    })
}

fn venues(deps: Deps, start_after: Option<&str>, limit: Option<u32>) -> Result<VenuesResponse, ContractError> {
    let size = page(limit);
    let from = start_after.map(|address| deps.api.addr_validate(address)).transpose()?;
    let found = state::venues(deps.storage, from.as_ref(), size.saturating_add(1))?;
    let (items, next) = cut(
        found.into_iter().map(cosmwasm_std::Addr::into_string).collect(),
        size,
        Clone::clone,
    );
    Ok(VenuesResponse { items, next })
}

fn insurance(deps: Deps) -> Result<InsuranceResponse, ContractError> {
    let ledger = state::ledger(deps.storage)?;
    Ok(InsuranceResponse {
        balance: ledger.insurance,
        debt: ledger.debt,
    })
}

fn books(deps: Deps) -> Result<BooksResponse, ContractError> {
    let ledger = state::ledger(deps.storage)?;
    let params = state::params(deps.storage)?;
    let numbers: BTreeMap<u8, _> = (0u8..).zip(params.underlyings).collect();
    let underlyings = numbers
        .into_iter()
        .map(|(number, underlying)| {
            let book = state::book(deps.storage, number)?;
            let open = i64::try_from(book.open_interest).map_err(|_| ContractError::Corrupt { what: "book" })?;
            let series = book
                .series
                .iter()
                .map(|series| {
                    Ok(SeriesBook {
                        expiry: series.expiry()?,
                        legs: series.legs,
                        pool: series.pool,
                    })
                })
                .collect::<Result<_, ContractError>>()?;
            Ok(UnderlyingBook {
                underlying,
                open_interest: Quantity::new(open)?,
                series,
            })
        })
        .collect::<Result<_, ContractError>>()?;
    Ok(BooksResponse {
        insurance: ledger.insurance,
        debt: ledger.debt,
        negative_cash: ledger.negative_cash,
        accounts: ledger.accounts,
        underlyings,
    })
}
