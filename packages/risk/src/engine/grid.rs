//! A model's scenarios as one underlying sees them, compiled once.
//!
//! Scenarios are grouped by their volatility move, so that a group shares one volatility level of an option and the hot
//! loop has nothing to choose.

use crate::engine::scale::ratio_floor;
use crate::instrument::Symbol;
use crate::kernel::ln;
use crate::model::{BasisRule, ValidModel, VolMove};
use crate::number::Ratio;
use std::borrow::Cow;

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
    /// Nothing moves.
    const STILL: Self = Self {
        multiple: STILL,
        log: 0,
    };

    /// A multiple of spot for an expiry with some seconds left: `1 + r (spot - 1)`, `r = clamp(seconds / 1800, 0, 1)`.
    ///
    /// `r` is the part of the settlement average that is not realised yet.
    fn of(spot: Ratio, seconds: u64) -> Self {
        let one = Ratio::ONE.steps().unsigned_abs();
        let steps = spot.steps().clamp(0, 16_000_000_000).unsigned_abs();
        let open = seconds.min(AVERAGING_SECONDS);
        // At most 1.6e10 * 1800 < 2^45.
        let numerator = one * (AVERAGING_SECONDS - open) + steps * open;
        let multiple = ratio_floor(numerator, one * AVERAGING_SECONDS, 57).min(16 * STILL);
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

/// Moves, and how far they go.
#[derive(Clone, Debug)]
pub(crate) struct Moves {
    /// In the order of the scenarios.
    pub list: Vec<Move>,
    /// Least and greatest logarithm.
    pub reach: (i64, i64),
}

impl FromIterator<Move> for Moves {
    fn from_iter<I: IntoIterator<Item = Move>>(moves: I) -> Self {
        let list: Vec<Move> = moves.into_iter().collect();
        let logs = || list.iter().map(|m| m.log);
        Self {
            reach: (logs().min().unwrap_or(0), logs().max().unwrap_or(0)),
            list,
        }
    }
}

/// Scenarios that share a volatility move.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The move.
    pub vol: VolMove,
    /// Indices of its scenarios in the model.
    pub scenarios: Vec<usize>,
    /// Their spots.
    pub spots: Vec<Ratio>,
    /// Their moves, for expiries outside the settlement average.
    pub moves: Moves,
}

/// The scenarios of one underlying.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    /// By volatility move.
    pub groups: Vec<Group>,
    /// Spots of the basis charge, up and down.
    pub basis: Option<[Ratio; 2]>,
    /// The number of scenarios.
    pub len: usize,
}

impl Grid {
    /// No scenarios: for values alone.
    pub(crate) const EMPTY: Self = Self {
        groups: Vec::new(),
        basis: None,
        len: 0,
    };

    /// True until the settlement average of an expiry begins.
    pub(crate) const fn is_open(seconds: u64) -> bool {
        seconds >= AVERAGING_SECONDS
    }

    /// Compiles the scenarios of a model for an underlying.
    pub(crate) fn of(model: &ValidModel, symbol: Symbol) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (index, scenario) in model.scenarios.iter().enumerate() {
            let shock = scenario.shock(symbol);
            let known = groups.iter().position(|group| group.vol == shock.vol);
            let at = known.unwrap_or_else(|| {
                groups.push(Group {
                    vol: shock.vol,
                    scenarios: Vec::new(),
                    spots: Vec::new(),
                    moves: Moves::from_iter([]),
                });
                groups.len().saturating_sub(1)
            });
            if let Some(group) = groups.get_mut(at) {
                group.scenarios.push(index);
                group.spots.push(shock.spot);
            }
        }
        for group in &mut groups {
            group.moves = group.moves_after(AVERAGING_SECONDS);
        }
        let rule = model.underlyings.get(&symbol).and_then(|u| u.charges.basis);
        Self {
            groups,
            basis: rule.map(|BasisRule { spot_up, spot_down, .. }| [spot_up, spot_down]),
            len: model.scenarios.len(),
        }
    }
}

impl Group {
    /// The moves of an expiry with some seconds left, one a scenario.
    pub(crate) fn moves_at(&self, seconds: u64) -> Cow<'_, Moves> {
        if Grid::is_open(seconds) {
            Cow::Borrowed(&self.moves)
        } else {
            Cow::Owned(self.moves_after(seconds))
        }
    }

    fn moves_after(&self, seconds: u64) -> Moves {
        self.spots.iter().map(|spot| Move::of(*spot, seconds)).collect()
    }
}

/// The moves that are valued at the unshocked volatility: none, and those of the basis charge.
pub(crate) fn still_moves(grid: &Grid, seconds: u64) -> Moves {
    let basis = grid.basis.iter().flatten().map(|spot| Move::of(*spot, seconds));
    std::iter::once(Move::STILL).chain(basis).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_multiples_and_their_logarithms() {
        assert!((ln(STILL) - LOG_STILL).abs() <= 1);
        let spot = |text: &str| text.parse::<Ratio>().unwrap();
        assert_eq!(Move::of(spot("1"), 9_999), Move::STILL);
        assert_eq!(Move::of(spot("1.5"), 9_999).multiple, 3 << 56);
        // Half of the settlement average is realised.
        assert_eq!(Move::of(spot("1.5"), 900).multiple, 5 << 55);
        assert_eq!(Move::of(spot("0"), 0), Move::STILL);
        assert_eq!(Move::of(spot("0"), 9_999).multiple, 0);
        assert_eq!(Move::of(spot("16"), 9_999).multiple, 1 << 61);
    }
}
