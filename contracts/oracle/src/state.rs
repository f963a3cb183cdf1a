//! What is stored. Tapes and settlement prices lie packed at the keys of [`hedgerow_interface::keys`], for raw queries.

use crate::ContractError;
use cosmwasm_std::{Addr, Storage};
use cw_storage_plus::{Item, Map};
use hedgerow_interface::keys;
use hedgerow_interface::oracle::{Timing, settlement_bytes, settlement_price};
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::number::Price;
use serde::{Deserialize, Serialize};

/// Administration and timing.
pub const CONFIG: Item<Config> = Item::new("config");
/// Listed underlyings by symbol, at most [`hedgerow_interface::oracle::MAX_UNDERLYINGS`].
pub const LISTINGS: Map<&str, Listed> = Map::new("listing");

/// Administration and timing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Who administers.
    pub admin: Addr,
    /// Whom the administration is offered to.
    pub proposed_admin: Option<Addr>,
    /// Bounds on report times.
    pub timing: Timing,
}

/// A listed underlying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Units of the underlying per contract.
    pub contract_size: Price,
    /// Who may report, at most [`hedgerow_interface::oracle::MAX_PUBLISHERS`].
    pub publishers: Vec<Addr>,
}

/// The configuration, when the sender is the admin.
pub fn config_of_admin(storage: &dyn Storage, sender: &Addr) -> Result<Config, ContractError> {
    let config = CONFIG.load(storage)?;
    if config.admin == *sender {
        return Ok(config);
    }
    Err(ContractError::Unauthorised {
        sender: sender.clone(),
        needed: format!("the admin, {}", config.admin),
    })
}

/// A listed underlying.
pub fn listed(storage: &dyn Storage, underlying: Symbol) -> Result<Listed, ContractError> {
    LISTINGS
        .may_load(storage, &underlying.to_string())?
        .ok_or(ContractError::Unlisted { underlying })
}

/// The tape of an underlying; none before its first report.
pub fn tape(storage: &dyn Storage, underlying: Symbol) -> Result<Option<Tape>, ContractError> {
    let bytes = storage.get(&keys::tape(underlying));
    Ok(bytes.map(|bytes| Tape::decode(&bytes)).transpose()?)
}

/// Packs and stores a tape.
pub fn save_tape(storage: &mut dyn Storage, underlying: Symbol, tape: &Tape) -> Result<(), ContractError> {
    let bytes = tape.encode()?;
    storage.set(&keys::tape(underlying), &bytes);
    Ok(())
}

/// The settlement price of an expiry; none while it is not fixed.
pub fn settlement(storage: &dyn Storage, underlying: Symbol, expiry: Day) -> Result<Option<Price>, ContractError> {
    let bytes = storage.get(&keys::settlement(underlying, expiry));
    Ok(bytes.map(|bytes| settlement_price(&bytes)).transpose()?)
}

/// Stores a settlement price.
pub fn save_settlement(storage: &mut dyn Storage, underlying: Symbol, expiry: Day, price: Price) {
    storage.set(&keys::settlement(underlying, expiry), &settlement_bytes(price));
}
