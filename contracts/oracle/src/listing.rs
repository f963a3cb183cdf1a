//! Underlyings and their publishers.

use crate::ContractError;
use crate::state::{LISTINGS, Listed, config_of_admin, listed};
use cosmwasm_std::{Addr, Api, DepsMut, Order, Response};
use hedgerow_interface::event::OracleChanged;
use hedgerow_interface::oracle::{Listing, MAX_PUBLISHERS, MAX_UNDERLYINGS};
use hedgerow_interface::tape::power_of_ten;
use hedgerow_risk::instrument::Symbol;

/// Lists an underlying.
///
/// Mutates: the listings. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `already_listed`, `too_many_underlyings`,
/// `contract_size`, `bad_address`, `too_many_publishers`, `duplicate_publisher`.
pub fn list(deps: DepsMut<'_>, sender: &Addr, listing: &Listing) -> Result<Response, ContractError> {
    // load
    config_of_admin(deps.storage, sender)?;
    let underlying = listing.underlying;
    let known = LISTINGS.has(deps.storage, &underlying.to_string());
    let count = LISTINGS.keys_raw(deps.storage, None, None, Order::Ascending).count();

    // compute
    if known {
        return Err(ContractError::AlreadyListed { underlying });
    }
    if count >= MAX_UNDERLYINGS {
        return Err(ContractError::TooManyUnderlyings {
            found: count.saturating_add(1),
        });
    }
    let listed = checked(deps.api, listing)?;

    // apply
    LISTINGS.save(deps.storage, &underlying.to_string(), &listed)?;
    Ok(changed("listing"))
}

/// Allows one more publisher for an underlying.
///
/// Mutates: the listing. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `unlisted`, `bad_address`,
/// `too_many_publishers`, `duplicate_publisher`.
pub fn add_publisher(
    deps: DepsMut<'_>,
    sender: &Addr,
    underlying: Symbol,
    publisher: &str,
) -> Result<Response, ContractError> {
    // load
    config_of_admin(deps.storage, sender)?;
    let mut listed = listed(deps.storage, underlying)?;
    let publisher = address(deps.api, "publisher", publisher)?;

    // compute
    listed.publishers = with_publisher(listed.publishers, publisher, underlying)?;

    // apply
    LISTINGS.save(deps.storage, &underlying.to_string(), &listed)?;
    Ok(changed("publishers"))
}

/// Takes a publisher off an underlying; the last one too, which stops its reports.
///
/// Mutates: the listing. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `unlisted`, `unknown_publisher`.
pub fn remove_publisher(
    deps: DepsMut<'_>,
    sender: &Addr,
    underlying: Symbol,
    publisher: &str,
) -> Result<Response, ContractError> {
    // load
    config_of_admin(deps.storage, sender)?;
    let mut listed = listed(deps.storage, underlying)?;

    // compute
    listed.publishers = without_publisher(listed.publishers, publisher, underlying)?;

    // apply
    LISTINGS.save(deps.storage, &underlying.to_string(), &listed)?;
    Ok(changed("publishers"))
}

/// The listing with its addresses validated.
pub(crate) fn checked(api: &dyn Api, listing: &Listing) -> Result<Listed, ContractError> {
    let underlying = listing.underlying;
    if power_of_ten(listing.contract_size).is_none() {
        return Err(ContractError::ContractSize {
            underlying,
            value: listing.contract_size,
        });
    }
    let publishers = listing.publishers.iter().try_fold(vec![], |publishers, publisher| {
        with_publisher(publishers, address(api, "publishers", publisher)?, underlying)
    })?;
    Ok(Listed {
        contract_size: listing.contract_size,
        publishers,
    })
}

fn with_publisher(mut publishers: Vec<Addr>, publisher: Addr, underlying: Symbol) -> Result<Vec<Addr>, ContractError> {
    if publishers.contains(&publisher) {
        return Err(ContractError::DuplicatePublisher { underlying, publisher });
    }
    publishers.push(publisher);
    match publishers.len() {
        found if found > MAX_PUBLISHERS => Err(ContractError::TooManyPublishers { underlying, found }),
        _ => Ok(publishers),
    }
}

fn without_publisher(
    mut publishers: Vec<Addr>,
    publisher: &str,
    underlying: Symbol,
) -> Result<Vec<Addr>, ContractError> {
    let before = publishers.len();
    publishers.retain(|known| known.as_str() != publisher);
    if publishers.len() == before {
        return Err(ContractError::UnknownPublisher {
            underlying,
            publisher: shown(publisher),
        });
    }
    Ok(publishers)
}

/// An address of this chain.
pub(crate) fn address(api: &dyn Api, field: &'static str, text: &str) -> Result<Addr, ContractError> {
    api.addr_validate(text).map_err(|error| ContractError::Address {
        field,
        value: shown(text),
        reason: error.to_string(),
    })
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

/// The answer to a message that changed the administration.
pub(crate) fn changed(what: &str) -> Response {
    Response::new().add_event(OracleChanged { what: what.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishers_come_and_go_once() {
        let btc: Symbol = "BTC".parse().unwrap();
        let name = |n: usize| Addr::unchecked(format!("publisher{n}"));
        let full = (0..MAX_PUBLISHERS)
            .try_fold(vec![], |all, n| with_publisher(all, name(n), btc))
            .unwrap();
        let error = with_publisher(full.clone(), name(32), btc).unwrap_err();
        assert_eq!(
            error.to_string(),
            "too_many_publishers: BTC: 33 publishers: must be at most 32"
        );
        let error = with_publisher(full.clone(), name(3), btc).unwrap_err();
        assert_eq!(error.code(), "duplicate_publisher");
        let fewer = without_publisher(full, "publisher3", btc).unwrap();
        assert_eq!(fewer.len(), 31);
        let error = without_publisher(fewer, "publisher3", btc).unwrap_err();
        assert_eq!(error.code(), "unknown_publisher");
    }
}
