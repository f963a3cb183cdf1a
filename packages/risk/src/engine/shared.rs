//! What several portfolios on one market have in common, computed once: an underlying's grid, an expiry's set-up, the unit
//! array of a strike.
//!
//! A unit array is the price of a strike in every scenario, which a portfolio adds up by its quantity. These are the very
//! integers that the portfolio alone would compute, so its answer is the same to the bit.

use crate::engine::book::{Book, Holdings};
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
    let mut symbols: Vec<Symbol> = books.iter().flat_map(|book| book.iter().map(|h| h.symbol)).collect();
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
    let of = |(symbol, grid): &'a (Symbol, Grid)| {
        let same = books.iter().flat_map(|book| book.iter());
        let same: Vec<&Holdings<'a>> = same.filter(|holdings| holdings.symbol == *symbol).collect();
        let frame = Frame {
            scale: Scale::of(same.first()?.market.index),
            grid,
            model: model.underlyings.get(symbol).unwrap_or(&NEUTRAL),
            time,
        };
        Some(Shared {
            symbol: *symbol,
            grid,
            setups: setups(&same, frame, &mut room),
        })
    };
    grids.iter().filter_map(of).collect()
}

fn setups<'a>(same: &[&Holdings<'a>], frame: Frame<'a>, room: &mut usize) -> Vec<Setup<'a>> {
    let mut all: Vec<_> = same.iter().flat_map(|holdings| &holdings.series).collect();
    all.sort_by_key(|series| series.expiry.expiry);
    let mut setups = Vec::new();
    for same in all.chunk_by(|a, b| a.expiry.expiry == b.expiry.expiry) {
        let Some(first) = same.first() else { continue };
        let mut setup = Setup::of(first.expiry, frame);
        let mut strikes: Vec<_> = same.iter().flat_map(|series| &series.strikes).collect();
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
