//! Exact sums of products of a quantity and a mantissa, for the hot loop.
//!
//! A product of 128 bits is one instruction of most machines, and a call that costs a hundred units in wasm: there the sum is
//! kept in two words and made of smaller products. Both are exact, so both give the same bits; the tests hold them to each
//! other.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use wide::{Factor, Sum};
#[cfg(target_arch = "wasm32")]
pub(crate) use words::{Factor, Sum};

/// The product of numbers below 2^62, the first signed.
#[inline(always)]
pub(crate) fn product(a: i64, b: u64) -> i128 {
    let mut sum = Sum::default();
    sum.add(Factor::of(a), b);
    sum.total()
}

/// In one number.
#[cfg(not(target_arch = "wasm32"))]
mod wide {
    /// Quantity times mantissas, added up.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Sum(i128);

    /// A quantity.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Factor(i64);

    impl Factor {
        pub(crate) const fn of(quantity: i64) -> Self {
            Self(quantity)
        }
    }

    impl Sum {
        /// As in the other form.
        #[inline(always)]
        pub(crate) fn add(&mut self, quantity: Factor, mantissa: u64) {
            // The mantissa is below 2^62: as a signed number it is the same.
            let product = i128::from(quantity.0).wrapping_mul(i128::from(mantissa as i64));
            self.0 = self.0.wrapping_add(product);
        }

        /// As in the other form.
        pub(crate) const fn plus(&mut self, exact: i128) {
            self.0 = self.0.wrapping_add(exact);
        }

        pub(crate) const fn total(self) -> i128 {
            self.0
        }
    }
}

/// In two words of base 2^62: `high * 2^62 + low`.
#[cfg(any(target_arch = "wasm32", test))]
mod words {
    const LOW_31: i64 = (1 << 31) - 1;
    const LOW_62: i64 = (1 << 62) - 1;

    /// Quantity times mantissas, added up.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Sum {
        high: i64,
        low: i64,
    }

    /// A quantity in halves.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Factor {
        high: i64,
        low: i64,
    }

    impl Factor {
        pub(crate) const fn of(quantity: i64) -> Self {
            Self {
                high: quantity >> 31,
                low: quantity & LOW_31,
            }
        }
    }

    impl Sum {
        /// Adds quantity times mantissa, both below 2^62. Exact as long as the whole stays below 2^125, whatever it passes
        /// through: the high word then holds it, and what wraps comes back. 256 legs below 2^54, the linear part of their
        /// puts and what is given back of their doubts come to about 1.5 * 2^124 at most.
        #[inline(always)]
        pub(crate) fn add(&mut self, quantity: Factor, mantissa: u64) {
            let (m1, m0) = ((mantissa >> 31) as i64, mantissa as i64 & LOW_31);
            // |high| <= 2^31; m1, m0, low < 2^31: products below 2^62, the sum of two and a carry below 2^63.
            let bottom = quantity.low.wrapping_mul(m0);
            let middle = quantity
                .high
                .wrapping_mul(m0)
                .wrapping_add(quantity.low.wrapping_mul(m1))
                .wrapping_add(bottom >> 31);
            let top = quantity.high.wrapping_mul(m1).wrapping_add(middle >> 31);
            // Two numbers below 2^62.
            let low = self.low.wrapping_add(((middle & LOW_31) << 31) | (bottom & LOW_31));
            self.low = low & LOW_62;
            self.high = self.high.wrapping_add(top).wrapping_add(low >> 62);
        }

        /// Adds what is below 2^124.
        pub(crate) fn plus(&mut self, exact: i128) {
            let low = self.low.wrapping_add(exact as i64 & LOW_62);
            self.low = low & LOW_62;
            self.high = self.high.wrapping_add((exact >> 62) as i64).wrapping_add(low >> 62);
        }

        pub(crate) fn total(self) -> i128 {
            (i128::from(self.high) << 62) | i128::from(self.low)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{product, wide, words};
    use crate::engine::scale::CEILING;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_forms_are_exact(
            parts in prop::collection::vec((-(1i64 << 55)..(1i64 << 55), 0u64..CEILING), 0..256),
            rest in -(1i128 << 124)..(1i128 << 124),
        ) {
            let (mut wide, mut words) = (wide::Sum::default(), words::Sum::default());
            wide.plus(rest);
            words.plus(rest);
            for (quantity, mantissa) in &parts {
                wide.add(wide::Factor::of(*quantity), *mantissa);
                words.add(words::Factor::of(*quantity), *mantissa);
            }
            let exact = parts.iter().fold(rest, |sum, (q, m)| sum + i128::from(*q) * i128::from(*m));
            prop_assert_eq!([wide.total(), words.total()], [exact; 2]);
        }

        #[test]
        fn products_are_exact(a in -(1i64 << 62)..(1i64 << 62), b in 0u64..CEILING) {
            prop_assert_eq!(product(a, b), i128::from(a) * i128::from(b));
        }
    }
    /// The most that 256 legs may come to, by way of more than a sum can hold.
    #[test]
    fn the_largest_sums_come_through() {
        let (whole, most) = (1i64 << 54, CEILING - 1);
        for sign in [1, -1] {
            let (mut wide, mut words) = (wide::Sum::default(), words::Sum::default());
            for quantity in [sign * whole; 256]
                .into_iter()
                .chain([sign * (whole << 8) / 2; 3])
                .chain([sign * (whole << 8) / -2; 2])
            {
                wide.add(wide::Factor::of(quantity), most);
                words.add(words::Factor::of(quantity), most);
            }
            let exact = i128::from(sign) * 384 * i128::from(whole) * i128::from(most);
            assert_eq!([wide.total(), words.total()], [exact; 2]);
        }
    }
}
