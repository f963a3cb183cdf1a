//! The engine against an independent computation in 50 digits: `scripts/margin_reference.py`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use hedgerow_risk::assess::{assess, standing};
use hedgerow_risk::assessment::Charge;
use hedgerow_risk::market::Market;
use hedgerow_risk::model::Model;
use hedgerow_risk::number::Value;
use hedgerow_risk::portfolio::{Leg, Portfolio, PortfolioFile};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Case {
    name: String,
    model: Model,
    market: Market,
    portfolio: PortfolioFile,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    equity: String,
    initial_margin: String,
    maintenance_margin: String,
    scan: String,
    option_value: String,
    collateral_value: String,
    unrealised: String,
    scenarios: Vec<String>,
    charges: BTreeMap<String, String>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../testdata/margin.json")).unwrap()
}

fn number(value: Value) -> f64 {
    value.to_string().parse().unwrap()
}

/// Relative to the number, or to `least` where it is smaller.
fn difference(found: Value, expected: &str, least: f64) -> f64 {
    let expected: f64 = expected.parse().unwrap();
    (number(found) - expected).abs() / expected.abs().max(least)
}

/// What the legs are on, in quote.
fn notional(market: &Market, portfolio: &Portfolio) -> f64 {
    let of = |leg: &Leg| {
        let index = market.underlyings[&leg.instrument.underlying].index;
        let price = leg
            .instrument
            .as_option()
            .map_or(index, |(strike, _)| strike.max(index));
        let [quantity, price] = [leg.quantity.to_string(), price.to_string()].map(|text| text.parse::<f64>().unwrap());
        quantity.abs() * price
    };
    portfolio.legs.iter().map(of).sum()
}

#[test]
fn every_number_is_within_a_billionth() {
    for case in cases() {
        let model = case.model.validate().unwrap();
        let portfolio = Portfolio::from(case.portfolio);
        let found = assess(&model, &case.market, &portfolio).unwrap();
        assert_eq!(
            standing(&model, &case.market, &portfolio).unwrap(),
            found.standing,
            "{}",
            case.name
        );
        let (now, want) = (&found.standing, &case.expected);
        let both = |charge: Charge| charge.maintenance.saturating_add(charge.initial);
        let charges = &found.charges;
        let mut pairs = vec![
            ("equity".to_owned(), now.equity, &want.equity),
            ("initial_margin".to_owned(), now.initial_margin, &want.initial_margin),
            (
                "maintenance_margin".to_owned(),
                now.maintenance_margin,
                &want.maintenance_margin,
            ),
            ("scan".to_owned(), found.scan, &want.scan),
            ("option_value".to_owned(), now.option_value, &want.option_value),
            (
                "collateral_value".to_owned(),
                now.collateral_value,
                &want.collateral_value,
            ),
            ("unrealised".to_owned(), now.unrealised, &want.unrealised),
        ];
        for (name, value) in [
            ("basis", charges.basis),
            ("short_option_minimum", charges.short_option_minimum),
            ("min_delta", charges.min_delta),
            ("roll", charges.roll),
            ("delta_concentration", charges.delta_concentration),
            ("perp", both(charges.perp)),
            ("naked_short", both(charges.naked_short)),
            ("confidence", both(charges.confidence)),
            ("collateral", both(charges.collateral)),
        ] {
            pairs.push((name.to_owned(), value, &want.charges[name]));
        }
        assert_eq!(found.scenarios.len(), want.scenarios.len());
        for (index, (value, expected)) in found.scenarios.iter().zip(&want.scenarios).enumerate() {
            pairs.push((format!("scenario {index}"), *value, expected));
        }
        // Where gains and losses cancel, the difference is one of the notional: a price is good to 1e-14 of it.
        let cancelled = notional(&case.market, &portfolio) * 1e-4;
        let mut worst = (0.0, String::new());
        for (name, value, expected) in &pairs {
            let least = if name.starts_with("scenario") { cancelled } else { 0.0 };
            let off = difference(*value, expected, least.max(1.0));
            if off > worst.0 {
                worst = (off, format!("{name} {value} {expected}"));
            }
        }
        println!("{:36} {:.1e} {}", case.name, worst.0, worst.1);
        assert!(worst.0 < 1e-9, "{}: {}", case.name, worst.1);
    }
}

#[test]
fn rounding_goes_against_the_account() {
    for case in cases() {
        let model = case.model.validate().unwrap();
        let now = standing(&model, &case.market, &case.portfolio.into()).unwrap();
        // To what a double can tell.
        let slack = |text: &str| text.parse::<f64>().unwrap().abs().max(1.0) * 1e-15;
        let exact = |text: &str| text.parse::<f64>().unwrap();
        let want = &case.expected;
        assert!(
            number(now.equity) <= exact(&want.equity) + slack(&want.equity),
            "{}",
            case.name
        );
        assert!(
            number(now.initial_margin) >= exact(&want.initial_margin) - slack(&want.initial_margin),
            "{}",
            case.name
        );
        let (found, expected) = (now.maintenance_margin, &want.maintenance_margin);
        assert!(
            number(found) >= exact(expected) - slack(expected),
            "{}: {found} {expected}",
            case.name
        );
    }
}

#[test]
fn contributions_sum_to_the_requirement() {
    for case in cases() {
        let model = case.model.validate().unwrap();
        let found = assess(&model, &case.market, &case.portfolio.into()).unwrap();
        let sum: i128 = found.contributions.iter().map(|c| c.netted.to_bits()).sum();
        if !found.contributions.is_empty() {
            assert_eq!(sum, found.standing.initial_margin.to_bits(), "{}", case.name);
        }
    }
}
