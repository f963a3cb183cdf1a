//! One scenario: where spot and volatility go, together.

use crate::instrument::Symbol;
use crate::named::Named;
use crate::number::Ratio;
use crate::record;
use crate::record::{Record, Walker, walk_text};
use schemars::JsonSchema;
use std::fmt;
use std::str::FromStr;

/// A joint move of every underlying.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Scenario {
    /// Multiple of spot.
    #[schemars(default = "Ratio::one")]
    pub spot: Ratio,
    /// Where volatility goes.
    #[schemars(default)]
    pub vol: VolMove,
    /// The part of the P&L that counts.
    #[schemars(default = "Ratio::one")]
    pub weight: Ratio,
    /// Underlyings that move by themselves.
    #[schemars(default)]
    pub shocks: Named<Symbol, Shock>,
}

record! { Scenario {
    spot = Ratio::ONE, vol = Default::default(), weight = Ratio::ONE, shocks = Default::default(),
} }

/// One underlying's own move in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Shock {
    /// Multiple of spot.
    #[schemars(default = "Ratio::one")]
    pub spot: Ratio,
    /// Where volatility goes.
    #[schemars(default)]
    pub vol: VolMove,
}

record! { Shock { spot = Ratio::ONE, vol = Default::default() } }

impl Scenario {
    /// What happens to one underlying.
    pub fn shock(&self, underlying: Symbol) -> Shock {
        let own = Shock {
            spot: self.spot,
            vol: self.vol,
        };
        self.shocks.get(&underlying).copied().unwrap_or(own)
    }
}

/// Where volatility goes: `up`, `down`, `none`, `linear`, `abs`, or a decimal that multiplies it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolMove {
    /// Up by the underlying's shock.
    Up,
    /// Down by the underlying's shock.
    Down,
    /// Stays.
    #[default]
    None,
    /// The smile tilts.
    Linear,
    /// The smile's wings rise.
    Abs,
    /// Times this.
    Times(Ratio),
}

impl VolMove {
    /// True for the moves of the smile's shape.
    pub const fn is_skew(self) -> bool {
        matches!(self, Self::Linear | Self::Abs)
    }

    /// True when nothing moves.
    pub fn is_flat(self) -> bool {
        matches!(self, Self::None) || self == Self::Times(Ratio::ONE)
    }
}

impl FromStr for VolMove {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "up" => Ok(Self::Up),
            "down" => Ok(Self::Down),
            "none" => Ok(Self::None),
            "linear" => Ok(Self::Linear),
            "abs" => Ok(Self::Abs),
            other => other
                .parse()
                .map(Self::Times)
                .map_err(|error| format!("{error}: must be up, down, none, linear, abs or a decimal")),
        }
    }
}

impl fmt::Display for VolMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up => f.write_str("up"),
            Self::Down => f.write_str("down"),
            Self::None => f.write_str("none"),
            Self::Linear => f.write_str("linear"),
            Self::Abs => f.write_str("abs"),
            Self::Times(multiple) => write!(f, "{multiple}"),
        }
    }
}

/// A text in JSON; packed, its place in `PLACES` and what follows [`VolMove::Times`].
impl Record for VolMove {
    fn blank() -> Self {
        Self::None
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        if !walker.is_packed() {
            return walk_text(self, walker);
        }
        let mut place = PLACES.iter().position(|m| m == self).unwrap_or(TIMES) as u64;
        walker.number(&mut place, TIMES as u64);
        match (PLACES.get(place as usize), &mut *self) {
            (Some(plain), _) => *self = *plain,
            (None, Self::Times(multiple)) => multiple.walk(walker),
            (None, _) => {
                let mut multiple = Ratio::blank();
                multiple.walk(walker);
                *self = Self::Times(multiple);
            }
        }
    }
}

record!(@serde VolMove);

/// The moves without a number.
const PLACES: [VolMove; 5] = [VolMove::None, VolMove::Up, VolMove::Down, VolMove::Linear, VolMove::Abs];
/// The place of the move with one.
const TIMES: usize = PLACES.len();

impl JsonSchema for VolMove {
    fn schema_name() -> String {
        "VolMove".to_owned()
    }

    fn json_schema(generator: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
        String::json_schema(generator)
    }
}
