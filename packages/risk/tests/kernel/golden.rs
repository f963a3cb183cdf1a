//! The kernel against prices computed with 60 digits: `testdata/black76.jsonl`, written by `scripts/golden.py`.

use hedgerow_risk::kernel::{MAX_LOG_RATIO, MAX_VOL_TIME, call, call_error, delta_call, level, ln};
use serde::Deserialize;

use crate::exact::{Exact, word};

/// The accuracy the kernel promises, as a part of max(F, K).
const TOLERANCE: f64 = 2e-15;
/// Bits below a unit of the mantissas with which expected prices are compared.
const FINE: u32 = 20;

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "F")]
    forward: String,
    #[serde(rename = "K")]
    strike: String,
    sigma: String,
    #[serde(rename = "T")]
    years: String,
    call: String,
    put: String,
    delta_call: String,
}

/// sigma * sqrt(T) in 2^-57.
fn vol_time(sigma: &Exact, years: &Exact) -> u64 {
    let squared = Exact {
        numerator: sigma.numerator.pow(2) * &years.numerator,
        denominator: sigma.denominator.pow(2) * &years.denominator,
    };
    word(&squared.scaled(114).sqrt())
}

#[test]
fn every_case_is_within_two_quadrillionths_of_the_larger_price() {
    let path = std::env::var("GOLDEN").unwrap_or_else(|_| "testdata/black76.jsonl".to_owned());
    let cases = std::fs::read_to_string(path).unwrap();
    let mut worst = [(0f64, 0); 3];
    for (number, line) in cases.lines().enumerate() {
        let case: Case = serde_json::from_str(line).unwrap();
        let [forward, strike, sigma, years] =
            [&case.forward, &case.strike, &case.sigma, &case.years].map(|text| Exact::read(text));
        let bits = 61 - forward.magnitude().max(strike.magnitude());
        let (f, k) = (word(&forward.scaled(bits)), word(&strike.scaled(bits)));
        let larger = f.max(k);
        assert!((1 << 60..1 << 62).contains(&larger), "line {}", number + 1);
        let x = ln(f) - ln(k);
        let v = vol_time(&sigma, &years);

        let price = call(f, k, x, &level(v));
        let put = u64::try_from(i128::from(price) - i128::from(f) + i128::from(k)).unwrap();
        let distance = |got: u64, expected: &str| {
            let expected = u128::try_from(Exact::read(expected).scaled(bits + i64::from(FINE))).unwrap();
            (u128::from(got) << FINE).abs_diff(expected)
        };
        let (off_call, off_put) = (distance(price, &case.call), distance(put, &case.put));
        assert!(
            off_call.max(off_put) <= u128::from(call_error(f, k)) << FINE,
            "line {}",
            number + 1
        );
        let relative = |off: u128| off as f64 / (larger as f64 * f64::from(1 << FINE));
        let delta = u64::try_from(delta_call(x, v)).unwrap();
        let off_delta = u128::try_from(Exact::read(&case.delta_call).scaled(60 + i64::from(FINE))).unwrap();
        let off_delta =
            (u128::from(delta) << FINE).abs_diff(off_delta) as f64 / f64::from(1 << FINE) / (1u64 << 60) as f64;
        let allowed = 1.2e-15 + if v == 0 { 0.0 } else { 1.0 / v as f64 };
        // beyond the domain the price still holds, but v is cut off and the smaller mantissa has few bits
        let inside = v <= MAX_VOL_TIME && x.abs() <= MAX_LOG_RATIO;
        assert!(
            off_delta <= allowed || !inside,
            "delta, line {}: {off_delta} > {allowed}",
            number + 1
        );
        for (slot, off) in worst.iter_mut().zip([
            relative(off_call),
            relative(off_put),
            if inside { off_delta } else { 0.0 },
        ]) {
            if off > slot.0 {
                *slot = (off, number + 1);
            }
        }
    }
    println!("largest errors (call, put, delta) and their lines: {worst:?}");
    assert!(worst[0].0 <= TOLERANCE && worst[1].0 <= TOLERANCE, "{worst:?}");
}
