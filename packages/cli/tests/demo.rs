//! `hedgerow demo` as a person runs it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const FIXTURE: &str = include_str!("../../testing/markets/fixture.json");

fn demo(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hedgerow"))
        .arg("demo")
        .args(args)
        .output()
        .unwrap()
}

fn report(args: &[&str]) -> Value {
    let output = demo(&[&["--json"], args].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), told.as_str()), (Some(0), ""));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A market file for one test: the fixture, changed.
fn market(name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
    let mut market: Value = serde_json::from_str(FIXTURE).unwrap();
    change(&mut market);
    file(name, &market.to_string())
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("demo-{name}.json"));
    fs::write(&path, text).unwrap();
    path
}

fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// What every report must show, on whatever market.
fn check(report: &Value) {
    for account in report["accounts"].as_array().unwrap() {
        let netted = number(&account["netted"]["initial_margin"]);
        assert!(netted <= number(&account["alone"]["initial_margin"]), "{account}");
        let parts = account["legs"].as_array().unwrap();
        let sum: f64 = parts.iter().map(|leg| number(&leg["contribution"])).sum();
        // The contract's floor of 100 lies beside the engine's contributions.
        assert!(
            (sum - netted).abs() < 1e-6 * netted || netted <= 100.0,
            "{sum} {netted}"
        );
        assert!(number(&account["equity"]) >= netted, "{account}");
    }
    let end = &report["end"];
    assert_eq!(end["sound"], json!(true));
    assert_eq!(end["books"]["difference"], json!("0"));
    for invariant in end["invariants"].as_array().unwrap() {
        assert_eq!(invariant["broken"], Value::Null);
        assert!(invariant["checks"].as_u64().unwrap() > 10, "{invariant}");
    }
    let changes = end["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| number(&account["change"]));
    let fund = number(&end["insurance_end"]) - number(&end["insurance_start"]);
    let total = changes.sum::<f64>() + fund - number(&end["debt"]);
    assert!(total.abs() < 1e-6 * number(&end["books"]["held"]), "{total}");
}

#[test]
fn the_shipped_market() {
    let report = report(&[]);
    check(&report);
    assert_eq!(report["market"]["underlying"], json!("BTC"));
    let names: Vec<&str> = report["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["writer", "maker", "naked"]);
    let maker = &report["accounts"][1];
    assert!(maker["legs"].as_array().unwrap().len() >= 24);
    assert!(number(&maker["saving_fraction"]) > 0.5, "{}", maker["saving_fraction"]);

    // The gate turns at one base unit.
    let gate = &report["gate"];
    assert_eq!(
        (&gate["name"], &gate["code"]),
        (&json!("naked"), &json!("initial_margin"))
    );
    let difference = number(&gate["admitted"]) - number(&gate["refused"]);
    assert!((difference * 1e6).round() == 1.0, "{gate}");

    let steps = report["steps"].as_array().unwrap();
    let actions: Vec<&Value> = steps
        .iter()
        .flat_map(|step| step["actions"].as_array().unwrap())
        .collect();
    for kind in ["start_clock", "take", "end_clock", "settle"] {
        assert!(actions.iter().any(|action| action["kind"] == kind), "{kind}");
    }
    assert!(actions.iter().all(|action| action["kind"] != "refused"));
    assert!(
        actions
            .iter()
            .any(|action| action["kind"] == "take" && action["account"] == "naked")
    );
    let falls: Vec<(u64, &str)> = [60, 240, 480, 1_440]
        .into_iter()
        .map(|minutes| {
            let step = steps.iter().find(|step| step["minutes"] == minutes).unwrap();
            (minutes, step["spot"].as_str().unwrap())
        })
        .collect();
    assert_eq!(falls, [(60, "0.758"), (240, "0.674"), (480, "0.647"), (1_440, "0.51")]);
}

#[test]
fn people_read_a_hundred_columns() {
    let output = demo(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    let text = String::from_utf8(output.stdout).unwrap();
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
    for part in [
        "netted",
        "P&L by spot and volatility",
        "The crash",
        "keeper takes",
        "The end",
        "They balance",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

/// Takes an underlying off and leaves the other one's first expiries: a short play.
fn shorten(market: &mut Value, without: &str, expiries: usize) {
    let underlyings = market["underlyings"].as_object_mut().unwrap();
    underlyings.remove(without);
    for underlying in underlyings.values_mut() {
        underlying["expiries"].as_array_mut().unwrap().truncate(expiries);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let path = market("same", |market| shorten(market, "ETH", 1));
    let run = || demo(&["--json", "--market", path.to_str().unwrap()]).stdout;
    assert_eq!(run(), run());
}

#[test]
fn other_markets() {
    let played = |name: &str, change: &dyn Fn(&mut Value)| {
        let path = market(name, |market| change(market));
        let report = report(&["--market", path.to_str().unwrap()]);
        check(&report);
        report
    };
    let rich = played("rich", &|market| shorten_one(market, "BTC", 2));
    assert_eq!(
        (&rich["market"]["underlying"], &rich["market"]["others"]),
        (&json!("ETH"), &json!(["BTC"]))
    );
    let no_perp = played("no-perp", &|market| {
        shorten(market, "BTC", 2);
        market["underlyings"]["ETH"].as_object_mut().unwrap().remove("perp");
    });
    assert_eq!(no_perp["market"]["perp"], Value::Null);
    let soon = played("half-an-hour", &|market| {
        shorten(market, "ETH", 1);
        market["time"] = json!(market["underlyings"]["BTC"]["expiries"][0]["expiry"].as_u64().unwrap() - 1_800);
    });
    assert_eq!(soon["steps"][3]["actions"][0]["kind"], json!("settle"));
    let unknown = played("unknown", &|market| {
        shorten(market, "ETH", 1);
        let quotes = market["underlyings"]["BTC"].clone();
        market["underlyings"] = json!({ "XYZ": quotes });
    });
    assert_eq!(unknown["market"]["rules_of"], json!("BTC"));
}

/// Leaves the first expiries of one underlying.
fn shorten_one(market: &mut Value, underlying: &str, expiries: usize) {
    let listed = &mut market["underlyings"][underlying]["expiries"];
    listed.as_array_mut().unwrap().truncate(expiries);
}

#[test]
fn markets_that_cannot_be_played() {
    let change = |name: &str, pointer: &str, value: Value| {
        market(name, |market| {
            market["underlyings"].as_object_mut().unwrap().remove("ETH");
            market["quote_price"] = json!("1");
            *market.pointer_mut(pointer).unwrap() = value;
        })
    };
    let vols = json!([{"expiry": 1_740_124_800, "forward": "60015", "vols": {"60000": "0.6"}}]);
    let future = json!([{"expiry": 1_740_124_800, "forward": "60015"}]);
    let off_hour = json!([{"expiry": 1_740_124_801, "forward": "60015", "vols": {"60000": "0.6"}}]);
    let expiries = "/underlyings/BTC/expiries";
    for (path, expected) in [
        (PathBuf::from("/no/such/file"), "cannot read /no/such/file"),
        (PathBuf::from("/"), "cannot read /"),
        (file("nothing", ""), "one JSON object"),
        (file("broken", "{\"time\": 1,"), "EOF"),
        (file("list", "[]"), "one JSON object"),
        (file("binary", "\u{0}\u{1}"), "one JSON object"),
        (
            change("number", "/underlyings/BTC/index", json!("ten")),
            "underlyings.BTC.index",
        ),
        (
            change("rho", "/underlyings/BTC/expiries/1/svi/rho", json!("1.5")),
            "underlyings.BTC.expiries[1].svi.rho",
        ),
        (
            change("type", "/underlyings/BTC/expiries/1/forward", json!(5)),
            "underlyings.BTC.expiries[1].forward",
        ),
        (change("empty", "/underlyings", json!({})), "no option expiry"),
        (change("no-expiries", expiries, json!([])), "no option expiry"),
        (change("futures", expiries, future), "no option expiry"),
        (change("past", "/time", json!(1_900_000_000)), "no option expiry"),
        (change("vols", expiries, vols), "svi"),
        (change("off-hour", expiries, off_hour), "08:00 UTC"),
        (change("depegged", "/quote_price", json!("0.001")), "quote_price"),
    ] {
        let output = demo(&["--market", path.to_str().unwrap()]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(expected), "{expected:?} in {told:?}");
        assert!(told.starts_with("hedgerow: ") && told.lines().count() == 1, "{told:?}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_market_from_stdin_and_a_reader_that_leaves() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hedgerow"))
        .args(["demo", "--market", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut short: Value = serde_json::from_str(FIXTURE).unwrap();
    shorten(&mut short, "ETH", 1);
    child
        .stdin
        .take()
        .unwrap()
        .write_all(short.to_string().as_bytes())
        .unwrap();
    let mut first = [0; 8];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    assert_eq!(&first, b"Hedgerow");
}
