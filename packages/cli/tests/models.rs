//! `hedgerow models` and `hedgerow compare` as a risk manager runs them.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use hedgerow_interface::account::Clock;
use hedgerow_interface::margin::{AccountResponse, LegView};
use serde_json::{Value, json};

const NAMES: [&str; 6] = ["deribit", "derive", "hedgerow", "okx", "paradex", "span16"];

fn market() -> Value {
    json!({"time": 1_739_934_748, "underlyings": {
        "BTC": {"index": "60000", "perp": {"mark": "60000"}, "expiries": [
            {"expiry": 1_743_148_800, "forward": "60500", "vols": {"70000": "0.62", "50000": "0.65"}}]},
        "ETH": {"index": "3000", "perp": {"mark": "3000"}},
    }})
}

fn portfolio() -> Value {
    json!({"cash": "19000", "positions": [
        {"instrument": "BTC-28MAR25-70000-C", "quantity": "-1.5"}, {"instrument": "BTC-PERP", "quantity": "0.4"},
        {"instrument": "ETH-PERP", "quantity": "-2", "entry_price": "3100"},
    ]})
}

/// Spot down and up by a part; initial margin 1.2 times maintenance.
fn model(down: &str, up: &str) -> Value {
    json!({
        "scenarios": [{"spot": down}, {}, {"spot": up}], "factors": {"initial": "1.2", "maintenance": "1"},
        "underlyings": {"BTC": {}},
    })
}

/// An account as the margin contract answers it: six decimals, one BTC perpetual bought at 60,000 or nothing.
fn account(id: u64, cash: &str, perpetuals: bool) -> Value {
    let leg = LegView {
        instrument: "BTC-PERP".parse().unwrap(),
        quantity: "1".parse().unwrap(),
        cost: Some("60000000000".parse().unwrap()),
    };
    let account = AccountResponse {
        account: serde_json::from_value(json!(id)).unwrap(),
        owner: "osmo1owner".to_owned(),
        sequence: 7,
        position_nonce: 3,
        cash: cash.parse().unwrap(),
        clock: Clock::default(),
        legs: if perpetuals { vec![leg] } else { Vec::new() },
    };
    serde_json::to_value(account).unwrap()
}

/// A folder with the files of one test.
fn folder(name: &str, files: &[(&str, &Value)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("models-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    for (file, content) in files {
        std::fs::write(folder.join(file), content.to_string()).unwrap();
    }
    folder
}

fn hedgerow(folder: &PathBuf, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hedgerow"))
        .current_dir(folder)
        .args(line.split(' '))
        .output()
        .unwrap()
}

fn text(folder: &PathBuf, line: &str) -> String {
    let output = hedgerow(folder, line);
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn answer(folder: &PathBuf, line: &str) -> Value {
    serde_json::from_str(&text(folder, line)).unwrap()
}

/// Requirements round up by less than 1e-9.
#[track_caller]
fn near(pair: &Value, old: f64, new: f64) {
    for (side, expected) in [("old", old), ("new", new)] {
        let found: f64 = pair[side].as_str().unwrap().parse().unwrap();
        assert!((found - expected).abs() < 1e-9, "{pair}");
    }
}

#[test]
fn shipped_models_are_listed_with_their_sources() {
    let list = text(&folder("list", &[]), "models");
    for name in NAMES {
        let entry = list.split_once(&format!("{name} ")).unwrap().1;
        assert!(
            entry.lines().nth(1).unwrap().trim_start().starts_with("source: "),
            "{name}: {list}"
        );
    }
    assert_eq!(list.lines().count(), 2 * NAMES.len());
}

#[test]
fn what_is_shown_is_a_model_file() {
    let folder = folder("show", &[("k.json", &market()), ("p.json", &portfolio())]);
    for name in NAMES {
        std::fs::write(folder.join("shown.json"), text(&folder, &format!("models show {name}"))).unwrap();
        let by_name = answer(
            &folder,
            &format!("margin --json --model {name} --market k.json --portfolio p.json"),
        );
        let by_file = answer(
            &folder,
            "margin --json --model shown.json --market k.json --portfolio p.json",
        );
        assert_eq!(by_name, by_file, "{name}");
        let fields = [
            "equity",
            "initial_margin",
            "maintenance_margin",
            "scan",
            "option_value",
            "collateral_value",
        ];
        for field in fields {
            assert!(by_name[field].is_string(), "{name} {field}");
        }
        assert!(
            by_name["worst_scenario"].is_u64() && by_name["charges"].is_object(),
            "{name}"
        );
        assert_eq!(by_name["legs"].as_array().unwrap().len(), 3, "{name}");
    }
}

#[test]
fn a_comparison_says_what_each_margin_says() {
    let folder = folder("compare", &[("k.json", &market()), ("p.json", &portfolio())]);
    let all = answer(&folder, "compare --json --market k.json --portfolio p.json");
    let names: Vec<&str> = all["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["model"].as_str().unwrap())
        .collect();
    assert_eq!(names, NAMES);
    for entry in all["models"].as_array().unwrap() {
        let name = entry["model"].as_str().unwrap();
        let alone = answer(
            &folder,
            &format!("margin --json --model {name} --market k.json --portfolio p.json"),
        );
        assert_eq!(entry["answer"], alone, "{name}");
    }
    let table = text(&folder, "compare --market k.json --portfolio p.json");
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("model ") && lines[0].ends_with("MM"), "{table}");
    assert!(
        lines
            .iter()
            .skip(1)
            .zip(NAMES)
            .all(|(line, name)| line.starts_with(name)),
        "{table}"
    );
}

/// Long one BTC at 60,000 under 20% and 30%: scan 12,000 and 18,000.
#[test]
fn a_comparison_of_ones_own_models() {
    let holds = json!({"cash": "5000", "positions": [{"instrument": "BTC-PERP", "quantity": "1"}]});
    let (a, b) = (model("0.8", "1.2"), model("0.7", "1.3"));
    let folder = folder(
        "own",
        &[
            ("k.json", &market()),
            ("p.json", &holds),
            ("a.json", &a),
            ("b.json", &b),
        ],
    );
    let table = text(
        &folder,
        "compare --market k.json --portfolio p.json --models a.json,b.json,paradex",
    );
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[0],
        [
            "a.json",
            "5,000.00",
            "12,000.00",
            "-20%",
            "vol",
            "none",
            "0",
            "14,400.00",
            "12,000.00"
        ]
    );
    assert_eq!(
        rows[1],
        [
            "b.json",
            "5,000.00",
            "18,000.00",
            "-30%",
            "vol",
            "none",
            "0",
            "21,600.00",
            "18,000.00"
        ]
    );
    assert_eq!(
        rows[2],
        [
            "paradex", "5,000.00", "9,600.00", "-16%", "vol", "up", "0", "9,600.00", "4,800.00"
        ]
    );
}

#[test]
fn a_model_that_cannot_value_the_portfolio_says_so() {
    let holds = json!({"collateral": [{"asset": "ETH", "amount": "1"}]});
    let folder = folder("refused", &[("k.json", &market()), ("p.json", &holds)]);
    let table = text(
        &folder,
        "compare --market k.json --portfolio p.json --models okx,derive",
    );
    assert!(
        table.contains("okx     refused: collateral ETH: not accepted by the model"),
        "{table}"
    );
    let found = answer(
        &folder,
        "compare --json --market k.json --portfolio p.json --models okx,derive",
    );
    assert_eq!(found["models"][0]["error"], "collateral ETH: not accepted by the model");
    assert_eq!(found["models"][1]["answer"]["equity"], "3000");
}

/// One BTC each, 12,000 of maintenance margin under 20% and 18,000 under 30%, initial 14,400 and 21,600. With 20,000 an
/// account may only reduce afterwards, with 15,000 it is liquidatable; without legs nothing changes.
#[test]
fn a_change_of_model_account_by_account() {
    let pages = json!([
        {"data": {"items": [account(1, "20000000000", true), account(2, "500000", false)], "next": 2}},
        {"items": [account(4, "15000000000", true)], "next": null},
    ]);
    let files = [
        ("k.json", &market()),
        ("a.json", &model("0.8", "1.2")),
        ("b.json", &model("0.7", "1.3")),
        ("s.json", &pages),
    ];
    let folder = folder("diff", &files);
    let found = answer(
        &folder,
        "models diff a.json b.json --accounts s.json --market k.json --json",
    );
    assert_eq!(found["accounts"], 3);
    assert_eq!(found["liquidatable"], json!(["4"]));
    assert_eq!(found["next"], Value::Null);
    near(&found["maintenance_margin"], 24_000.0, 36_000.0);
    let first = &found["changes"][0];
    assert_eq!(
        (&first["account"], &first["equity"]["new"]),
        (&json!("4"), &json!("15000"))
    );
    assert_eq!(first["health"], json!({"old": "healthy", "new": "liquidatable"}));
    near(&first["initial_margin"], 14_400.0, 21_600.0);
    near(&first["maintenance_margin"], 12_000.0, 18_000.0);
    assert_eq!(found["changes"][1]["account"], "1");
    assert_eq!(
        found["changes"][1]["health"],
        json!({"old": "healthy", "new": "margin_call"})
    );
    assert_eq!(found["changes"].as_array().unwrap().len(), 2);

    let table = text(&folder, "models diff a.json b.json --accounts s.json --market k.json");
    assert!(table.contains("healthy -> liquidatable"), "{table}");
    assert!(
        table.contains("2 of 3 accounts change, 1 become liquidatable"),
        "{table}"
    );
    let back = answer(
        &folder,
        "models diff b.json a.json --accounts s.json --market k.json --json",
    );
    assert_eq!(back["liquidatable"], json!([]));
    let same = text(&folder, "models diff a.json a.json --accounts s.json --market k.json");
    assert!(same.contains("0 of 3 accounts change"), "{same}");
}

/// Portfolios of one's own, an account that cannot be valued, a second file, and a page that is not the last. A token of 18
/// decimals: 500,000 base units are nearly nothing.
#[test]
fn a_snapshot_of_ones_own() {
    let own = json!([
        {"account": "desk", "portfolio": {"cash": "15000", "positions": [{"instrument": "BTC-PERP", "quantity": "1"}]}},
        {"account": 9, "portfolio": {"positions": [{"instrument": "SOL-PERP", "quantity": "1"}]}},
    ]);
    let page = json!({"items": [account(2, "500000", false)], "next": 2});
    let files = [
        ("k.json", &market()),
        ("a.json", &model("0.8", "1.2")),
        ("b.json", &model("0.7", "1.3")),
        ("own.json", &own),
        ("page.json", &page),
    ];
    let folder = folder("own-accounts", &files);
    let line = "models diff a.json b.json --accounts own.json --accounts page.json --market k.json --decimals 18";
    let found = answer(&folder, &format!("{line} --json"));
    assert_eq!((&found["accounts"], &found["next"]), (&json!(3), &json!(2)));
    assert_eq!(found["liquidatable"], json!(["desk"]));
    assert_eq!(found["refused"][0]["account"], "9");
    assert_eq!(found["refused"][0]["model"], "old");
    assert!(
        found["refused"][0]["error"].as_str().unwrap().contains("SOL"),
        "{found}"
    );
    let table = text(&folder, line);
    assert!(
        table.contains("account 9 cannot be valued under the old model"),
        "{table}"
    );
    assert!(
        table.contains("the snapshot stops after account 2: the contract has more"),
        "{table}"
    );
}

#[test]
fn bad_input_is_one_line_and_exit_code_2() {
    let mut no_cash = account(1, "1", false);
    no_cash["cash"] = json!("1.5");
    let mut no_quantity = account(1, "1", true);
    no_quantity["legs"][0]["quantity"] = json!("1e99");
    let page = |account: &Value| json!({"items": [account], "next": null});
    let (fraction, far) = (page(&no_cash), json!([{"items": [], "next": null}, page(&no_quantity)]));
    let odd = json!({"account": 1, "portfolio": {"cash": "1", "moon": 1}});
    let broken = json!({"scenarios": [{"spot": "-1"}]});
    let files = [
        ("k.json", &market()),
        ("p.json", &portfolio()),
        ("a.json", &model("0.8", "1.2")),
        ("broken.json", &broken),
        ("list.json", &json!([])),
        ("number.json", &json!([5])),
        ("fraction.json", &fraction),
        ("far.json", &far),
        ("odd.json", &odd),
        (
            "sol.json",
            &json!({"positions": [{"instrument": "SOL-PERP", "quantity": "1"}]}),
        ),
    ];
    let folder = folder("bad", &files);
    let one = "models diff a.json okx --market k.json --accounts";
    let compared = "compare --market k.json --portfolio";
    for (line, parts) in [
        (
            "models show nobody".to_owned(),
            &["nobody", "deribit, derive, hedgerow, okx, paradex, span16"][..],
        ),
        ("models show".to_owned(), &["NAME"]),
        ("models sell".to_owned(), &["sell"]),
        ("models diff a.json okx --market k.json".to_owned(), &["--accounts"]),
        (
            "models diff a.json --market k.json --accounts list.json".to_owned(),
            &["<NEW>"],
        ),
        (
            "models diff a.json nobody --market k.json --accounts list.json".to_owned(),
            &["nobody", "no such file"],
        ),
        (
            "models diff broken.json okx --market k.json --accounts list.json".to_owned(),
            &["broken.json", "scenarios[0].spot -1"],
        ),
        (
            "models diff a.json okx --market none.json --accounts list.json".to_owned(),
            &["cannot read none.json"],
        ),
        (format!("{one} none.json"), &["cannot read none.json"]),
        (format!("{one} list.json --decimals 19"), &["--decimals", "19", "18"]),
        (format!("{one} list.json --decimals six"), &["--decimals", "six"]),
        (format!("{one} p.json"), &["p.json", "must be a page {items, next}"]),
        (format!("{one} number.json"), &["number.json", "[0]: must be a page"]),
        (
            format!("{one} fraction.json"),
            &["fraction.json", "items[0].cash", "1.5"],
        ),
        (
            format!("{one} far.json"),
            &["far.json", "[1]: items[0].legs[0].quantity", "1e99"],
        ),
        (format!("{one} odd.json"), &["odd.json", "portfolio: moon", "not known"]),
        (format!("{compared} none.json"), &["cannot read none.json"]),
        (
            format!("{compared} list.json"),
            &["list.json", "must be one JSON object"],
        ),
        (format!("{compared} sol.json"), &["sol.json", "SOL"]),
        (
            format!("{compared} p.json --models okx,nobody"),
            &["nobody", "no such file", "one of deribit"],
        ),
        (
            format!("{compared} p.json --models broken.json"),
            &["broken.json", "scenarios[0].spot -1"],
        ),
        ("compare --market k.json".to_owned(), &["--portfolio"]),
        (
            "compare --market p.json --portfolio p.json".to_owned(),
            &["p.json", "time: the field is missing"],
        ),
    ] {
        let output = hedgerow(&folder, &line);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}: {told}");
        assert_eq!(output.stdout, b"", "{line}");
        assert!(
            told.starts_with("hedgerow: ") && told.lines().count() == 1,
            "{line}: {told}"
        );
        for part in parts {
            assert!(told.contains(part), "{line}: {part:?} not in {told}");
        }
    }
}
