//! Division of wide integers by powers of ten and other divisors of one word.
//!
//! The compiler's own division of 128 bits costs a chain several times as much.

use crate::kernel::{div_wide, mul_full};

/// 10^0 to 10^19.
#[allow(clippy::indexing_slicing, reason = "a constant: the compiler computes it")]
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < 20 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// `10^digits`; none beyond 10^19.
pub fn power_of_ten(digits: u32) -> Option<u64> {
    POWERS.get(digits as usize).copied()
}

/// `n / d` rounded down, and what remains, for `d` above zero.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn div_floor(n: i128, d: u64) -> (i128, u64) {
    let d = d.max(1);
    // Of a negative n the complement -n - 1: its quotient is the complement of n's floor.
    let sign = n >> 127;
    let magnitude = (n ^ sign) as u128;
    let (high, low) = ((magnitude >> 64) as u64, magnitude as u64);
    let (quotient, rest) = div_wide(high % d, low, d);
    let quotient = (i128::from(high / d) << 64) | i128::from(quotient);
    let rest = if sign == 0 {
        rest
    } else {
        d.wrapping_sub(1).wrapping_sub(rest)
    };
    (quotient ^ sign, rest)
}

/// `a * b / d` rounded down for `a < d`.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn mul_div(a: u64, b: u64, d: u64) -> u64 {
    let (low, high) = mul_full(a, b);
    div_wide(high, low, d).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quotients_are_floors(n: i128, d: u64, fewer in 0u32..64, less in 0u32..128) {
            let (n, d) = (n >> less, (d >> fewer).max(1));
            let wide = i128::from(d);
            prop_assert_eq!(div_floor(n, d), (n.div_euclid(wide), n.rem_euclid(wide) as u64));
        }

        #[test]
        fn shares_are_floors(a: u64, b: u64, d in 1u64..) {
            let a = a % d;
            let exact = u128::from(a) * u128::from(b) / u128::from(d);
            prop_assert_eq!(u128::from(mul_div(a, b, d)), exact);
        }
    }

    #[test]
    fn powers_of_ten() {
        assert_eq!(power_of_ten(0), Some(1));
        assert_eq!(power_of_ten(18), Some(1_000_000_000_000_000_000));
        assert_eq!(power_of_ten(20), None);
        assert_eq!(div_floor(i128::MIN, 1), (i128::MIN, 0));
        assert_eq!(div_floor(-1, 10), (-1, 9));
    }
}
