//! One option: from exact decimals to the kernel's words and back.
//!
//! Forward and strike become mantissas of which the larger has 62 bits; ln(F/K), sigma*sqrt(T) and d1 are computed with
//! enough bits that their rounding to a word is the only error. Prices, Phi and e^y are the kernel's, as on chain.

use hedgerow_risk::kernel;
use num_bigint::{BigInt, BigUint};

use super::decimal::{Decimal, DecimalError, write};
use super::wide::{ln_ratio, log2, sqrt_ratio, to_word};
use super::{Answer, Option76};

/// Decimal places of the answers below the size of what they are measured in.
const PLACES: i64 = 18;
/// Bits beyond the point where v itself has none.
const SPARE_BITS: u64 = 128;
/// 1 / sqrt(2 pi) in 2^-62.
const PEAK: u64 = 1_839_796_536_686_825_613;
/// Format of ln(F/K), sigma*sqrt(T) and d1: 2^-57.
const WORD_BITS: u64 = 57;
/// The density is zero for every purpose beyond this; it keeps `d1^2 / 2` within the exponents that are taken.
const FAR: i64 = 22 << WORD_BITS;

/// Prices one option. Fails, naming field, value and limit, when a number is not one that an option can have.
pub fn price(option: &Option76) -> Result<Answer, DecimalError> {
    let forward = Decimal::read_positive("forward", &option.forward)?;
    let strike = Decimal::read_positive("strike", &option.strike)?;
    let sigma = Decimal::read("sigma", &option.sigma)?;
    let years = Decimal::read("years", &option.years)?;

    let terms = Terms::new(&forward, &strike, &sigma, &years);
    let (f, k) = (terms.mantissa(&terms.forward), terms.mantissa(&terms.strike));
    let call = if terms.v > kernel::MAX_VOL_TIME {
        // d1 > 8 and d2 < -8, or the other side of the parity is worth that little: F to within 1.3e-15 of max(F, K)
        f
    } else {
        kernel::call(f, k, terms.x, &kernel::level(terms.v))
    };
    // the kernel's price is inside [max(f - k, 0), f]
    let put = (BigInt::from(call) - f + k).magnitude().clone();

    let places = PLACES - forward.magnitude();
    Ok(Answer {
        call: terms.write_mantissa(&call.into(), places),
        put: terms.write_mantissa(&put, places),
        delta_call: write(&kernel::normal_cdf(terms.d1).unsigned_abs().into(), &one(62), PLACES),
        // vega is measured in F * sqrt(T), smaller than F by half the digits of a small T
        vega: terms.vega(places + 1 - years.magnitude().min(0) / 2),
    })
}

fn one(bits: u64) -> BigUint {
    BigUint::from(1u32) << bits
}

/// An option in the kernel's formats.
struct Terms {
    forward: (BigUint, BigUint),
    strike: (BigUint, BigUint),
    /// sqrt(T) in 2^-root_bits.
    root: BigUint,
    root_bits: u64,
    /// The mantissas are in units of 2^-unit.
    unit: i64,
    /// ln(F/K) in 2^-57, held to the word.
    x: i64,
    /// sigma*sqrt(T) in 2^-57, held to the word.
    v: u64,
    /// x/v + v/2 in 2^-57, held to the word.
    d1: i64,
}

impl Terms {
    fn new(forward: &Decimal, strike: &Decimal, sigma: &Decimal, years: &Decimal) -> Self {
        let (forward, strike, sigma, years) = (
            forward.fraction(),
            strike.fraction(),
            sigma.fraction(),
            years.fraction(),
        );
        let variance = (&sigma.0 * &sigma.0 * &years.0, &sigma.1 * &sigma.1 * &years.1);
        let ratio = (&forward.0 * &strike.1, &forward.1 * &strike.0);

        // with these v has at least SPARE_BITS bits, and sqrt(T) likewise
        let below = |number: &(BigUint, BigUint)| {
            if number.0 == BigUint::ZERO {
                0
            } else {
                u64::try_from(-log2(&number.0, &number.1)).unwrap_or(0) / 2
            }
        };
        let bits = SPARE_BITS + below(&variance);
        let root_bits = SPARE_BITS + below(&years);
        let log = ln_ratio(&ratio.0, &ratio.1, bits);
        let v = BigInt::from(sqrt_ratio(&variance.0, &variance.1, bits));
        let x = to_word(&log, bits, WORD_BITS);
        let d1 = if v == BigInt::ZERO {
            // the limit: certain exercise above the strike, none below, half of it on the strike
            x_sign(&ratio).saturating_mul(i64::MAX)
        } else {
            to_word(&((&log << bits) / &v + (&v >> 1u32)), bits, WORD_BITS)
        };
        // the larger mantissa lies in (2^60, 2^62)
        let unit = 61 - log2(&forward.0, &forward.1).max(log2(&strike.0, &strike.1));
        Self {
            root: sqrt_ratio(&years.0, &years.1, root_bits),
            root_bits,
            forward,
            strike,
            unit,
            x,
            v: to_word(&v, bits, WORD_BITS).unsigned_abs(),
            d1,
        }
    }

    /// A price in units of 2^-unit, rounded down so that the largest stays below 2^62.
    fn mantissa(&self, (numerator, denominator): &(BigUint, BigUint)) -> u64 {
        let up = u64::try_from(self.unit).unwrap_or(0);
        let down = u64::try_from(-self.unit).unwrap_or(0);
        u64::try_from((numerator << up) / (denominator << down)).unwrap_or(u64::MAX)
    }

    fn write_mantissa(&self, mantissa: &BigUint, places: i64) -> String {
        let up = u64::try_from(-self.unit).unwrap_or(0);
        let down = u64::try_from(self.unit).unwrap_or(0);
        write(&(mantissa << up), &one(down), places)
    }

    /// F * phi(d1) * sqrt(T), with phi(d1) = exp(-d1^2 / 2) / sqrt(2 pi).
    fn vega(&self, places: i64) -> String {
        let d1 = BigInt::from(self.d1.clamp(-FAR, FAR));
        let exponent = to_word(&(-(&d1 * &d1)), 2 * WORD_BITS + 1, 55);
        let bell = kernel::exp(exponent);
        // exp(y) <= 1 is mantissa * 2^exponent with a negative exponent
        let bell_bits = u64::try_from(-i64::from(bell.exponent)).unwrap_or(0);
        let numerator = &self.forward.0 * &self.root * bell.mantissa * PEAK;
        let denominator = &self.forward.1 << (self.root_bits + bell_bits + 62);
        write(&numerator, &denominator, places)
    }
}

/// The sign of ln(a/b).
fn x_sign(ratio: &(BigUint, BigUint)) -> i64 {
    match ratio.0.cmp(&ratio.1) {
        std::cmp::Ordering::Less => -1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 1,
    }
}
