//! Models that ship with the engine: the files of `packages/risk/models`, whose README says where each number is from and
//! what of a venue's rules a model cannot say. No contract holds them.

use super::{Model, ModelError, ValidModel};

/// A model that ships with the engine.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// What it is called by.
    pub name: &'static str,
    /// What it does, in a line.
    pub description: &'static str,
    /// The public document that its rules and numbers are from.
    pub source: &'static str,
    /// The model as it is written.
    pub json: &'static str,
}

/// The models that ship with the engine, in the order of their names.
pub static PRESETS: [Preset; 6] = [
    Preset {
        name: "deribit",
        description: "nine spots by three volatilities, dampened tails to -66% and +500%, roll, delta concentration",
        source: "Deribit, Portfolio Margin (support) and private/pme/simulate (API)",
        json: include_str!("../../models/deribit.json"),
    },
    Preset {
        name: "derive",
        description: "23 points, dampened tails, skew, discounts by sign, basis, contingencies by confidence and peg",
        source: "Derive, v2-core: PMRM_2 and its public test portfolios",
        json: include_str!("../../models/derive.json"),
    },
    Preset {
        name: "hedgerow",
        description: "ours: nine spots by three volatilities, tails, skew, coins that part, basis, roll, short options",
        source: "Hedgerow",
        json: include_str!("../../models/hedgerow.json"),
    },
    Preset {
        name: "okx",
        description: "seven spots by three volatilities, half of an extreme move, roll, a minimum by delta",
        source: "OKX, Portfolio margin mode (help centre) and its parameters of January 2025",
        json: include_str!("../../models/okx.json"),
    },
    Preset {
        name: "paradex",
        description: "16 points and eight dampened tails, a minimum by net and hedged delta",
        source: "Paradex, Risk system: Portfolio Margin",
        json: include_str!("../../models/paradex.json"),
    },
    Preset {
        name: "span16",
        description: "thirds of a price range by two volatilities, a third of two extremes, a minimum by short option",
        source: "CME Group, SPAN: the sixteen scenarios of the standard risk array",
        json: include_str!("../../models/span16.json"),
    },
];

/// The model of that name; none when there is no such name.
pub fn preset(name: &str) -> Option<Result<ValidModel, ModelError>> {
    PRESETS
        .iter()
        .find(|known| known.name == name)
        .map(|known| read(known.json))
}

fn read(json: &str) -> Result<ValidModel, ModelError> {
    let model: Model = serde_json::from_str(json).map_err(|error| ModelError::Limit {
        field: "model".to_owned(),
        value: error.to_string(),
        limit: "the JSON of a margin model".to_owned(),
    })?;
    model.validate()
}
