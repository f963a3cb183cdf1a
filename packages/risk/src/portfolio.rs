//! What an account holds, as the engine sees it.

use crate::instrument::{Instrument, Symbol};
use crate::number::{Price, Quantity, Value};
use crate::record;
use schemars::JsonSchema;

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
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Collateral {
    /// The token, as the model and the market call it.
    pub asset: String,
    /// How many.
    pub amount: Value,
}

record! { Collateral { asset, amount } }

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
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Vector {
    /// The underlying it is added to.
    pub underlying: Symbol,
    /// P&L in quote by scenario.
    pub pnl: Vec<Value>,
}

record! { Vector { underlying, pnl } }

/// The portfolio file of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PortfolioFile {
    /// The quote token, signed.
    #[schemars(default)]
    pub cash: Value,
    /// Other tokens.
    #[schemars(default)]
    pub collateral: Vec<Collateral>,
    /// Positions in any order.
    #[schemars(default)]
    pub positions: Vec<Position>,
    /// Ready scenario P&L from elsewhere.
    #[schemars(default)]
    pub vectors: Vec<Vector>,
}

record! { PortfolioFile {
    cash = Default::default(), collateral = Default::default(), positions = Default::default(),
    vectors = Default::default(),
} }

/// A position as a person writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Position {
    /// What.
    pub instrument: Instrument,
    /// How many contracts, positive when long.
    pub quantity: Quantity,
    /// Linear instruments: the price paid; the mark when absent.
    pub entry_price: Option<Price>,
}

record! { Position { instrument, quantity, entry_price: left_out } }

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
