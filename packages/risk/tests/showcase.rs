//! What portfolio margin is for, in portfolios that a person can follow.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use hedgerow_risk::assess::assess;
use hedgerow_risk::assessment::Assessment;
use hedgerow_risk::market::Market;
use hedgerow_risk::model::{ValidModel, preset};
use hedgerow_risk::number::Value;
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};

const MARKET: &str = r#"{"time":1739934748,"underlyings":{"BTC":{"index":"96000","perp":{"mark":"96000"},"expiries":[
    {"expiry":1743148800,"forward":"96340.5","svi":{"a":"0.0184","b":"0.071","rho":"-0.21","m":"0.035","sigma":"0.19"}}]}}}"#;

fn model() -> ValidModel {
    preset("hedgerow").unwrap().unwrap()
}

fn need(positions: &[(&str, &str)]) -> Assessment {
    let market: Market = serde_json::from_str(MARKET).unwrap();
    let list: Vec<String> = positions
        .iter()
        .map(|(instrument, quantity)| format!(r#"{{"instrument":"{instrument}","quantity":"{quantity}"}}"#))
        .collect();
    let file: PortfolioFile = serde_json::from_str(&format!(r#"{{"positions":[{}]}}"#, list.join(","))).unwrap();
    assess(&model(), &market, &Portfolio::from(file)).unwrap()
}

fn value(text: &str) -> Value {
    text.parse().unwrap()
}

#[test]
fn a_future_against_a_call_of_the_same_delta_needs_the_worst_of_the_sum() {
    // The call's delta is about 0.505.
    let future = need(&[("BTC-28MAR25", "0.505")]);
    let call = need(&[("BTC-28MAR25-98000-C", "-1")]);
    let both = need(&[("BTC-28MAR25", "0.505"), ("BTC-28MAR25-98000-C", "-1")]);
    let sums = future
        .scenarios
        .iter()
        .zip(&call.scenarios)
        .map(|(a, b)| a.saturating_add(*b));
    let worst = -sums.min().unwrap();
    assert!(
        both.scan.saturating_sub(worst).abs() < value("0.000000000000001"),
        "{} {worst}",
        both.scan
    );
    let apart = future
        .standing
        .initial_margin
        .saturating_add(call.standing.initial_margin);
    let saved = both.standing.initial_margin.div_floor(apart).unwrap();
    assert!(saved < value("0.6"), "{saved}");
}

#[test]
fn a_short_straddle_is_margined_on_volatility_and_tails_not_twice_on_spot() {
    let call = need(&[("BTC-28MAR25-96000-C", "-1")]);
    let put = need(&[("BTC-28MAR25-96000-P", "-1")]);
    let both = need(&[("BTC-28MAR25-96000-C", "-1"), ("BTC-28MAR25-96000-P", "-1")]);
    let model = model();
    let worst = model.scenarios.get(both.worst_scenario).unwrap();
    assert_eq!(worst.vol.to_string(), "up");
    assert!(
        both.scan
            < call
                .scan
                .saturating_add(put.scan)
                .mul_ratio_floor("0.75".parse().unwrap())
    );
    assert!(both.scan > call.scan.max(put.scan).mul_ratio_floor("0.9".parse().unwrap()));
}

#[test]
fn a_far_naked_short_is_not_free() {
    let far = need(&[("BTC-28MAR25-400000-C", "-10")]);
    // Worth a few cents together, yet a jump to six times spot, and the charge for naked shorts, are asked for.
    assert!(
        far.standing.option_value.abs() < value("1"),
        "{}",
        far.standing.option_value
    );
    assert_eq!(far.charges.naked_short.maintenance, value("9600"));
    assert!(
        far.standing.maintenance_margin > value("60000"),
        "{}",
        far.standing.maintenance_margin
    );
    let paired = need(&[("BTC-28MAR25-400000-C", "-10"), ("BTC-28MAR25-400000-P", "10")]);
    assert_eq!(paired.charges.naked_short.maintenance, Value::ZERO);
}

#[test]
fn a_calendar_of_perpetual_and_future_pays_for_the_roll() {
    let both = need(&[("BTC-PERP", "1"), ("BTC-28MAR25", "-1")]);
    // 0.5% of 96,000 and 0.06 * T of 96,340.5 with T = 0.102, the larger of the two rates each.
    assert!(
        both.charges.roll > value("1060") && both.charges.roll < value("1071"),
        "{}",
        both.charges.roll
    );
    assert!(both.scan < value("2000"), "{}", both.scan);
}

#[test]
fn a_hedge_has_a_negative_contribution() {
    let both = need(&[("BTC-28MAR25-98000-C", "-1"), ("BTC-PERP", "0.5")]);
    let contributions: Vec<Value> = both.contributions.iter().map(|c| c.netted).collect();
    assert!(contributions.iter().any(|c| c.is_negative()), "{contributions:?}");
}
