//! `hedgerow import` as a person runs it.
//!
//! `fixtures/deribit.json` has the form of the venue's answer; its currencies and numbers are invented: smiles of SVI
//! slices, rounded to 0.01 vol points.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/deribit.json");

fn import(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hedgerow"))
        .args(["import", "deribit"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A file that is refused early is not read to its end.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn market(output: &Output) -> Value {
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_answer_becomes_a_market() {
    let output = import(&[FIXTURE], b"");
    let market = market(&output);
    assert_eq!(market["time"], 1_735_725_600);
    assert_eq!(market["quote_price"], "1");
    let zbt = &market["underlyings"]["ZBT"];
    assert_eq!(zbt["index"], "50000.25");
    assert_eq!(zbt["perp"]["mark"], "50010.5");
    let forwards: Vec<&str> = zbt["expiries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|expiry| expiry["forward"].as_str().unwrap())
        .collect();
    assert_eq!(forwards, ["50200.5", "50600.75", "51500"]);
    assert_eq!(zbt["expiries"][0]["expiry"], 1_738_310_400);
    assert_eq!(zbt["expiries"][0]["svi"]["forward"], "50200.5");
    // 2,584,800 seconds of 31,536,000, rounded down.
    assert_eq!(zbt["expiries"][0]["svi"]["years"], "0.081963470319");
    assert!(zbt["expiries"][2].get("svi").is_none(), "only its future trades");
    let zxr = &market["underlyings"]["ZXR"];
    assert_eq!(
        (&zxr["index"], &zxr["perp"]["mark"]),
        (&"0.6512".into(), &"0.6513".into())
    );
    // The slices that the fixture was made from: a, b, rho, m, sigma.
    for (expiry, known) in [
        (&zbt["expiries"][0], [0.012, 0.11, -0.25, 0.01, 0.12]),
        (&zbt["expiries"][1], [0.05, 0.22, -0.15, 0.03, 0.3]),
    ] {
        for (name, known) in ["a", "b", "rho", "m", "sigma"].iter().zip(known) {
            let found: f64 = expiry["svi"][name].as_str().unwrap().parse().unwrap();
            assert!((found - known).abs() < 0.003, "{name}: {found} for {known}");
        }
    }
}

#[test]
fn the_report_goes_to_stderr() {
    let report = String::from_utf8(import(&[FIXTURE], b"").stderr).unwrap();
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[0], "ZBT: index 50000.25, perpetual 50010.5");
    assert!(lines[1].contains("expiry") && lines[1].contains("rms"));
    assert!(lines[2].starts_with(" 31JAN25     50200.5000"), "{report}");
    assert!(lines[4].ends_with("future only"), "{report}");
    assert!(
        !report.contains("  butterfly") && !report.contains("  calendar arb"),
        "{report}"
    );
    for line in [lines[2], lines[3]] {
        let rms: f64 = line.split_whitespace().nth(6).unwrap().parse().unwrap();
        assert!(rms < 0.02, "{report}");
    }
}

#[test]
fn stdin_and_one_family() {
    let text = std::fs::read(FIXTURE).unwrap();
    let output = import(&["-", "--only", "ZXR_USDC"], &text);
    let market = market(&output);
    let symbols: Vec<&String> = market["underlyings"].as_object().unwrap().keys().collect();
    assert_eq!(symbols, ["ZXR"]);
}

#[test]
fn refusals_are_one_line_and_exit_code_2() {
    let fixture = std::fs::read_to_string(FIXTURE).unwrap();
    let replaced = |from: &str, to: &str| fixture.replacen(from, to, 1).into_bytes();
    let huge = vec![b' '; (32 << 20) + 1];
    let cases: &[(Vec<u8>, &str)] = &[
        (Vec::new(), "stdin: no quotes in it"),
        (b"\xff\xfe".to_vec(), "stdin: not UTF-8 text"),
        (huge, "stdin: larger than the limit of 32 MiB"),
        (
            b"{\"result\": [".to_vec(),
            "stdin: not a book summary: EOF while parsing",
        ),
        (b"a,b\n1,2\n".to_vec(), "stdin: column \"instrument\" is missing"),
        (
            replaced("ZBT-31JAN25-38000-C", "ZBT-31JAN25-0-C"),
            "stdin: row 5: instrument \"ZBT-31JAN25-0-C\": strike \"0\" must be a number above 0",
        ),
        (
            replaced("\"mark_iv\": ", "\"mark_iv\": -"),
            "stdin: row 3 (ZBT-31JAN25-30000-C): mark_iv is -",
        ),
        (
            replaced("\"underlying_price\": 50200.5", "\"underlying_price\": \"x\\ny\""),
            "stdin: row 3 (ZBT-31JAN25-30000-C): underlying_price is \"x\\ny\", must be a number",
        ),
        (
            fixture.replace("ZXR_USDC-31JAN25", "ZXR_USDC-31DEC24").into_bytes(),
            "stdin: ZXR: no expiry after the time of the quotes, 1735725600",
        ),
        (
            fixture.replace("ZXR_USDC-", "ZBT_USDC-").into_bytes(),
            "stdin: ZBT and ZBT_USDC would both become the underlying ZBT: choose with --only ZBT",
        ),
    ];
    for (input, message) in cases {
        let output = import(&["-"], input);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.starts_with(&format!("hedgerow: {message}")), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(output.stdout.is_empty());
    }
    let missing = import(&["no/such/file"], b"");
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).starts_with("hedgerow: cannot read no/such/file: "));
}

/// Where quotes press an expiry down onto the one before, the slices still are in the order that the oracle asks for, or the
/// file is refused: it is never written for the oracle to refuse.
#[test]
fn what_is_written_is_in_the_oracles_order() {
    // An 8-day smile at 100% at the money, and 36 days with a part of the variance that would be flat: 47.1% is as much.
    let line =
        |label: &str, strike: u32, vol: f64| format!("BTC-{label}-{strike}-C,1590134400000,60000,60000,{vol:.2}\n");
    let smile = |strike: u32, atm: f64| {
        let k = (f64::from(strike) / 60_000.0).ln();
        atm * (1.0 + 0.3 * k * k - 0.1 * k)
    };
    let mut taken = 0;
    for share in [0.6, 0.9, 0.98, 1.0, 1.02, 1.1, 1.5] {
        let mut table = "instrument,ts_ms,forward,index,mark_iv_pct\n".to_owned();
        for strike in (40..=90).step_by(5).map(|thousands| thousands * 1_000) {
            table += &line("29MAY20", strike, smile(strike, 100.0));
            table += &line("26JUN20", strike, smile(strike, 44.7 * share));
        }
        let output = import(&["-"], table.as_bytes());
        if output.status.code() == Some(2) {
            let text = String::from_utf8(output.stderr).unwrap();
            assert!(text.contains("26JUN20") && text.contains("calendar order"), "{text}");
            assert_eq!((text.lines().count(), output.stdout.len()), (1, 0), "{text}");
            assert!(share < 1.0, "{share} is refused: {text}");
            continue;
        }
        let market: hedgerow_risk::market::Market = serde_json::from_value(market(&output)).unwrap();
        let underlying = market.underlyings.values().next().unwrap();
        let order = hedgerow_oracle::calendar::check(&underlying.expiries, market.time);
        assert!(order.is_ok(), "{share}: {order:?}");
        taken += 1;
    }
    assert!(taken >= 4, "{taken}");
}
