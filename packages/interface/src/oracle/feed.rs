//! Prices that other contracts and modules of the chain say: each is one more number in the median of the index.

use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::Price;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most feeds of an underlying.
pub const MAX_FEEDS: usize = 4;
/// The longest text of a feed: an identifier, a pair, a denom.
pub const MAX_FEED_TEXT: usize = 128;

/// Where a price comes from. One that does not answer, or whose answer is old, is left out. Feeds do not count towards the
/// quorum: forwards and slices come from publishers only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Feed {
    /// A price that never changes, per contract.
    Fixed {
        /// Quote per contract.
        price: Price,
    },
    /// Pyth's contract.
    Pyth {
        /// Its address.
        contract: String,
        /// The price feed's identifier, 64 hexadecimal digits.
        id: String,
        /// The exponential moving average instead of the price.
        #[serde(default)]
        average: bool,
    },
    /// The chain's own Connect (Slinky) module.
    Connect {
        /// The currency pair, `BTC/USD`.
        pair: String,
    },
    /// Band's standard reference contract.
    Band {
        /// Its address.
        contract: String,
        /// The base symbol.
        base: String,
        /// The quote symbol.
        quote: String,
    },
    /// A token of staked tokens: the lower of its own market's average over 30 minutes and its redemption rate times the
    /// index of what is staked.
    Redemption {
        /// The address of a contract that answers Stride's `redemption_rate`.
        contract: String,
        /// The staked token's denom there.
        denom: String,
        /// The underlying that is staked.
        of: Symbol,
    },
}
