//! The nearest prices at which an account becomes liquidatable, one underlying moving at a time.
//!
//! ```text
//! at index P:  index, mark and every forward of the underlying are P / (index now) of what they are now, and so is the
//!              price of collateral that hedges it; strikes keep their volatility; other underlyings, time and foreign
//!              vectors stay
//! below        the highest P at or under the index, above the lowest P at or over it, beyond which equity < MM
//! ```
//! An option book has no closed form, and equity - MM may cross zero any number of times. So each side is searched from
//! the index outwards, down to a 64th and up to 16 times, or to where a price leaves its range: at every step of 1%
//! between 0.8 and 1.25 times the index, of 2% between a half and twice, of 5% beyond, and at every index at which a
//! forward meets a strike of the account. The first point at which the account is liquidatable is closed in on by halving,
//! to a step of a price.
//!
//! What an answer P says: the account is not liquidatable at P, nor at any searched point between the index and P; one
//! step (1e-8) beyond P it is. None says: at no searched point. A dip that fits between two neighbouring points, away
//! from strikes, may be missed. P is rounded to the safe side, towards the index; an account that is liquidatable now has
//! the index on both sides. At most 205 points, one for each strike, and 2 * 56 halvings.
//!
//! Worked: 18,000 in cash, long 1 future at 60,000 with forward and index there, scenarios +-20%, maintenance factor 1:
//! equity P - 42,000, MM 0.2 P: below 52,500 (and a step, for MM is rounded up), none above.

use crate::assess::{linear_price, standing};
use crate::error::RiskError;
use crate::instrument::{Instrument, Symbol};
use crate::market::{Market, Underlying};
use crate::model::ValidModel;
use crate::number::Price;
use crate::portfolio::{Portfolio, cost_ceil};
use crate::record;
use schemars::JsonSchema;
use std::cmp::Reverse;
use std::iter::successors;

/// One underlying's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LiquidationPrices {
    /// Which underlying moves.
    pub underlying: Symbol,
    /// The index under which the account is liquidatable.
    pub below: Option<Price>,
    /// The index over which the account is liquidatable.
    pub above: Option<Price>,
}

record! { LiquidationPrices { underlying, below, above } }

/// The nearest liquidation prices, by the underlyings of the legs and of hedging collateral.
pub fn liquidation_prices(
    model: &ValidModel,
    market: &Market,
    portfolio: &Portfolio,
) -> Result<Vec<LiquidationPrices>, RiskError> {
    let now = standing(model, market, portfolio)?.maintenance_health();
    let portfolio = with_costs(market, portfolio)?;
    let listed = |symbol: &Symbol| Some((*symbol, market.underlyings.get(symbol)?));
    symbols(model, &portfolio)
        .iter()
        .filter_map(listed)
        .map(|(symbol, tape)| {
            if now.is_negative() {
                return Ok(LiquidationPrices {
                    underlying: symbol,
                    below: Some(tape.index),
                    above: Some(tape.index),
                });
            }
            let mut search = Search {
                model,
                portfolio: &portfolio,
                symbol,
                now: market,
                tape,
                moved: market.clone(),
            };
            search.pin_smiles();
            let (below, above) = search.points();
            Ok(LiquidationPrices {
                underlying: symbol,
                below: search.nearest(&below)?,
                above: search.nearest(&above)?,
            })
        })
        .collect()
}

/// What the account holds moves with these.
fn symbols(model: &ValidModel, portfolio: &Portfolio) -> Vec<Symbol> {
    let legs = portfolio.legs.iter().map(|leg| leg.instrument.underlying);
    let hedging = portfolio.collateral.iter();
    let hedged = hedging.filter_map(|held| model.collateral.get(&held.asset)?.hedges);
    let mut symbols: Vec<Symbol> = legs.chain(hedged).collect();
    symbols.sort_unstable();
    symbols.dedup();
    symbols
}

/// The portfolio with the cost of every linear leg: what was bought at the mark was bought at the present one.
fn with_costs(market: &Market, portfolio: &Portfolio) -> Result<Portfolio, RiskError> {
    let mut portfolio = portfolio.clone();
    for leg in &mut portfolio.legs {
        if leg.cost.is_none() && leg.instrument.as_option().is_none() {
            leg.cost = Some(cost_ceil(leg.quantity, linear_price(market, &leg.instrument)?));
        }
    }
    Ok(portfolio)
}

/// One underlying moving.
struct Search<'a> {
    model: &'a ValidModel,
    portfolio: &'a Portfolio,
    symbol: Symbol,
    now: &'a Market,
    /// The underlying's prices now.
    tape: &'a Underlying,
    /// Where the underlying has been moved to.
    moved: Market,
}

/// `price * to / from`, rounded down; none outside the range of a price.
fn moved(price: Price, to: u64, from: Price) -> Option<Price> {
    let steps = u128::from(price.steps()) * u128::from(to) / u128::from(from.steps());
    Price::new(u64::try_from(steps).ok()?).ok()
}

/// How far the next searched index is.
fn pace(at: u64, index: u64) -> u64 {
    let near = |part: u64, whole: u64| at * whole >= index * part && at * part <= index * whole;
    let percent = if near(4, 5) {
        1
    } else if near(1, 2) {
        2
    } else {
        5
    };
    at * percent / 100 + 1
}

impl Search<'_> {
    /// Smiles stay where they were fitted: at the present forward, unless they say otherwise.
    fn pin_smiles(&mut self) {
        let expiries = self.moved.underlyings.get_mut(&self.symbol);
        for expiry in expiries.into_iter().flat_map(|tape| &mut tape.expiries) {
            if let Some(svi) = &mut expiry.svi {
                svi.forward = svi.forward.or(Some(expiry.forward));
            }
        }
    }

    /// The searched indices in steps, from the present one outwards: below it and above it.
    fn points(&self) -> (Vec<u64>, Vec<u64>) {
        let index = self.tape.index.steps();
        let (least, most) = (index / 64, index.saturating_mul(16).min(Price::MAX));
        let strikes = self.portfolio.legs.iter();
        let strikes = strikes.filter_map(|leg| self.at_strike(&leg.instrument));
        let strikes = strikes.filter(|at| *at != index && (least..=most).contains(at));
        let (mut below, mut above): (Vec<u64>, Vec<u64>) = strikes.partition(|at| *at < index);
        let falling = successors(Some(index), |at| Some(at - pace(*at, index))).skip(1);
        below.extend(falling.take_while(|at| *at > least).chain([least]));
        below.sort_unstable_by_key(|at| Reverse(*at));
        let rising = successors(Some(index), |at| Some(at + pace(*at, index))).skip(1);
        above.extend(rising.take_while(|at| *at < most).chain([most]));
        above.sort_unstable();
        (below, above)
    }

    /// The index at which the forward of an option of this underlying is its strike.
    fn at_strike(&self, instrument: &Instrument) -> Option<u64> {
        let (strike, _) = instrument.as_option()?;
        let day = instrument.day().filter(|_| instrument.underlying == self.symbol)?;
        moved(self.tape.index, strike.steps(), self.tape.expiry(day)?.forward).map(Price::steps)
    }

    /// The last index on one side before the account is liquidatable.
    fn nearest(&mut self, points: &[u64]) -> Result<Option<Price>, RiskError> {
        let mut safe = self.tape.index.steps();
        for at in points {
            match self.liquidatable(*at)? {
                None => return Ok(None),
                Some(false) => safe = *at,
                Some(true) => return self.close_in(safe, *at).map(|steps| Price::new(steps).ok()),
            }
        }
        Ok(None)
    }

    /// Halves the way from a safe index to a liquidatable one until they are neighbours; answers the safe one.
    fn close_in(&mut self, mut safe: u64, mut fallen: u64) -> Result<u64, RiskError> {
        while safe.abs_diff(fallen) > 1 {
            let middle = safe.min(fallen) + safe.abs_diff(fallen) / 2;
            if self.liquidatable(middle)? == Some(false) {
                safe = middle;
            } else {
                fallen = middle;
            }
        }
        Ok(safe)
    }

    /// Is equity below the maintenance margin with the index there? None where a price leaves its range.
    fn liquidatable(&mut self, index: u64) -> Result<Option<bool>, RiskError> {
        if self.move_to(index).is_none() {
            return Ok(None);
        }
        let there = standing(self.model, &self.moved, self.portfolio)?;
        Ok(Some(there.maintenance_health().is_negative()))
    }

    fn move_to(&mut self, index: u64) -> Option<()> {
        let from = self.tape.index;
        let tape = self.moved.underlyings.get_mut(&self.symbol)?;
        tape.index = Price::new(index).ok()?;
        if let (Some(perpetual), Some(now)) = (&mut tape.perp, self.tape.perp) {
            perpetual.mark = moved(now.mark, index, from)?;
        }
        for (expiry, now) in tape.expiries.iter_mut().zip(&self.tape.expiries) {
            expiry.forward = moved(now.forward, index, from)?;
        }
        for (asset, now) in &self.now.assets {
            let rule = self.model.collateral.get(asset);
            if rule.is_some_and(|rule| rule.hedges == Some(self.symbol)) {
                self.moved.assets.get_mut(asset)?.price = moved(now.price, index, from)?;
            }
        }
        Some(())
    }
}
