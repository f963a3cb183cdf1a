//! The margin model: which scenarios, which shocks, which charges. It is data, and one engine runs every model.
//!
//! [`Model`] is the JSON as it is written; [`Model::validate`] gives a [`ValidModel`], the only thing the engine takes.
//! A missing field is neutral: it shocks nothing and charges nothing.

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
pub use hash::{fingerprint, hash_of, market_hash};
pub use preset::{PRESETS, Preset, preset};
pub use scenario::{Scenario, Shock, VolMove};
pub use underlying::{Discount, NEUTRAL, Skew, UnderlyingModel, VolShock};
pub use validate::{MAX_RATE, MAX_SCENARIOS, MAX_SHOCK, ValidModel};

use crate::instrument::Symbol;
use crate::named::Named;
use crate::number::Ratio;
use crate::{record, record_enum};
use schemars::JsonSchema;

/// A margin model as a risk manager writes it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Model {
    /// What may happen at once.
    pub scenarios: Vec<Scenario>,
    /// How the losses of the scenarios become one number.
    #[schemars(default)]
    pub aggregation: Aggregation,
    /// What part of the risk the two requirements ask for.
    #[schemars(default)]
    pub factors: Factors,
    /// By symbol; an underlying that is missing has no volatility shocks and no charges.
    #[schemars(default)]
    pub underlyings: Named<Symbol, UnderlyingModel>,
    /// By asset: the collateral that is accepted.
    #[schemars(default)]
    pub collateral: Named<String, CollateralRule>,
    /// What happens when the quote token leaves its peg.
    #[schemars(default)]
    pub quote: QuoteRule,
}

record! { Model {
    scenarios, aggregation = Default::default(), factors = Default::default(), underlyings = Default::default(),
    collateral = Default::default(), quote = Default::default(),
} }

/// From a loss per scenario to one number.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub enum Aggregation {
    /// The largest loss.
    Worst {},
    /// The mean of the worst `1 - confidence` of the probability.
    ExpectedShortfall(Tail),
    /// The loss that `confidence` of the probability does not pass.
    ValueAtRisk(Tail),
}

record_enum! { Aggregation {
    "worst" => Worst {},
    "expected_shortfall" => ExpectedShortfall(tail),
    "value_at_risk" => ValueAtRisk(tail),
} }

impl Default for Aggregation {
    fn default() -> Self {
        Self::Worst {}
    }
}

/// Which part of the distribution of losses counts.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Tail {
    /// In (0, 1).
    pub confidence: Ratio,
    /// One a scenario; equal ones when there are none.
    #[schemars(default)]
    pub probabilities: Vec<Ratio>,
}

record! { Tail { confidence, probabilities = Default::default() } }

/// Multiples of the risk that the requirements ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct Factors {
    /// To open.
    pub initial: Ratio,
    /// To stay.
    pub maintenance: Ratio,
}

record! { Factors: Default { initial, maintenance } }

impl Default for Factors {
    fn default() -> Self {
        Self {
            initial: Ratio::ONE,
            maintenance: Ratio::ONE,
        }
    }
}

/// How a collateral asset counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
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

record! { CollateralRule: Default { maintenance_haircut, initial_haircut, hedges, confidence } }

/// The initial factor grows by `peg_factor * max(0, peg_threshold - quote price)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct QuoteRule {
    /// The price below which the factor grows.
    pub peg_threshold: Ratio,
    /// How fast.
    pub peg_factor: Ratio,
}

record! { QuoteRule: Default { peg_threshold, peg_factor } }
