//! The packed market tape: one underlying's prices in one storage value.

use hedgerow_risk::market::Underlying;
use hedgerow_risk::number::{Price, Ratio};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The format that this build writes and reads.
pub const TAPE_FORMAT: u8 = 1;

/// One underlying's prices at one time, with the quote token's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Tape {
    /// When the prices were observed, in seconds since 1970.
    pub time: u64,
    /// The quote token's price.
    pub quote_price: Price,
    /// How far the quote token's price is to be trusted, 0 to 1.
    pub quote_confidence: Ratio,
    /// Index, perpetual mark and expiries.
    pub market: Underlying,
}
