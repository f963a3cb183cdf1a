//! Parameters, venues and ownership: what the owner of the contract may do.

use crate::contract::{NAME, VERSION};
use crate::error::ContractError;
use crate::payment::nonpayable;
use crate::state::{self, Ledger, Params};
use cosmwasm_std::{Addr, DepsMut, Event, MessageInfo, Response, Storage};
use hedgerow_interface::event::{ParamsChanged, VenueChanged};
use hedgerow_interface::margin::{
    AuctionParams, BAND_MAX, InstantiateMsg, Limits, MAX_EXPIRIES, MAX_LEGS, MAX_UNDERLYINGS, QuoteToken, Timing,
};
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::model::{Model, ValidModel};
use hedgerow_risk::number::{Cash, Quantity, QuoteDecimals, Ratio};

/// Checks and stores the parameters.
///
/// Mutates: parameters, ledger, cw2. Fails: `payment`, `std` (addresses), `out_of_range`, `duplicate`, `empty`, and what
/// the model is refused for.
pub fn instantiate(deps: DepsMut, info: &MessageInfo, msg: InstantiateMsg) -> Result<Response, Box<ContractError>> {
    nonpayable(info)?;
    let owner = msg.owner.as_deref().unwrap_or(info.sender.as_str());
    let params = Params {
        version: 1,
        owner: deps.api.addr_validate(owner)?.into(),
        proposed_owner: None,
        oracle: deps.api.addr_validate(&msg.oracle)?.into(),
        quote: checked_quote(msg.quote)?,
        model: checked_model(msg.model, &msg.underlyings)?,
        underlyings: checked_underlyings(msg.underlyings)?,
        limits: checked_limits(msg.limits)?,
        timing: checked_timing(msg.timing)?,
        auction: checked_auction(msg.auction)?,
    };
    state::save_release(deps.storage, NAME, VERSION);
    state::save_ledger(deps.storage, &mut Ledger::default());
    changed(deps.storage, params, "owner", 0)
}

fn checked_quote(quote: QuoteToken) -> Result<QuoteToken, Box<ContractError>> {
    QuoteDecimals::new(quote.decimals)?;
    if quote.denom.is_empty() || quote.denom.len() > 128 {
        return Err(ContractError::range(
            "quote.denom",
            &quote.denom,
            format_args!("1 to 128 characters"),
        ));
    }
    Ok(quote)
}

fn checked_underlyings(underlyings: Vec<Symbol>) -> Result<Vec<Symbol>, Box<ContractError>> {
    if underlyings.len() > MAX_UNDERLYINGS as usize {
        return Err(ContractError::TooMany {
            what: "underlyings",
            count: underlyings.len() as u64,
            limit: u64::from(MAX_UNDERLYINGS),
        }
        .into());
    }
    let mut sorted = underlyings.clone();
    sorted.sort_unstable();
    if let Some(twice) = sorted
        .windows(2)
        .find_map(|w| w.first().filter(|a| w.get(1) == Some(a)))
    {
        return Err(ContractError::Duplicate {
            field: "underlying",
            value: twice.to_string(),
        }
        .into());
    }
    Ok(underlyings)
}

/// The model is sound and knows every underlying.
fn checked_model(model: Model, underlyings: &[Symbol]) -> Result<ValidModel, Box<ContractError>> {
    check_known(&model, underlyings)?;
    Ok(model.validate()?)
}

/// The model knows every underlying: one it does not know would be traded without volatility shocks.
fn check_known(model: &Model, underlyings: &[Symbol]) -> Result<(), Box<ContractError>> {
    for underlying in underlyings {
        if !model.underlyings.contains_key(underlying) {
            let limit = format_args!("there for {underlying}, which is listed");
            return Err(ContractError::range("model.underlyings", &"absent", limit));
        }
    }
    Ok(())
}

fn checked_limits(limits: Limits) -> Result<Limits, Box<ContractError>> {
    let count = |field, value: u32, most: u32| {
        if value == 0 || value > most {
            return Err(ContractError::range(field, &value, format_args!("1 to {most}")));
        }
        Ok(())
    };
    count("limits.legs", limits.legs, MAX_LEGS)?;
    count("limits.expiries", limits.expiries, MAX_EXPIRIES)?;
    if limits.open_interest < Quantity::ZERO {
        return Err(ContractError::range(
            "limits.open_interest",
            &limits.open_interest,
            format_args!("at least 0"),
        ));
    }
    for (field, value, least) in [
        ("limits.min_deposit", limits.min_deposit, 1),
        ("limits.min_equity", limits.min_equity, 0),
        ("limits.min_maintenance", limits.min_maintenance, 0),
        ("limits.borrow_cap", limits.borrow_cap, 0),
    ] {
        if value.units() < least {
            return Err(ContractError::range(field, &value, format_args!("at least {least}")));
        }
    }
    if limits.min_maintenance > limits.min_equity {
        let limit = format_args!("at most min_equity, {}", limits.min_equity);
        return Err(ContractError::range(
            "limits.min_maintenance",
            &limits.min_maintenance,
            limit,
        ));
    }
    for (field, value, most) in [
        ("limits.band_mark", limits.band_mark, BAND_MAX),
        ("limits.band_index", limits.band_index, BAND_MAX),
        ("limits.max_reduce_cost", limits.max_reduce_cost, Ratio::ONE),
    ] {
        if value < Ratio::ZERO || value > most {
            return Err(ContractError::range(field, &value, format_args!("within 0 and {most}")));
        }
    }
    Ok(limits)
}

fn checked_timing(timing: Timing) -> Result<Timing, Box<ContractError>> {
    if !(1..=3_600).contains(&timing.max_age) {
        return Err(ContractError::range(
            "timing.max_age",
            &timing.max_age,
            format_args!("1 to 3600"),
        ));
    }
    if !(timing.max_age..=86_400).contains(&timing.max_age_liquidation) {
        let limit = format_args!("{} (max_age) to 86400", timing.max_age);
        return Err(ContractError::range(
            "timing.max_age_liquidation",
            &timing.max_age_liquidation,
            limit,
        ));
    }
    for (field, value, most) in [
        ("timing.min_confidence", timing.min_confidence, Ratio::ONE),
        ("timing.max_deviation", timing.max_deviation, Ratio::TEN),
    ] {
        if value < Ratio::ZERO || value > most {
            return Err(ContractError::range(field, &value, format_args!("within 0 and {most}")));
        }
    }
    Ok(timing)
}

fn checked_auction(auction: AuctionParams) -> Result<AuctionParams, Box<ContractError>> {
    auction.terms()?;
    for (field, value) in [
        ("auction.reward", auction.reward),
        ("auction.payout_cap", auction.payout_cap),
    ] {
        if value < Cash::ZERO {
            return Err(ContractError::range(field, &value, format_args!("at least 0")));
        }
    }
    Ok(auction)
}

/// Loads the parameters for a change by the owner.
fn owned(storage: &dyn Storage, info: &MessageInfo) -> Result<Params, Box<ContractError>> {
    nonpayable(info)?;
    let params = state::params(storage)?;
    if params.owner != info.sender {
        return Err(ContractError::Unauthorised {
            sender: info.sender.to_string(),
            action: "administer the contract",
        }
        .into());
    }
    Ok(params)
}

/// Stores changed parameters under the next version and says so.
fn changed(
    storage: &mut dyn Storage,
    mut params: Params,
    what: &str,
    steps: u64,
) -> Result<Response, Box<ContractError>> {
    params.version = params.version.wrapping_add(steps);
    state::save_params(storage, &mut params);
    let event = ParamsChanged {
        version: params.version,
        what: what.to_owned(),
    };
    Ok(Response::new().add_event(Event::from(event)))
}

fn venue_changed(
    storage: &mut dyn Storage,
    params: Params,
    venue: Addr,
    registered: bool,
) -> Result<Response, Box<ContractError>> {
    let event = VenueChanged {
        venue: venue.into_string(),
        registered,
    };
    Ok(changed(storage, params, "venues", 1)?.add_event(Event::from(event)))
}

/// Registers a venue. Mutates: venues. Fails: `unauthorised`, `duplicate`.
pub fn add_venue(deps: DepsMut, info: &MessageInfo, venue: &str) -> Result<Response, Box<ContractError>> {
    let params = owned(deps.storage, info)?;
    let address = deps.api.addr_validate(venue)?;
    if state::is_venue(deps.storage, &address) {
        return Err(ContractError::Duplicate {
            field: "venue",
            value: address.into_string(),
        }
        .into());
    }
    state::add_venue(deps.storage, &address);
    venue_changed(deps.storage, params, address, true)
}

/// Takes a venue off. Mutates: venues. Fails: `unauthorised`, `not_a_venue`.
pub fn remove_venue(deps: DepsMut, info: &MessageInfo, venue: &str) -> Result<Response, Box<ContractError>> {
    let params = owned(deps.storage, info)?;
    let address = deps.api.addr_validate(venue)?;
    if !state::is_venue(deps.storage, &address) {
        return Err(ContractError::NotAVenue {
            sender: address.into_string(),
        }
        .into());
    }
    state::remove_venue(deps.storage, &address);
    venue_changed(deps.storage, params, address, false)
}

/// Replaces the margin model. Mutates: parameters. Fails: `unauthorised`, and what the model is refused for.
pub fn set_model(deps: DepsMut, info: &MessageInfo, model: Model) -> Result<Response, Box<ContractError>> {
    let mut params = owned(deps.storage, info)?;
    params.model = checked_model(model, &params.underlyings)?;
    changed(deps.storage, params, "model", 1)
}

/// Replaces caps and floors. Mutates: parameters. Fails: `unauthorised`, `out_of_range`.
pub fn set_limits(deps: DepsMut, info: &MessageInfo, limits: Limits) -> Result<Response, Box<ContractError>> {
    let mut params = owned(deps.storage, info)?;
    params.limits = checked_limits(limits)?;
    changed(deps.storage, params, "limits", 1)
}

/// Replaces how old prices may be. Mutates: parameters. Fails: `unauthorised`, `out_of_range`.
pub fn set_timing(deps: DepsMut, info: &MessageInfo, timing: Timing) -> Result<Response, Box<ContractError>> {
    let mut params = owned(deps.storage, info)?;
    params.timing = checked_timing(timing)?;
    changed(deps.storage, params, "timing", 1)
}

/// Replaces how liquidations are priced and paid. Mutates: parameters. Fails: `unauthorised`, `out_of_range`.
pub fn set_auction(deps: DepsMut, info: &MessageInfo, auction: AuctionParams) -> Result<Response, Box<ContractError>> {
    let mut params = owned(deps.storage, info)?;
    params.auction = checked_auction(auction)?;
    changed(deps.storage, params, "auction", 1)
}

/// Lists one more underlying. Mutates: parameters. Fails: `unauthorised`, `duplicate`, `too_many`, `out_of_range`.
pub fn add_underlying(deps: DepsMut, info: &MessageInfo, underlying: Symbol) -> Result<Response, Box<ContractError>> {
    let mut params = owned(deps.storage, info)?;
    params.underlyings.push(underlying);
    params.underlyings = checked_underlyings(params.underlyings)?;
    check_known(&params.model, &params.underlyings)?;
    changed(deps.storage, params, "underlyings", 1)
}

/// Offers the ownership, or withdraws the offer. Mutates: parameters. Fails: `unauthorised`, `std` (address).
pub fn propose_owner(deps: DepsMut, info: &MessageInfo, owner: Option<&str>) -> Result<Response, Box<ContractError>> {
    let mut params = owned(deps.storage, info)?;
    let proposed_owner = owner.map(|owner| deps.api.addr_validate(owner)).transpose()?;
    params.proposed_owner = proposed_owner.map(Into::into);
    changed(deps.storage, params, "owner", 1)
}

/// Takes an offered ownership. Mutates: parameters. Fails: `no_offer`.
pub fn accept_owner(deps: DepsMut, info: &MessageInfo) -> Result<Response, Box<ContractError>> {
    nonpayable(info)?;
    let mut params = state::params(deps.storage)?;
    if params.proposed_owner.as_deref() != Some(&info.sender) {
        return Err(ContractError::NoOffer {
            sender: info.sender.to_string(),
        }
        .into());
    }
    params.owner = info.sender.clone().into();
    params.proposed_owner = None;
    changed(deps.storage, params, "owner", 1)
}

/// Accepts state of this contract of this version or an older one.
///
/// Mutates: cw2. Fails: `wrong_contract`, `newer_state`, `corrupt`.
pub fn migrate(deps: DepsMut) -> Result<Response, Box<ContractError>> {
    let found = state::release(deps.storage)?;
    if found.contract != NAME {
        return Err(ContractError::WrongContract {
            found: found.contract,
            expected: NAME,
        }
        .into());
    }
    let version = |text: &str| numbers(text).ok_or_else(|| ContractError::corrupt("contract version"));
    if version(&found.version)? > version(VERSION)? {
        return Err(ContractError::NewerState {
            found: found.version,
            own: VERSION,
        }
        .into());
    }
    state::params(deps.storage)?;
    state::save_release(deps.storage, NAME, VERSION);
    Ok(Response::new())
}

/// `1.2.3` as numbers in the order of versions: all that this contract was ever released as.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let (major, rest) = version.split_once('.')?;
    let (minor, patch) = rest.split_once('.')?;
    Some([major.parse().ok()?, minor.parse().ok()?, patch.parse().ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_three_numbers() {
        assert_eq!(numbers("0.10.2"), Some([0, 10, 2]));
        assert!(numbers("0.10.2") > numbers("0.9.3"));
        for other in ["", "1.2", "1.2.3.4", "1.2.x", "1.2.3-rc.1"] {
            assert_eq!(numbers(other), None, "{other}");
        }
        // Else nothing could be migrated to or from this version.
        assert!(numbers(VERSION).is_some());
    }
}
