//! Fingerprints: sha256 of the canonical JSON (fields in the order of the types, keys sorted, no blanks).

use super::Model;
use crate::market::Market;
use crate::record::{Record, json};
use sha2::{Digest, Sha256};

/// The fingerprint of any record.
pub fn fingerprint(record: &mut dyn Record) -> [u8; 32] {
    Sha256::digest(json(record)).into()
}

/// The fingerprint of a model.
pub fn hash_of(model: &Model) -> [u8; 32] {
    fingerprint(&mut model.clone())
}

/// The fingerprint of a market.
pub fn market_hash(market: &Market) -> [u8; 32] {
    fingerprint(&mut market.clone())
}
