//! The models that ship, on portfolios worked by hand from the venues' public documents.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

mod derive;
mod shipped;
mod worked;

use hedgerow_risk::assess::assess;
use hedgerow_risk::assessment::Assessment;
use hedgerow_risk::model::{Model, PRESETS, ValidModel};
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};
use serde_json::{Value as Json, json};

/// The JSON of a shipped model.
fn shipped(name: &str) -> Json {
    let preset = PRESETS.iter().find(|preset| preset.name == name).unwrap();
    serde_json::from_str(preset.json).unwrap()
}

/// The model with some of its fields changed: objects are merged, everything else replaced.
fn changed(mut model: Json, changes: &Json) -> Json {
    merge(&mut model, changes);
    model
}

fn merge(into: &mut Json, changes: &Json) {
    match (into, changes) {
        (Json::Object(into), Json::Object(changes)) => {
            for (key, change) in changes {
                merge(into.entry(key).or_insert(Json::Null), change);
            }
        }
        (into, change) => *into = change.clone(),
    }
}

fn valid(model: Json) -> ValidModel {
    serde_json::from_value::<Model>(model).unwrap().validate().unwrap()
}

/// Legs as a portfolio file.
fn book(legs: &[(&str, &str)]) -> Json {
    let position = |(instrument, quantity): &(&str, &str)| json!({"instrument": instrument, "quantity": quantity});
    json!({"positions": legs.iter().map(position).collect::<Vec<Json>>()})
}

fn assessed(model: &ValidModel, market: &Json, portfolio: &Json) -> Assessment {
    let market = serde_json::from_value(market.clone()).unwrap();
    let file: PortfolioFile = serde_json::from_value(portfolio.clone()).unwrap();
    assess(model, &market, &Portfolio::from(file)).unwrap()
}

/// A computed value against a number from elsewhere.
#[track_caller]
fn close(what: &str, found: hedgerow_risk::number::Value, expected: f64, relative: f64) {
    let value: f64 = found.to_string().parse().unwrap();
    let off = (value - expected).abs();
    assert!(
        off <= relative * expected.abs().max(1.0),
        "{what}: {found}, expected {expected}"
    );
}
