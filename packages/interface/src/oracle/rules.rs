//! What reports must satisfy, and who sends them.

use super::feed::Feed;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::{Price, Ratio};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most expiries that a tape may hold, with those that are over and not settled.
pub const MAX_EXPIRIES: usize = 64;
/// The most publishers that an underlying may have.
pub const MAX_PUBLISHERS: usize = 32;
/// The most underlyings that may be listed.
pub const MAX_UNDERLYINGS: usize = 32;
/// The fewest sources that make a tape, whatever the number of publishers; one where an underlying is in development.
pub const MIN_QUORUM: usize = 3;
/// The longest gap between two tapes over which an average still counts, in seconds.
pub const MAX_GAP: u64 = 300;
/// Seconds over which a settlement price is averaged.
pub const SETTLEMENT_WINDOW: u64 = 1_800;
/// Seconds between the guardian's proposal of a settlement price and its confirmation; none in development.
pub const SETTLEMENT_DELAY: u64 = 3_600;

/// What every report must satisfy, and what the tape makes of them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Rules {
    /// A report may be at most this many seconds older than the block, when it comes and while it is used: 1 to 3,600.
    pub max_age: u64,
    /// A report may be at most this many seconds ahead of the block: 0 to 60.
    pub max_ahead: u64,
    /// A report is used while its time is at most this many seconds from the median of all reports' times: 1 to 3,600.
    /// Publishers must report at least every half of it, or there are moments at which only some of them are in use.
    pub max_skew: u64,
    /// A publisher's index may stay the same to the last digit for this many seconds: 60 to 31,536,000.
    pub max_frozen: u64,
    /// Index, mark and forwards of a tape may differ from the last one's by this part of the lower: 0.001 to 10. Two
    /// successive rounds of reports that agree within it pass.
    pub max_jump: Ratio,
    /// The dispersion of prices between sources, as a part of the price, at which confidence is nil: 0.0001 to 10.
    pub price_dispersion: Ratio,
    /// The dispersion of volatilities between sources at which confidence is nil: 0.0001 to 10.
    pub vol_dispersion: Ratio,
    /// The stable price follows the index by at most this part of itself a day: 0.001 to 10.
    pub stable_per_day: Ratio,
}

impl Rules {
    /// Round values for a liquid underlying whose publishers report every 15 seconds.
    pub fn standard() -> Self {
        Self {
            max_age: 60,
            max_ahead: 5,
            max_skew: 30,
            max_frozen: 3_600,
            max_jump: thousandths(100),
            price_dispersion: thousandths(50),
            vol_dispersion: thousandths(500),
            stable_per_day: thousandths(100),
        }
    }
}

fn thousandths(n: i64) -> Ratio {
    Ratio::new(n * 1_000_000).unwrap_or(Ratio::ONE)
}

/// How many sources make a tape: more than half of the publishers and at least three; one in development.
pub const fn quorum(publishers: usize, development: bool) -> usize {
    if development {
        return 1;
    }
    let majority = publishers / 2 + 1;
    if majority > MIN_QUORUM { majority } else { MIN_QUORUM }
}

/// Prices that a source can show: one at an edge or beyond is a source that has stopped, not a price.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Band {
    /// Index, mark and forwards must be above this ...
    pub min: Price,
    /// ... and below this.
    pub max: Price,
}

/// An underlying and who reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Listing {
    /// Its symbol.
    pub underlying: Symbol,
    /// Units of the underlying per contract, a power of ten.
    pub contract_size: Price,
    /// Addresses that may report it.
    pub publishers: Vec<String>,
    /// The prices that its sources can show; when absent, those that a price can have.
    pub band: Option<Band>,
    /// Prices that other contracts and modules say, at most 4.
    #[serde(default)]
    pub feeds: Vec<Feed>,
    /// One source makes a tape, and settlement prices are confirmed at once: every answer says so. For networks without
    /// money of worth; it can be ended, not begun.
    #[serde(default)]
    pub development: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quorum_is_more_than_half_and_at_least_three() {
        let found: Vec<usize> = (0..10).map(|n| quorum(n, false)).collect();
        assert_eq!(found, [3, 3, 3, 3, 3, 3, 4, 4, 5, 5]);
        assert_eq!((quorum(0, true), quorum(32, true)), (1, 1));
    }
}
