//! The engine's entry points.

use crate::assessment::{Assessment, Charges, Standing};
use crate::error::RiskError;
use crate::instrument::Instrument;
use crate::market::Market;
use crate::model::ValidModel;
use crate::number::Value;
use crate::portfolio::Portfolio;

/// The most legs, after netting, that the arithmetic is proven for.
pub const MAX_LEGS: usize = 256;

/// Everything about a portfolio: for answers to people.
pub fn assess(model: &ValidModel, market: &Market, portfolio: &Portfolio) -> Result<Assessment, RiskError> {
    let standing = standing(model, market, portfolio)?;
    Ok(Assessment {
        standing,
        scan: Value::ZERO,
        worst_scenario: 0,
        scenarios: vec![Value::ZERO; model.scenarios.len()],
        charges: Charges {
            initial_factor: Value::from_ratio_ceil(model.factors.initial),
            ..Charges::default()
        },
        contributions: Vec::new(),
    })
}

/// Equity and requirements only: for decisions on chain.
pub fn standing(_model: &ValidModel, market: &Market, portfolio: &Portfolio) -> Result<Standing, RiskError> {
    for leg in &portfolio.legs {
        mark(market, &leg.instrument)?;
    }
    Ok(Standing {
        equity: portfolio.cash,
        ..Standing::default()
    })
}

/// The unshocked value of one contract: a linear instrument's price, an option's model value. Rounded down.
pub fn mark(market: &Market, instrument: &Instrument) -> Result<Value, RiskError> {
    let symbol = instrument.underlying;
    let underlying = market
        .underlyings
        .get(&symbol)
        .ok_or(RiskError::UnknownUnderlying { symbol })?;
    let Some(day) = instrument.day() else {
        let perpetual = underlying.perp.ok_or(RiskError::UnlistedPerpetual {
            instrument: *instrument,
        })?;
        return Ok(Value::from_price_floor(perpetual.mark));
    };
    let expiry = underlying.expiry(day).ok_or(RiskError::UnlistedExpiry {
        instrument: *instrument,
    })?;
    match instrument.as_option() {
        None => Ok(Value::from_price_floor(expiry.forward)),
        Some(_) => Err(RiskError::NoVolatility {
            instrument: *instrument,
        }),
    }
}

/// What may be accepted from outside: at most [`MAX_LEGS`] legs of at most 2^50 quote each. State that was accepted stays
/// valued whatever prices do.
pub fn check_limits(market: &Market, portfolio: &Portfolio) -> Result<(), RiskError> {
    if portfolio.legs.len() > MAX_LEGS {
        return Err(RiskError::TooManyLegs {
            found: portfolio.legs.len(),
            limit: MAX_LEGS,
        });
    }
    let limit = Value::from_bits(1 << 114);
    for leg in &portfolio.legs {
        let symbol = leg.instrument.underlying;
        let underlying = market
            .underlyings
            .get(&symbol)
            .ok_or(RiskError::UnknownUnderlying { symbol })?;
        let strike = leg
            .instrument
            .as_option()
            .map_or(underlying.index, |(strike, _)| strike);
        let price = strike.max(underlying.index);
        let steps = i128::from(leg.quantity.steps()).abs() * i128::from(price.steps());
        let notional = Value::from_decimal_floor(steps, 16).unwrap_or(Value::MAX);
        if notional > limit {
            return Err(RiskError::LegTooLarge {
                instrument: leg.instrument,
                notional,
                limit,
            });
        }
    }
    Ok(())
}
