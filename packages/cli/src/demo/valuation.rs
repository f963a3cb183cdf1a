//! What the engine says off chain, of legs alone and of a whole book.

use hedgerow_risk::assess;
use hedgerow_risk::assessment::Standing;
use hedgerow_risk::instrument::Instrument;
use hedgerow_risk::market::Market;
use hedgerow_risk::number::{Quantity, Value};
use hedgerow_risk::portfolio::{Leg, Portfolio};

use super::DemoError;
use super::book::PlannedLeg;
use super::scene::Scene;

/// The unshocked value of one contract.
pub fn mark(market: &Market, instrument: &Instrument) -> Result<Value, DemoError> {
    Ok(assess::mark(market, instrument)?)
}

/// What some legs ask for together, without the contract's floors. Linear legs count as bought at the mark.
pub fn standing(scene: &Scene, legs: &[PlannedLeg]) -> Result<Standing, DemoError> {
    let portfolio = Portfolio {
        legs: legs
            .iter()
            .map(|leg| Leg {
                instrument: leg.instrument,
                quantity: leg.quantity,
                cost: None,
            })
            .collect(),
        ..Portfolio::default()
    };
    Ok(assess::standing(&scene.model, &scene.market, &portfolio)?)
}

/// What a book asks for and is worth just after it was opened, with no cash but what its trades cost.
pub fn opened(scene: &Scene, legs: &[PlannedLeg]) -> Result<Standing, DemoError> {
    let mut standing = standing(scene, legs)?;
    let mut equity = standing.option_value;
    for leg in legs {
        let price = match leg.instrument.as_option() {
            Some(_) => Value::from_price_floor(leg.price),
            // At the mark or the forward: worth what it cost.
            None => continue,
        };
        let contracts = Value::from_decimal_floor(i128::from(leg.quantity.steps()), Quantity::DECIMALS)?;
        equity = equity.saturating_sub(price.mul_ceil(contracts));
    }
    standing.equity = equity;
    Ok(standing)
}
