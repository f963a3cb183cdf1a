//! The hot loop: one strike in every scenario of one volatility move.
//!
//! Per strike and scenario there is one call price and one product; per strike and volatility move one level. Calls and
//! puts of a strike share the price, puts being calls and a linear part by parity.
//!
//! A cell outside the kernel's domain has the whole interval that its price may lie in, `[max(F - K, 0), F]`: the sum takes
//! the middle, the doubt half the width.
//!
//! A strike whose volatility does not move is calm: where spot does not move either its price is the unshocked one, however
//! wrong that is, so its P&L of zero is not in doubt.

use crate::engine::grid::{Move, Moves};
use crate::engine::scale::{CEILING, Halves, Sum, product};
use crate::engine::skew::Tilt;
use crate::engine::term::VolRule;
use crate::kernel::{Level, MAX_LOG_RATIO, call, call_error, level, mul_shift};

/// One strike, as every scenario takes it.
pub(crate) struct Cell {
    /// The strike's mantissa; none beyond the ceiling.
    pub strike: Option<u64>,
    /// ln(F/K) in 2^-57.
    pub x: i64,
    /// sigma sqrt(T) in 2^-57.
    pub v: u64,
    /// The kernel's set-up of v.
    pub level: Level,
    /// Calls and puts.
    pub net: i64,
    /// Calls and puts, long and short alike.
    pub gross: i64,
    /// `gross` times what the error of a price depends on K for.
    pub error: i128,
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
    /// Of the calm strikes: `gross`, errors, and half widths where spot stays.
    calm: (i64, i128),
}

/// A shocked forward and ln(F'/F).
#[derive(Clone, Copy)]
struct Row {
    forward: u64,
    log: i64,
}

/// The unshocked forward, and what holds for all strikes of an expiry.
#[derive(Clone, Copy)]
pub(crate) struct Whole {
    /// The unshocked forward.
    pub forward: u64,
    /// Puts, whose linear part is strike less forward.
    pub puts: i64,
    /// Sum of |quantity|.
    pub gross: i64,
}

/// What a part holds of one scenario.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Held {
    /// Quantity times call price, and the forwards of the puts.
    pub sum: i128,
    /// By how much it may be wrong, K's part left out.
    pub doubt: i128,
    /// The doubt of prices that are the unshocked ones, K's part included.
    pub calm: i128,
}

impl Part {
    pub(crate) fn new(moves: &Moves, forward: u64, rule: VolRule, tilt: Option<Tilt>) -> Self {
        let row = |m: &Move| Row {
            forward: mul_shift(forward, m.multiple, 57).min(CEILING - 1),
            log: m.log,
        };
        Self {
            rule,
            tilt,
            rows: moves.list.iter().map(row).collect(),
            reach: moves.reach,
            sums: vec![Sum::default(); moves.list.len()],
            doubts: Vec::new(),
            calm: (0, 0),
        }
    }

    /// Adds a strike to every scenario.
    pub(crate) fn add(&mut self, cell: &Cell) {
        let v = self.vol(cell);
        if v == cell.v {
            self.calm.0 += cell.gross;
            self.calm.1 += cell.error;
        }
        let (low, high) = self.reach;
        let inside = cell.x + low >= -MAX_LOG_RATIO && cell.x + high <= MAX_LOG_RATIO;
        let Some(strike) = cell.strike.filter(|_| inside) else {
            return self.add_outside(cell, v);
        };
        let quantity = Halves::of(cell.net);
        let level = if v == cell.v { cell.level } else { level(v) };
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
        let (level, quantity, mut still) = (level(v), Halves::of(cell.net), 0);
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
            let width = product(cell.gross, high - middle);
            *doubt += width;
            if v == cell.v && row.log == 0 {
                still = width;
            }
        }
        self.calm.1 += still;
    }

    /// What is held of every scenario, in their order.
    pub(crate) fn held(&self, whole: Whole) -> impl Iterator<Item = Held> + '_ {
        let puts = Halves::of(-whole.puts);
        self.rows
            .iter()
            .zip(&self.sums)
            .enumerate()
            .map(move |(index, (row, sum))| {
                let mut sum = *sum;
                sum.add(puts, row.forward);
                // The kernel's error at F'; K is rounded by one, F' by one, and by F's rounding as often as it grew.
                let kernel = call_error(row.forward, 0) - call_error(0, 0);
                let error = kernel + row.forward / whole.forward.max(1) + 3;
                let outside = self.doubts.get(index).copied().unwrap_or(0);
                Held {
                    sum: sum.total(),
                    doubt: product(whole.gross, error) + outside,
                    calm: match row.log {
                        0 => product(self.calm.0, error) + self.calm.1,
                        _ => 0,
                    },
                }
            })
    }
}
