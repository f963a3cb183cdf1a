//! What a model can be refused for.

use thiserror::Error;

/// A model that was refused: the field, its value and the limit it broke.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ModelError {
    /// A number beyond its limit.
    #[error("{field} {value}: must be {limit}")]
    Limit {
        /// The path of the field, like `scenarios[3].weight`.
        field: String,
        /// Its value.
        value: String,
        /// What is accepted.
        limit: String,
    },
    /// No scenario leaves everything as it is.
    #[error("scenarios: one must have spot 1, vol none and no shocks")]
    NoFlatScenario,
}

impl ModelError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Limit { .. } => "model_limit",
            Self::NoFlatScenario => "model_no_flat_scenario",
        }
    }
}
