//! The kernel's elementary functions against 80-digit arithmetic: `testdata/elementary.jsonl`, by `scripts/golden.py`.

use hedgerow_risk::kernel::{delta_call, exp, ln, ln_ratio, normal_cdf, pow_ratio, sqrt, sqrt_years};
use serde::Deserialize;

use crate::exact::Exact;

/// Bits below a unit of the result with which it is compared.
const FINE: i64 = 16;

#[derive(Deserialize)]
struct Row {
    function: String,
    arguments: Vec<i128>,
    value: String,
}

/// A result in units of 2^-bits and the error it may have, in units.
struct Answer {
    got: u64,
    bits: i64,
    allowed: f64,
}

fn answer(function: &str, arguments: &[i128]) -> Answer {
    let signed = |i: usize| i64::try_from(arguments[i]).unwrap();
    let unsigned = |i: usize| u64::try_from(arguments[i]).unwrap();
    let positive = |n: i64| u64::try_from(n).unwrap();
    // in units of 2^-62 for a mantissa in 2^-(-exponent): relative errors become absolute ones of at most 2^62 * them
    match function {
        "ln" => Answer {
            got: positive(ln(unsigned(0))),
            bits: 57,
            allowed: 0.71,
        },
        "ln_ratio" => Answer {
            got: positive(ln_ratio(unsigned(0), unsigned(1)).unwrap()),
            bits: 57,
            allowed: 1.42,
        },
        "exp" => {
            let result = exp(signed(0));
            Answer {
                got: result.mantissa,
                bits: -i64::from(result.exponent),
                allowed: 16.0,
            }
        }
        "pow_ratio" => {
            let result = pow_ratio(unsigned(0), unsigned(1), signed(2));
            Answer {
                got: result.mantissa,
                bits: -i64::from(result.exponent),
                allowed: 1024.0,
            }
        }
        "sqrt" => Answer {
            got: sqrt(unsigned(0)),
            bits: 31,
            allowed: 1.0,
        },
        "sqrt_years" => Answer {
            got: sqrt_years(unsigned(0)),
            bits: 57,
            allowed: 2.0,
        },
        "normal_cdf" => Answer {
            got: positive(normal_cdf(signed(0))),
            bits: 62,
            allowed: 9e-16 * (1u64 << 62) as f64,
        },
        "delta_call" => Answer {
            got: positive(delta_call(signed(0), unsigned(1))),
            bits: 60,
            allowed: 1e-15 * (1u64 << 60) as f64,
        },
        other => panic!("unknown function {other}"),
    }
}

#[test]
fn every_value_is_within_the_documented_error() {
    let rows = include_str!("../../testdata/elementary.jsonl");
    let mut worst = std::collections::BTreeMap::new();
    for line in rows.lines() {
        let row: Row = serde_json::from_str(line).unwrap();
        let answer = answer(&row.function, &row.arguments);
        let expected = u128::try_from(Exact::read(&row.value).scaled(answer.bits + FINE)).unwrap();
        let off = (u128::from(answer.got) << FINE).abs_diff(expected) as f64 / f64::from(1 << FINE);
        assert!(off <= answer.allowed, "{line}: {off} units > {}", answer.allowed);
        let slot = worst.entry(row.function).or_insert(0f64);
        *slot = slot.max(off);
    }
    println!("largest errors in units of the result: {worst:?}");
    assert_eq!(worst.len(), 8, "functions covered: {worst:?}");
}
