//! Collateral whose index is above its stable price, worked by hand: it opens less, and is liquidated no sooner.
//!
//! Seven ETH hedge seven short perpetuals; haircuts of 10% to stay and 5% more to open.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use hedgerow_risk::assess::assess;
use hedgerow_risk::market::Market;
use hedgerow_risk::model::Model;
use hedgerow_risk::number::{Value, format_decimal};
use hedgerow_risk::portfolio::PortfolioFile;
use serde_json::{Value as Json, json};

/// Equity, value, maintenance and initial charge of 7 ETH, their price hedged.
fn charged(market: Json) -> [String; 4] {
    let model = json!({
        "scenarios": [{}, {"spot": "0.9"}, {"spot": "1.1"}], "factors": {"maintenance": "1"},
        "collateral": {"ETH": {"hedges": "ETH", "maintenance_haircut": "0.1", "initial_haircut": "0.05"}},
    });
    let portfolio = json!({
        "cash": "0", "collateral": [{"asset": "ETH", "amount": "7"}],
        "positions": [{"instrument": "ETH-PERP", "quantity": "-7"}],
    });
    let model = serde_json::from_value::<Model>(model).unwrap().validate().unwrap();
    let market: Market = serde_json::from_value(market).unwrap();
    let portfolio = serde_json::from_value::<PortfolioFile>(portfolio).unwrap().into();
    let found = assess(&model, &market, &portfolio).unwrap();
    let charge = found.charges.collateral;
    let standing = found.standing;
    let parts = found.contributions.iter().map(|part| part.netted);
    assert_eq!(parts.fold(Value::ZERO, Value::saturating_add), standing.initial_margin);
    [
        standing.equity,
        standing.collateral_value,
        charge.maintenance,
        charge.initial,
    ]
    .map(shown)
}

/// To six decimals: roundings are far below.
fn shown(value: Value) -> String {
    format_decimal(value.to_decimal_floor(6).unwrap(), 6)
}

fn market(more: &Json) -> Json {
    let mut market =
        json!({"time": 1_739_934_748, "underlyings": {"ETH": {"index": "3000", "perp": {"mark": "3000"}}}});
    for (field, value) in more.as_object().unwrap() {
        market[field] = value.clone();
    }
    market
}

/// 7 * 3,000 = 21,000: 2,100 to stay, 1,050 more to open. At 2,900 it opens 85% of 20,300, which is 17,255: 1,645 more.
#[test]
fn the_stable_price_counts_to_open_where_it_is_lower() {
    for (more, equity, maintenance, initial) in [
        (json!({}), "21000", "2100", "1050"),
        (json!({"stable": {}}), "21000", "2100", "1050"),
        // 5% of 20,300, and of the 700 above what the haircut to stay leaves.
        (json!({"stable": {"ETH": "2900"}}), "21000", "2100", "1645"),
        // It opens 85% of 0.007, and never less than nothing.
        (json!({"stable": {"ETH": "0.001"}}), "21000", "2100", "18899.99405"),
        (json!({"stable": {"ETH": "3000"}}), "21000", "2100", "1050"),
        (json!({"stable": {"ETH": "3100"}}), "21000", "2100", "1050"),
        (json!({"stable": {"BTC": "2900"}}), "21000", "2100", "1050"),
        // A quote token at 0.5: everything is worth twice as much of it.
        (
            json!({"stable": {"ETH": "2900"}, "quote_price": "0.5"}),
            "42000",
            "4200",
            "3290",
        ),
        // The asset has a price of its own, which is no index.
        (
            json!({"stable": {"ETH": "2900"}, "assets": {"ETH": {"price": "3000"}}}),
            "21000",
            "2100",
            "1050",
        ),
    ] {
        let name = more.to_string();
        assert_eq!(charged(market(&more)), [equity, equity, maintenance, initial], "{name}");
    }
}

/// A market without stable prices is written, and has the fingerprint, as before there were any.
#[test]
fn none_is_not_written() {
    let read: Market = serde_json::from_value(market(&json!({"stable": {}}))).unwrap();
    assert!(!serde_json::to_string(&read).unwrap().contains("stable"));
    let text =
        serde_json::to_string(&serde_json::from_value::<Market>(market(&json!({"stable": {"ETH": "2900"}}))).unwrap());
    assert!(text.unwrap().ends_with(r#""stable":{"ETH":"2900"}}"#));
}
