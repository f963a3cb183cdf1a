//! Derive: nine of the public test portfolios of its portfolio margin manager 2 (`derivexyz/v2-core`, the folder
//! `portfolio_cases`), with the numbers that are published there. Between them: tails, skew both ways, discounts by sign, a
//! negative rate, basis that competes with the scan, hedging collateral and other, low confidence, a quote token off its
//! peg, naked shorts, the last second before expiry and the time after it.
//!
//! Inputs are rounded to eight decimals, SVI parameters to twelve. Margins are what is left of equity there.

use super::{assessed, changed, close, shipped, valid};
use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Where the portfolio's parameters differ from the shipped ones.
    changes: Json,
    market: Json,
    portfolio: Json,
    equity: String,
    after_initial: String,
    after_maintenance: String,
    /// The venue's own 31; the shipped model's last two part the coins.
    scenarios: Vec<String>,
}

#[test]
fn public_portfolios() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../testdata/derive.json")).unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let mut model = shipped("derive");
        let mut changes = case.changes;
        if let Some(Json::Object(weights)) = changes.as_object_mut().unwrap().remove("weight") {
            for (index, weight) in weights {
                model["scenarios"][index.parse::<usize>().unwrap()]["weight"] = weight;
            }
        }
        let found = assessed(&valid(changed(model, &changes)), &case.market, &case.portfolio);
        let number = |text: &String| text.parse::<f64>().unwrap();
        let (now, name) = (&found.standing, &case.name);
        close(name, now.equity, number(&case.equity), 1e-7);
        let left = |requirement| now.equity.saturating_sub(requirement);
        close(
            name,
            left(now.maintenance_margin),
            number(&case.after_maintenance),
            1e-7,
        );
        assert_eq!(case.scenarios.len(), 31);
        for (index, expected) in case.scenarios.iter().enumerate() {
            close(
                &format!("{name}, scenario {index}"),
                found.scenarios[index],
                number(expected),
                1e-7,
            );
        }
        close(name, left(now.initial_margin), number(&case.after_initial), 1e-7);
    }
}
