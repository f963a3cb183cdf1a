//! `hedgerow price` as a person or a script meets it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use num_bigint::{BigInt, BigUint};
use serde_json::{Value, json};

/// Runs the command with these arguments and this text on stdin.
fn hedgerow(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hedgerow"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = input.to_owned();
    // on a thread of its own: a long answer must not wait for the end of a long input
    let writer = std::thread::spawn(move || {
        // a command that has failed no longer reads
        let _ = stdin.write_all(text.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn line(forward: &str, strike: &str, sigma: &str, years: &str) -> String {
    json!({"forward": forward, "strike": strike, "sigma": sigma, "years": years}).to_string() + "\n"
}

fn price(forward: &str, strike: &str, sigma: &str, years: &str) -> Value {
    let output = hedgerow(&["price"], &line(forward, strike, sigma, years));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A decimal in units of 10^-200, rounded down.
fn scaled(text: &str) -> BigInt {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let exponent = exponent.parse::<i64>().unwrap() - fraction.len() as i64 + 200;
    let digits: BigUint = format!("{whole}{fraction}").parse().unwrap();
    let ten = |n: i64| BigUint::from(10u32).pow(u32::try_from(n.max(0)).unwrap());
    BigInt::from(digits * ten(exponent) / ten(-exponent))
}

/// abs(got - expected) / size, in units of 1e-18.
fn error(got: &Value, expected: &Value, size: &BigInt) -> i64 {
    let off = scaled(got.as_str().unwrap()) - scaled(expected.as_str().unwrap());
    let units = BigInt::from(off.magnitude().clone()) * 10u64.pow(18) / size;
    i64::try_from(units).unwrap()
}

/// The golden cases of the kernel, end to end: text in, text out.
#[test]
fn the_golden_cases_hold_end_to_end() {
    let path = std::env::var("GOLDEN").unwrap_or_else(|_| "../risk/testdata/black76.jsonl".to_owned());
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let field = |case: &Value, name: &str| case[name].as_str().unwrap().to_owned();
    let input: String = cases
        .iter()
        .map(|case| {
            line(
                &field(case, "F"),
                &field(case, "K"),
                &field(case, "sigma"),
                &field(case, "T"),
            )
        })
        .collect();
    let output = hedgerow(&["price"], &input);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), cases.len());

    let mut worst = [(0i64, 0usize); 4];
    for (number, (case, answer)) in cases.iter().zip(&answers).enumerate() {
        let forward = scaled(&field(case, "F"));
        let larger = forward.clone().max(scaled(&field(case, "K")));
        // F * sqrt(T), and a unit where T is zero
        let root = (scaled(&field(case, "T")) * scaled("1")).sqrt();
        let vega_size = (forward * root / scaled("1")).max(BigInt::from(1));
        for (slot, (name, size)) in worst.iter_mut().zip([
            ("call", &larger),
            ("put", &larger),
            ("delta_call", &scaled("1")),
            ("vega", &vega_size),
        ]) {
            let off = error(&answer[name], &case[name], size);
            assert!(off <= 2_000, "{name} of case {}: {off}e-18, {answer}", number + 1);
            *slot = (*slot).max((off, number + 1));
        }
    }
    println!("largest errors in 1e-18 (call, put, delta, vega) and their cases: {worst:?}");
}

#[test]
fn numbers_may_be_written_in_any_way() {
    let plain = price("95663.5", "100000", "0.62", "0.1");
    assert_eq!(plain, price("9.56635e4", "1E5", "62e-2", "0.10"));
    assert_eq!(
        plain,
        price("95663.5000000000000000000000000", "100000", "000.62", "1e-1")
    );
    // 5665.45268258701180704202029118 to 80 digits of working precision
    assert!(
        plain["call"].as_str().unwrap().starts_with("5665.4526825870"),
        "{plain}"
    );
}

#[test]
fn limits_are_exact() {
    for (option, call, put, delta) in [
        (["100", "90", "0", "1"], "10", "0", "1"),
        (["90", "100", "0.5", "0"], "0", "10", "0"),
        (["100", "50", "1000", "1000"], "100", "50", "1"),
        (
            ["1e50", "1", "1", "0"],
            "100000000000000000000000000000000000000000000000000",
            "0",
            "1",
        ),
    ] {
        let [forward, strike, sigma, years] = option;
        let answer = price(forward, strike, sigma, years);
        let got = [&answer["call"], &answer["put"], &answer["delta_call"]].map(|v| v.as_str().unwrap().to_owned());
        assert_eq!(got, [call, put, delta], "{option:?}");
    }
}

#[test]
fn wrong_numbers_are_named_with_their_limit() {
    let long = format!("1{}", "0".repeat(200));
    for (option, message) in [
        (["0", "1", "1", "1"], "forward: `0` must be above 0"),
        (["1", "0.00", "1", "1"], "strike: `0.00` must be above 0"),
        (["-5", "1", "1", "1"], "forward: `-5` is below the limit of 0"),
        (["1", "1", "-0.1", "1"], "sigma: `-0.1` is below the limit of 0"),
        (["1", "1", "1", "-1e-9"], "years: `-1e-9` is below the limit of 0"),
        (["NaN", "1", "1", "1"], "forward: `NaN` is not a decimal number"),
        (["1", "inf", "1", "1"], "strike: `inf` is not a decimal number"),
        (["1", "1", "", "1"], "sigma: `` is not a decimal number"),
        (["1", "1", "0x1", "1"], "sigma: `0x1` is not a decimal number"),
        (["1", "1", "1", "1e"], "years: `1e` is not a decimal number"),
        (
            ["1e101", "1", "1", "1"],
            "forward: `1e101` is outside the limits of 1e-100 and 1e100",
        ),
        (["1", "1e-99999999999999999999", "1", "1"], "outside the limits"),
        (["1", "1", &long, "1"], "outside the limits"),
        (["1\n2", "1", "1", "1"], "forward: `1 2` is not a decimal number"),
    ] {
        let [forward, strike, sigma, years] = option;
        // a good line first: its answer still appears
        let input = line("1", "1", "1", "1") + "\n" + &line(forward, strike, sigma, years);
        let output = hedgerow(&["price"], &input);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{option:?}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("hedgerow: stdin, line 3: "), "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
    }
}

#[test]
fn wrong_lines_and_files_are_one_line_of_error() {
    for (arguments, input, message) in [
        (vec!["price"], "{", "stdin, line 1: EOF"),
        (vec!["price"], "[]\n", "stdin, line 1: must be one JSON object"),
        (
            vec!["price"],
            "[\"1\",\"1\",\"1\",\"1\"]\n",
            "stdin, line 1: must be one JSON object",
        ),
        (vec!["price"], r#"{"forward":1}"#, "expected a string"),
        (
            vec!["price"],
            r#"{"forward":"1","strike":"1","sigma":"1"}"#,
            "missing field `years`",
        ),
        (
            vec!["price", "/nowhere/at all"],
            "",
            "cannot read /nowhere/at all: No such file",
        ),
        (vec!["price", "--fast"], "", "unexpected argument '--fast'"),
        (vec!["prize"], "", "unrecognized subcommand 'prize'"),
        (vec![], "", "requires a subcommand"),
    ] {
        let output = hedgerow(&arguments, input);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("hedgerow: ") && stderr.contains(message), "{stderr}");
    }
}

/// A reader that goes away is not an error.
#[test]
fn a_closed_pipe_ends_the_run_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hedgerow"))
        .arg("price")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    for _ in 0..2_000 {
        if stdin.write_all(line("100", "90", "0.5", "1").as_bytes()).is_err() {
            break;
        }
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}
