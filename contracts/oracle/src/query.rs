//! Answers. Lists come in pages.

use crate::ContractError;
use crate::state::{self, CONFIG, LISTINGS};
use cosmwasm_std::{Deps, Order, StdResult};
use cw_storage_plus::Bound;
use hedgerow_interface::keys::{self, SETTLEMENTS};
use hedgerow_interface::oracle::{
    ConfigResponse, DEFAULT_PAGE, Listing, ListingsResponse, MAX_EXPIRIES, MAX_PAGE, MAX_PUBLISHERS, MAX_UNDERLYINGS,
    Settlement, SettlementResponse, SettlementsResponse, TapeResponse,
};
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::{Day, Symbol};

/// The packed tape, as it is stored.
pub fn tape(deps: Deps<'_>, underlying: Symbol) -> Result<TapeResponse, ContractError> {
    let bytes = deps.storage.get(&keys::tape(underlying));
    let tape = bytes.ok_or(ContractError::NoTape { underlying })?.into();
    Ok(TapeResponse { tape })
}

/// The tape, unpacked.
pub fn market(deps: Deps<'_>, underlying: Symbol) -> Result<Tape, ContractError> {
    state::tape(deps.storage, underlying)?.ok_or(ContractError::NoTape { underlying })
}

/// Listed underlyings by symbol.
pub fn listings(
    deps: Deps<'_>,
    start_after: Option<Symbol>,
    limit: Option<u32>,
) -> Result<ListingsResponse, ContractError> {
    let start = start_after.map(|symbol| symbol.to_string());
    let min = start.as_deref().map(Bound::exclusive);
    let symbols = LISTINGS.keys(deps.storage, min, None, Order::Ascending);
    let (symbols, more) = page(symbols, limit)?;
    let items = symbols
        .into_iter()
        .map(|symbol| {
            let underlying: Symbol = symbol.parse().map_err(cosmwasm_std::StdError::from)?;
            let listed = state::listed(deps.storage, underlying)?;
            Ok(Listing {
                underlying,
                contract_size: listed.contract_size,
                publishers: listed.publishers.into_iter().map(String::from).collect(),
            })
        })
        .collect::<Result<Vec<_>, ContractError>>()?;
    let next = items.last().filter(|_| more).map(|last| last.underlying);
    Ok(ListingsResponse { items, next })
}

/// The settlement price of one expiry.
pub fn settlement(deps: Deps<'_>, underlying: Symbol, expiry: Day) -> Result<SettlementResponse, ContractError> {
    state::listed(deps.storage, underlying)?;
    let price = state::settlement(deps.storage, underlying, expiry)?;
    Ok(SettlementResponse { price })
}

/// Settlement prices in the order of time.
pub fn settlements(
    deps: Deps<'_>,
    underlying: Symbol,
    start_after: Option<Day>,
    limit: Option<u32>,
) -> Result<SettlementsResponse, ContractError> {
    state::listed(deps.storage, underlying)?;
    let symbol = underlying.to_string();
    let min = start_after.map(|day| Bound::exclusive(day.number()));
    let days = SETTLEMENTS
        .prefix(&symbol)
        .keys(deps.storage, min, None, Order::Ascending);
    let (days, more) = page(days, limit)?;
    let items = days
        .into_iter()
        .filter_map(Day::new)
        .filter_map(|expiry| {
            let price = state::settlement(deps.storage, underlying, expiry).transpose()?;
            Some(price.map(|price| Settlement { expiry, price }))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let next = items.last().filter(|_| more).map(|last| last.expiry);
    Ok(SettlementsResponse { items, next })
}

/// Admin, timing and limits.
pub fn config(deps: Deps<'_>) -> Result<ConfigResponse, ContractError> {
    let config = CONFIG.load(deps.storage)?;
    Ok(ConfigResponse {
        admin: config.admin.into(),
        proposed_admin: config.proposed_admin.map(String::from),
        timing: config.timing,
        max_expiries: MAX_EXPIRIES as u32,
        max_publishers: MAX_PUBLISHERS as u32,
        max_underlyings: MAX_UNDERLYINGS as u32,
    })
}

/// The first keys, as many as the page takes, and whether there are more.
fn page<K>(mut keys: impl Iterator<Item = StdResult<K>>, limit: Option<u32>) -> Result<(Vec<K>, bool), ContractError> {
    let limit = limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE) as usize;
    let items = keys.by_ref().take(limit).collect::<StdResult<_>>()?;
    Ok((items, keys.next().is_some()))
}
