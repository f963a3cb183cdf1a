//! What the engine says off chain, of legs alone and of a whole book.

use hedgerow_risk::assess;
use hedgerow_risk::assessment::Standing;
use hedgerow_risk::instrument::Instrument;
use hedgerow_risk::market::Market;
use hedgerow_risk::number::{Price, Quantity, Value};
use hedgerow_risk::portfolio::{Leg, Portfolio};

use super::DemoError;
use super::book::PlannedLeg;
use super::scene::Scene;

/// The unshocked value of one contract.
pub fn mark(market: &Market, instrument: &Instrument) -> Result<Value, DemoError> {
    Ok(assess::mark(market, instrument)?)
}

/// The mark of an instrument, of an option its first five digits; none when it is below the least price there is.
pub fn quote(market: &Market, instrument: &Instrument) -> Result<Option<Price>, DemoError> {
    let steps = mark(market, instrument)?.to_decimal_floor(Price::DECIMALS)?;
    let steps = u64::try_from(steps).unwrap_or(0);
    let steps = match instrument.as_option() {
        Some(_) => five_digits(steps),
        None => steps,
    };
    Ok(Price::new(steps).ok())
}

/// The first five digits of a number.
fn five_digits(number: u64) -> u64 {
    let scale = 10u64.pow(number.checked_ilog10().unwrap_or(0).saturating_sub(4));
    number / scale * scale
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_digits_are_kept() {
        assert_eq!(
            [0, 123, 99_999, 1_234_567].map(five_digits),
            [0, 123, 99_999, 1_234_500]
        );
    }
}
