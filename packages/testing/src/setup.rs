//! What a world is made with: market, model, parameters. Fields are public: a test changes what it is about.

use crate::market;
use hedgerow_interface::margin::{AuctionParams, Limits, Timing};
use hedgerow_risk::market::Market;
use hedgerow_risk::model::{self, Model};
use hedgerow_risk::number::{Cash, Quantity, Ratio};

/// The quote token.
pub const QUOTE: &str = "uusdc";
/// Its decimals.
pub const DECIMALS: u32 = 6;
/// Base units of one quote token.
pub const UNIT: i128 = 1_000_000;

/// Everything that a world is made with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Prices at the beginning; the block's time is the market's.
    pub market: Market,
    /// The margin model.
    pub model: Model,
    /// Caps and floors.
    pub limits: Limits,
    /// How far prices are trusted: by their age only.
    pub timing: Timing,
    /// How liquidations are priced and paid.
    pub auction: AuctionParams,
}

impl Default for Setup {
    /// The fixture market, the shipped model, and round parameters.
    fn default() -> Self {
        Self {
            market: market::fixture(),
            model: shipped("hedgerow"),
            limits: Limits {
                legs: 128,
                expiries: 32,
                open_interest: quantity("100000"),
                min_deposit: usd(1),
                min_equity: usd(100),
                min_maintenance: usd(50),
                borrow_cap: usd(1_000_000),
                band_mark: ratio("0.1"),
                band_index: ratio("0.05"),
                max_reduce_cost: ratio("0.01"),
            },
            timing: Timing {
                max_age: 120,
                max_age_liquidation: 3_600,
                min_confidence: Ratio::ZERO,
                max_deviation: Ratio::TEN,
            },
            auction: AuctionParams {
                buffer: ratio("0.1"),
                start: ratio("0.98"),
                knee: ratio("0.8"),
                knee_seconds: 600,
                end_seconds: 3_600,
                reward: usd(10),
                payout_seconds: 600,
                payout_cap: usd(10_000),
            },
        }
    }
}

impl Setup {
    /// The default with [`plain`] as its model: margins that can be worked by hand.
    pub fn plain() -> Self {
        Self {
            model: plain(),
            ..Self::default()
        }
    }
}

/// A model that ships with the engine.
pub fn shipped(name: &str) -> Model {
    let shipped = model::PRESETS.iter().find(|known| known.name == name);
    serde_json::from_str(shipped.expect("a shipped model").json).expect("a model")
}

/// Spot down 20%, unchanged, up 20%; no shocks of volatility, no charges; initial 1.2 times maintenance.
///
/// One BTC at 60,000, alone in an account: maintenance margin 12,000, initial margin 14,400.
pub fn plain() -> Model {
    serde_json::from_str(
        r#"{
            "scenarios": [{"spot": "0.8", "vol": "none"}, {"spot": "1", "vol": "none"}, {"spot": "1.2", "vol": "none"}],
            "factors": {"initial": "1.2", "maintenance": "1"},
            "underlyings": {"BTC": {}, "ETH": {}}
        }"#,
    )
    .expect("a model")
}

/// Whole quote tokens as base units.
pub fn usd(tokens: i128) -> Cash {
    base(tokens * UNIT)
}

/// Base units of the quote token.
pub fn base(units: i128) -> Cash {
    Cash::new(units).expect("cash in range")
}

/// A ratio from its text.
pub fn ratio(text: &str) -> Ratio {
    text.parse().expect("a ratio")
}

/// A quantity from its text.
pub fn quantity(text: &str) -> Quantity {
    text.parse().expect("a quantity")
}
