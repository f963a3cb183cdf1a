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
use crate::engine::grid::Grid;
use crate::engine::part::{Cell, Held, Part, Whole};
use crate::engine::scale::{Halves, Scale, Sum, clamp, grains_of_steps, product, times_floor};
use crate::engine::svi::{Smile, log_price};
use crate::engine::term::{Static, discount_factor, static_discount};
use crate::kernel::{call_error, level};
use crate::model::UnderlyingModel;

/// What the options of an expiry are worth and may lose.
#[derive(Clone, Debug)]
pub(crate) struct SeriesRisk {
    /// Net unshocked value in grains, rounded down.
    pub value: i128,
    /// P&L at the moves of the basis charge, in grains, rounded down.
    pub basis: Vec<i128>,
    /// Counts and deltas.
    pub exposure: Exposure,
    /// What was decided for the expiry as a whole; empty when nothing had to be.
    pub choices: Vec<Choice>,
}

/// What a scenario decides for an expiry as a whole. Once it is decided the P&L is linear in the legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The static discount, in 2^-57.
    times: u64,
    /// A skew scenario in which the expiry gains: the gain counts as a loss.
    flipped: bool,
}

/// What the value of an expiry depends on besides its legs and the scenario.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub scale: Scale,
    pub grid: &'a Grid,
    pub model: &'a UnderlyingModel,
    /// Now.
    pub time: u64,
}

/// Values an expiry and adds its P&L to the scenarios. `forced` takes the place of what the expiry would decide.
pub(crate) fn value_series(series: &Series<'_>, frame: &Frame<'_>, forced: &[Choice], pnl: &mut [i128]) -> SeriesRisk {
    let seconds = series.expiry.expiry.saturating_sub(frame.time);
    let exposure = Exposure::of(series, seconds);
    if series.strikes.is_empty() {
        return SeriesRisk {
            value: 0,
            basis: Vec::new(),
            exposure,
            choices: Vec::new(),
        };
    }
    let sums = add_up(series, frame, seconds, exposure);
    let mut held = sums.part.held(sums.whole).map(|held| sums.exact(&held));
    let base = held.next().unwrap_or_default();
    let mut groups = frame.grid.groups.iter();
    let unshocked = groups.next().map_or(0, |group| group.count);
    let mut risk = SeriesRisk {
        value: sums.value(&base),
        basis: (1..unshocked)
            .zip(&mut held)
            .map(|(_, moved)| sums.pnl(&moved, &base))
            .collect(),
        exposure: sums.exposure,
        choices: Vec::new(),
    };
    let fixed = static_discount(frame.model, series.expiry.rate, seconds);
    let mut forced = forced.iter().copied();
    let skews = groups.flat_map(|group| std::iter::repeat_n(group.vol.is_skew(), group.count));
    for ((moved, point), skew) in held.zip(frame.grid.scenarios()).zip(skews) {
        let added = if fixed.is_none() && !skew {
            sums.pnl(&moved, &base)
        } else {
            let choice = forced.next().unwrap_or_else(|| sums.choose(&moved, &base, fixed, skew));
            risk.choices.push(choice);
            sums.pnl_chosen(&moved, &base, choice)
        };
        if let Some(sum) = pnl.get_mut(point.scenario) {
            *sum = sum.saturating_add(added);
        }
    }
    risk
}

/// Sums over the strikes of an expiry.
struct Sums {
    /// By scenario.
    part: Part,
    /// Forward, puts and sum of |quantity|.
    whole: Whole,
    /// Puts times strike.
    strikes: Sum,
    /// Puts times strike beyond the ceiling, in steps of 1e-16 quote.
    far: i128,
    /// |quantity| times what the error of a price depends on K for.
    strike_errors: i128,
    exposure: Exposure,
    scale: Scale,
    discount: u64,
}

fn add_up(series: &Series<'_>, frame: &Frame<'_>, seconds: u64, exposure: Exposure) -> Sums {
    let expiry = series.expiry;
    let smile = Smile::of(expiry, seconds);
    let forward = frame.scale.mantissa(expiry.forward);
    let log_forward = log_price(expiry.forward);
    let mut sums = Sums {
        part: Part::new(frame.grid, forward, frame.model, &smile, seconds),
        whole: Whole {
            forward,
            puts: 0,
            gross: 0,
        },
        strikes: Sum::default(),
        far: 0,
        strike_errors: 0,
        exposure,
        scale: frame.scale,
        discount: discount_factor(expiry.rate, seconds),
    };
    for strike in &series.strikes {
        let log_strike = log_price(strike.price);
        let v = smile.vol_time(log_strike, strike.vol);
        let mantissa = frame.scale.fits(strike.price);
        let cell = Cell {
            strike: mantissa,
            x: log_forward - log_strike,
            v,
            level: level(v),
            net: strike.call + strike.put,
            gross: strike.gross(),
            error: product(strike.gross(), call_error(0, mantissa.unwrap_or(0))),
        };
        sums.add(strike, &cell);
        if frame.model.charges.needs_delta() {
            let discount = sums.discount;
            sums.exposure.add_delta(strike, cell.x, cell.v, discount);
        }
    }
    sums
}

/// A sum in its exact unit, and by how much it may be wrong.
#[derive(Clone, Copy, Debug, Default)]
struct Exact {
    middle: i128,
    doubt: i128,
    /// What of the doubt is on prices that did not move.
    calm: i128,
}

impl Sums {
    fn add(&mut self, strike: &Strike, cell: &Cell) {
        self.whole.puts += strike.put;
        self.whole.gross += cell.gross;
        match cell.strike {
            Some(mantissa) => self.strikes.add(Halves::of(strike.put), mantissa),
            None => self.far += i128::from(strike.put) * i128::from(strike.price.steps()),
        }
        self.strike_errors += cell.error;
        self.part.add(cell);
    }

    /// Calls and the puts' linear part. The kernel's error at (F', K) is no more than at (F', 0) and at (0, K) together.
    fn exact(&self, held: &Held) -> Exact {
        Exact {
            middle: held.sum + self.strikes.total(),
            doubt: held.doubt + self.strike_errors,
            calm: held.calm,
        }
    }

    /// Shocked less unshocked, discounted, in grains; rounded down.
    fn pnl(&self, moved: &Exact, base: &Exact) -> i128 {
        let doubt = moved.doubt + base.doubt - 2 * moved.calm;
        self.discounted(self.scale.grains_floor(moved.middle - base.middle - doubt))
    }

    /// Unshocked value in grains; rounded down.
    fn value(&self, base: &Exact) -> i128 {
        self.discounted(self.low(base))
    }

    /// The least an undiscounted value may be, in grains.
    fn low(&self, exact: &Exact) -> i128 {
        clamp(self.scale.grains_floor(exact.middle - exact.doubt) + grains_of_steps(self.far))
    }

    /// The most an undiscounted value may be, in grains.
    fn high(&self, exact: &Exact) -> i128 {
        clamp(-self.scale.grains_floor(-exact.middle - exact.doubt) - grains_of_steps(-self.far))
    }

    fn discounted(&self, grains: i128) -> i128 {
        times_floor::<60>(grains, self.discount)
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
            let gain = -times_floor::<57>(-self.high(moved), times) - self.low(base);
            self.discounted(-gain)
        } else {
            let gain = times_floor::<57>(self.low(moved), times) - self.high(base);
            self.discounted(gain)
        }
    }
}
