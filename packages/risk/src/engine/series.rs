//! The options of one expiry, valued in every scenario.
//!
//! ```text
//! F' = F (1 + r (spot - 1)),  V = D Black76(F', K, sigma'),  P&L = sum of q (static V' - V)
//! ```
//! Every price has an error bound e besides: an expiry counts with the sum of `q u - |q| e`, so that a long option in a cell
//! that cannot be priced has its intrinsic value, and a short one F (a put: K). Of a put with a strike beyond the mantissas
//! the strike itself is kept apart, in grains.

use crate::engine::book::{Series, Strike};
use crate::engine::exposure::Exposure;
use crate::engine::grid::Point;
use crate::engine::part::{Calm, Cell, Lot, Sums, Unit};
use crate::engine::scale::{Scale, clamp, grains_of_steps, times_floor};
use crate::engine::setup::{Choice, Part, Row, Setup};
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

/// Values what is held of an expiry and adds its P&L to the scenarios.
pub(crate) fn value_series(series: &Series<'_>, setup: &Setup<'_>, pnl: &mut [i128]) -> SeriesRisk {
    let mut risk = SeriesRisk {
        value: 0,
        basis: Vec::new(),
        exposure: Exposure::of(series, setup.seconds),
        choices: Vec::new(),
    };
    if series.strikes.is_empty() {
        return risk;
    }
    let held = Held::of(series, setup, &mut risk.exposure);
    if setup.decides() {
        risk.choices.resize(setup.frame.grid.len(), Choice::NONE);
    }
    let mut base = None;
    let groups = setup.frame.grid.groups.iter().zip(&setup.parts);
    for ((group, part), calm) in groups.zip(&held.sums.calm) {
        let rows = held.rows(part);
        let Some(base) = &base else {
            base = held.unshocked(rows, calm, &mut risk);
            continue;
        };
        let skew = group.vol.is_skew();
        if setup.fixed.is_none() && !skew {
            for (at, point, row, sum) in rows {
                let moved = held.exact(at, row, *sum, calm);
                add_at(pnl, point.place, held.pnl(&moved, base));
            }
            continue;
        }
        for (at, point, row, sum) in rows {
            let moved = held.exact(at, row, *sum, calm);
            let decided = setup.decided.get(point.place).copied();
            let choice = decided.unwrap_or_else(|| held.choose(&moved, base, skew));
            if let Some(kept) = risk.choices.get_mut(point.place) {
                *kept = choice;
            }
            add_at(pnl, point.place, held.pnl_chosen(&moved, base, choice));
        }
    }
    risk
}

#[inline(always)]
fn add_at(pnl: &mut [i128], place: usize, grains: i128) {
    if let Some(sum) = pnl.get_mut(place) {
        *sum = sum.saturating_add(grains);
    }
}

/// What is held of an expiry, added up over the strikes.
struct Held<'b> {
    setup: &'b Setup<'b>,
    sums: Sums,
    /// Puts, whose linear part is strike less forward.
    puts: i64,
    /// Sum of |quantity|.
    gross: i64,
    /// Puts times strike.
    strikes: Sum,
    /// Puts times strike beyond the ceiling, in steps of 1e-16 quote.
    far: i128,
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

impl<'b> Held<'b> {
    fn of(series: &Series<'_>, setup: &'b Setup<'b>, exposure: &mut Exposure) -> Self {
        let mut held = Self {
            setup,
            sums: Sums::new(setup),
            puts: 0,
            gross: 0,
            strikes: Sum::default(),
            far: 0,
            strike_errors: 0,
        };
        let needs_delta = setup.frame.model.charges.needs_delta();
        for strike in &series.strikes {
            let unit = setup.unit(strike.price);
            let cell = unit.map_or_else(|| setup.cell(strike), |unit| unit.cell);
            held.add(strike, &cell, unit);
            if needs_delta {
                exposure.add_delta(strike, cell.x, cell.v, setup.discount);
            }
        }
        held
    }

    fn add(&mut self, strike: &Strike, cell: &Cell, unit: Option<&Unit>) {
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
        match unit {
            Some(unit) => self.sums.add_unit(unit, &lot),
            None => self.sums.add(self.setup, cell, &lot),
        }
    }

    /// What the expiry is worth, and its P&L at the moves of the basis charge; answers the first.
    fn unshocked<'c>(
        &self,
        rows: impl Iterator<Item = (usize, &'c Point, &'c Row, &'c Sum)>,
        calm: &Calm,
        risk: &mut SeriesRisk,
    ) -> Option<Exact> {
        let mut base = None;
        for (at, _, row, sum) in rows {
            let exact = self.exact(at, row, *sum, calm);
            match &base {
                Some(base) => risk.basis.push(self.pnl(&exact, base)),
                None => base = Some(exact),
            }
        }
        risk.value = base.as_ref().map_or(0, |base| self.discounted(self.low(base)));
        base
    }

    /// The rows of a part with their numbers, points and sums.
    #[inline(always)]
    fn rows(&self, part: &Part) -> impl Iterator<Item = (usize, &Point, &Row, &Sum)> {
        let points = self.setup.frame.grid.points.get(part.rows.clone()).unwrap_or_default();
        let rows = self.setup.rows.get(part.rows.clone()).unwrap_or_default();
        let sums = self.sums.rows.get(part.rows.clone()).unwrap_or_default();
        let together = points.iter().zip(rows).zip(sums).zip(part.rows.start..);
        together.map(|(((point, row), sum), at)| (at, point, row, sum))
    }

    /// Calls and the puts' linear part in a row. The kernel's error at (F', K) is no more than at (F', 0) and at (0, K)
    /// together.
    #[inline(always)]
    fn exact(&self, at: usize, row: &Row, mut sum: Sum, calm: &Calm) -> Exact {
        sum.add(Factor::of(self.puts.wrapping_neg()), row.forward);
        // The sums are below 2^125, |quantity| times a half width below 2^124.
        let middle = sum.total().wrapping_add(self.strikes.total());
        let outside = self.sums.doubts.get(at).copied().unwrap_or(0);
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

    const fn scale(&self) -> Scale {
        self.setup.frame.scale
    }

    /// Shocked less unshocked, discounted, in grains; rounded down.
    #[inline(always)]
    fn pnl(&self, moved: &Exact, base: &Exact) -> i128 {
        // All below 2^126, and what is calm at most the two doubts.
        let least = moved.low.wrapping_sub(base.high).wrapping_add(moved.calm);
        self.discounted(self.scale().grains_floor(least))
    }

    /// The least an undiscounted value may be, in grains.
    fn low(&self, exact: &Exact) -> i128 {
        clamp(self.scale().grains_floor(exact.low) + grains_of_steps(self.far))
    }

    /// The most an undiscounted value may be, in grains.
    fn high(&self, exact: &Exact) -> i128 {
        clamp(-self.scale().grains_floor(-exact.high) - grains_of_steps(-self.far))
    }

    fn discounted(&self, grains: i128) -> i128 {
        times_floor::<60>(grains, self.setup.discount)
    }

    /// What the expiry decides in a scenario.
    fn choose(&self, moved: &Exact, base: &Exact, skew: bool) -> Choice {
        let choice = |shocked: i128, flipped| Choice {
            times: self
                .setup
                .fixed
                .map_or(Static::ONE.long, |s| if shocked < 0 { s.short } else { s.long }),
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
            let gain = -times_floor::<57>(-self.high(moved), times) - self.low(base);
            self.discounted(-gain)
        } else {
            let gain = times_floor::<57>(self.low(moved), times) - self.high(base);
            self.discounted(gain)
        }
    }
}
