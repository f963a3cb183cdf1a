//! What an account holds, as the engine sees it.

use crate::instrument::{Instrument, Symbol};
use crate::number::{Price, Quantity, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cash, collateral, legs and foreign vectors of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portfolio {
    /// The quote token, signed.
    pub cash: Value,
    /// Other tokens.
    pub collateral: Vec<Collateral>,
    /// Legs in any order; legs on the same instrument are netted.
    pub legs: Vec<Leg>,
    /// Ready scenario P&L from elsewhere.
    pub vectors: Vec<Vector>,
}

/// A holding of a collateral token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Collateral {
    /// The token, as the model and the market call it.
    pub asset: String,
    /// How many.
    pub amount: Value,
}

/// A position in one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// What.
    pub instrument: Instrument,
    /// How many contracts, positive when long.
    pub quantity: Quantity,
    /// Linear legs: the signed quote that was paid for them; the mark when absent. Options have paid theirs in cash.
    pub cost: Option<Value>,
}

/// A ready scenario P&L vector (another venue's or chain's), one entry a scenario of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// The underlying it is added to.
    pub underlying: Symbol,
    /// P&L in quote by scenario.
    pub pnl: Vec<Value>,
}

/// The portfolio file of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortfolioFile {
    /// The quote token, signed.
    #[serde(default)]
    pub cash: Value,
    /// Other tokens.
    #[serde(default)]
    pub collateral: Vec<Collateral>,
    /// Positions in any order.
    #[serde(default)]
    pub positions: Vec<Position>,
    /// Ready scenario P&L from elsewhere.
    #[serde(default)]
    pub vectors: Vec<Vector>,
}

/// A position as a person writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// What.
    pub instrument: Instrument,
    /// How many contracts, positive when long.
    pub quantity: Quantity,
    /// Linear instruments: the price paid; the mark when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_price: Option<Price>,
}

impl From<PortfolioFile> for Portfolio {
    /// An entry price becomes a cost, rounded up. Options have none: theirs is in the cash.
    fn from(file: PortfolioFile) -> Self {
        let leg = |position: Position| Leg {
            instrument: position.instrument,
            quantity: position.quantity,
            cost: position
                .entry_price
                .filter(|_| position.instrument.as_option().is_none())
                .map(|price| cost_ceil(position.quantity, price)),
        };
        Self {
            cash: file.cash,
            collateral: file.collateral,
            legs: file.positions.into_iter().map(leg).collect(),
            vectors: file.vectors,
        }
    }
}

/// `quantity * price`, rounded up.
pub(crate) fn cost_ceil(quantity: Quantity, price: Price) -> Value {
    let steps = i128::from(quantity.steps()) * i128::from(price.steps());
    // Below 2^54 * 2^60 / 1e16 = 2^61 quote.
    Value::from_decimal_floor(-steps, 16).map_or(Value::MAX, |value| -value)
}
