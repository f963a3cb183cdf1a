//! A model's scenarios as one underlying sees them, compiled once.
//!
//! Scenarios are sorted by their volatility move, so that those with the same share one volatility level of an option and
//! the hot loop has nothing to choose.

use crate::engine::scale::ratio_floor;
use crate::engine::svi::to_57;
use crate::engine::term::ONE_52;
use crate::instrument::Symbol;
use crate::kernel::ln;
use crate::model::{BasisRule, ValidModel, VolMove};
use crate::number::Ratio;

/// One in the format of multiples.
pub(crate) const STILL: u64 = 1 << 57;
/// 57 ln 2 in 2^-57: the logarithm of [`STILL`].
const LOG_STILL: i64 = 5_693_903_068_566_807_598;
/// Seconds before an expiry over which the settlement price is averaged.
const AVERAGING_SECONDS: u64 = 1_800;
/// ln(0) as far as anything here is concerned: e^-30.
const LOG_OF_NOTHING: i64 = -30 << 57;

/// A spot move: the multiple of a forward in 2^-57, at most 2^61, and its logarithm in 2^-57.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub multiple: u64,
    pub log: i64,
}

impl Move {
    /// A multiple of spot for an expiry with some seconds left: `1 + r (spot - 1)`, `r = clamp(seconds / 1800, 0, 1)`.
    ///
    /// `r` is the part of the settlement average that is not realised yet.
    fn of(spot: Ratio, seconds: u64) -> Self {
        let one = Ratio::ONE.steps().unsigned_abs();
        let steps = spot.steps().clamp(0, 16_000_000_000).unsigned_abs();
        let multiple = match seconds {
            AVERAGING_SECONDS.. => to_57(spot),
            // At most 1.6e10 * 1800 < 2^45.
            open => ratio_floor(
                one * (AVERAGING_SECONDS - open) + steps * open,
                one * AVERAGING_SECONDS,
                57,
            ),
        };
        let multiple = multiple.min(16 * STILL);
        Self {
            multiple,
            log: match multiple {
                0 => LOG_OF_NOTHING,
                STILL => 0,
                moved => ln(moved) - LOG_STILL,
            },
        }
    }
}

/// Bits that a scenario's place takes: there are at most 512.
const PLACE_BITS: u32 = 16;
const PLACES: usize = (1 << PLACE_BITS) - 1;

/// What brings equal volatility moves together.
fn key(vol: VolMove) -> i64 {
    match vol {
        VolMove::Up => -5,
        VolMove::Down => -4,
        VolMove::None => -3,
        VolMove::Linear => -2,
        VolMove::Abs => -1,
        // At most 16 in a valid model.
        VolMove::Times(multiple) => multiple.steps().clamp(0, 1 << 40),
    }
}

/// Where spot goes in one scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    /// The scenario's place in the grid.
    pub place: usize,
    spot: Ratio,
    /// For expiries outside the settlement average.
    moved: Move,
}

impl Point {
    fn of(place: usize, spot: Ratio) -> Self {
        Self {
            place,
            spot,
            moved: Move::of(spot, AVERAGING_SECONDS),
        }
    }

    /// The move of an expiry with some seconds left.
    pub(crate) fn at(&self, seconds: u64) -> Move {
        if Grid::is_open(seconds) {
            self.moved
        } else {
            Move::of(self.spot, seconds)
        }
    }
}

/// Scenarios that share a volatility move.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// The move.
    pub vol: VolMove,
    /// What a decimal move multiplies with, in 2^-52.
    pub times: u64,
    /// How many points it has.
    pub count: usize,
    /// Least and greatest logarithm of its moves. In a settlement average they are less.
    pub reach: (i64, i64),
}

impl Group {
    fn of(vol: VolMove, points: &[Point]) -> Self {
        let logs = || points.iter().map(|point| point.moved.log);
        Self {
            vol,
            times: match vol {
                VolMove::Times(multiple) => to_57(multiple) >> 5,
                _ => ONE_52,
            },
            count: points.len(),
            reach: (logs().min().unwrap_or(0), logs().max().unwrap_or(0)),
        }
    }
}

/// The scenarios of one underlying. Before them come the moves that are valued at the unshocked volatility: none, and
/// those of the basis charge.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    /// The unshocked group, then one for each volatility move.
    pub groups: Vec<Group>,
    /// Their points, in the same order.
    pub points: Vec<Point>,
    /// The part of the P&L that counts, by scenario, in 2^-57; empty when all of it does in every scenario.
    pub weights: Vec<u64>,
    /// The number of scenarios.
    len: usize,
}

impl Grid {
    /// The number of scenarios.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// True until the settlement average of an expiry begins.
    pub(crate) const fn is_open(seconds: u64) -> bool {
        seconds >= AVERAGING_SECONDS
    }

    /// No scenarios: for values alone.
    pub(crate) fn unshocked(basis: Option<BasisRule>) -> Self {
        Self::with_room(basis, 0)
    }

    /// No scenarios yet, and room for some.
    fn with_room(basis: Option<BasisRule>, scenarios: usize) -> Self {
        let mut points = Vec::with_capacity(3 + scenarios);
        points.push(Point::of(usize::MAX, Ratio::ONE));
        let moves = basis.map(|BasisRule { spot_up, spot_down, .. }| [spot_up, spot_down]);
        points.extend(moves.iter().flatten().map(|spot| Point::of(usize::MAX, *spot)));
        // Most grids move volatility up, down or not at all.
        let mut groups = Vec::with_capacity(4);
        groups.push(Group::of(VolMove::None, &points));
        Self {
            groups,
            points,
            weights: Vec::new(),
            len: scenarios,
        }
    }

    /// Compiles the scenarios of a model for an underlying.
    pub(crate) fn of(model: &ValidModel, symbol: Symbol) -> Self {
        let basis = model.underlyings.get(&symbol).and_then(|u| u.charges.basis);
        let mut grid = Self::with_room(basis, model.scenarios.len());
        let mut shocks: Vec<(VolMove, Point)> = Vec::with_capacity(model.scenarios.len());
        // What is sorted: keys, with the places in their low bits.
        let mut order: Vec<i64> = Vec::with_capacity(model.scenarios.len());
        for (place, scenario) in model.scenarios.iter().enumerate() {
            let shock = scenario.shock(symbol);
            // A grid names each spot with several volatilities in a row: its logarithm is taken once.
            let point = match shocks.last() {
                Some((_, last)) if last.spot == shock.spot => Point { place, ..*last },
                _ => Point::of(place, shock.spot),
            };
            shocks.push((shock.vol, point));
            order.push(key(shock.vol) << PLACE_BITS | place as i64);
        }
        order.sort_unstable();
        for same in order.chunk_by(|a, b| a >> PLACE_BITS == b >> PLACE_BITS) {
            let mut vol = VolMove::None;
            let from = grid.points.len();
            for shock in same.iter().filter_map(|place| shocks.get(*place as usize & PLACES)) {
                vol = shock.0;
                grid.points.push(shock.1);
            }
            let points = grid.points.get(from..).unwrap_or_default();
            grid.groups.push(Group::of(vol, points));
        }
        if model.scenarios.iter().any(|scenario| scenario.weight != Ratio::ONE) {
            grid.weights = model.scenarios.iter().map(|scenario| to_57(scenario.weight)).collect();
        }
        grid
    }

    /// Some of the scenarios, in this order, after the unshocked group.
    pub(crate) fn only(&self, scenarios: &[usize]) -> Self {
        let mut places = vec![None; self.len()];
        for (place, scenario) in scenarios.iter().enumerate() {
            if let Some(wanted) = places.get_mut(*scenario) {
                *wanted = Some(place);
            }
        }
        let mut left = self.points.iter();
        let (mut groups, mut points) = (Vec::with_capacity(self.groups.len()), Vec::new());
        for (index, group) in self.groups.iter().enumerate() {
            let before = points.len();
            points.extend(left.by_ref().take(group.count).filter_map(|point| match index {
                0 => Some(*point),
                _ => {
                    let place = places.get(point.place).copied().flatten()?;
                    Some(Point { place, ..*point })
                }
            }));
            // A group without points would still take each strike a volatility level.
            let count = points.len() - before;
            if count > 0 {
                groups.push(Group { count, ..*group });
            }
        }
        let weight = |scenario: &usize| self.weights.get(*scenario).copied();
        Self {
            groups,
            points,
            weights: scenarios.iter().filter_map(weight).collect(),
            len: scenarios.len(),
        }
    }

    /// The points of the scenarios.
    pub(crate) fn scenarios(&self) -> &[Point] {
        let unshocked = self.groups.first().map_or(0, |group| group.count);
        self.points.get(unshocked..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_multiples_and_their_logarithms() {
        assert!((ln(STILL) - LOG_STILL).abs() <= 1);
        let spot = |text: &str| text.parse::<Ratio>().unwrap();
        let still = Move {
            multiple: STILL,
            log: 0,
        };
        assert_eq!(Move::of(spot("1"), 9_999), still);
        assert_eq!(Move::of(spot("1.5"), 9_999).multiple, 3 << 56);
        // Half of the settlement average is realised.
        assert_eq!(Move::of(spot("1.5"), 900).multiple, 5 << 55);
        assert_eq!(Move::of(spot("0"), 0), still);
        assert_eq!(Move::of(spot("0"), 9_999).multiple, 0);
        assert_eq!(Move::of(spot("16"), 9_999).multiple, 1 << 61);
    }
}
