//! Every charge by itself, held to `scripts/charges.py`: its formula on random inputs, in 50 digits.

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

/// A decimal above zero in steps of a value, rounded up: the digits after its point are doubled 64 times.
fn steps_up(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap();
    let one = 10u128.pow(37);
    let mut rest: u128 = format!("{fraction:0<37}")[..37].parse().unwrap();
    let mut steps: i128 = whole.parse().unwrap();
    for _ in 0..64 {
        rest *= 2;
        steps = 2 * steps + i128::from(rest >= one);
        rest %= one;
    }
    steps + i128::from(rest > 0)
}

/// The most steps that a charge may lie above its formula. A rate over some seconds is rounded up to 1e-18, 19 steps, and
/// then multiplied: by less than six million here. The rest is rounded once or twice.
fn most(charge: &str) -> i128 {
    match charge {
        "basis" | "roll" | "delta_concentration" => 20 * 6_000_000,
        "peg" => 20,
        _ => 3,
    }
}

#[test]
fn every_charge_is_its_formula_rounded_up() {
    let rows: Vec<Json> = serde_json::from_str(include_str!("../../testdata/charges.json")).unwrap();
    assert!(rows.len() >= 9 * 12);
    for row in &rows {
        let (found, expected) = (found(row), row["expected"].as_array().unwrap());
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let off = found.to_bits() - steps_up(expected.as_str().unwrap());
            assert!(
                (0..=most(row["charge"].as_str().unwrap())).contains(&off),
                "{off}: {row}"
            );
        }
    }
}
