//! The engine against two computations that share nothing with it: one in 50 digits on chosen portfolios
//! (`scripts/margin_reference.py`), one in doubles (`hedgerow_reference`) on random ones.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use hedgerow_reference::Margin;
use hedgerow_reference::random::{self, EVERYTHING, Seed};
use hedgerow_risk::assess::{assess, standing};
use hedgerow_risk::assessment::{Assessment, Charge};
use hedgerow_risk::market::Market;
use hedgerow_risk::model::{Model, ValidModel};
use hedgerow_risk::number::Value;
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};
use proptest::prelude::*;
use serde_json::Value as Json;

/// Equity, requirements and what they are made of, by name.
type Numbers = Vec<(String, f64)>;

const CHARGES: [&str; 9] = [
    "basis",
    "short_option_minimum",
    "min_delta",
    "roll",
    "delta_concentration",
    "perp",
    "naked_short",
    "confidence",
    "collateral",
];

fn numbers(names: &[(&str, f64)], charges: [f64; 9], scenarios: Vec<f64>) -> Numbers {
    let charges = CHARGES.into_iter().zip(charges);
    let scenarios = scenarios.into_iter().enumerate();
    let plain = names
        .iter()
        .copied()
        .chain(charges)
        .map(|(name, number)| (name.to_owned(), number));
    plain
        .chain(scenarios.map(|(index, pnl)| (format!("scenario {index}"), pnl)))
        .collect()
}

fn number(value: Value) -> f64 {
    value.to_string().parse().unwrap()
}

fn of_engine(found: &Assessment) -> Numbers {
    let (now, charges) = (&found.standing, &found.charges);
    let both = |charge: Charge| charge.maintenance.saturating_add(charge.initial);
    let names = [
        ("equity", now.equity),
        ("initial_margin", now.initial_margin),
        ("maintenance_margin", now.maintenance_margin),
        ("scan", found.scan),
        ("option_value", now.option_value),
        ("collateral_value", now.collateral_value),
        ("unrealised", now.unrealised),
    ];
    let charges = [
        charges.basis,
        charges.short_option_minimum,
        charges.min_delta,
        charges.roll,
        charges.delta_concentration,
        both(charges.perp),
        both(charges.naked_short),
        both(charges.confidence),
        both(charges.collateral),
    ];
    numbers(
        &names.map(|(name, value)| (name, number(value))),
        charges.map(number),
        found.scenarios.iter().copied().map(number).collect(),
    )
}

fn of_doubles(found: &Margin) -> Numbers {
    let charges = &found.charges;
    let both = |[maintenance, initial]: [f64; 2]| maintenance + initial;
    let names = [
        ("equity", found.equity),
        ("initial_margin", found.initial_margin),
        ("maintenance_margin", found.maintenance_margin),
        ("scan", found.scan),
        ("option_value", found.option_value),
        ("collateral_value", found.collateral_value),
        ("unrealised", found.unrealised),
    ];
    let charges = [
        charges.basis,
        charges.short_option_minimum,
        charges.min_delta,
        charges.roll,
        charges.delta_concentration,
        both(charges.perp),
        both(charges.naked_short),
        both(charges.confidence),
        both(charges.collateral),
    ];
    numbers(&names, charges, found.scenarios.clone())
}

fn of_digits(expected: &Json) -> Numbers {
    let read = |json: &Json| json.as_str().unwrap().parse::<f64>().unwrap();
    let names = [
        "equity",
        "initial_margin",
        "maintenance_margin",
        "scan",
        "option_value",
        "collateral_value",
        "unrealised",
    ];
    let scenarios = expected["scenarios"].as_array().unwrap();
    numbers(
        &names.map(|name| (name, read(&expected[name]))),
        CHARGES.map(|name| read(&expected["charges"][name])),
        scenarios.iter().map(read).collect(),
    )
}

/// The worst difference and where it is: relative to the number or, where gains and losses cancel, to a ten thousandth of
/// the notional (a price is good to 1e-14 of it), a quote at least.
fn difference(found: &Numbers, expected: &Numbers, notional: f64) -> (f64, String) {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().zip(expected).map(|((name, found), (same, expected))| {
        assert_eq!(name, same);
        let off = (found - expected).abs() / expected.abs().max(notional * 1e-4).max(1.0);
        (off, format!("{name}: {found} instead of {expected}"))
    });
    pairs.fold(
        (0.0, String::new()),
        |worst, next| {
            if next.0 > worst.0 { next } else { worst }
        },
    )
}

/// A model, a market and a portfolio, as JSON and as the engine reads them.
struct Case {
    name: String,
    json: [Json; 3],
    model: ValidModel,
    market: Market,
    portfolio: Portfolio,
}

impl Case {
    fn new(name: String, json: [Json; 3]) -> Self {
        let [model, market, portfolio] = json.clone();
        Self {
            name,
            json,
            model: serde_json::from_value::<Model>(model).unwrap().validate().unwrap(),
            market: serde_json::from_value(market).unwrap(),
            portfolio: serde_json::from_value::<PortfolioFile>(portfolio).unwrap().into(),
        }
    }

    fn assess(&self) -> Assessment {
        let found = assess(&self.model, &self.market, &self.portfolio).unwrap();
        let quick = standing(&self.model, &self.market, &self.portfolio).unwrap();
        assert_eq!(quick, found.standing, "{}", self.name);
        found
    }

    fn doubles(&self) -> Margin {
        let [model, market, portfolio] = &self.json;
        hedgerow_reference::margin(
            &hedgerow_reference::Model::new(model),
            &hedgerow_reference::Market::new(market),
            &hedgerow_reference::Portfolio::new(portfolio),
        )
    }
}

/// The chosen portfolios and what 50 digits say about them.
fn chosen() -> Vec<(Case, Numbers)> {
    let cases: Vec<Json> = serde_json::from_str(include_str!("../testdata/margin.json")).unwrap();
    let case = |case: &Json| {
        let json = ["model", "market", "portfolio"].map(|part| case[part].clone());
        let name = case["name"].as_str().unwrap().to_owned();
        (Case::new(name, json), of_digits(&case["expected"]))
    };
    cases.iter().map(case).collect()
}

#[test]
fn every_number_is_within_a_billionth() {
    for (case, expected) in chosen() {
        let doubles = case.doubles();
        let (off, place) = difference(&of_engine(&case.assess()), &expected, doubles.notional);
        assert!(off < 1e-9, "{}: {place}", case.name);
        // What the random portfolios are held against.
        let (off, place) = difference(&of_doubles(&doubles), &expected, doubles.notional);
        assert!(off < 1e-11, "{} in doubles: {place}", case.name);
    }
}

#[test]
fn rounding_goes_against_the_account() {
    for (case, expected) in chosen() {
        let found = of_engine(&case.assess());
        for (index, against) in [(0, -1.0), (1, 1.0), (2, 1.0)] {
            let ((name, found), (_, expected)) = (&found[index], &expected[index]);
            // To what a double can tell.
            let slack = expected.abs().max(1.0) * 1e-15;
            assert!((found - expected) * against >= -slack, "{}: {name}", case.name);
        }
    }
}

#[test]
fn contributions_sum_to_the_requirement() {
    for (case, _) in chosen() {
        let found = case.assess();
        let sum: i128 = found.contributions.iter().map(|c| c.netted.to_bits()).sum();
        if !found.contributions.is_empty() {
            assert_eq!(sum, found.standing.initial_margin.to_bits(), "{}", case.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Every feature of a model, up to 128 legs on three underlyings.
    #[test]
    fn engine_and_doubles_agree_on_random_portfolios(
        number in any::<u64>(), features in 0..=EVERYTHING, legs in prop::collection::vec(any::<u64>(), 0..=128),
    ) {
        let seed = Seed { number, features, legs };
        let (model, market) = (random::model(&seed), random::market(&seed));
        let portfolio = random::portfolio(&seed, &market, model["scenarios"].as_array().unwrap().len());
        let case = Case::new("random".to_owned(), [model, market, portfolio]);
        let doubles = case.doubles();
        let (off, place) = difference(&of_engine(&case.assess()), &of_doubles(&doubles), doubles.notional);
        prop_assert!(off < 1e-9, "{place}");
    }
}
