//! Underlyings and their publishers.

use crate::ContractError;
use crate::state::{LISTINGS, Listed, Publisher, config_of_admin, listed, remove_report};
use cosmwasm_std::{Addr, Api, DepsMut, Order, Response};
use hedgerow_interface::event::OracleChanged;
use hedgerow_interface::oracle::{Band, Feed, Listing, MAX_FEED_TEXT, MAX_FEEDS, MAX_PUBLISHERS, MAX_UNDERLYINGS};
use hedgerow_interface::tape::power_of_ten;
use hedgerow_risk::instrument::Symbol;

/// Lists an underlying.
///
/// Mutates: the listings. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `already_listed`, `too_many_underlyings`,
/// `contract_size`, `bad_address`, `too_many_publishers`, `duplicate_publisher`, `too_many_feeds`, `feed_text`.
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

/// Takes a publisher off an underlying with its report; the last one too, which stops the tape.
///
/// Mutates: the listing, the publisher's report. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `unlisted`, `unknown_publisher`.
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
    let number = without_publisher(&mut listed.publishers, publisher, underlying)?;

    // apply
    remove_report(deps.storage, underlying, number);
    LISTINGS.save(deps.storage, &underlying.to_string(), &listed)?;
    Ok(changed("publishers"))
}

/// Changes the prices that an underlying's sources can show.
///
/// Mutates: the listing. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `unlisted`, `band`.
pub fn set_band(
    deps: DepsMut<'_>,
    sender: &Addr,
    underlying: Symbol,
    band: Option<Band>,
) -> Result<Response, ContractError> {
    config_of_admin(deps.storage, sender)?;
    let listed = listed(deps.storage, underlying)?;
    let band = checked_band(band, underlying)?;
    LISTINGS.save(deps.storage, &underlying.to_string(), &Listed { band, ..listed })?;
    Ok(changed("listing"))
}

/// Changes where prices of an underlying's index come from beside its publishers.
///
/// Mutates: the listing. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `unlisted`, `too_many_feeds`, `feed_text`,
/// `bad_address`.
pub fn set_feeds(
    deps: DepsMut<'_>,
    sender: &Addr,
    underlying: Symbol,
    feeds: Vec<Feed>,
) -> Result<Response, ContractError> {
    config_of_admin(deps.storage, sender)?;
    let listed = listed(deps.storage, underlying)?;
    let feeds = checked_feeds(deps.api, feeds, underlying)?;
    LISTINGS.save(deps.storage, &underlying.to_string(), &Listed { feeds, ..listed })?;
    Ok(changed("listing"))
}

/// Addresses of this chain, and texts that need no quoting.
fn checked_feeds(api: &dyn Api, feeds: Vec<Feed>, underlying: Symbol) -> Result<Vec<Feed>, ContractError> {
    if feeds.len() > MAX_FEEDS {
        let found = feeds.len();
        return Err(ContractError::TooManyFeeds { underlying, found });
    }
    for feed in &feeds {
        let (contract, texts): (Option<&str>, [&str; 2]) = match feed {
            Feed::Fixed { .. } => (None, ["-", "-"]),
            Feed::Pyth { contract, id, .. } => (Some(contract), [id, "-"]),
            Feed::Connect { pair } => (None, [pair, "-"]),
            Feed::Band { contract, base, quote } => (Some(contract), [base, quote]),
            Feed::Redemption { contract, denom, .. } => (Some(contract), [denom, "-"]),
        };
        if let Some(contract) = contract {
            address(api, "feeds.contract", contract)?;
        }
        for text in texts {
            let plain = text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_./:".contains(&c));
            if !plain || !(1..MAX_FEED_TEXT).contains(&text.len()) {
                let value = shown(text);
                return Err(ContractError::FeedText { underlying, value });
            }
        }
    }
    Ok(feeds)
}

/// One source is no longer enough for an underlying.
///
/// Mutates: the listing. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `unlisted`.
pub fn end_development(deps: DepsMut<'_>, sender: &Addr, underlying: Symbol) -> Result<Response, ContractError> {
    config_of_admin(deps.storage, sender)?;
    let listed = Listed {
        development: false,
        ..listed(deps.storage, underlying)?
    };
    LISTINGS.save(deps.storage, &underlying.to_string(), &listed)?;
    Ok(changed("listing"))
}

fn checked_band(band: Option<Band>, underlying: Symbol) -> Result<Option<Band>, ContractError> {
    match band {
        Some(Band { min, max }) if min >= max => Err(ContractError::Band { underlying, min, max }),
        _ => Ok(band),
    }
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
        band: checked_band(listing.band, underlying)?,
        feeds: checked_feeds(api, listing.feeds.clone(), underlying)?,
        development: listing.development,
        publishers,
    })
}

/// The publishers with one more, who gets the least number that is free.
fn with_publisher(
    mut publishers: Vec<Publisher>,
    address: Addr,
    underlying: Symbol,
) -> Result<Vec<Publisher>, ContractError> {
    if publishers.iter().any(|known| known.address == address) {
        let publisher = address;
        return Err(ContractError::DuplicatePublisher { underlying, publisher });
    }
    let taken = |number: &u8| publishers.iter().any(|known| known.number == *number);
    let free = (0u8..).take(MAX_PUBLISHERS).find(|number| !taken(number));
    let Some(number) = free else {
        let found = publishers.len().saturating_add(1);
        return Err(ContractError::TooManyPublishers { underlying, found });
    };
    publishers.push(Publisher { address, number });
    Ok(publishers)
}

/// Takes a publisher off; answers its number.
fn without_publisher(publishers: &mut Vec<Publisher>, address: &str, underlying: Symbol) -> Result<u8, ContractError> {
    let found = publishers.iter().position(|known| known.address.as_str() == address);
    let found = found.ok_or_else(|| ContractError::UnknownPublisher {
        underlying,
        publisher: shown(address),
    })?;
    Ok(publishers.remove(found).number)
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
        let mut fewer = full;
        assert_eq!(without_publisher(&mut fewer, name(3).as_str(), btc).unwrap(), 3);
        assert_eq!(fewer.len(), 31);
        let error = without_publisher(&mut fewer, name(3).as_str(), btc).unwrap_err();
        assert_eq!(error.code(), "unknown_publisher");
        // The number is free again; no two publishers share one.
        let again = with_publisher(fewer, name(99), btc).unwrap();
        assert_eq!(again.last().unwrap().number, 3);
    }
}
