//! Set-up, timing, the administration in two steps, migration.

use crate::ContractError;
use crate::listing::{self, address, changed};
use crate::state::{CONFIG, Config, LISTINGS, Listed, config_of_admin};
use cosmwasm_std::{Addr, Api, DepsMut, Response};
use hedgerow_interface::oracle::{InstantiateMsg, Listing, MAX_UNDERLYINGS, Timing};
use hedgerow_risk::instrument::Symbol;
use std::collections::BTreeMap;

/// The name under which the contract's version is stored.
pub const CONTRACT_NAME: &str = concat!("crate:", env!("CARGO_PKG_NAME"));
/// This build's version.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Sets the contract up.
///
/// Mutates: the configuration, the listings, the stored version. Emits: `hedgerow_oracle`. Fails: `timing`, `bad_address`,
/// `already_listed`, `too_many_underlyings`, `contract_size`, `too_many_publishers`, `duplicate_publisher`.
pub fn set_up(deps: DepsMut<'_>, sender: &Addr, msg: InstantiateMsg) -> Result<Response, ContractError> {
    // compute
    let listings = listings(deps.api, &msg.underlyings)?;
    let config = Config {
        admin: match &msg.admin {
            Some(admin) => address(deps.api, "admin", admin)?,
            None => sender.clone(),
        },
        proposed_admin: None,
        timing: checked(msg.timing)?,
    };

    // apply
    cw2::set_contract_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION)?;
    CONFIG.save(deps.storage, &config)?;
    for (underlying, listed) in listings {
        LISTINGS.save(deps.storage, &underlying.to_string(), &listed)?;
    }
    Ok(changed("admin"))
}

/// Changes the bounds on report times.
///
/// Mutates: the configuration. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `timing`.
pub fn set_timing(deps: DepsMut<'_>, sender: &Addr, timing: Timing) -> Result<Response, ContractError> {
    let config = config_of_admin(deps.storage, sender)?;
    let timing = checked(timing)?;
    CONFIG.save(deps.storage, &Config { timing, ..config })?;
    Ok(changed("timing"))
}

/// Offers the administration, or withdraws the offer.
///
/// Mutates: the configuration. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `bad_address`.
pub fn propose(deps: DepsMut<'_>, sender: &Addr, admin: Option<&str>) -> Result<Response, ContractError> {
    let config = config_of_admin(deps.storage, sender)?;
    let proposed_admin = admin.map(|admin| address(deps.api, "admin", admin)).transpose()?;
    CONFIG.save(
        deps.storage,
        &Config {
            proposed_admin,
            ..config
        },
    )?;
    Ok(changed("admin"))
}

/// Takes the administration that was offered.
///
/// Mutates: the configuration. Emits: `hedgerow_oracle`. Fails: `unauthorised`.
pub fn accept(deps: DepsMut<'_>, sender: &Addr) -> Result<Response, ContractError> {
    let config = CONFIG.load(deps.storage)?;
    let accepted = accepted(config, sender)?;
    CONFIG.save(deps.storage, &accepted)?;
    Ok(changed("admin"))
}

/// Moves to this build's version.
///
/// Mutates: the stored version. Emits nothing. Fails: `migration` when another contract or a newer version is stored.
pub fn migrate(deps: DepsMut<'_>) -> Result<Response, ContractError> {
    cw2::ensure_from_older_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION).map_err(|error| {
        ContractError::Migration {
            reason: error.to_string(),
        }
    })?;
    Ok(Response::new())
}

fn listings(api: &dyn Api, listings: &[Listing]) -> Result<BTreeMap<Symbol, Listed>, ContractError> {
    if listings.len() > MAX_UNDERLYINGS {
        return Err(ContractError::TooManyUnderlyings { found: listings.len() });
    }
    listings.iter().try_fold(BTreeMap::new(), |mut all, listing| {
        let underlying = listing.underlying;
        match all.insert(underlying, listing::checked(api, listing)?) {
            None => Ok(all),
            Some(_) => Err(ContractError::AlreadyListed { underlying }),
        }
    })
}

fn accepted(config: Config, sender: &Addr) -> Result<Config, ContractError> {
    match config.proposed_admin {
        Some(admin) if admin == *sender => Ok(Config {
            admin,
            proposed_admin: None,
            timing: config.timing,
        }),
        proposed => Err(ContractError::Unauthorised {
            sender: sender.clone(),
            needed: match proposed {
                Some(admin) => format!("the proposed admin, {admin}"),
                None => "the proposed admin, none is proposed".to_owned(),
            },
        }),
    }
}

fn checked(timing: Timing) -> Result<Timing, ContractError> {
    let bounds = [
        ("max_age", timing.max_age, 1, 3_600),
        ("max_ahead", timing.max_ahead, 0, 60),
    ];
    match bounds
        .into_iter()
        .find(|(_, value, min, max)| value < min || value > max)
    {
        None => Ok(timing),
        Some((field, value, min, max)) => Err(ContractError::Timing { field, value, min, max }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timing_has_bounds_of_its_own() {
        let timing = |max_age, max_ahead| checked(Timing { max_age, max_ahead });
        assert!(timing(1, 0).is_ok() && timing(3_600, 60).is_ok());
        assert_eq!(
            timing(0, 0).unwrap_err().to_string(),
            "timing: timing.max_age 0: must be within 1 and 3600 seconds"
        );
        assert_eq!(
            timing(u64::MAX, 0).unwrap_err().to_string(),
            "timing: timing.max_age 18446744073709551615: must be within 1 and 3600 seconds"
        );
        assert_eq!(
            timing(60, 61).unwrap_err().to_string(),
            "timing: timing.max_ahead 61: must be within 0 and 60 seconds"
        );
    }
}
