//! One underlying's P&L in every scenario, and what its charges look at.
//!
//! ```text
//! P&L[s] = weight_s * (options + linear legs + hedging collateral) + foreign vectors
//! linear P&L = (sum of q * price) * (F'/F - 1)
//! ```

use crate::engine::book::Series;
use crate::engine::exposure::Exposure;
use crate::engine::grid::{Grid, STILL};
use crate::engine::scale::{Scale, clamp, grains_of_steps, times_floor};
use crate::engine::series::{Choice, Frame, value_series};
use crate::engine::svi::to_57;
use crate::market::Expiry;
use crate::model::{UnderlyingModel, ValidModel};
use crate::number::{Price, Ratio, Value};

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
    /// What was decided for the expiry as a whole.
    pub choices: Vec<Choice>,
}

/// What one underlying is valued with.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub model: &'a ValidModel,
    pub rules: &'a UnderlyingModel,
    pub grid: &'a Grid,
    pub scale: Scale,
    pub time: u64,
}

/// Legs on one underlying.
#[derive(Clone, Copy, Default)]
pub(crate) struct Legs<'b, 'a> {
    /// Perpetual contracts in steps, and their mark.
    pub perpetual: Option<(i64, Price)>,
    /// By expiry.
    pub series: &'b [Series<'a>],
}

/// Values the legs of an underlying. `hedge` is collateral that is shocked with it, in grains; `forced` gives, by expiry,
/// decisions to take over instead of deciding.
pub(crate) fn value_underlying<'a>(
    legs: Legs<'_, 'a>,
    hedge: i128,
    setting: &Setting<'_>,
    forced: &[&[Choice]],
) -> UnderlyingRisk<'a> {
    let mut pnl = vec![0; setting.grid.len];
    let mut linear = Linear {
        grains: hedge,
        steps: 0,
    };
    if let Some((quantity, mark)) = legs.perpetual {
        linear.steps += i128::from(quantity) * i128::from(mark.steps());
    }
    let frame = Frame {
        scale: setting.scale,
        grid: setting.grid,
        model: setting.rules,
        time: setting.time,
    };
    let mut option_value: i128 = 0;
    let mut expiries = Vec::with_capacity(legs.series.len());
    let decided = forced.iter().copied().chain(std::iter::repeat(&[] as &[Choice]));
    for (series, forced) in legs.series.iter().zip(decided) {
        let risk = value_series(series, &frame, forced, &mut pnl);
        option_value = option_value.saturating_add(risk.value);
        linear.add_future(series, &frame, &mut pnl);
        expiries.push(ExpiryRisk {
            expiry: series.expiry,
            exposure: risk.exposure,
            basis: risk.basis,
            choices: risk.choices,
        });
    }
    linear.spread(setting.grid, u64::MAX, &mut pnl);
    for (sum, scenario) in pnl.iter_mut().zip(&setting.model.scenarios) {
        if scenario.weight != Ratio::ONE {
            *sum = times_floor::<57>(*sum, to_57(scenario.weight));
        }
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
    fn add_future(&mut self, series: &Series<'_>, frame: &Frame<'_>, pnl: &mut [i128]) {
        let seconds = series.expiry.expiry.saturating_sub(frame.time);
        let steps = i128::from(series.future) * i128::from(series.expiry.forward.steps());
        if Grid::is_open(seconds) {
            self.steps += steps;
        } else {
            let own = Self { grains: 0, steps };
            own.spread(frame.grid, seconds, pnl);
        }
    }

    /// Adds the P&L of every scenario with some seconds left.
    fn spread(&self, grid: &Grid, seconds: u64, pnl: &mut [i128]) {
        let grains = clamp(self.grains.saturating_add(grains_of_steps(self.steps)));
        if self.steps == 0 && self.grains == 0 {
            return;
        }
        for point in grid.scenarios() {
            if let Some(sum) = pnl.get_mut(point.scenario) {
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
