//! The options of an underlying, valued in every scenario, expiry by expiry.
//!
//! ```text
//! F' = F (1 + r (spot - 1)),  V = Black76(D F', D K, sigma'),  P&L = sum of q (static V' - V)
//! ```
//! Every price has an error bound e besides: a holding counts with the sum of `q u - |q| e`, so that a long option in a cell
//! that cannot be priced has its intrinsic value, and a short one F (a put: K). Of a put with a strike beyond the mantissas
//! the strike itself is kept apart, in grains.
//!
//! Mantissas are discounted, so expiries add up as they are, and what they lose together is rounded once. Only where a
//! scenario decides something for each expiry as a whole is it settled by itself.

use crate::engine::book::{Series, Strike};
use crate::engine::exposure::Exposure;
use crate::engine::part::{Calm, Cell, Lot, Sums};
use crate::engine::scale::{Scale, clamp, grains_of_steps, times_floor};
use crate::engine::setup::{Choice, Frame, Row, Setup};
use crate::engine::sum::{Factor, Sum, product};
use crate::engine::term::Static;
use crate::kernel::call_error;

/// What the options of an expiry are worth and may lose.
#[derive(Clone, Debug)]
pub(crate) struct SeriesRisk {
    /// Net unshocked value in grains, rounded down.
    pub value: i128,
    /// P&L at the moves of the basis charge, in grains, rounded down.
    pub basis: Vec<i128>,
    /// Counts and deltas.
    pub exposure: Exposure,
    /// What was decided for the expiry as a whole, by scenario; empty when nothing had to be.
    pub choices: Vec<Choice>,
}

/// The options of an underlying.
pub(crate) struct Options<'a> {
    frame: Frame<'a>,
    /// Rows of the grid that are no scenarios.
    unshocked: usize,
    /// Do scenarios decide anything for an expiry as a whole?
    decides: bool,
    /// Less errors, of the expiries that are not settled yet.
    sums: Sums,
    /// What their P&L has besides in every row, in the sums' unit.
    rest: i128,
}

impl<'a> Options<'a> {
    /// None held.
    pub(crate) fn new(frame: Frame<'a>) -> Self {
        Self {
            frame,
            unshocked: frame.grid.groups.first().map_or(0, |group| group.count),
            decides: frame.decides(),
            sums: Sums::default(),
            rest: 0,
        }
    }

    /// Values what is held of an expiry. Its P&L is in `pnl` after [`Self::settle`].
    pub(crate) fn add(&mut self, series: &Series<'_>, setup: &Setup<'_>, pnl: &mut [i128]) -> SeriesRisk {
        let mut risk = SeriesRisk {
            value: 0,
            basis: Vec::new(),
            exposure: Exposure::of(series, setup.seconds),
            choices: Vec::new(),
        };
        if series.strikes.is_empty() {
            return risk;
        }
        self.sums.open(setup);
        let held = self.strikes(series, setup, &mut risk.exposure);
        let Some(base) = self.base(&held, setup, &mut risk) else {
            return risk;
        };
        if self.decides {
            risk.choices = self.decide(&held, &base, setup, pnl);
            self.sums.clear(self.unshocked..setup.rows.len());
        } else {
            self.keep(&held, &base, setup);
        }
        self.sums.clear(0..self.unshocked);
        risk
    }

    fn strikes(&mut self, series: &Series<'_>, setup: &Setup<'_>, exposure: &mut Exposure) -> Held {
        let mut held = Held::new(self.frame.scale);
        let needs_delta = self.frame.model.charges.needs_delta();
        for strike in &series.strikes {
            let unit = setup.unit(strike.price);
            let cell = unit.map_or_else(|| setup.cell(strike), |unit| unit.cell);
            let lot = held.add(strike, &cell);
            match unit {
                Some(unit) => self.sums.add_unit(unit, &lot),
                None => self.sums.add(setup, &cell, &lot),
            }
            if needs_delta {
                exposure.add_delta(strike, cell.x, cell.v, setup.discount);
            }
        }
        held.discount(setup.discount);
        held
    }

    /// What the expiry is worth, and its P&L at the moves of the basis charge; answers the first.
    fn base(&self, held: &Held, setup: &Setup<'_>, risk: &mut SeriesRisk) -> Option<Exact> {
        let calm = self.sums.calm.first()?;
        let rows = setup.rows.iter().zip(&self.sums.rows).enumerate();
        let mut exact = rows
            .take(self.unshocked)
            .map(|(at, (row, sum))| held.exact(row, *sum, self.sums.doubt(at), calm));
        let base = exact.next()?;
        risk.value = held.low(&base);
        risk.basis.extend(exact.map(|moved| held.pnl(&moved, &base)));
        Some(base)
    }

    /// Completes the sums: the linear part of puts, and what the prices may be wrong.
    fn keep(&mut self, held: &Held, base: &Exact, setup: &Setup<'_>) {
        let puts = Factor::of(held.puts.wrapping_neg());
        for (part, calm) in setup.parts.iter().zip(&self.sums.calm).skip(1) {
            let rows = setup.rows.get(part.rows.clone()).unwrap_or_default();
            let sums = self.sums.rows.get_mut(part.rows.clone()).unwrap_or_default();
            for (row, sum) in rows.iter().zip(sums) {
                sum.add(puts, row.forward);
                let mut gross = held.gross;
                if row.log == 0 {
                    // A price that did not move is as wrong as before: both its doubts are given back.
                    gross = gross.wrapping_sub(calm.gross << 1);
                    sum.plus(calm.error << 1);
                }
                sum.add(Factor::of(gross.wrapping_neg()), row.error);
            }
        }
        // All below 2^126.
        let own = held.strikes.total().wrapping_sub(held.strike_errors);
        self.rest = self.rest.wrapping_add(own).wrapping_sub(base.high);
    }

    /// Adds the P&L of an expiry for which scenarios decide; answers what they decided.
    fn decide(&self, held: &Held, base: &Exact, setup: &Setup<'_>, pnl: &mut [i128]) -> Vec<Choice> {
        let grid = self.frame.grid;
        let mut choices = vec![Choice::NONE; grid.len()];
        for ((group, part), calm) in grid.groups.iter().zip(&setup.parts).zip(&self.sums.calm).skip(1) {
            let skew = group.vol.is_skew();
            for at in part.rows.clone() {
                let (Some(point), Some(row), Some(sum)) =
                    (grid.points.get(at), setup.rows.get(at), self.sums.rows.get(at))
                else {
                    continue;
                };
                let moved = held.exact(row, *sum, self.sums.doubt(at), calm);
                if setup.fixed.is_none() && !skew {
                    add_at(pnl, point.place, held.pnl(&moved, base));
                    continue;
                }
                let decided = setup.decided.get(point.place).copied();
                let choice = decided.unwrap_or_else(|| held.choose(&moved, base, setup.fixed, skew));
                if let Some(kept) = choices.get_mut(point.place) {
                    *kept = choice;
                }
                add_at(pnl, point.place, held.pnl_chosen(&moved, base, choice));
            }
        }
        choices
    }

    /// Adds the P&L of the expiries that were kept to the scenarios.
    pub(crate) fn settle(&self, pnl: &mut [i128]) {
        let rows = self.frame.grid.points.iter().zip(&self.sums.rows).enumerate();
        for (at, (point, sum)) in rows.skip(self.unshocked) {
            let least = sum.total().wrapping_add(self.rest).wrapping_sub(self.sums.doubt(at));
            add_at(pnl, point.place, self.frame.scale.grains_floor(least));
        }
    }
}

#[inline(always)]
fn add_at(pnl: &mut [i128], place: usize, grains: i128) {
    if let Some(sum) = pnl.get_mut(place) {
        *sum = sum.saturating_add(grains);
    }
}

/// What is held of an expiry, added up over the strikes.
struct Held {
    scale: Scale,
    /// Puts, whose linear part is strike less forward.
    puts: i64,
    /// Sum of |quantity|.
    gross: i64,
    /// Puts times strike.
    strikes: Sum,
    /// Puts times strike beyond the ceiling: in steps of 1e-16 quote, then in grains rounded down and up.
    far: i128,
    far_grains: [i128; 2],
    /// |quantity| times what the error of a price depends on K for.
    strike_errors: i128,
}

/// Between what a sum lies in a scenario: below 2^126, in its exact unit.
#[derive(Clone, Copy, Debug, Default)]
struct Exact {
    low: i128,
    high: i128,
    /// What of the width between them is on prices that did not move.
    calm: i128,
}

impl Held {
    fn new(scale: Scale) -> Self {
        Self {
            scale,
            puts: 0,
            gross: 0,
            strikes: Sum::default(),
            far: 0,
            far_grains: [0; 2],
            strike_errors: 0,
        }
    }

    fn add(&mut self, strike: &Strike, cell: &Cell) -> Lot {
        let lot = Lot {
            net: strike.call + strike.put,
            gross: strike.gross(),
            error: product(strike.gross(), call_error(0, cell.strike.unwrap_or(0))),
        };
        self.puts += strike.put;
        self.gross += lot.gross;
        match cell.strike {
            Some(mantissa) => self.strikes.add(Factor::of(strike.put), mantissa),
            None => self.far += i128::from(strike.put) * i128::from(strike.price.steps()),
        }
        self.strike_errors += lot.error;
        lot
    }

    fn discount(&mut self, discount: u64) {
        if self.far != 0 {
            let grains = |steps| times_floor::<60>(grains_of_steps(steps), discount);
            self.far_grains = [grains(self.far), -grains(-self.far)];
        }
    }

    /// Calls and the puts' linear part in a row. The kernel's error at (F', K) is no more than at (F', 0) and at (0, K)
    /// together.
    fn exact(&self, row: &Row, mut sum: Sum, outside: i128, calm: &Calm) -> Exact {
        sum.add(Factor::of(self.puts.wrapping_neg()), row.forward);
        // The sums are below 2^125, |quantity| times a half width below 2^124.
        let middle = sum.total().wrapping_add(self.strikes.total());
        let doubt = product(self.gross, row.error)
            .wrapping_add(self.strike_errors)
            .wrapping_add(outside);
        Exact {
            low: middle.wrapping_sub(doubt),
            high: middle.wrapping_add(doubt),
            calm: match row.log {
                0 => product(calm.gross, row.error).wrapping_add(calm.error) << 1,
                _ => 0,
            },
        }
    }

    /// Shocked less unshocked in grains; rounded down.
    fn pnl(&self, moved: &Exact, base: &Exact) -> i128 {
        // All below 2^126, and what is calm at most the two doubts.
        let least = moved.low.wrapping_sub(base.high).wrapping_add(moved.calm);
        self.scale.grains_floor(least)
    }

    /// The least a value may be, in grains.
    fn low(&self, exact: &Exact) -> i128 {
        let [far, _] = self.far_grains;
        clamp(self.scale.grains_floor(exact.low) + far)
    }

    /// The most a value may be, in grains.
    fn high(&self, exact: &Exact) -> i128 {
        let [_, far] = self.far_grains;
        clamp(-self.scale.grains_floor(-exact.high) + far)
    }

    /// What the expiry decides in a scenario.
    fn choose(&self, moved: &Exact, base: &Exact, fixed: Option<Static>, skew: bool) -> Choice {
        let choice = |shocked: i128, flipped| Choice {
            times: fixed.map_or(Static::ONE.long, |s| if shocked < 0 { s.short } else { s.long }),
            flipped,
        };
        let loss = choice(self.low(moved), false);
        let gain = choice(self.high(moved), true);
        if skew && self.pnl_chosen(moved, base, gain) < self.pnl_chosen(moved, base, loss) {
            gain
        } else {
            loss
        }
    }

    /// P&L of a scenario with the expiry's decision taken, in grains; rounded down.
    fn pnl_chosen(&self, moved: &Exact, base: &Exact, choice: Choice) -> i128 {
        let Choice { times, flipped } = choice;
        if flipped {
            self.low(base) + times_floor::<57>(-self.high(moved), times)
        } else {
            times_floor::<57>(self.low(moved), times) - self.high(base)
        }
    }
}
