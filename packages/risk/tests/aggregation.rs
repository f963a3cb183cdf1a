//! From losses by scenario to one number, through the whole engine: an example worked by hand, and a history of joint
//! daily moves.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use hedgerow_reference::random;
use hedgerow_risk::assess::{assess, standing};
use hedgerow_risk::assessment::Assessment;
use hedgerow_risk::market::Market;
use hedgerow_risk::model::{Model, ValidModel};
use hedgerow_risk::number::Value;
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};
use serde_json::{Value as Json, json};

/// Five scenarios, and losses as vectors from elsewhere.
fn five(aggregation: &str, losses: &[[i64; 5]]) -> Assessment {
    let model: Model = serde_json::from_value(json!({
        "scenarios": [{}, {}, {}, {}, {}],
        "aggregation": {aggregation: {"confidence": "0.95", "probabilities": ["0.02", "0.03", "0.05", "0.40", "0.50"]}},
    }))
    .unwrap();
    let vector = |losses: &[i64; 5]| json!({"underlying": "BTC", "pnl": losses.map(|loss| (-loss).to_string())});
    let vectors: Vec<Json> = losses.iter().map(vector).collect();
    let file: PortfolioFile = serde_json::from_value(json!({"vectors": vectors})).unwrap();
    let market: Market = serde_json::from_value(json!({"time": 0, "underlyings": {}})).unwrap();
    assess(&model.validate().unwrap(), &market, &Portfolio::from(file)).unwrap()
}

const A: [i64; 5] = [60, 20, -10, -5, -20];
const B: [i64; 5] = [-40, 30, 25, -10, 5];

/// The tail is 5%. A: (2% of 60 + 3% of 20) / 5% = 36. B: (3% of 30 + 2% of 25) / 5% = 28. A + B loses 50 at 3% and 20 at
/// 2%: 38, of which A lost 20 and 60, (0.6 + 1.2) / 5% = 36, and B 30 and -40, (0.9 - 0.8) / 5% = 2.
#[test]
fn the_example_worked_by_hand() {
    let value = |n: i64| Value::from_bits(i128::from(n) << 64);
    let [a, b] = [A, B].map(|losses| five("expected_shortfall", &[losses]).scan);
    let both = five("expected_shortfall", &[A, B]);
    assert_eq!([a, b, both.scan], [36, 28, 38].map(value));
    let parts: Vec<Value> = both.contributions.iter().map(|c| c.netted).collect();
    assert_eq!(parts, [value(36), value(2)]);
    // The first scenario is the worst of A, the second of both.
    assert_eq!(both.worst_scenario, 1);
    let at_risk = five("value_at_risk", &[A, B]);
    assert_eq!(at_risk.scan, value(20));
    // The scenario that decides is the first: 60 of A, less 40 of B.
    let parts: Vec<Value> = at_risk.contributions.iter().map(|c| c.netted).collect();
    assert_eq!(parts, [value(60), value(-40)]);
}

/// 64 options on three underlyings, long and short.
fn options() -> (Json, Json) {
    let seed = random::Seed {
        number: 500,
        features: 0,
        legs: Vec::new(),
    };
    let market = random::market(&seed);
    let legs = random::options(&market, 64);
    (market, json!({"positions": legs}))
}

#[test]
fn a_history_of_five_hundred_joint_days() {
    let history = random::history(2_020, 500);
    let (market, portfolio) = options();
    let model: Model = serde_json::from_value(history.clone()).unwrap();
    let model: ValidModel = model.validate().unwrap();
    let read: Market = serde_json::from_value(market.clone()).unwrap();
    let file: PortfolioFile = serde_json::from_value(portfolio.clone()).unwrap();
    let file = Portfolio::from(file);
    assert_eq!((model.scenarios.len(), file.legs.len()), (500, 64));
    let found = assess(&model, &read, &file).unwrap();
    assert_eq!(standing(&model, &read, &file).unwrap(), found.standing);

    let doubles = hedgerow_reference::margin(
        &hedgerow_reference::Model::new(&history),
        &hedgerow_reference::Market::new(&market),
        &hedgerow_reference::Portfolio::new(&portfolio),
    );
    let scan: f64 = found.scan.to_string().parse().unwrap();
    assert!(
        scan > 0.0 && (scan / doubles.scan - 1.0).abs() < 1e-9,
        "{scan} {}",
        doubles.scan
    );
    let sum: i128 = found.contributions.iter().map(|c| c.netted.to_bits()).sum();
    assert_eq!(sum, found.standing.initial_margin.to_bits());

    // The same days without their underlyings' own moves: nothing happens.
    let mut still = model.into_inner();
    still.scenarios.iter_mut().for_each(|scenario| scenario.shocks.clear());
    assert_eq!(
        assess(&still.validate().unwrap(), &read, &file).unwrap().scan,
        Value::ZERO
    );
}
