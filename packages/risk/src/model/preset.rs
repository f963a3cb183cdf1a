//! Models that ship with the engine.

use super::{Model, ModelError, ValidModel};

/// Names and JSON of the models that ship with the engine.
pub const PRESETS: [(&str, &str); 1] = [("hedgerow", include_str!("../../models/hedgerow.json"))];

/// The model of that name; none when there is no such name.
pub fn preset(name: &str) -> Option<Result<ValidModel, ModelError>> {
    let (_, json) = PRESETS.iter().find(|(known, _)| *known == name)?;
    Some(read(json))
}

fn read(json: &str) -> Result<ValidModel, ModelError> {
    let model: Model = serde_json::from_str(json).map_err(|error| ModelError::Limit {
        field: "model".to_owned(),
        value: error.to_string(),
        limit: "the JSON of a margin model".to_owned(),
    })?;
    model.validate()
}
