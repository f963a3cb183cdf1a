//! An expiry set up for valuation: everything that does not depend on what is held.
//!
//! The points of the grid become rows. A strike has one volatility level for each part: the rows that share a volatility
//! move.

use crate::engine::book::Strike;
use crate::engine::grid::{Grid, Move};
use crate::engine::part::{Cell, Unit};
use crate::engine::scale::{CEILING, Scale};
use crate::engine::skew::{Tilt, tilt};
use crate::engine::svi::{Smile, log_price};
use crate::engine::term::{Static, VolRule, VolRules, discount_factor, static_discount};
use crate::kernel::{call_error, mul_shift};
use crate::market::Expiry;
use crate::model::UnderlyingModel;
use crate::number::Price;
use std::ops::Range;

/// What the value of an expiry depends on besides its prices, its legs and the scenario.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub scale: Scale,
    pub grid: &'a Grid,
    pub model: &'a UnderlyingModel,
    /// Now.
    pub time: u64,
}

impl Frame<'_> {
    /// Do scenarios decide anything for an expiry as a whole?
    pub(crate) fn decides(&self) -> bool {
        self.model.discount.is_some() || self.grid.groups.iter().any(|group| group.vol.is_skew())
    }
}

/// An expiry, set up once for all that is held of it.
pub(crate) struct Setup<'a> {
    pub expiry: &'a Expiry,
    pub frame: Frame<'a>,
    /// Until expiry.
    pub seconds: u64,
    pub smile: Smile,
    /// The logarithm of the unshocked forward, comparable with those of strikes.
    pub log_forward: i64,
    /// D in 2^-60.
    pub discount: u64,
    pub fixed: Option<Static>,
    /// By volatility move: one for each group of the grid, the unshocked one first.
    pub parts: Vec<Part>,
    /// One for each point of the grid.
    pub rows: Vec<Row>,
    /// What scenarios decided for the expiry as a whole, to take over instead of deciding. In the order of the grid.
    pub decided: Vec<Choice>,
    /// Strikes that are priced already, ascending: those that several portfolios share.
    pub units: Vec<Unit>,
}

/// The rows that share a volatility move.
pub(crate) struct Part {
    pub rows: Range<usize>,
    /// Least and greatest logarithm of the rows, or beyond.
    pub reach: (i64, i64),
    rule: VolRule,
    tilt: Option<Tilt>,
}

/// A shocked forward, discounted, and ln(F'/F).
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub forward: u64,
    pub log: i64,
    /// By how much a price may be wrong, but for what depends on K.
    pub error: u64,
}

/// What a scenario decides for an expiry as a whole. Once it is decided the P&L is linear in the legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The static discount, in 2^-57.
    pub times: u64,
    /// A skew scenario in which the expiry gains: the gain counts as a loss.
    pub flipped: bool,
}

impl Choice {
    /// Nothing to decide.
    pub(crate) const NONE: Self = Self {
        times: Static::ONE.long,
        flipped: false,
    };
}

impl Part {
    /// v of a strike after the move, from x = ln(F/K) and v before.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn vol(&self, x: i64, v: u64) -> u64 {
        match self.tilt {
            None => self.rule.apply(v),
            Some(tilt) => VolRule {
                times: tilt.times(x),
                ..self.rule
            }
            .apply(v),
        }
    }
}

impl<'a> Setup<'a> {
    /// Sets up an expiry.
    pub(crate) fn of(expiry: &'a Expiry, frame: Frame<'a>) -> Self {
        let Frame {
            scale,
            grid,
            model,
            time,
        } = frame;
        let seconds = expiry.expiry.saturating_sub(time);
        let smile = Smile::of(expiry, seconds);
        let discount = discount_factor(expiry.rate, seconds);
        let forward = mul_shift(scale.mantissa(expiry.forward), discount, 60);
        let rules = VolRules::of(&model.vol_shock, &smile, seconds);
        let mut parts = Vec::with_capacity(grid.groups.len());
        for group in &grid.groups {
            let from = parts.last().map_or(0, |part: &Part| part.rows.end);
            parts.push(Part {
                rows: from..from + group.count,
                reach: group.reach,
                rule: match from {
                    0 => VolRule::NONE,
                    _ => rules.of_move(group.vol, group.times),
                },
                tilt: tilt(group.vol, model.skew.as_ref(), smile.root_years),
            });
        }
        let mut rows = Vec::with_capacity(grid.points.len());
        for point in &grid.points {
            let Move { multiple, log } = point.at(seconds);
            let forward = mul_shift(forward, multiple, 57).min(CEILING - 1);
            // The kernel's error at F'; K is rounded twice, F' once, and as often as it grew, 16 times at most, by the two
            // roundings of F.
            let kernel = call_error(forward, 0).wrapping_sub(call_error(0, 0));
            rows.push(Row {
                forward,
                log,
                error: kernel.wrapping_add(multiple >> 57 << 1).wrapping_add(5),
            });
        }
        Self {
            expiry,
            frame,
            seconds,
            smile,
            log_forward: log_price(expiry.forward),
            discount,
            fixed: static_discount(model, expiry.rate, seconds),
            parts,
            rows,
            decided: Vec::new(),
            units: Vec::new(),
        }
    }

    /// A strike that is priced already.
    pub(crate) fn unit(&self, strike: Price) -> Option<&Unit> {
        let at = self.units.binary_search_by_key(&strike, |unit| unit.strike).ok()?;
        self.units.get(at)
    }

    /// A strike as every scenario takes it.
    pub(crate) fn cell(&self, strike: &Strike) -> Cell {
        let log_strike = log_price(strike.price);
        let mantissa = self.frame.scale.fits(strike.price);
        Cell {
            strike: mantissa.map(|mantissa| mul_shift(mantissa, self.discount, 60)),
            x: self.log_forward - log_strike,
            v: self.smile.vol_time(log_strike, strike.vol),
        }
    }
}
