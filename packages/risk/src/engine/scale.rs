//! The integers of the canonical arithmetic: price mantissas, exact sums, grains.
//!
//! | integer | unit | range |
//! |---|---|---|
//! | mantissa | 2^-shift quote, `shift` fixed by the index so that the index lies in [2^49, 2^50) | [0, 2^62): to 4096 times the index |
//! | quantity | 1e-8 contract | below 2^54 |
//! | exact sum | their product | below 2^127: 512 products |
//! | grain | 1e-8 * 2^-32 quote, the same for every underlying | held within 2^120 |
//!
//! Sums of quantity times mantissa are exact, so they do not depend on the order of the legs; going to grains rounds down,
//! which for a profit and loss is against the account, and keeps `M(A + B) <= M(A) + M(B)`. A grain is 2e-18 quote.

use crate::engine::sum::product;
use crate::kernel::div_wide;
use crate::number::{Price, Value, div_floor};

/// Mantissas are below this.
pub(crate) const CEILING: u64 = 1 << 62;
/// Grains are held within plus and minus this: 2^61 quote.
pub(crate) const MOST_GRAINS: i128 = 1 << 120;
/// Bits of a grain below 1e-8 quote.
const GRAIN_BITS: u32 = 32;
/// Steps of a price in a quote.
const PRICE_STEPS: u64 = 100_000_000;
/// 1e8 = FIVES * 2^8.
const FIVES: u64 = 390_625;

/// The scale of one underlying's mantissas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    /// A mantissa is a price times 2^shift; in 15..=61 for every index that a [`Price`] can be.
    shift: u32,
}

impl Scale {
    /// The scale of an index.
    pub(crate) fn of(index: Price) -> Self {
        // With steps in [2^n, 2^(n+1)) this shift gives a mantissa in [2^48.4, 2^49.5).
        let shift = 75_u32.saturating_sub(index.steps().max(1).ilog2());
        let short = Self { shift };
        match short.mantissa(index) < 1 << 49 {
            true => Self { shift: shift + 1 },
            false => short,
        }
    }

    /// A price rounded down to a mantissa; the largest mantissa for prices beyond.
    pub(crate) fn mantissa(self, price: Price) -> u64 {
        self.fits(price).unwrap_or(CEILING - 1)
    }

    /// A price rounded down to a mantissa; none beyond the ceiling.
    pub(crate) fn fits(self, price: Price) -> Option<u64> {
        // steps * 2^shift / 1e8 by long division: whole below 2^42, rest below 2^19.
        let bits = self.shift.saturating_sub(8);
        let (whole, rest) = (price.steps() / FIVES, price.steps() % FIVES);
        if whole != 0 && whole.ilog2() + bits >= 62 {
            return None;
        }
        let first = bits.min(44);
        let (high, rest) = ((rest << first) / FIVES, (rest << first) % FIVES);
        let second = bits - first;
        let low = (high << second) + (rest << second) / FIVES;
        Some((whole << bits) + low)
    }

    /// An exact sum in grains, rounded down.
    pub(crate) fn grains_floor(self, sum: i128) -> i128 {
        match self.shift.checked_sub(GRAIN_BITS) {
            Some(0) => clamp(sum),
            Some(drop) => clamp(shift_right(sum, drop)),
            None => {
                let (raise, most) = (GRAIN_BITS - self.shift, MOST_GRAINS >> (GRAIN_BITS - self.shift));
                sum.clamp(-most, most) << raise
            }
        }
    }
}

/// `x >> drop` for `drop` in 1..=63, in two words: a shift of 128 bits by a variable is a call.
fn shift_right(x: i128, drop: u32) -> i128 {
    let (high, low) = ((x >> 64) as i64, x as u64);
    let low = (low >> drop) | ((high as u64) << (64 - drop));
    (i128::from(high >> drop) << 64) | i128::from(low)
}

/// Held within [`MOST_GRAINS`].
#[inline(always)]
pub(crate) fn clamp(grains: i128) -> i128 {
    // In two words: nearly always the high one says that nothing is to be done.
    const MOST_HIGH: i64 = 1 << 56;
    let high = (grains >> 64) as i64;
    if (-MOST_HIGH..MOST_HIGH).contains(&high) {
        grains
    } else {
        end_of(high)
    }
}

#[cold]
const fn end_of(sign: i64) -> i128 {
    if sign < 0 { -MOST_GRAINS } else { MOST_GRAINS }
}

/// Steps of 1e-16 quote (quantity times price) in grains, rounded down.
pub(crate) fn grains_of_steps(steps: i128) -> i128 {
    let (whole, rest) = div_floor(steps, PRICE_STEPS);
    // |whole| < 2^101 and rest < 2^27.
    clamp((whole << GRAIN_BITS) + i128::from((rest << GRAIN_BITS) / PRICE_STEPS))
}

/// A value in grains, rounded down.
pub(crate) fn grains_of_value(value: Value) -> i128 {
    // |bits| <= 2^127: 2^95 whole units of 2^-32 quote, times 1e8 below 2^122.
    let bits = value.to_bits();
    let high = (bits >> GRAIN_BITS) * i128::from(PRICE_STEPS);
    let low = ((bits as u64 & 0xffff_ffff) * PRICE_STEPS) >> GRAIN_BITS;
    clamp(high + i128::from(low))
}

/// Grains in quote, rounded down.
pub(crate) fn value_floor(grains: i128) -> Value {
    let (whole, rest) = div_floor(clamp(grains), PRICE_STEPS);
    // |whole| < 2^94.
    Value::from_bits((whole << GRAIN_BITS) + i128::from((rest << GRAIN_BITS) / PRICE_STEPS))
}

/// Grains in quote, rounded up.
pub(crate) fn value_ceil(grains: i128) -> Value {
    -value_floor(-clamp(grains))
}

/// `floor(grains * factor / 2^SHIFT)` for a factor below 2^62 and at most 2^(SHIFT + 4), SHIFT at most 62.
pub(crate) fn times_floor<const SHIFT: u32>(grains: i128, factor: u64) -> i128 {
    let grains = clamp(grains);
    // grains = high * 2^62 + low with |high| <= 2^58 and low < 2^62: products below 2^124.
    let high = product((grains >> 62) as i64, factor);
    let low = product(grains as i64 & ((1 << 62) - 1), factor);
    clamp((high << (62 - SHIFT)).wrapping_add(low >> SHIFT))
}

/// `floor(n * 2^bits / d)` for `bits` in 1..=63, `u64::MAX` where it does not fit.
pub(crate) fn ratio_floor(n: u64, d: u64, bits: u32) -> u64 {
    let high = n.wrapping_shr(64u32.wrapping_sub(bits));
    if high >= d {
        return u64::MAX;
    }
    div_wide(high, n.wrapping_shl(bits), d).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn the_index_is_near_the_middle() {
        for text in [
            "0.001",
            "0.00100001",
            "1",
            "0.99999999",
            "95663.5",
            "8589934592",
            "10000000000",
        ] {
            let index = price(text);
            let scale = Scale::of(index);
            assert!((1 << 49..1 << 50).contains(&scale.mantissa(index)), "{text}");
        }
        let scale = Scale::of(price("100"));
        assert!(scale.fits(price("400000")).is_some());
        assert_eq!(scale.fits(price("1000000")), None);
        assert_eq!(scale.mantissa(price("1000000")), CEILING - 1);
    }

    #[test]
    fn grains_and_values() {
        let value = |text: &str| text.parse::<Value>().unwrap();
        assert_eq!(value_floor(grains_of_value(value("-1234.5"))), value("-1234.5"));
        assert_eq!(value_floor(-1).to_bits() + 1, value_ceil(-1).to_bits());
        assert_eq!(value_ceil(MOST_GRAINS * 2), -value_floor(-MOST_GRAINS));
        assert_eq!(value_floor(grains_of_steps(15_000_000_000_000_000)), value("1.5"));
        assert_eq!(times_floor::<61>(-1, 1 << 60), -1);
        assert_eq!(times_floor::<58>(MOST_GRAINS, (1 << 62) - 1), MOST_GRAINS);
    }

    proptest! {
        #[test]
        fn mantissas_are_exact_floors(index in Price::MIN..=Price::MAX, steps in Price::MIN..=Price::MAX) {
            let scale = Scale::of(Price::new(index).unwrap());
            let exact = num(steps, scale.shift);
            let found = scale.fits(Price::new(steps).unwrap());
            prop_assert_eq!(found, exact);
        }

        #[test]
        fn long_division_is_exact(n in 0u64..(1 << 60), d in 1u64..(1 << 60), bits in 1u32..64) {
            let exact = (u128::from(n) << bits) / u128::from(d);
            let found = ratio_floor(n, d, bits);
            prop_assert_eq!(found, u64::try_from(exact).unwrap_or(u64::MAX));
        }

        #[test]
        fn products_are_floors(grains in -(1i128 << 64)..(1i128 << 64), factor in 0u64..(1 << 62)) {
            prop_assert_eq!(times_floor::<60>(grains, factor), (grains * i128::from(factor)) >> 60);
        }
    }

    /// By 128-bit division; none at the ceiling.
    fn num(steps: u64, shift: u32) -> Option<u64> {
        // steps < 2^60 and shift <= 61: below 2^121.
        let exact = (u128::from(steps) << shift) / 100_000_000;
        u64::try_from(exact).ok().filter(|m| *m < CEILING)
    }
}
