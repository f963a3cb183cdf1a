//! What must hold for every price, whatever the inputs.

use hedgerow_risk::kernel::{MAX_VOL_TIME, call, call_error, exp, level, ln, mul_hi, pow_ratio};
use proptest::prelude::*;

const LIMIT: u64 = 1 << 62;

fn price(f: u64, k: u64, v: u64) -> u64 {
    call(f, k, ln(f) - ln(k), &level(v))
}

/// Forwards of any size and strikes within a factor of e^8 of them.
fn prices() -> impl Strategy<Value = (u64, u64)> {
    (1u64..LIMIT, -7.9f64..7.9).prop_map(|(f, x)| {
        let k = (f as f64 * x.exp()) as u64;
        (f, k.clamp(1, LIMIT - 1))
    })
}

/// Volatilities of every magnitude.
fn vols() -> impl Strategy<Value = u64> {
    (0u32..61, any::<u64>()).prop_map(|(bits, v)| v % (1 << bits).max(1) + 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8 * ProptestConfig::default().cases, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_input_gives_a_price_within_the_bounds(f in 0..LIMIT, k in 0..LIMIT, x: i64, v: u64) {
        let call = call(f, k, x, &level(v));
        prop_assert!(call >= f.saturating_sub(k) && call <= f);
    }

    #[test]
    fn no_volatility_is_the_intrinsic_value(f in 0..LIMIT, k in 0..LIMIT, x: i64) {
        prop_assert_eq!(call(f, k, x, &level(0)), f.saturating_sub(k));
    }

    #[test]
    fn more_volatility_never_costs_less((f, k) in prices(), v in vols(), more in vols()) {
        let v = v.min(MAX_VOL_TIME);
        let higher = v.saturating_add(more).min(MAX_VOL_TIME);
        prop_assert!(price(f, k, higher) + 2 * call_error(f, k) >= price(f, k, v));
    }

    #[test]
    fn a_higher_forward_never_costs_less((f, k) in prices(), v in vols(), step in 1u64..1 << 40) {
        let higher = (f + step).min(LIMIT - 1);
        let (low, high) = (price(f, k, v), price(higher, k, v));
        let error = 2 * call_error(higher, k);
        prop_assert!(high + error >= low);
        // and rises by no more than the forward does
        prop_assert!(high <= low + (higher - f) + error);
    }

    #[test]
    fn prices_are_convex_in_the_strike((f, k) in prices(), v in vols(), width in 2u64..1000) {
        let wing = (k / width).min(LIMIT - 1 - k);
        let (low, middle, high) = (price(f, k - wing, v), price(f, k, v), price(f, k + wing, v));
        prop_assert!(low + high + 4 * call_error(f, k + wing) >= 2 * middle);
    }

    #[test]
    fn a_call_is_the_put_of_the_exchanged_contract((f, k) in prices(), v in vols()) {
        // C(f, k) = P(k, f) = C(k, f) - k + f
        let (call, exchanged) = (price(f, k, v), price(k, f, v));
        prop_assert!((call + k).abs_diff(exchanged + f) <= 2 * call_error(f, k));
    }

    #[test]
    fn the_unit_does_not_matter((f, k) in prices(), v in vols()) {
        let (f, k) = ((f >> 3).max(1), (k >> 3).max(1));
        let (small, large) = (price(f, k, v), price(8 * f, 8 * k, v));
        prop_assert!((8 * small).abs_diff(large) <= 8 * call_error(f, k) + call_error(8 * f, 8 * k));
    }

    #[test]
    fn powers_multiply(a in 1u64..1 << 32, b in 1u64..1 << 32, p in 0i64..1 << 61) {
        let (once, twice) = (pow_ratio(a, b, p), pow_ratio(a, b, 2 * p));
        let square = mul_hi(once.mantissa as i64, once.mantissa as i64);
        let exponent = 2 * once.exponent + 62;
        let square = if exponent > twice.exponent { square << (exponent - twice.exponent) } else { square };
        let twice = twice.mantissa >> (twice.exponent - exponent).max(0);
        prop_assert!(square.abs_diff(twice as i64) <= 1 << 12, "{square} {twice}");
    }

    #[test]
    fn exp_never_falls(y in -(64i64 << 55)..0, step in 0i64..1 << 60) {
        let (low, high) = (exp(y), exp(y.saturating_add(step).min(0)));
        prop_assert!(high.to_q(62) + 16 >= low.to_q(62));
    }
}

/// The price of a call with v = 1 at the money is F * (2 Phi(1/2) - 1) = F * 0.382924922548026207275409221217.
#[test]
fn at_the_money_with_unit_volatility() {
    let f = 1_000_000_000_000_000_000;
    assert!(price(f, f, 1 << 57).abs_diff(382_924_922_548_026_207) <= call_error(f, f));
}

/// A level beyond the domain is the last one inside it.
#[test]
fn volatility_is_held_below_sixteen() {
    assert_eq!(level(u64::MAX), level(MAX_VOL_TIME));
}
