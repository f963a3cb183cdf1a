//! Parameters, venues, the fund, and what the contract keeps over all accounts.

use super::{hash, page};
use crate::error::ContractError;
use crate::state;
use cosmwasm_std::{Addr, Deps};
use hedgerow_interface::margin::{
    BooksResponse, InsuranceResponse, MAX_BATCH, MAX_DELEGATIONS, MAX_FILLS, MAX_UNDERLYINGS, ParamsResponse,
    SeriesBook, UnderlyingBook, VenuesResponse,
};
use hedgerow_risk::number::Quantity;

#[inline(never)]
pub fn params(deps: Deps) -> Result<ParamsResponse, Box<ContractError>> {
    let mut params = state::params(deps.storage)?;
    Ok(ParamsResponse {
        version: params.version,
        owner: params.owner.into_string(),
        proposed_owner: params.proposed_owner.map(state::Address::into_string),
        oracle: params.oracle.into_string(),
        quote: params.quote,
        underlyings: params.underlyings,
        model_hash: hash(&mut params.model),
        model: params.model.into_inner(),
        limits: params.limits,
        timing: params.timing,
        auction: params.auction,
        max_fills: MAX_FILLS,
        max_delegations: MAX_DELEGATIONS,
        max_batch: MAX_BATCH,
        max_underlyings: MAX_UNDERLYINGS,
    })
}

#[inline(never)]
pub fn venues(deps: Deps, start_after: Option<&str>, limit: Option<u32>) -> Result<VenuesResponse, Box<ContractError>> {
    let size = page(limit);
    let after = match start_after {
        Some(address) => deps.api.addr_validate(address)?,
        None => Addr::unchecked(""),
    };
    // One more than the page holds, to know whether there is another.
    let mut items = state::venues(deps.storage, &after, size.saturating_add(1))?;
    let more = items.len() > size;
    items.truncate(size);
    let next = items.last().filter(|_| more).cloned();
    Ok(VenuesResponse { items, next })
}

pub fn insurance(deps: Deps) -> Result<InsuranceResponse, Box<ContractError>> {
    let ledger = state::ledger(deps.storage)?;
    Ok(InsuranceResponse {
        balance: ledger.insurance,
        debt: ledger.debt,
    })
}

#[inline(never)]
pub fn books(deps: Deps) -> Result<BooksResponse, Box<ContractError>> {
    let ledger = state::ledger(deps.storage)?;
    let params = state::params(deps.storage)?;
    let mut underlyings = Vec::new();
    for (number, underlying) in (0u8..).zip(params.underlyings) {
        let book = state::book(deps.storage, number)?;
        let open = i64::try_from(book.open_interest).map_err(|_| ContractError::corrupt("book"))?;
        let mut series = Vec::new();
        for open in &book.series {
            series.push(SeriesBook {
                expiry: open.expiry()?,
                legs: open.legs,
                pool: open.pool,
            });
        }
        underlyings.push(UnderlyingBook {
            underlying,
            open_interest: Quantity::new(open)?,
            series,
        });
    }
    Ok(BooksResponse {
        insurance: ledger.insurance,
        debt: ledger.debt,
        negative_cash: ledger.negative_cash,
        accounts: ledger.accounts,
        underlyings,
    })
}
