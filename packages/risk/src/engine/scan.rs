//! The scan: every underlying's P&L in every scenario, added up and aggregated.
//!
//! ```text
//! L_u[s] = -P&L of underlying u;  phi_c(x) = max(x, c x): a gain offsets other underlyings by its credit c
//! scan = max(0, aggregate of sum_u phi_{c_u}(L_u[s]))
//! ```

use crate::engine::aggregate::{Aggregate, aggregate};
use crate::engine::book::{Book, Holdings, Series, book};
use crate::engine::collateral::{Valued, value_collateral};
use crate::engine::grid::Grid;
use crate::engine::scale::{Scale, clamp, grains_of_value, times_floor};
use crate::engine::setup::{Frame, Setup};
use crate::engine::shared::Shared;
use crate::engine::svi::to_57;
use crate::engine::underlying::{Legs, UnderlyingRisk, add_vector, value_underlying};
use crate::error::RiskError;
use crate::instrument::Symbol;
use crate::market::{Market, Underlying};
use crate::model::{NEUTRAL, UnderlyingModel, ValidModel};
use crate::number::{Price, Ratio};
use crate::portfolio::{Portfolio, Vector};
use std::borrow::Cow;

/// Everything the requirements are made of.
pub(crate) struct Scan<'a> {
    /// In the order of symbols: those with legs, hedging collateral or vectors.
    pub underlyings: Vec<Scanned<'a>>,
    /// The collateral, valued.
    pub collateral: Vec<Valued<'a>>,
    /// The aggregated loss, gains credited.
    pub aggregate: Aggregate,
}

/// One underlying, scanned.
pub(crate) struct Scanned<'a> {
    pub symbol: Symbol,
    /// What the model says of it.
    pub rules: &'a UnderlyingModel,
    /// Its prices; none when nothing but a vector or collateral is on it.
    pub market: Option<&'a Underlying>,
    pub grid: Cow<'a, Grid>,
    pub risk: UnderlyingRisk<'a>,
}

impl Scan<'_> {
    /// P&L by scenario in grains: the sum over underlyings.
    pub(crate) fn pnl(&self, scenarios: usize) -> Vec<i128> {
        sum_of(&self.underlyings, |_| Ratio::ONE, scenarios)
    }
}

impl Scanned<'_> {
    /// What its legs are valued with, on this grid.
    pub(crate) fn frame<'b>(&'b self, grid: &'b Grid, time: u64) -> Frame<'b> {
        Frame {
            scale: scale_of(self.market),
            grid,
            model: self.rules,
            time,
        }
    }
}

fn scale_of(market: Option<&Underlying>) -> Scale {
    Scale::of(market.map_or(Price::ONE, |market| market.index))
}

/// Runs every scenario over a portfolio.
pub(crate) fn scan<'a>(
    model: &'a ValidModel,
    market: &'a Market,
    portfolio: &'a Portfolio,
) -> Result<Scan<'a>, RiskError> {
    scan_book(model, market, portfolio, &book(market, &portfolio.legs)?, &[])
}

/// [`scan`] of a portfolio whose legs are those of the book, which was among those that `shared` was made of.
pub(crate) fn scan_book<'a>(
    model: &'a ValidModel,
    market: &'a Market,
    portfolio: &'a Portfolio,
    book: &Book<'a>,
    shared: &'a [Shared<'a>],
) -> Result<Scan<'a>, RiskError> {
    check_vectors(model, &portfolio.vectors)?;
    let mut collateral = value_collateral(model, market, &portfolio.collateral)?;
    let symbols = symbols(book, &collateral, &portfolio.vectors);
    trust_with(market, &symbols, &mut collateral);
    let underlyings: Vec<Scanned<'a>> = symbols
        .into_iter()
        .map(|symbol| {
            let holdings = book.iter().find(|holdings| holdings.symbol == symbol);
            let shared = shared.iter().find(|shared| shared.symbol == symbol);
            let mut scanned = scan_one(model, market.time, symbol, holdings, &collateral, shared);
            for vector in portfolio.vectors.iter().filter(|vector| vector.underlying == symbol) {
                add_vector(&mut scanned.risk.pnl, &vector.pnl);
            }
            scanned
        })
        .collect();
    let counted = sum_of(&underlyings, |rules| rules.gain_credit, model.scenarios.len());
    Ok(Scan {
        aggregate: aggregate(&counted, &model.aggregation),
        underlyings,
        collateral,
    })
}

/// Collateral that hedges nothing is trusted no further than the least trusted index of the account.
fn trust_with(market: &Market, symbols: &[Symbol], collateral: &mut [Valued<'_>]) {
    let indices = symbols.iter().filter_map(|symbol| market.underlyings.get(symbol));
    let least = indices
        .map(|underlying| underlying.confidence)
        .fold(Ratio::ONE, Ratio::min);
    for valued in collateral.iter_mut().filter(|valued| valued.hedges().is_none()) {
        valued.confidence = valued.confidence.min(least);
    }
}

/// P&L by scenario over all underlyings, gains taken by a credit.
fn sum_of(underlyings: &[Scanned<'_>], credit: impl Fn(&UnderlyingModel) -> Ratio, len: usize) -> Vec<i128> {
    let mut sums = vec![0_i128; len];
    for underlying in underlyings {
        let credit = credit(underlying.rules);
        for (sum, own) in sums.iter_mut().zip(&underlying.risk.pnl) {
            *sum = clamp(*sum + credited(*own, credit));
        }
    }
    sums
}

fn check_vectors(model: &ValidModel, vectors: &[Vector]) -> Result<(), RiskError> {
    let expected = model.scenarios.len();
    match vectors
        .iter()
        .enumerate()
        .find(|(_, vector)| vector.pnl.len() != expected)
    {
        None => Ok(()),
        Some((index, vector)) => Err(RiskError::VectorLength {
            index,
            found: vector.pnl.len(),
            expected,
        }),
    }
}

fn symbols(book: &[Holdings<'_>], collateral: &[Valued<'_>], vectors: &[Vector]) -> Vec<Symbol> {
    let legs = book.iter().map(|holdings| holdings.symbol);
    let hedges = collateral.iter().filter_map(Valued::hedges);
    let foreign = vectors.iter().map(|vector| vector.underlying);
    let mut symbols: Vec<Symbol> = legs.chain(hedges).chain(foreign).collect();
    symbols.sort_unstable();
    symbols.dedup();
    symbols
}

fn scan_one<'a>(
    model: &'a ValidModel,
    time: u64,
    symbol: Symbol,
    holdings: Option<&Holdings<'a>>,
    collateral: &[Valued<'_>],
    shared: Option<&'a Shared<'a>>,
) -> Scanned<'a> {
    let rules = model.underlyings.get(&symbol).unwrap_or(&NEUTRAL);
    let grid = match shared {
        Some(shared) => Cow::Borrowed(shared.grid),
        None => Cow::Owned(Grid::of(model, symbol)),
    };
    let market = holdings.map(|holdings| holdings.market);
    let hedge = collateral
        .iter()
        .filter(|valued| valued.hedges() == Some(symbol))
        .fold(0, |sum, valued| clamp(sum + grains_of_value(valued.value)));
    let frame = Frame {
        scale: scale_of(market),
        grid: &grid,
        model: rules,
        time,
    };
    let series = holdings.map_or(&[] as &[Series<'_>], |holdings| &holdings.series);
    let legs = Legs {
        perpetual: holdings.and_then(|holdings| holdings.perpetual),
        series,
    };
    let risk = match shared {
        Some(shared) => {
            let mut setups = series.iter().filter_map(|series| shared.setup(series.expiry));
            value_underlying(legs, &mut setups, hedge, &frame)
        }
        None => {
            let own: Vec<Setup<'_>> = series.iter().map(|series| Setup::of(series.expiry, frame)).collect();
            value_underlying(legs, &mut own.iter(), hedge, &frame)
        }
    };
    Scanned {
        symbol,
        rules,
        market,
        grid,
        risk,
    }
}

/// A gain by its credit, a loss in full.
pub(crate) fn credited(pnl: i128, credit: Ratio) -> i128 {
    if pnl > 0 && credit != Ratio::ONE {
        times_floor::<57>(pnl, to_57(credit))
    } else {
        pnl
    }
}
