//! The margin model: which scenarios, which shocks, which charges. It is data, and one engine runs every model.
//!
//! [`Model`] is the JSON as it is written; [`Model::validate`] gives a [`ValidModel`], the only thing the engine takes.
//! A missing field is neutral: it shocks nothing and charges nothing. No field is skipped when a model is written, so that
//! binary formats, which do not name fields, read it back.

mod charges;
mod error;
mod hash;
mod preset;
mod scenario;
mod underlying;
mod validate;

pub use charges::{
    BasisRule, ChargeRules, ConcentrationRule, ConfidenceRule, MinDeltaRule, MinimumRule, RateRule, RollRule,
};
pub use error::ModelError;
pub use hash::{hash_of, market_hash};
pub use preset::{PRESETS, Preset, preset};
pub use scenario::{Scenario, Shock, VolMove};
pub use underlying::{Discount, NEUTRAL, Skew, UnderlyingModel, VolShock};
pub use validate::{MAX_RATE, MAX_SCENARIOS, MAX_SHOCK, ValidModel};

use crate::instrument::Symbol;
use crate::number::Ratio;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A margin model as a risk manager writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What may happen at once.
    pub scenarios: Vec<Scenario>,
    /// How the losses of the scenarios become one number.
    #[serde(default)]
    pub aggregation: Aggregation,
    /// What part of the risk the two requirements ask for.
    #[serde(default)]
    pub factors: Factors,
    /// By symbol; an underlying that is missing has no volatility shocks and no charges.
    #[serde(default)]
    pub underlyings: BTreeMap<Symbol, UnderlyingModel>,
    /// By asset: the collateral that is accepted.
    #[serde(default)]
    pub collateral: BTreeMap<String, CollateralRule>,
    /// What happens when the quote token leaves its peg.
    #[serde(default)]
    pub quote: QuoteRule,
}

/// From a loss per scenario to one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Aggregation {
    /// The largest loss.
    Worst {},
    /// The mean of the worst `1 - confidence` of the probability.
    ExpectedShortfall(Tail),
    /// The loss that `confidence` of the probability does not pass.
    ValueAtRisk(Tail),
}

impl Default for Aggregation {
    fn default() -> Self {
        Self::Worst {}
    }
}

/// Which part of the distribution of losses counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// In (0, 1).
    pub confidence: Ratio,
    /// One a scenario; equal ones when there are none.
    #[serde(default)]
    pub probabilities: Vec<Ratio>,
}

/// Multiples of the risk that the requirements ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Factors {
    /// To open.
    pub initial: Ratio,
    /// To stay.
    pub maintenance: Ratio,
}

impl Default for Factors {
    fn default() -> Self {
        Self {
            initial: Ratio::ONE,
            maintenance: Ratio::ONE,
        }
    }
}

/// How a collateral asset counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CollateralRule {
    /// The part of its value that both requirements ask for.
    pub maintenance_haircut: Ratio,
    /// The part that the initial requirement asks for on top.
    pub initial_haircut: Ratio,
    /// The underlying that it is shocked with.
    pub hedges: Option<Symbol>,
    /// A charge while its price is not to be trusted.
    pub confidence: Option<ConfidenceRule>,
}

/// The initial factor grows by `peg_factor * max(0, peg_threshold - quote price)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuoteRule {
    /// The price below which the factor grows.
    pub peg_threshold: Ratio,
    /// How fast.
    pub peg_factor: Ratio,
}
