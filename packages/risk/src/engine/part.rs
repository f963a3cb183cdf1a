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

use crate::engine::grid::{Grid, Group};
use crate::engine::scale::{CEILING, Halves, Sum, product};
use crate::engine::skew::{Tilt, tilt};
use crate::engine::svi::Smile;
use crate::engine::term::{VolRule, VolRules};
use crate::kernel::{Level, MAX_LOG_RATIO, call, call_error, level, mul_shift};
use crate::model::UnderlyingModel;

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

/// The scenarios of one expiry, and the sums over strikes of quantity times call price.
pub(crate) struct Part {
    steps: Vec<Step>,
    /// In the order of the grid's points.
    rows: Vec<Row>,
}

/// One volatility move.
struct Step {
    rule: VolRule,
    tilt: Option<Tilt>,
    /// Its number of rows.
    count: usize,
    /// Least and greatest logarithm of its rows.
    reach: (i64, i64),
    /// Of the calm strikes: `gross`, errors, and half widths where spot stays.
    calm: (i64, i128),
}

/// One scenario.
#[derive(Clone, Copy)]
struct Row {
    /// F'
    forward: u64,
    /// ln(F'/F)
    log: i64,
    sum: Sum,
    /// |quantity| times half widths.
    doubt: i128,
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
    /// The rows of an expiry with some seconds left.
    pub(crate) fn new(grid: &Grid, forward: u64, model: &UnderlyingModel, smile: &Smile, seconds: u64) -> Self {
        let rules = VolRules::of(&model.vol_shock, smile, seconds);
        let step = |(index, group): (usize, &Group)| Step {
            rule: match index {
                0 => VolRule::NONE,
                _ => rules.of_move(group.vol, group.times),
            },
            tilt: tilt(group.vol, model.skew.as_ref(), smile.root_years),
            count: group.count,
            reach: group.reach,
            calm: (0, 0),
        };
        let mut rows = Vec::with_capacity(grid.points.len());
        for point in &grid.points {
            let moved = point.at(seconds);
            rows.push(Row {
                forward: mul_shift(forward, moved.multiple, 57).min(CEILING - 1),
                log: moved.log,
                sum: Sum::default(),
                doubt: 0,
            });
        }
        Self {
            steps: grid.groups.iter().enumerate().map(step).collect(),
            rows,
        }
    }

    /// Adds a strike to every scenario.
    pub(crate) fn add(&mut self, cell: &Cell) {
        let mut left = self.rows.as_mut_slice();
        for step in &mut self.steps {
            let Some((rows, rest)) = left.split_at_mut_checked(step.count) else {
                return;
            };
            left = rest;
            step.add(cell, rows);
        }
    }

    /// What is held of every scenario, the unshocked ones first.
    pub(crate) fn held(&self, whole: Whole) -> impl Iterator<Item = Held> + '_ {
        let puts = Halves::of(-whole.puts);
        let calm = self
            .steps
            .iter()
            .flat_map(|step| std::iter::repeat_n(step.calm, step.count));
        self.rows.iter().zip(calm).map(move |(row, calm)| {
            let mut sum = row.sum;
            sum.add(puts, row.forward);
            // The kernel's error at F'; K is rounded by one, F' by one, and by F's rounding as often as it grew.
            let kernel = call_error(row.forward, 0) - call_error(0, 0);
            let error = kernel + row.forward / whole.forward.max(1) + 3;
            Held {
                sum: sum.total(),
                doubt: product(whole.gross, error) + row.doubt,
                calm: match row.log {
                    0 => product(calm.0, error) + calm.1,
                    _ => 0,
                },
            }
        })
    }
}

impl Step {
    #[inline]
    fn add(&mut self, cell: &Cell, rows: &mut [Row]) {
        let v = self.vol(cell);
        if v == cell.v {
            self.calm.0 += cell.gross;
            self.calm.1 += cell.error;
        }
        let (low, high) = self.reach;
        let inside = cell.x + low >= -MAX_LOG_RATIO && cell.x + high <= MAX_LOG_RATIO;
        let Some(strike) = cell.strike.filter(|_| inside) else {
            return self.add_outside(cell, v, rows);
        };
        let quantity = Halves::of(cell.net);
        let level = if v == cell.v { cell.level } else { level(v) };
        for row in rows {
            let price = call(row.forward, strike, cell.x.wrapping_add(row.log), &level);
            row.sum.add(quantity, price);
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
    fn add_outside(&mut self, cell: &Cell, v: u64, rows: &mut [Row]) {
        let (level, quantity, mut still) = (level(v), Halves::of(cell.net), 0);
        for row in rows {
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
            row.sum.add(quantity, middle);
            let width = product(cell.gross, high - middle);
            row.doubt += width;
            if v == cell.v && row.log == 0 {
                still = width;
            }
        }
        self.calm.1 += still;
    }
}
