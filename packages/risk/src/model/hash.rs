//! Fingerprints: sha256 of the canonical JSON (fields in the order of the types, keys sorted, no blanks).

use super::Model;
use crate::market::Market;
use serde::Serialize;
use sha2::{Digest, Sha256};

fn fingerprint(value: &impl Serialize) -> [u8; 32] {
    // Types of strings and maps with string keys: they can be written.
    Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into()
}

/// The fingerprint of a model.
pub fn hash_of(model: &Model) -> [u8; 32] {
    fingerprint(model)
}

/// The fingerprint of a market.
pub fn market_hash(market: &Market) -> [u8; 32] {
    fingerprint(market)
}
