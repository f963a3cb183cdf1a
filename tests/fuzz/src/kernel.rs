//! The numeric kernel at the edges of its arguments' ranges.
//!
//! A byte is an argument: powers of two, one less, one more. A byte from 192 on is followed by eight that are the argument as
//! they are. Results are held to exact integers where there are any, to doubles elsewhere.

use hedgerow_reference::black76;
use hedgerow_risk::kernel::{
    MAX_LOG_RATIO, MAX_VOL_TIME, call, call_error, delta_call, div_wide, exp, level, ln, mul_hi, mul_shift, normal_cdf,
    pow_ratio, sqrt, sqrt_years, vol_time,
};

const LIMIT: u64 = 1 << 62;
/// One in the format of logarithms and volatilities.
const ONE_57: f64 = (1_u64 << 57) as f64;
const ONE_62: f64 = LIMIT as f64;

/// Takes arguments off the data; zeros when there are no more.
struct Arguments<'a>(&'a [u8]);

impl Arguments<'_> {
    fn next(&mut self) -> u64 {
        let Some((tag, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        let power = 1_u64 << (tag % 64);
        match tag / 64 {
            0 => power,
            1 => power.wrapping_sub(1),
            2 => power.wrapping_add(1),
            _ => {
                let (word, rest) = rest.split_at(rest.len().min(8));
                self.0 = rest;
                word.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
            }
        }
    }

    fn signed(&mut self) -> i64 {
        self.next() as i64
    }
}

/// Within a part of the larger, or of one.
fn near(found: f64, expected: f64, part: f64) -> bool {
    (found - expected).abs() <= part * expected.abs().max(1.0)
}

/// Every function of the kernel.
pub fn kernel(data: &[u8]) -> bool {
    let mut arguments = Arguments(data);
    wide(&mut arguments);
    elementary(&mut arguments);
    prices(&mut arguments);
    true
}

fn wide(arguments: &mut Arguments<'_>) {
    let (a, b, shift) = (arguments.next(), arguments.next(), arguments.next() as u32 % 64);
    let exact = (u128::from(a) * u128::from(b)) >> shift;
    let found = mul_shift(a, b, shift);
    assert_eq!(
        found,
        if shift == 0 {
            u64::MAX
        } else {
            u64::try_from(exact).unwrap_or(u64::MAX)
        }
    );
    let (a, b) = (arguments.signed(), arguments.signed());
    let held = |n: i64| n.clamp(-(1 << 62), 1 << 62);
    let off = i128::from(held(a)) * i128::from(held(b)) - (i128::from(mul_hi(held(a), held(b))) << 62);
    assert!((0..2 << 62).contains(&off), "{a} {b} {off}");
    let (high, low, d) = (arguments.next(), arguments.next(), arguments.next());
    if high < d {
        let n = u128::from(high) << 64 | u128::from(low);
        let (quotient, rest) = div_wide(high, low, d);
        assert_eq!(
            (u128::from(quotient), u128::from(rest)),
            (n / u128::from(d), n % u128::from(d))
        );
    }
}

fn elementary(arguments: &mut Arguments<'_>) {
    let (m, seconds, sigma) = (arguments.next(), arguments.next(), arguments.next());
    let log = ln(m) as f64 / ONE_57;
    assert!(m == 0 || near(log, (m as f64).ln(), 1e-14), "ln {m}: {log}");
    let held = m.min(LIMIT - 1);
    let root = u128::from(sqrt(m));
    let square = u128::from(held) << 62;
    assert!(
        root.saturating_sub(1).pow(2) <= square && square < (root + 2).pow(2),
        "sqrt {m}: {root}"
    );
    let years = seconds.min(1 << 33) as f64 / 31_536_000.0;
    let root = sqrt_years(seconds);
    assert!(
        near(root as f64 / ONE_57, years.sqrt(), 1e-14),
        "sqrt {seconds} s: {root}"
    );
    let v = vol_time(sigma, root);
    let product = sigma as f64 / ONE_57 * (root as f64 / ONE_57);
    assert!(
        v <= MAX_VOL_TIME && near(v as f64 / ONE_57, product.min(16.0), 1e-14),
        "{sigma} {root}"
    );
    let y = arguments.signed();
    let held = (y as f64 / (1_u64 << 55) as f64).clamp(-255.0, 255.0);
    let found = exp(y);
    let log = (found.mantissa as f64).ln() + f64::from(found.exponent) * std::f64::consts::LN_2;
    assert!(near(log, held, 1e-14), "exp {y}: {log}");
    let (a, b, p) = (arguments.next(), arguments.next(), arguments.signed());
    let power = pow_ratio(a, b, p);
    let log = (power.mantissa as f64).ln() + f64::from(power.exponent) * std::f64::consts::LN_2;
    let expected = if a == 0 || b == 0 {
        0.0
    } else {
        ((a as f64).ln() - (b as f64).ln()).clamp(-32.0, 32.0)
    };
    let held = (p as f64 / (1_u64 << 60) as f64).clamp(0.0, 4.0);
    assert!(near(log, expected * held, 1e-13), "{a} / {b} to {p}: {log}");
    let d = arguments.signed();
    let phi = normal_cdf(d) as f64 / ONE_62;
    assert!(
        (0.0..=1.0).contains(&phi) && near(phi, black76::normal_cdf(d as f64 / ONE_57), 1e-14),
        "{d}: {phi}"
    );
}

fn prices(arguments: &mut Arguments<'_>) {
    let (f, k, v) = (arguments.next() % LIMIT, arguments.next() % LIMIT, arguments.next());
    let level = level(v);
    let held = v.min(MAX_VOL_TIME) as f64 / ONE_57;
    let x = if f == 0 || k == 0 { 0 } else { ln(f) - ln(k) };
    // Whatever x is given, the price is inside its bounds.
    for x in [x, arguments.signed()] {
        let found = call(f, k, x, &level);
        assert!(found >= f.saturating_sub(k) && found <= f, "{f} {k} {x} {v}: {found}");
        let delta = delta_call(x, v);
        assert!((0..=1 << 60).contains(&delta), "{x} {v}: {delta}");
    }
    if f > 0 && k > 0 && x.abs() <= MAX_LOG_RATIO {
        let (found, moneyness) = (call(f, k, x, &level), (f as f64 / k as f64).ln());
        let expected = black76::price(f as f64, k as f64, moneyness, held, true);
        let error = call_error(f, k) as f64 + f.max(k) as f64 * 1e-13;
        assert!(
            (found as f64 - expected).abs() <= error,
            "{f} {k} {v}: {found} {expected}"
        );
        let delta = delta_call(x, v) as f64 / (1_u64 << 60) as f64;
        // The doubles' own error in x/v counts at first order here.
        let error = 1e-13 + 1e-15 / held.max(1e-300);
        assert!(
            (delta - black76::delta(moneyness, held, true)).abs() <= error,
            "{f} {k} {v}: {delta}"
        );
    }
}
