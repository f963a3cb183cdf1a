//! `hedgerow margin` as a person runs it.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn model() -> Value {
    json!({
        "scenarios": [
            {"spot": "0.85", "vol": "up"}, {"spot": "1"}, {"spot": "1.15", "vol": "up"},
            {"spot": "2", "weight": "0.1"}, {"vol": "none", "shocks": {"BTC": {"spot": "0.9", "vol": "1.25"}}},
        ],
        "factors": {"initial": "1.2", "maintenance": "1"},
        "underlyings": {"BTC": {"vol_shock": {"up": "0.4"}, "charges": {"naked_short": {"maintenance": "0.01"}}}},
        "collateral": {"ETH": {"maintenance_haircut": "0.1", "hedges": null}},
    })
}

fn market() -> Value {
    json!({
        "time": 1_739_934_748, "assets": {"ETH": {"price": "2700"}},
        "underlyings": {"BTC": {"index": "95663.5", "perp": {"mark": "95700"}, "expiries": [
            {"expiry": 1_743_148_800, "forward": "96340.5", "vols": {"100000": "0.62", "90000": "0.65"}},
        ]}},
    })
}

fn portfolio() -> Value {
    json!({
        "cash": "19000.1", "collateral": [{"asset": "ETH", "amount": "7.5"}],
        "positions": [
            {"instrument": "BTC-28MAR25-100000-C", "quantity": "-1.5"},
            {"instrument": "BTC-28MAR25", "quantity": "0.6", "entry_price": "95000"},
        ],
    })
}

/// A folder for the three files of one test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn margin(name: &str, files: [&str; 3], more: &[&str]) -> Output {
    let folder = folder(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_hedgerow"));
    command.arg("margin").args(more);
    for (flag, text) in ["model", "market", "portfolio"].iter().zip(files) {
        let path = folder.join(format!("{flag}.json"));
        std::fs::write(&path, text).unwrap();
        command.arg(format!("--{flag}")).arg(path);
    }
    command.output().unwrap()
}

fn texts() -> [String; 3] {
    [model(), market(), portfolio()].map(|file| file.to_string())
}

fn answer(name: &str, files: &[String; 3]) -> Value {
    let [model, market, portfolio] = files;
    let output = margin(name, [model, market, portfolio], &["--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A decimal string in 1e-18.
fn decimal(value: &Value) -> i128 {
    let text = value.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<18}").parse().unwrap()
}

#[test]
fn the_answer_has_the_promised_fields() {
    let answer = answer("fields", &texts());
    let mut fields: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "charges",
            "collateral_value",
            "equity",
            "initial_margin",
            "legs",
            "liquidation_prices",
            "maintenance_margin",
            "market_hash",
            "model_hash",
            "option_value",
            "scan",
            "scenarios",
            "worst_scenario",
        ]
    );
    assert_eq!(answer["collateral_value"], "20250");
    assert_eq!(answer["scenarios"][3]["spot"], "2");
    assert_eq!(answer["scenarios"][3]["vol"], "none");
    assert_eq!(answer["scenarios"][3]["weight"], "0.1");
    assert_eq!(answer["scenarios"][1]["pnl"], "0");
    // 1.5 calls at 956.635 each, and a tenth of the collateral.
    assert_eq!(answer["charges"]["naked_short"]["maintenance"], "1434.9525");
    assert_eq!(answer["charges"]["collateral"]["maintenance"], "2025");
    for hash in ["model_hash", "market_hash"] {
        let text = answer[hash].as_str().unwrap();
        assert!(
            text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()),
            "{text}"
        );
    }
    let names: Vec<&Value> = answer["legs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leg| &leg["instrument"])
        .collect();
    assert_eq!(names, ["BTC-28MAR25", "BTC-28MAR25-100000-C", "ETH"]);
}

#[test]
fn printed_contributions_sum_to_the_printed_requirement() {
    let answer = answer("sum", &texts());
    let legs = answer["legs"].as_array().unwrap();
    let sum: i128 = legs.iter().map(|leg| decimal(&leg["contribution"])).sum();
    assert_eq!(sum, decimal(&answer["initial_margin"]));
}

#[test]
fn the_worst_scenario_has_the_largest_loss() {
    let answer = answer("worst", &texts());
    let scenarios = answer["scenarios"].as_array().unwrap();
    let least = scenarios.iter().map(|s| decimal(&s["pnl"])).min().unwrap();
    let worst = usize::try_from(answer["worst_scenario"].as_u64().unwrap()).unwrap();
    assert_eq!(decimal(&scenarios[worst]["pnl"]), least);
    assert_eq!(-least, decimal(&answer["scan"]));
}

#[test]
fn a_person_sees_a_table_without_escape_codes() {
    let [model, market, portfolio] = texts();
    let output = margin("person", [&model, &market, &portfolio], &[]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(text.matches('*').count(), 2, "the legend and the worst cell: {text}");
    for part in [
        "P&L by spot",
        "+15%",
        "-10%",
        "1.25",
        "alone",
        "netted",
        "+ haircuts",
        "initial margin",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_coins_do_by_themselves_follows_the_table() {
    let [_, market, portfolio] = texts();
    let mut model = model();
    model["collateral"]["ETH"]["hedges"] = json!("ETH");
    let output = margin("two", [&model.to_string(), &market, &portfolio], &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("  BTC -10% vol 1.25, others 0% vol none"), "{text}");
}

#[test]
fn a_shipped_model_is_known_by_name() {
    let folder = folder("preset");
    for (file, text) in [("market.json", market()), ("portfolio.json", json!({"cash": "5"}))] {
        std::fs::write(folder.join(file), text.to_string()).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_hedgerow"))
        .current_dir(folder)
        .args([
            "margin",
            "--json",
            "--model",
            "hedgerow",
            "--market",
            "market.json",
            "--portfolio",
            "portfolio.json",
        ])
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&answer["equity"], &answer["initial_margin"]),
        (&json!("5"), &json!("0"))
    );
}

/// Which file is changed, where (a JSON pointer), into what, and what the error names.
const BAD: &[(usize, &str, &str, &[&str])] = &[
    (
        0,
        "/scenarios/0/weight",
        r#""-1""#,
        &["scenarios[0].weight -1", "within 0 and 16"],
    ),
    (
        0,
        "/scenarios/0/spot",
        r#""17""#,
        &["scenarios[0].spot 17", "within 0 and 16"],
    ),
    (0, "/scenarios/0/spot", "0.9", &["scenarios[0].spot", "0.9"]),
    (
        0,
        "/scenarios/0/vol",
        r#""sideways""#,
        &["scenarios[0].vol", "sideways", "up, down, none"],
    ),
    (
        0,
        "/scenarios/0/vol",
        r#""linear""#,
        &["scenarios[0].spot 0.85", "must be 1"],
    ),
    (
        0,
        "/scenarios/4/shocks/BTC/vol",
        r#""-0.5""#,
        &["scenarios[4].shocks.BTC.vol -0.5"],
    ),
    (0, "/scenarios/1/spot", r#""1.01""#, &["scenarios", "spot 1, vol none"]),
    (0, "/scenarios", "[]", &["scenarios of 0 entries", "within 1 and 512"]),
    (
        0,
        "/factors/initial",
        r#""0.9""#,
        &["factors.maintenance 1", "factors.initial 0.9"],
    ),
    (0, "/factors/inital", r#""1""#, &["factors", "inital"]),
    (
        0,
        "/aggregation",
        r#"{"expected_shortfall":{"confidence":"1"}}"#,
        &["aggregation.expected_shortfall.confidence 1"],
    ),
    (
        0,
        "/aggregation",
        r#"{"value_at_risk":{"confidence":"0.9","probabilities":["1"]}}"#,
        &["probabilities of 1 entries"],
    ),
    (
        0,
        "/collateral/ETH/maintenance_haircut",
        r#""1.1""#,
        &["collateral.ETH.maintenance_haircut 1.1", "within 0 and 1"],
    ),
    (
        0,
        "/underlyings/BTC/gain_credit",
        r#""2""#,
        &["underlyings.BTC.gain_credit 2"],
    ),
    (
        0,
        "/underlyings/BTC/charges/min_delta",
        r#"{"hedged":"0.1"}"#,
        &["min_delta.net 0", "half of hedged"],
    ),
    (
        0,
        "/underlyings/BTC/discount",
        r#"{"long_base":"1.1"}"#,
        &["discount.long_base 1.1", "short_base 1"],
    ),
    (1, "/time", r#""now""#, &["time", "now"]),
    (
        1,
        "/underlyings/BTC/index",
        r#""0""#,
        &["underlyings.BTC.index", "0.001"],
    ),
    (
        1,
        "/underlyings/BTC/confidence",
        r#""1.5""#,
        &["underlyings.BTC.confidence 1.5", "within 0 and 1"],
    ),
    (
        1,
        "/stable",
        r#"{"BTCC":"60000"}"#,
        &["stable BTCC", "an underlying of the market"],
    ),
    (
        1,
        "/underlyings/BTC/expiries/0/forward",
        r#""1e5""#,
        &["expiries[0].forward", "1e5"],
    ),
    (
        1,
        "/underlyings/BTC/expiries/0/vols/90000",
        r#""-0.1""#,
        &["vols.90000 -0.1"],
    ),
    (
        1,
        "/underlyings/BTC/contract_size",
        r#""20""#,
        &["contract_size 20", "power of ten"],
    ),
    (1, "/underlyings", "{}", &["underlying BTC", "not in the market"]),
    (1, "/assets", "{}", &["collateral ETH", "no price"]),
    (2, "/cash", "19", &["cash", "19"]),
    (
        2,
        "/positions/0/quantity",
        r#""0.000000001""#,
        &["positions[0].quantity", "finer than 1e-8"],
    ),
    (
        2,
        "/positions/0/quantity",
        r#""NaN""#,
        &["positions[0].quantity", "NaN"],
    ),
    (
        2,
        "/positions/0/instrument",
        r#""BTC-30FEB25-1-C""#,
        &["positions[0].instrument", "30FEB25"],
    ),
    (
        2,
        "/positions/0/instrument",
        r#""BTC-28MAR25-95000-C""#,
        &["BTC-28MAR25-95000-C", "no volatility"],
    ),
    (
        2,
        "/positions/0/instrument",
        r#""BTC-27JUN25-95000-C""#,
        &["BTC-27JUN25-95000-C", "no such expiry"],
    ),
    (
        2,
        "/positions/0/quantity",
        r#""180143986""#,
        &["positions[0].quantity", "within -180143985.09481983"],
    ),
    (
        2,
        "/positions/0/quantity",
        r#""10000000000000000000000000000000000000000""#,
        &["positions[0].quantity", "1000000000", "within -180143985.09481983"],
    ),
    (
        2,
        "/cash",
        r#""-99999999999999999999""#,
        &["cash", "-99999999999999999999", "within -9223372036854775808"],
    ),
    (
        2,
        "/collateral/0/asset",
        r#""DOGE""#,
        &["collateral DOGE", "not accepted"],
    ),
    (
        2,
        "/collateral/0/amount",
        r#""-1""#,
        &["collateral ETH -1", "at least 0"],
    ),
    (
        2,
        "/vectors",
        r#"[{"underlying":"BTC","pnl":["1"]}]"#,
        &["vectors[0] of 1 entries", "5"],
    ),
    (2, "/position", "[]", &["position", "not known"]),
];

#[test]
fn wrong_inputs_are_told_in_one_line() {
    for (file, pointer, value, parts) in BAD {
        let mut files = [model(), market(), portfolio()];
        put(&mut files[*file], pointer, serde_json::from_str(value).unwrap());
        let [model, market, portfolio] = files.map(|file| file.to_string());
        let output = margin("bad", [&model, &market, &portfolio], &["--json"]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{pointer} {value}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(output.stdout.is_empty());
        let name = ["model.json", "market.json", "portfolio.json"][*file];
        for part in parts.iter().chain(std::iter::once(&name)) {
            // What only the market lacks is told of the portfolio that needs it.
            let about = if *part == "market.json" && told.contains("portfolio.json") {
                "portfolio.json"
            } else {
                part
            };
            assert!(told.contains(about), "{pointer} {value}: {told:?} lacks {part:?}");
        }
    }
}

/// Sets what a pointer names, also where it is missing.
fn put(file: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match file.pointer_mut(parent).unwrap() {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        object => object[key] = value,
    }
}

#[test]
fn wrong_files_are_told_in_one_line() {
    let [model, market, portfolio] = texts();
    for (files, part) in [
        (["", &market, &portfolio], "model.json"),
        ([&model, "{", &portfolio], "market.json"),
        ([&model, &market, "3"], "portfolio.json"),
        ([&model, &market, "[]"], "one JSON object"),
        ([&model, &market, "{} {}"], "trailing"),
        ([&model, &market, "\u{feff}{}"], "portfolio.json"),
    ] {
        let output = margin("files", files, &[]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(told.lines().count() == 1 && told.contains(part), "{told}");
    }
}
