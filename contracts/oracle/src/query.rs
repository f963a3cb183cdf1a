//! Answers. Lists come in pages.

use crate::ContractError;
use crate::history::average;
use crate::round;
use crate::state::{self, CONFIG, LISTINGS, PROPOSALS, SETTLEMENTS};
use cosmwasm_std::{Deps, Order, StdResult};
use cw_storage_plus::Bound;
use hedgerow_interface::keys;
use hedgerow_interface::oracle::{
    ConfigResponse, DEFAULT_PAGE, Listing, ListingsResponse, MAX_EXPIRIES, MAX_PAGE, MAX_PUBLISHERS, MAX_UNDERLYINGS,
    ReportState, ReportsResponse, Settlement, SettlementResponse, SettlementsResponse, TapeResponse, TwapResponse,
    quorum,
};
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::{Day, Symbol};

/// The packed tape, as it is stored.
pub fn tape(deps: Deps<'_>, underlying: Symbol) -> Result<TapeResponse, ContractError> {
    let bytes = deps.storage.get(&keys::tape(underlying));
    let tape = bytes.ok_or(ContractError::NoTape { underlying })?.into();
    let development = state::listed(deps.storage, underlying)?.development;
    Ok(TapeResponse { tape, development })
}

/// The tape, unpacked.
pub fn market(deps: Deps<'_>, underlying: Symbol) -> Result<Tape, ContractError> {
    state::tape(deps.storage, underlying)?.ok_or(ContractError::NoTape { underlying })
}

/// The publishers of an underlying with their last reports.
pub fn reports(deps: Deps<'_>, now: u64, underlying: Symbol) -> Result<ReportsResponse, ContractError> {
    let listed = state::listed(deps.storage, underlying)?;
    let rules = CONFIG.load(deps.storage)?.rules;
    let tape = state::tape(deps.storage, underlying)?;
    let quorum = quorum(listed.publishers.len(), listed.development);
    let (mut items, mut reports) = (Vec::new(), Vec::new());
    for publisher in listed.publishers {
        let stored = state::report(deps.storage, underlying, publisher.number)?;
        items.push(ReportState {
            publisher: publisher.address.into(),
            time: stored.as_ref().map(|stored| stored.tape.time),
            index: stored.as_ref().map(|stored| stored.tape.market.index),
            unchanged_since: stored.as_ref().map(|stored| stored.unchanged_since),
        });
        reports.extend(stored.map(|stored| stored.tape));
    }
    let base = tape.map(|tape| tape.time);
    let held = state::held(deps.storage, underlying)?.filter(|held| Some(held.base) == base);
    Ok(ReportsResponse {
        items,
        quorum: quorum as u32,
        fresh: round::fresh(reports, now, &rules).len() as u32,
        jump_since: held.map(|held| held.tape.time),
        development: listed.development,
    })
}

/// The average of the index.
pub fn twap(deps: Deps<'_>, underlying: Symbol, from: u64, to: u64) -> Result<TwapResponse, ContractError> {
    let development = state::listed(deps.storage, underlying)?.development;
    let tape = market(deps, underlying)?;
    Ok(TwapResponse {
        price: average(deps.storage, underlying, &tape, from, to)?,
        unbroken: tape.history.is_some_and(|history| history.unbroken_since <= from),
        development,
    })
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
                publishers: listed.publishers.into_iter().map(|p| p.address.into()).collect(),
                band: listed.band,
                feeds: listed.feeds,
                development: listed.development,
            })
        })
        .collect::<Result<Vec<_>, ContractError>>()?;
    let next = items.last().filter(|_| more).map(|last| last.underlying);
    Ok(ListingsResponse { items, next })
}

/// The settlement price of one expiry.
pub fn settlement(deps: Deps<'_>, underlying: Symbol, expiry: Day) -> Result<SettlementResponse, ContractError> {
    let development = state::listed(deps.storage, underlying)?.development;
    Ok(SettlementResponse {
        price: state::settlement(deps.storage, underlying, expiry)?,
        proposal: PROPOSALS.may_load(deps.storage, (&underlying.to_string(), expiry.number()))?,
        development,
    })
}

/// Settlement prices in the order of time.
pub fn settlements(
    deps: Deps<'_>,
    underlying: Symbol,
    start_after: Option<Day>,
    limit: Option<u32>,
) -> Result<SettlementsResponse, ContractError> {
    let development = state::listed(deps.storage, underlying)?.development;
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
    Ok(SettlementsResponse {
        items,
        next,
        development,
    })
}

/// Admin, guardian, rules and limits.
pub fn config(deps: Deps<'_>) -> Result<ConfigResponse, ContractError> {
    let config = CONFIG.load(deps.storage)?;
    Ok(ConfigResponse {
        admin: config.admin.into(),
        proposed_admin: config.proposed_admin.map(String::from),
        guardian: config.guardian.into(),
        rules: config.rules,
        development: development(deps)?,
        max_expiries: MAX_EXPIRIES as u32,
        max_publishers: MAX_PUBLISHERS as u32,
        max_underlyings: MAX_UNDERLYINGS as u32,
    })
}

fn development(deps: Deps<'_>) -> Result<Vec<Symbol>, ContractError> {
    let mut symbols = Vec::new();
    for entry in LISTINGS.range(deps.storage, None, None, Order::Ascending) {
        let (symbol, listed) = entry?;
        if listed.development {
            symbols.push(symbol.parse().map_err(cosmwasm_std::StdError::from)?);
        }
    }
    Ok(symbols)
}

/// The first keys, as many as the page takes, and whether there are more.
fn page<K>(mut keys: impl Iterator<Item = StdResult<K>>, limit: Option<u32>) -> Result<(Vec<K>, bool), ContractError> {
    let limit = limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE) as usize;
    let items = keys.by_ref().take(limit).collect::<StdResult<_>>()?;
    Ok((items, keys.next().is_some()))
}
