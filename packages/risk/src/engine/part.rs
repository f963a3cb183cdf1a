//! The hot loop: one strike in every scenario.
//!
//! Per strike and scenario there is one call price and one product; per strike and volatility move one level. Calls and
//! puts of a strike share the price, puts being calls and a linear part by parity.
//!
//! A cell outside the kernel's domain has the whole interval that its price may lie in, `[max(F - K, 0), F]`: the sum takes
//! the middle, the doubt half the width.
//!
//! A strike whose volatility does not move is calm: where spot does not move either its price is the unshocked one, however
//! wrong that is, so its P&L of zero is not in doubt.

#[cfg(not(target_arch = "wasm32"))]
use crate::engine::setup::Part;
use crate::engine::setup::{Row, Setup};
use crate::engine::sum::{Factor, Sum, product};
use crate::kernel::{Level, MAX_LOG_RATIO, call, level};
use crate::number::Price;
use std::ops::Range;

/// One strike, as every scenario takes it.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    /// The strike's mantissa, discounted; none beyond the ceiling.
    pub strike: Option<u64>,
    /// ln(F/K) in 2^-57, within +-30.
    pub x: i64,
    /// sigma sqrt(T) in 2^-57.
    pub v: u64,
}

/// What is held of a strike.
#[derive(Clone, Copy)]
pub(crate) struct Lot {
    /// Calls and puts.
    pub net: i64,
    /// Calls and puts, long and short alike.
    pub gross: i64,
    /// `gross` times what the error of a price depends on K for.
    pub error: i128,
}

/// A strike's price in every row: what several portfolios share of it.
pub(crate) struct Unit {
    pub strike: Price,
    pub cell: Cell,
    prices: Vec<u64>,
    /// The parts in which it is calm.
    calm: Vec<usize>,
}

impl Unit {
    /// None where a price lies outside the kernel's domain.
    pub(crate) fn of(setup: &Setup<'_>, strike: Price, cell: Cell) -> Option<Self> {
        let mut prices = Vec::with_capacity(setup.rows.len());
        let mut calm = Vec::new();
        for (index, part) in setup.parts.iter().enumerate() {
            let mantissa = cell.inside(part.reach)?;
            let v = part.vol(cell.x, cell.v);
            if v == cell.v {
                calm.push(index);
            }
            let level = level(v);
            let rows = setup.rows.get(part.rows.clone()).unwrap_or_default();
            prices.extend(rows.iter().map(|row| cell.call(row, mantissa, &level)));
        }
        Some(Self {
            strike,
            cell,
            prices,
            calm,
        })
    }
}

impl Cell {
    /// The strike's mantissa where every row of a part is within the kernel's domain.
    fn inside(&self, (low, high): (i64, i64)) -> Option<u64> {
        // x and the reach are within +-30: below 2^63.
        let inside = self.x.wrapping_add(low) >= -MAX_LOG_RATIO && self.x.wrapping_add(high) <= MAX_LOG_RATIO;
        self.strike.filter(|_| inside)
    }

    #[inline(always)]
    fn call(&self, row: &Row, strike: u64, level: &Level) -> u64 {
        call(row.forward, strike, self.x.wrapping_add(row.log), level)
    }
}

/// The sums over strikes, by row and by part.
#[derive(Default)]
pub(crate) struct Sums {
    /// Quantity times call price, by row.
    pub rows: Vec<Sum>,
    /// |quantity| times half widths, by row; empty while there are none.
    doubts: Vec<i128>,
    /// Of the expiry that was opened, by part.
    pub calm: Vec<Calm>,
    /// The levels of a strike, by row.
    #[cfg(not(target_arch = "wasm32"))]
    levels: Vec<Level>,
}

/// The calm strikes of a part.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Calm {
    /// Sum of |quantity|.
    pub gross: i64,
    /// Errors, and half widths where spot stays.
    pub error: i128,
}

impl Sums {
    /// Makes ready for the strikes of an expiry.
    pub(crate) fn open(&mut self, setup: &Setup<'_>) {
        self.rows.resize(setup.rows.len(), Sum::default());
        self.calm.clear();
        self.calm.resize(setup.parts.len(), Calm::default());
    }

    /// Forgets rows.
    pub(crate) fn clear(&mut self, rows: Range<usize>) {
        if let Some(sums) = self.rows.get_mut(rows.clone()) {
            sums.fill(Sum::default());
        }
        if let Some(doubts) = self.doubts.get_mut(rows) {
            doubts.fill(0);
        }
    }

    /// |quantity| times half widths in a row.
    pub(crate) fn doubt(&self, row: usize) -> i128 {
        self.doubts.get(row).copied().unwrap_or(0)
    }

    /// Adds a strike to every scenario.
    pub(crate) fn add(&mut self, setup: &Setup<'_>, cell: &Cell, lot: &Lot) {
        #[cfg(not(target_arch = "wasm32"))]
        if 2 * setup.parts.len() > setup.rows.len() && self.add_history(setup, cell, lot) {
            return;
        }
        let unmoved = level(cell.v);
        for (part, calm) in setup.parts.iter().zip(&mut self.calm) {
            let v = part.vol(cell.x, cell.v);
            let rows = setup.rows.get(part.rows.clone()).unwrap_or_default();
            let sums = self.rows.get_mut(part.rows.clone()).unwrap_or_default();
            if v == cell.v {
                calm.add(lot);
            }
            match cell.inside(part.reach) {
                Some(strike) if v == cell.v => add_inside(rows, sums, strike, cell, lot, &unmoved),
                Some(strike) => add_inside(rows, sums, strike, cell, lot, &level(v)),
                None => {
                    self.doubts.resize(setup.rows.len(), 0);
                    let doubts = self.doubts.get_mut(part.rows.clone()).unwrap_or_default();
                    calm.error += add_outside(rows, sums, doubts, cell, lot, v);
                }
            }
        }
    }

    /// [`Self::add`] where nearly each row has a volatility of its own, as in a history of days: to the same bits, but all
    /// levels first and then all prices, so that a machine that works on several cells at once can do so. False, and
    /// nothing done, where a price lies outside the kernel's domain.
    #[cfg(not(target_arch = "wasm32"))]
    fn add_history(&mut self, setup: &Setup<'_>, cell: &Cell, lot: &Lot) -> bool {
        let reach = |(low, high): (i64, i64), part: &Part| (low.min(part.reach.0), high.max(part.reach.1));
        let Some(strike) = cell.inside(setup.parts.iter().fold((0, 0), reach)) else {
            return false;
        };
        self.levels.clear();
        for (part, calm) in setup.parts.iter().zip(&mut self.calm) {
            let v = part.vol(cell.x, cell.v);
            if v == cell.v {
                calm.add(lot);
            }
            let level = level(v);
            self.levels.extend(part.rows.clone().map(|_| level));
        }
        let (cell, quantity) = (*cell, Factor::of(lot.net));
        for ((row, sum), level) in setup.rows.iter().zip(&mut self.rows).zip(&self.levels) {
            sum.add(quantity, cell.call(row, strike, level));
        }
        true
    }

    /// [`Self::add`] with the strike's prices at hand.
    pub(crate) fn add_unit(&mut self, unit: &Unit, lot: &Lot) {
        for index in &unit.calm {
            if let Some(calm) = self.calm.get_mut(*index) {
                calm.add(lot);
            }
        }
        let quantity = Factor::of(lot.net);
        for (sum, price) in self.rows.iter_mut().zip(&unit.prices) {
            sum.add(quantity, *price);
        }
    }
}

impl Calm {
    fn add(&mut self, lot: &Lot) {
        self.gross += lot.gross;
        self.error += lot.error;
    }
}

/// The cells of one level.
fn add_inside(rows: &[Row], sums: &mut [Sum], strike: u64, cell: &Cell, lot: &Lot, level: &Level) {
    let (cell, quantity, level) = (*cell, Factor::of(lot.net), *level);
    for (row, sum) in rows.iter().zip(sums) {
        sum.add(quantity, cell.call(row, strike, &level));
    }
}

/// The same where some cells lie outside the kernel's domain; answers the doubt of a price that is the unshocked one.
#[cold]
fn add_outside(rows: &[Row], sums: &mut [Sum], doubts: &mut [i128], cell: &Cell, lot: &Lot, v: u64) -> i128 {
    let (level, quantity, mut still) = (level(v), Factor::of(lot.net), 0);
    for ((row, sum), doubt) in rows.iter().zip(sums).zip(doubts) {
        let x = cell.x.wrapping_add(row.log);
        let intrinsic = cell.strike.map_or(0, |strike| row.forward.saturating_sub(strike));
        let (low, high) = match cell.strike {
            _ if v == 0 => (intrinsic, intrinsic),
            Some(strike) if x.abs() <= MAX_LOG_RATIO => {
                let price = call(row.forward, strike, x, &level);
                (price, price)
            }
            _ => (intrinsic, row.forward),
        };
        let middle = low + (high - low) / 2;
        sum.add(quantity, middle);
        let width = product(lot.gross, high - middle);
        *doubt += width;
        if v == cell.v && row.log == 0 {
            still = width;
        }
    }
    still
}
