//! The engine's entry points: what a portfolio is worth, what it may lose, what it must hold.

use crate::assessment::{Assessment, Standing};
use crate::engine::book::{Book, Holdings, book};
use crate::engine::contribution::contributions;
use crate::engine::grid::Grid;
use crate::engine::requirement::{Requirement, requirement};
use crate::engine::scale::{Scale, clamp, value_floor};
use crate::engine::scan::{Scan, scan, scan_book};
use crate::engine::series::Options;
use crate::engine::setup::{Frame, Setup};
use crate::engine::shared::{grids, share};
use crate::error::{LegTooLarge, RiskError};
use crate::instrument::Instrument;
use crate::market::{Market, Underlying};
use crate::model::{NEUTRAL, ValidModel};
use crate::number::{Price, Quantity, Value};
use crate::portfolio::{Leg, Portfolio, Vector};

/// The most legs, after netting, that the arithmetic is proven for.
pub const MAX_LEGS: usize = 256;
/// The largest leg that is accepted: 2^50 quote.
pub const MAX_LEG_NOTIONAL: Value = Value::from_bits(1 << 114);

/// Everything about a portfolio: for answers to people.
pub fn assess(model: &ValidModel, market: &Market, portfolio: &Portfolio) -> Result<Assessment, RiskError> {
    let scan = scan(model, market, portfolio)?;
    let required = requirement(model, market, &scan);
    let contributions = contributions(market, portfolio, &scan, &required)?;
    Ok(Assessment {
        standing: standing_of(market, portfolio, &scan, &required)?,
        scan: required.scan,
        worst_scenario: scan.aggregate.worst,
        scenarios: scan
            .pnl(model.scenarios.len())
            .iter()
            .map(|grains| value_floor(*grains))
            .collect(),
        charges: required.charges,
        contributions,
    })
}

/// Equity and requirements only: for decisions on chain.
pub fn standing(model: &ValidModel, market: &Market, portfolio: &Portfolio) -> Result<Standing, RiskError> {
    let scan = scan(model, market, portfolio)?;
    let required = requirement(model, market, &scan);
    standing_of(market, portfolio, &scan, &required)
}

/// [`standing`] of several portfolios: what they have in common is computed once.
pub fn standings(model: &ValidModel, market: &Market, portfolios: &[Portfolio]) -> Vec<Result<Standing, RiskError>> {
    if let [alone] = portfolios {
        return vec![standing(model, market, alone)];
    }
    let books: Vec<Result<Book<'_>, RiskError>> = portfolios.iter().map(|own| book(market, &own.legs)).collect();
    let mut valued: Vec<&Book<'_>> = Vec::with_capacity(books.len());
    for book in &books {
        valued.extend(book);
    }
    let grids = grids(model, &valued);
    let shared = share(model, market.time, &valued, &grids);
    let standing = |(portfolio, book): (&Portfolio, &Result<Book<'_>, RiskError>)| {
        let book = book.as_ref().map_err(RiskError::clone)?;
        let scan = scan_book(model, market, portfolio, book, &shared)?;
        standing_of(market, portfolio, &scan, &requirement(model, market, &scan))
    };
    portfolios.iter().zip(&books).map(standing).collect()
}

/// P&L by scenario of each underlying, weighted, in the form of foreign vectors: another portfolio that takes them over
/// has the same scan as with the legs themselves, to a rounding.
pub fn vectors(model: &ValidModel, market: &Market, portfolio: &Portfolio) -> Result<Vec<Vector>, RiskError> {
    let scan = scan(model, market, portfolio)?;
    let mut vectors = Vec::with_capacity(scan.underlyings.len());
    for scanned in &scan.underlyings {
        vectors.push(Vector {
            underlying: scanned.symbol,
            pnl: scanned.risk.pnl.iter().map(|grains| value_floor(*grains)).collect(),
        });
    }
    Ok(vectors)
}

fn standing_of(
    market: &Market,
    portfolio: &Portfolio,
    scan: &Scan<'_>,
    required: &Requirement,
) -> Result<Standing, RiskError> {
    let options = scan
        .underlyings
        .iter()
        .fold(0, |sum, u| clamp(sum + u.risk.option_value));
    let option_value = value_floor(options);
    let collateral_value = scan
        .collateral
        .iter()
        .fold(Value::ZERO, |sum, c| sum.saturating_add(c.value));
    let unrealised = unrealised(market, &portfolio.legs)?;
    Ok(Standing {
        equity: portfolio
            .cash
            .saturating_add(collateral_value)
            .saturating_add(unrealised)
            .saturating_add(option_value),
        initial_margin: required.initial,
        maintenance_margin: required.maintenance,
        option_value,
        collateral_value,
        unrealised,
    })
}

/// P&L of the linear legs that has not reached cash: `sum of quantity * price - cost`, rounded down.
fn unrealised(market: &Market, legs: &[Leg]) -> Result<Value, RiskError> {
    let mut worth: i128 = 0;
    let mut cost = Value::ZERO;
    for leg in legs.iter().filter(|leg| leg.instrument.as_option().is_none()) {
        if let Some(paid) = leg.cost {
            let price = linear_price(market, &leg.instrument)?;
            // Held where the range of a value is held anyway: 2^63 quote.
            worth = worth.saturating_add(i128::from(leg.quantity.steps()) * i128::from(price.steps()));
            cost = cost.saturating_add(paid);
        }
    }
    let overflow = if worth < 0 { Value::MIN } else { Value::MAX };
    let worth = Value::from_decimal_floor(worth, 16).unwrap_or(overflow);
    Ok(worth.saturating_sub(cost))
}

pub(crate) fn underlying<'a>(market: &'a Market, instrument: &Instrument) -> Result<&'a Underlying, RiskError> {
    let symbol = instrument.underlying;
    let found = market.underlyings.get(&symbol);
    found.ok_or(RiskError::UnknownUnderlying { symbol })
}

/// The mark of a perpetual, the forward of a dated instrument.
pub(crate) fn linear_price(market: &Market, instrument: &Instrument) -> Result<Price, RiskError> {
    let (underlying, instrument) = (underlying(market, instrument)?, *instrument);
    match instrument.day() {
        None => match underlying.perp {
            Some(perpetual) => Ok(perpetual.mark),
            None => Err(RiskError::UnlistedPerpetual { instrument }),
        },
        Some(day) => match underlying.expiry(day) {
            Some(expiry) => Ok(expiry.forward),
            None => Err(RiskError::UnlistedExpiry { instrument }),
        },
    }
}

/// The unshocked value of one contract: a linear instrument's price, an option's model value. Rounded down, and by the
/// bound on the model value's own error: what one contract adds to equity.
pub fn mark(market: &Market, instrument: &Instrument) -> Result<Value, RiskError> {
    if instrument.as_option().is_none() {
        return linear_price(market, instrument).map(Value::from_price_floor);
    }
    let own = underlying(market, instrument)?;
    let mut holdings = Holdings::of(instrument.underlying, own);
    holdings.add(instrument, Quantity::ONE.steps())?;
    let grid = Grid::unshocked(None);
    let frame = Frame {
        scale: Scale::of(own.index),
        grid: &grid,
        model: &NEUTRAL,
        time: market.time,
    };
    let values = holdings.series.iter().map(|series| {
        let setup = Setup::of(series.expiry, frame);
        Options::new(frame).add(series, &setup, &mut []).value
    });
    let grains = values.sum();
    Ok(value_floor(grains).max(Value::ZERO))
}

/// What may be accepted from outside: at most [`MAX_LEGS`] legs of at most [`MAX_LEG_NOTIONAL`]. What was accepted stays
/// valued wherever prices go.
pub fn check_limits(market: &Market, portfolio: &Portfolio) -> Result<(), RiskError> {
    if portfolio.legs.len() > MAX_LEGS {
        return Err(RiskError::TooManyLegs {
            found: portfolio.legs.len(),
            limit: MAX_LEGS,
        });
    }
    for leg in &portfolio.legs {
        let instrument = leg.instrument;
        let index = underlying(market, &instrument)?.index;
        let price = instrument.as_option().map_or(index, |(strike, _)| strike.max(index));
        let notional = crate::charges::notional(i128::from(leg.quantity.steps()), price);
        if notional > MAX_LEG_NOTIONAL {
            let error = LegTooLarge {
                instrument,
                notional,
                limit: MAX_LEG_NOTIONAL,
            };
            return Err(RiskError::LegTooLarge(error.into()));
        }
    }
    Ok(())
}
