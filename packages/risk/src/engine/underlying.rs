//! One underlying's P&L in every scenario, and what its charges look at.
//!
//! ```text
//! P&L[s] = weight_s * (options + linear legs + hedging collateral) + foreign vectors
//! linear P&L = (sum of q * price) * (F'/F - 1)
//! ```

use crate::engine::book::Series;
use crate::engine::exposure::Exposure;
use crate::engine::grid::{Grid, STILL};
use crate::engine::scale::{clamp, grains_of_steps, times_floor};
use crate::engine::series::Options;
use crate::engine::setup::{Choice, Frame, Setup};
use crate::market::Expiry;
use crate::number::{Price, Value};

/// What one underlying is worth and may lose.
#[derive(Clone, Debug)]
pub(crate) struct UnderlyingRisk<'a> {
    /// Weighted P&L by scenario, in grains, rounded down.
    pub pnl: Vec<i128>,
    /// Value of the options in grains, rounded down.
    pub option_value: i128,
    /// Perpetuals in steps, and their mark.
    pub perpetual: Option<(i64, Price)>,
    /// By expiry.
    pub series: Vec<ExpiryRisk<'a>>,
}

/// An expiry of an underlying.
#[derive(Clone, Debug)]
pub(crate) struct ExpiryRisk<'a> {
    /// Its prices.
    pub expiry: &'a Expiry,
    /// Counts and deltas.
    pub exposure: Exposure,
    /// P&L at the moves of the basis charge, in grains.
    pub basis: Vec<i128>,
    /// What was decided for the expiry as a whole, by scenario; empty when nothing had to be.
    pub choices: Vec<Choice>,
}

/// Legs on one underlying.
#[derive(Clone, Copy, Default)]
pub(crate) struct Legs<'b, 'a> {
    /// Perpetual contracts in steps, and their mark.
    pub perpetual: Option<(i64, Price)>,
    /// By expiry.
    pub series: &'b [Series<'a>],
}

/// Values the legs of an underlying, whose expiries come set up in the same order. `hedge` is collateral that is shocked with
/// it, in grains.
pub(crate) fn value_underlying<'a, 's>(
    legs: Legs<'_, 'a>,
    setups: &mut dyn Iterator<Item = &'s Setup<'s>>,
    hedge: i128,
    frame: &Frame<'_>,
) -> UnderlyingRisk<'a> {
    let mut pnl = vec![0; frame.grid.len()];
    let mut linear = Linear {
        grains: hedge,
        steps: 0,
    };
    if let Some((quantity, mark)) = legs.perpetual {
        linear.steps += i128::from(quantity) * i128::from(mark.steps());
    }
    let mut option_value: i128 = 0;
    let mut expiries = Vec::with_capacity(legs.series.len());
    let mut options = Options::new(*frame);
    for (series, setup) in legs.series.iter().zip(setups) {
        let risk = options.add(series, setup, &mut pnl);
        option_value = option_value.saturating_add(risk.value);
        linear.add_future(series, setup, &mut pnl);
        expiries.push(ExpiryRisk {
            expiry: series.expiry,
            exposure: risk.exposure,
            basis: risk.basis,
            choices: risk.choices,
        });
    }
    options.settle(&mut pnl);
    linear.spread(frame.grid, u64::MAX, &mut pnl);
    for (sum, weight) in pnl.iter_mut().zip(&frame.grid.weights) {
        *sum = times_floor::<57>(*sum, *weight);
    }
    for sum in &mut pnl {
        *sum = clamp(*sum);
    }
    UnderlyingRisk {
        pnl,
        option_value,
        perpetual: legs.perpetual,
        series: expiries,
    }
}

/// Linear legs: their notional, which moves with the forward. Exact but for a few grains and 2^-56 of it.
#[derive(Clone, Copy, Default)]
struct Linear {
    /// Collateral.
    grains: i128,
    /// Legs, in steps of 1e-16 quote: at most 256 of 2^114.
    steps: i128,
}

impl Linear {
    /// Takes a future up, or adds its P&L at once when its settlement average has begun.
    fn add_future(&mut self, series: &Series<'_>, setup: &Setup<'_>, pnl: &mut [i128]) {
        if series.future == 0 {
            return;
        }
        let steps = i128::from(series.future) * i128::from(series.expiry.forward.steps());
        if Grid::is_open(setup.seconds) {
            self.steps += steps;
        } else {
            let own = Self { grains: 0, steps };
            own.spread(setup.frame.grid, setup.seconds, pnl);
        }
    }

    /// Adds the P&L of every scenario with some seconds left.
    fn spread(&self, grid: &Grid, seconds: u64, pnl: &mut [i128]) {
        if self.steps == 0 && self.grains == 0 {
            return;
        }
        let grains = clamp(self.grains.saturating_add(grains_of_steps(self.steps)));
        for point in grid.scenarios() {
            if let Some(sum) = pnl.get_mut(point.place) {
                *sum = sum.saturating_add(shocked(grains, point.at(seconds).multiple));
            }
        }
    }
}

/// `notional * (multiple - 1)`, less what the roundings of both may be: rounded down.
fn shocked(grains: i128, multiple: u64) -> i128 {
    if multiple == STILL {
        return 0;
    }
    let gain = if multiple > STILL {
        times_floor::<57>(grains, multiple - STILL)
    } else {
        times_floor::<57>(-grains, STILL - multiple)
    };
    // The multiple is short by less than 2^-57, the notional by less than a grain, 15 times at most.
    gain - (grains.abs() >> 57) - 16
}

/// Adds a foreign vector.
pub(crate) fn add_vector(pnl: &mut [i128], vector: &[Value]) {
    for (sum, value) in pnl.iter_mut().zip(vector) {
        *sum = clamp(sum.saturating_add(crate::engine::scale::grains_of_value(*value)));
    }
}
