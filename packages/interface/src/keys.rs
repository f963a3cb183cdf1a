//! Where the records that are worth reading raw lie in storage.
//!
//! Keys are those of cw-storage-plus: a two-byte length and the name for a map's prefix, then the key. A frontend reads
//! an account with one raw query of [`account`], another contract reads a tape with one raw query of [`tape`].

use crate::AccountId;
use cw_storage_plus::Map;
use hedgerow_risk::instrument::{Day, Symbol};

/// Margin contract: packed [`crate::account::Account`] by id (eight bytes, big endian).
pub const ACCOUNTS: Map<u64, Vec<u8>> = Map::new("account");
/// Oracle contract: packed [`crate::tape::Tape`] by symbol.
pub const TAPES: Map<&str, Vec<u8>> = Map::new("tape");
/// Oracle contract: the settlement price by symbol and day number, in steps of 1e-8 as eight bytes, big endian.
pub const SETTLEMENTS: Map<(&str, u16), Vec<u8>> = Map::new("settlement");

/// The raw key of an account in the margin contract.
pub fn account(id: AccountId) -> Vec<u8> {
    ACCOUNTS.key(id.0).to_vec()
}

/// The raw key of an underlying's tape in the oracle contract.
pub fn tape(underlying: Symbol) -> Vec<u8> {
    TAPES.key(&underlying.to_string()).to_vec()
}

/// The raw key of an expiry's settlement price in the oracle contract.
pub fn settlement(underlying: Symbol, day: Day) -> Vec<u8> {
    SETTLEMENTS.key((&underlying.to_string(), day.number())).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_layout() {
        assert_eq!(account(AccountId(1)), b"\0\x07account\0\0\0\0\0\0\0\x01");
        assert_eq!(tape("BTC".parse().unwrap()), b"\0\x04tapeBTC");
        let day = "28MAR25".parse().unwrap();
        assert_eq!(
            settlement("BTC".parse().unwrap(), day),
            b"\0\nsettlement\0\x03BTC\x4e\xcf"
        );
    }
}
