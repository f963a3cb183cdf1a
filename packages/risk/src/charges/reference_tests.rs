//! Every charge by itself, held to `scripts/charges.py`: its formula on random inputs, in 50 digits.

#![allow(clippy::float_arithmetic, reason = "the expected numbers come from elsewhere")]

use super::*;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

fn read<T: DeserializeOwned>(json: &Json) -> T {
    serde_json::from_value(json.clone()).unwrap()
}

fn value(json: &Json) -> Value {
    json.as_str().unwrap().parse().unwrap()
}

/// Steps of 1e-8 contract.
fn steps(json: &Json) -> i128 {
    i128::from(read::<crate::number::Quantity>(json).steps())
}

fn seconds(json: &Json) -> u64 {
    json.as_str().unwrap().parse().unwrap()
}

fn both(charge: Charge) -> Vec<Value> {
    vec![charge.maintenance, charge.initial]
}

fn found(row: &Json) -> Vec<Value> {
    let (rule, [a, b, c]) = (&row["rule"], [0, 1, 2].map(|input| &row["inputs"][input]));
    match row["charge"].as_str().unwrap() {
        "basis" => vec![basis(&[value(a), value(b)], seconds(c), &read(rule))],
        "short_option_minimum" => vec![short_option_minimum(steps(a), read(b), &read(rule))],
        "min_delta" => vec![min_delta(value(a), value(b), value(c), &read(rule))],
        "roll" => vec![roll(value(a), value(b), seconds(c), &read(rule))],
        "delta_concentration" => vec![delta_concentration(value(a), value(b), &read(rule))],
        "rate" => {
            let naked = naked_short(steps(a), read(b), &read(rule));
            assert_eq!(perp(steps(a), read(b), &read(rule)), naked);
            both(naked)
        }
        "confidence" => vec![confidence(value(a), read(b), &read(rule)).initial],
        "haircut" => both(haircut(value(a), value(b), &read(rule))),
        "peg" => vec![peg_term(read(a), &read(rule))],
        other => panic!("{other}"),
    }
}

#[test]
fn every_charge_is_its_formula_rounded_up() {
    let rows: Vec<Json> = serde_json::from_str(include_str!("../../testdata/charges.json")).unwrap();
    assert!(rows.len() >= 9 * 12);
    for row in &rows {
        let expected: Vec<f64> = row["expected"]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().parse().unwrap())
            .collect();
        let found: Vec<f64> = found(row)
            .iter()
            .map(|value| value.to_string().parse().unwrap())
            .collect();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let off = (found - expected) / expected.max(1.0);
            // A rate is rounded up in the last place of a value, and then multiplied. Down: as far as doubles can tell.
            assert!((-1e-15..1e-11).contains(&off), "{row}: {found}");
        }
    }
}
