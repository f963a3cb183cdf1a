//! Set-up, rules, the administration in two steps, the guardian, migration.

use crate::ContractError;
use crate::listing::{self, address, changed};
use crate::state::{CONFIG, Config, LISTINGS, Listed, config_of_admin};
use cosmwasm_std::{Addr, Api, DepsMut, Response};
use hedgerow_interface::oracle::{InstantiateMsg, Listing, MAX_UNDERLYINGS, Rules};
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::{Ratio, format_decimal};
use std::collections::BTreeMap;

/// The name under which the contract's version is stored.
pub const CONTRACT_NAME: &str = concat!("crate:", env!("CARGO_PKG_NAME"));
/// This build's version.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Sets the contract up.
///
/// Mutates: the configuration, the listings, the stored version. Emits: `hedgerow_oracle`. Fails: `rules`, `bad_address`,
/// `already_listed`, `too_many_underlyings`, `contract_size`, `too_many_publishers`, `duplicate_publisher`.
pub fn set_up(deps: DepsMut<'_>, sender: &Addr, msg: InstantiateMsg) -> Result<Response, ContractError> {
    // compute
    let listings = listings(deps.api, &msg.underlyings)?;
    let admin = match &msg.admin {
        Some(admin) => address(deps.api, "admin", admin)?,
        None => sender.clone(),
    };
    let config = Config {
        guardian: match &msg.guardian {
            Some(guardian) => address(deps.api, "guardian", guardian)?,
            None => admin.clone(),
        },
        admin,
        proposed_admin: None,
        rules: checked(msg.rules)?,
    };

    // apply
    cw2::set_contract_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION)?;
    CONFIG.save(deps.storage, &config)?;
    for (underlying, listed) in listings {
        LISTINGS.save(deps.storage, &underlying.to_string(), &listed)?;
    }
    Ok(changed("admin"))
}

/// Changes what reports must satisfy.
///
/// Mutates: the configuration. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `rules`.
pub fn set_rules(deps: DepsMut<'_>, sender: &Addr, rules: Rules) -> Result<Response, ContractError> {
    let config = config_of_admin(deps.storage, sender)?;
    let rules = checked(rules)?;
    CONFIG.save(deps.storage, &Config { rules, ..config })?;
    Ok(changed("rules"))
}

/// Names who settles what the tape cannot.
///
/// Mutates: the configuration. Emits: `hedgerow_oracle`. Fails: `unauthorised`, `bad_address`.
pub fn set_guardian(deps: DepsMut<'_>, sender: &Addr, guardian: &str) -> Result<Response, ContractError> {
    let config = config_of_admin(deps.storage, sender)?;
    let guardian = address(deps.api, "guardian", guardian)?;
    CONFIG.save(deps.storage, &Config { guardian, ..config })?;
    Ok(changed("guardian"))
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
            ..config
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

/// Every rule within its own range: seconds as they are, parts in steps.
fn checked(rules: Rules) -> Result<Rules, ContractError> {
    let seconds = [
        ("max_age", rules.max_age, 1, 3_600),
        ("max_ahead", rules.max_ahead, 0, 60),
        ("max_skew", rules.max_skew, 1, 3_600),
        ("max_frozen", rules.max_frozen, 60, 31_536_000),
    ];
    for (field, value, min, max) in seconds {
        if !(min..=max).contains(&value) {
            let [value, min, max] = [value, min, max].map(|seconds| seconds.to_string());
            return Err(ContractError::Rules { field, value, min, max });
        }
    }
    let (thousandth, most) = (1_000_000, Ratio::TEN.steps());
    let parts = [
        ("max_jump", rules.max_jump, thousandth),
        ("price_dispersion", rules.price_dispersion, thousandth / 10),
        ("vol_dispersion", rules.vol_dispersion, thousandth / 10),
        ("stable_per_day", rules.stable_per_day, thousandth),
    ];
    for (field, value, min) in parts {
        if !(min..=most).contains(&value.steps()) {
            let [value, min, max] =
                [value.steps(), min, most].map(|steps| format_decimal(i128::from(steps), Ratio::DECIMALS));
            return Err(ContractError::Rules { field, value, min, max });
        }
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_range_of_its_own() {
        let rules = Rules::standard();
        assert_eq!(checked(rules).unwrap(), rules);
        let text = |rules: Rules| checked(rules).unwrap_err().to_string();
        type Seconds = fn(&mut Rules) -> &mut u64;
        let seconds: [(Seconds, u64, u64, &str); 4] = [
            (|r| &mut r.max_age, 1, 3_600, "max_age"),
            (|r| &mut r.max_ahead, 0, 60, "max_ahead"),
            (|r| &mut r.max_skew, 1, 3_600, "max_skew"),
            (|r| &mut r.max_frozen, 60, 31_536_000, "max_frozen"),
        ];
        for (of, min, max, field) in seconds {
            let with = |value| {
                let mut rules = rules;
                *of(&mut rules) = value;
                rules
            };
            assert!(checked(with(min)).is_ok() && checked(with(max)).is_ok(), "{field}");
            let says = |value: u64| format!("rules: rules.{field} {value}: must be within {min} and {max}");
            assert_eq!(text(with(max + 1)), says(max + 1));
            assert_eq!(text(with(u64::MAX)), says(u64::MAX));
            if min > 0 {
                assert_eq!(text(with(min - 1)), says(min - 1));
            }
        }
        type Part = fn(&mut Rules) -> &mut Ratio;
        let parts: [(Part, &str, &str); 4] = [
            (|r| &mut r.max_jump, "0.001", "max_jump"),
            (|r| &mut r.price_dispersion, "0.0001", "price_dispersion"),
            (|r| &mut r.vol_dispersion, "0.0001", "vol_dispersion"),
            (|r| &mut r.stable_per_day, "0.001", "stable_per_day"),
        ];
        for (of, min, field) in parts {
            let with = |value: &str| {
                let mut rules = rules;
                *of(&mut rules) = value.parse().unwrap();
                rules
            };
            assert!(checked(with(min)).is_ok() && checked(with("10")).is_ok(), "{field}");
            for value in ["0", "-1", "10.000000001", "0.000000001"] {
                let says = format!("rules: rules.{field} {value}: must be within {min} and 10");
                assert_eq!(text(with(value)), says);
            }
        }
    }
}
