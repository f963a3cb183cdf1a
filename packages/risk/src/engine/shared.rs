//! What several portfolios on one market have in common, computed once: an underlying's grid, an expiry's set-up, the unit
//! array of a strike.
//!
//! A unit array is the price of a strike in every scenario, which a portfolio adds up by its quantity. These are the very
//! integers that the portfolio alone would compute, so its answer is the same to the bit.

use crate::engine::book::{Book, Holdings, Series, Strike};
use crate::engine::grid::Grid;
use crate::engine::part::Unit;
use crate::engine::scale::Scale;
use crate::engine::setup::{Frame, Setup};
use crate::instrument::Symbol;
use crate::market::Expiry;
use crate::model::{NEUTRAL, ValidModel};

/// The most prices that are kept: 8 MB. What is beyond them is computed as it comes.
const MAX_PRICES: usize = 1 << 20;

/// What is shared of one underlying.
pub(crate) struct Shared<'a> {
    pub symbol: Symbol,
    pub grid: &'a Grid,
    /// By expiry.
    setups: Vec<Setup<'a>>,
}

/// The grids of the underlyings of some books, by symbol.
pub(crate) fn grids(model: &ValidModel, books: &[&Book<'_>]) -> Vec<(Symbol, Grid)> {
    let mut symbols: Vec<Symbol> = Vec::new();
    for book in books {
        symbols.extend(book.iter().map(|holdings| holdings.symbol));
    }
    symbols.sort_unstable();
    symbols.dedup();
    symbols
        .into_iter()
        .map(|symbol| (symbol, Grid::of(model, symbol)))
        .collect()
}

/// What some books have in common.
pub(crate) fn share<'a>(
    model: &'a ValidModel,
    time: u64,
    books: &[&Book<'a>],
    grids: &'a [(Symbol, Grid)],
) -> Vec<Shared<'a>> {
    let mut room = MAX_PRICES;
    let mut shared = Vec::with_capacity(grids.len());
    for (symbol, grid) in grids {
        let mut same: Vec<&Holdings<'a>> = Vec::new();
        for book in books {
            same.extend(book.iter().find(|holdings| holdings.symbol == *symbol));
        }
        let Some(first) = same.first() else { continue };
        let frame = Frame {
            scale: Scale::of(first.market.index),
            grid,
            model: model.underlyings.get(symbol).unwrap_or(&NEUTRAL),
            time,
        };
        shared.push(Shared {
            symbol: *symbol,
            grid,
            setups: setups(&same, frame, &mut room),
        });
    }
    shared
}

fn setups<'a>(same: &[&Holdings<'a>], frame: Frame<'a>, room: &mut usize) -> Vec<Setup<'a>> {
    let mut all: Vec<&Series<'_>> = Vec::new();
    for holdings in same {
        all.extend(&holdings.series);
    }
    all.sort_unstable_by_key(|series| series.expiry.expiry);
    let mut setups = Vec::new();
    for same in all.chunk_by(|a, b| a.expiry.expiry == b.expiry.expiry) {
        let Some(first) = same.first() else { continue };
        let mut setup = Setup::of(first.expiry, frame);
        let mut strikes: Vec<&Strike> = Vec::new();
        for series in same {
            strikes.extend(&series.strikes);
        }
        strikes.sort_unstable_by_key(|strike| strike.price);
        for same in strikes.chunk_by(|a, b| a.price == b.price) {
            // A strike of one portfolio alone is cheaper priced as it is added.
            let [strike, _, ..] = same else { continue };
            let Some(left) = room.checked_sub(setup.rows.len()) else {
                break;
            };
            if let Some(unit) = Unit::of(&setup, strike.price, setup.cell(strike)) {
                *room = left;
                setup.units.push(unit);
            }
        }
        setups.push(setup);
    }
    setups
}

impl<'a> Shared<'a> {
    /// An expiry, set up.
    pub(crate) fn setup(&self, expiry: &Expiry) -> Option<&Setup<'a>> {
        let by_time = |setup: &Setup<'_>| setup.expiry.expiry;
        let at = self.setups.binary_search_by_key(&expiry.expiry, by_time).ok()?;
        self.setups.get(at)
    }
}
