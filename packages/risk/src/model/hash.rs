//! Fingerprints: sha256 of the canonical JSON (fields in the order of the types, keys sorted, no blanks).

use super::Model;
use crate::market::Market;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io;

struct Feed(Sha256);

impl io::Write for Feed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn fingerprint(value: &impl Serialize) -> [u8; 32] {
    let mut feed = Feed(Sha256::new());
    // Neither the types (strings and maps with string keys) nor the writer can fail.
    let _ = serde_json::to_writer(&mut feed, value);
    feed.0.finalize().into()
}

/// The fingerprint of a model.
pub fn hash_of(model: &Model) -> [u8; 32] {
    fingerprint(model)
}

/// The fingerprint of a market.
pub fn market_hash(market: &Market) -> [u8; 32] {
    fingerprint(market)
}
