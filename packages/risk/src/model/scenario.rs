//! One scenario: where spot and volatility go, together.

use crate::instrument::Symbol;
use crate::number::Ratio;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A joint move of every underlying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Multiple of spot.
    #[serde(default = "Ratio::one")]
    pub spot: Ratio,
    /// Where volatility goes.
    #[serde(default)]
    pub vol: VolMove,
    /// The part of the P&L that counts.
    #[serde(default = "Ratio::one")]
    pub weight: Ratio,
    /// Underlyings that move by themselves.
    #[serde(default)]
    pub shocks: BTreeMap<Symbol, Shock>,
}

/// One underlying's own move in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shock {
    /// Multiple of spot.
    #[serde(default = "Ratio::one")]
    pub spot: Ratio,
    /// Where volatility goes.
    #[serde(default)]
    pub vol: VolMove,
}

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

impl Serialize for VolMove {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VolMove {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for VolMove {
    fn schema_name() -> String {
        "VolMove".to_owned()
    }

    fn json_schema(generator: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
        String::json_schema(generator)
    }
}
