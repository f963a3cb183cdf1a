//! `hedgerow margin`: nearest liquidation prices and a proposed trade, worked by hand.
//!
//! Index, mark and forward are 60,000, volatilities zero, spot moves by 20% either way; the initial margin is 1.2 times
//! the maintenance margin.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn margin(name: &str, cash: &str, positions: &Value, more: &[&str]) -> Output {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let model = json!({
        "scenarios": [{}, {"spot": "0.8"}, {"spot": "1.2"}], "factors": {"initial": "1.2", "maintenance": "1"},
    });
    let expiry = json!({"expiry": 1_743_148_800, "forward": "60000", "vols": {"60000": "0"}});
    let market = json!({"time": 1_739_934_748, "underlyings": {"BTC": {
        "index": "60000", "perp": {"mark": "60000"}, "expiries": [expiry],
    }}});
    let portfolio = json!({"cash": cash, "positions": positions});
    let mut command = Command::new(env!("CARGO_BIN_EXE_hedgerow"));
    command.arg("margin").args(more);
    for (flag, file) in [("model", model), ("market", market), ("portfolio", portfolio)] {
        let path = folder.join(format!("{flag}.json"));
        std::fs::write(&path, file.to_string()).unwrap();
        command.arg(format!("--{flag}")).arg(path);
    }
    command.output().unwrap()
}

fn answer(name: &str, cash: &str, positions: &Value, more: &[&str]) -> Value {
    let output = margin(name, cash, positions, &[more, &["--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn near(found: &Value, expected: f64) {
    let found: f64 = found.as_str().unwrap().parse().unwrap();
    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
}

fn long() -> Value {
    json!([{"instrument": "BTC-PERP", "quantity": "1"}])
}

/// Equity 24,000 less the distance from 60,000, against 0.2 P: 45,000 and 70,000.
#[test]
fn a_short_straddle_has_two_liquidation_prices() {
    let straddle = json!([
        {"instrument": "BTC-28MAR25-60000-C", "quantity": "-1"},
        {"instrument": "BTC-28MAR25-60000-P", "quantity": "-1"},
    ]);
    let found = answer("straddle", "24000", &straddle, &[]);
    let prices = &found["liquidation_prices"];
    assert_eq!(prices[0]["underlying"], "BTC");
    near(&prices[0]["below"], 45_000.0);
    near(&prices[0]["above"], 70_000.0);
    assert_eq!(found.get("trade"), None);
    // A person reads prices rounded towards the index.
    let shown = text(&margin("straddle", "24000", &straddle, &[]));
    assert!(
        shown.contains("BTC liquidation             below 45,000.01, above 69,999.99\n"),
        "{shown}"
    );
}

#[test]
fn one_side_none_and_now() {
    // P - 42,000 = 0.2 P.
    let shown = text(&margin("long", "18000", &long(), &[]));
    assert!(shown.contains("below 52,500.01, above none\n"), "{shown}");
    let found = answer("paid", "60000", &long(), &[]);
    assert_eq!(found["liquidation_prices"][0]["below"], Value::Null);
    let shown = text(&margin("now", "11000", &long(), &[]));
    assert!(shown.contains("BTC liquidation             now\n"), "{shown}");
    assert_eq!(answer("empty", "5", &json!([]), &[])["liquidation_prices"], json!([]));
}

/// Selling half at 59,700 loses 150: equity 17,850; half of 12,000 to stay, 1.2 times that to open.
#[test]
fn a_trade_is_compared() {
    let trade = ["--trade", "BTC-PERP -0.5@59700"];
    let found = answer("half", "18000", &long(), &trade);
    // The other keys are about the portfolio as it is.
    near(&found["equity"], 18_000.0);
    let trade = &found["trade"];
    assert_eq!(trade["legs"], json!(["BTC-PERP -0.5@59700"]));
    for (key, before, after) in [
        ("equity", 18_000.0, 17_850.0),
        ("initial_margin", 14_400.0, 7_200.0),
        ("maintenance_margin", 12_000.0, 6_000.0),
        ("scan", 12_000.0, 6_000.0),
    ] {
        near(&trade["before"][key], before);
        near(&trade["after"][key], after);
        near(&trade["difference"][key], after - before);
    }
    near(&trade["value_lost"], 150.0);
    near(&trade["notional"], 30_000.0);
    assert_eq!((&trade["gate"], trade.get("reason")), (&json!("passes"), None));
    let shown = text(&margin("half", "18000", &long(), &["--trade", "BTC-PERP -0.5@59700"]));
    assert!(
        shown.contains("gives away 150.00 against the mark, on a notional of 30,000.00\n"),
        "{shown}"
    );
    assert!(shown.ends_with("the gate lets it pass\n"), "{shown}");
}

#[test]
fn the_gate_says_why_not() {
    let more = ["--trade", "BTC-PERP 0.5@60000, BTC-28MAR25-60000-C -1@0.001"];
    let found = answer("more", "18000", &long(), &more);
    assert_eq!(found["trade"]["gate"], "initial_margin");
    assert!(
        found["trade"]["reason"]
            .as_str()
            .unwrap()
            .contains("below the initial margin")
    );
    // Below the initial margin a reduction passes, unless it gives away more than 1% of what it trades.
    let dear = ["--trade", "BTC-PERP -0.1@59000"];
    assert_eq!(answer("dear", "13000", &long(), &dear)["trade"]["gate"], "reduce_cost");
    let allowed = [&dear[..], &["--max-reduce-cost", "0.02"]].concat();
    assert_eq!(answer("dear", "13000", &long(), &allowed)["trade"]["gate"], "passes");
    let shown = text(&margin("dear", "13000", &long(), &dear));
    assert!(
        shown.ends_with("the gate refuses it: reduce_cost: reducing lost 100 against the mark: at most 60\n"),
        "{shown}"
    );
}

#[test]
fn wrong_trades_are_one_line() {
    for (trade, fragment) in [
        ("", "must look like"),
        ("BTC-PERP 1@60000,", "must look like"),
        ("BTC-PERP 1", "must look like"),
        ("BTC-PERP 0@60000", "quantity must not be 0"),
        ("BTC-28MAR25-50000-C 1@1", "--trade: instrument BTC-28MAR25-50000-C"),
        ("ETH-PERP 1@3000", "ETH"),
        ("BTC-PERP 180000000@60000, BTC-PERP 180000000@60000", "BTC-PERP"),
    ] {
        let output = margin("wrong", "18000", &long(), &["--trade", trade]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{trade}: {told}");
        assert!(told.contains(fragment) && told.lines().count() == 1, "{trade}: {told}");
        assert!(output.stdout.is_empty(), "{trade}");
    }
}
