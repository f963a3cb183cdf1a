//! The hot loop: one strike in every scenario of one volatility move.
//!
//! Per strike and scenario there is one call price and one product; per strike and volatility move one level. Calls and
//! puts of a strike share the price, puts being calls and a linear part by parity.
//!
//! A cell outside the kernel's domain has the whole interval that its price may lie in, `[max(F - K, 0), F]`: the sum takes
//! the middle, the doubt half the width.

use crate::engine::grid::Move;
use crate::engine::scale::{CEILING, Halves, Sum};
use crate::engine::skew::Tilt;
use crate::engine::term::VolRule;
use crate::kernel::{MAX_LOG_RATIO, call, level, mul_shift};

/// One strike, as every scenario takes it.
pub(crate) struct Cell {
    /// The strike's mantissa; none beyond the ceiling.
    pub strike: Option<u64>,
    /// ln(F/K) in 2^-57.
    pub x: i64,
    /// sigma sqrt(T) in 2^-57.
    pub v: u64,
    /// Calls and puts.
    pub net: i64,
    /// Calls and puts, long and short alike.
    pub gross: i64,
}

/// The scenarios of one volatility move, and the sums over strikes of quantity times call price.
pub(crate) struct Part {
    rule: VolRule,
    tilt: Option<Tilt>,
    rows: Vec<Row>,
    /// Least and greatest logarithm of the rows.
    reach: (i64, i64),
    sums: Vec<Sum>,
    /// |quantity| times half widths; empty while there are none.
    doubts: Vec<i128>,
    /// Has the volatility of any strike moved?
    moved: bool,
}

/// A shocked forward and ln(F'/F).
#[derive(Clone, Copy)]
struct Row {
    forward: u64,
    log: i64,
}

/// What a part holds of one scenario.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Held {
    /// The shocked forward.
    pub forward: u64,
    /// The sum of quantity times call price.
    pub calls: i128,
    /// By how much it may be wrong.
    pub doubt: i128,
    /// Is every price the unshocked one?
    pub still: bool,
}

impl Part {
    pub(crate) fn new(moves: &[Move], forward: u64, rule: VolRule, tilt: Option<Tilt>) -> Self {
        let row = |m: &Move| Row {
            forward: mul_shift(forward, m.multiple, 57).min(CEILING - 1),
            log: m.log,
        };
        let logs = || moves.iter().map(|m| m.log);
        Self {
            rule,
            tilt,
            rows: moves.iter().map(row).collect(),
            reach: (logs().min().unwrap_or(0), logs().max().unwrap_or(0)),
            sums: vec![Sum::default(); moves.len()],
            doubts: Vec::new(),
            moved: false,
        }
    }

    /// Adds a strike to every scenario.
    pub(crate) fn add(&mut self, cell: &Cell) {
        let v = self.vol(cell);
        self.moved |= v != cell.v;
        let (low, high) = self.reach;
        let inside = cell.x + low >= -MAX_LOG_RATIO && cell.x + high <= MAX_LOG_RATIO;
        let Some(strike) = cell.strike.filter(|_| inside) else {
            return self.add_outside(cell, v);
        };
        let (level, quantity) = (level(v), Halves::of(cell.net));
        for (row, sum) in self.rows.iter().zip(&mut self.sums) {
            sum.add(
                quantity,
                call(row.forward, strike, cell.x.wrapping_add(row.log), &level),
            );
        }
    }

    fn vol(&self, cell: &Cell) -> u64 {
        match self.tilt {
            None => self.rule.apply(cell.v),
            Some(tilt) => VolRule {
                times: tilt.times(cell.x),
                ..self.rule
            }
            .apply(cell.v),
        }
    }

    /// The same where some prices lie outside the kernel's domain.
    #[cold]
    fn add_outside(&mut self, cell: &Cell, v: u64) {
        self.doubts.resize(self.rows.len(), 0);
        let (level, quantity) = (level(v), Halves::of(cell.net));
        for ((row, sum), doubt) in self.rows.iter().zip(&mut self.sums).zip(&mut self.doubts) {
            let x = cell.x + row.log;
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
            *doubt += i128::from(cell.gross) * i128::from(high - middle);
        }
    }

    /// What is held of every scenario, in their order.
    pub(crate) fn held(&self) -> impl Iterator<Item = Held> + '_ {
        let doubts = self.doubts.iter().copied().chain(std::iter::repeat(0));
        self.rows
            .iter()
            .zip(&self.sums)
            .zip(doubts)
            .map(|((row, sum), doubt)| Held {
                forward: row.forward,
                calls: sum.total(),
                doubt,
                still: !self.moved && row.log == 0,
            })
    }
}
