//! Where the records that are worth reading raw lie in storage.
//!
//! Keys are those of cw-storage-plus: a two-byte length and the name for a map's prefix, then the key. They are made here
//! without it: it takes several vectors for a key. A frontend reads an account with one raw query of [`account`], another
//! contract reads a tape with one raw query of [`tape`].

use crate::AccountId;
use cosmwasm_std::storage_keys::namespace_with_key;
use hedgerow_risk::instrument::{Day, Symbol};

/// Margin contract: packed [`crate::account::Account`] by id (eight bytes, big endian).
pub fn account(id: AccountId) -> Vec<u8> {
    namespace_with_key(&[b"account"], &id.0.to_be_bytes())
}

/// Oracle contract: packed [`crate::tape::Tape`] by symbol.
pub fn tape(underlying: Symbol) -> Vec<u8> {
    namespace_with_key(&[b"tape"], underlying.to_string().as_bytes())
}

/// Oracle contract: the settlement price by symbol and day number, in steps of 1e-8 as eight bytes, big endian.
pub fn settlement(underlying: Symbol, day: Day) -> Vec<u8> {
    let symbol = underlying.to_string();
    namespace_with_key(&[b"settlement", symbol.as_bytes()], &day.number().to_be_bytes())
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
