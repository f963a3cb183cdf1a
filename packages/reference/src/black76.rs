//! Black-76, undiscounted.
//!
//! ```text
//! call = F Phi(d1) - K Phi(d2),  put = K Phi(-d2) - F Phi(-d1),  d1 = x/v + v/2,  d2 = d1 - v,  x = ln(F/K)
//! ```
//! Worked: F = K = 1, v = 1: 2 Phi(1/2) - 1 = 0.382925.

use std::f64::consts::FRAC_1_SQRT_2;

/// The normal distribution function.
#[inline]
pub fn normal_cdf(d: f64) -> f64 {
    0.5 * libm::erfc(-d * FRAC_1_SQRT_2)
}

/// A price for x = ln(forward/strike) and v = sigma sqrt(T).
#[inline]
pub fn price(forward: f64, strike: f64, x: f64, v: f64, call: bool) -> f64 {
    if v <= 0.0 || forward <= 0.0 {
        let intrinsic = if call { forward - strike } else { strike - forward };
        return intrinsic.max(0.0);
    }
    let d1 = x / v + 0.5 * v;
    let d2 = d1 - v;
    if call {
        forward * normal_cdf(d1) - strike * normal_cdf(d2)
    } else {
        strike * normal_cdf(-d2) - forward * normal_cdf(-d1)
    }
}

/// The undiscounted delta; half on the strike itself when there is no volatility.
pub fn delta(x: f64, v: f64, call: bool) -> f64 {
    let of_call = if v > 0.0 {
        normal_cdf(x / v + 0.5 * v)
    } else if x == 0.0 {
        0.5
    } else {
        f64::from(u8::from(x > 0.0))
    };
    if call { of_call } else { of_call - 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number() {
        assert!((price(1.0, 1.0, 0.0, 1.0, true) - 0.382_924_922_548_026_2).abs() < 1e-15);
        assert!((price(1.0, 1.0, 0.0, 1.0, false) - 0.382_924_922_548_026_2).abs() < 1e-15);
        assert!((delta(0.0, 1.0, true) - 0.691_462_461_274_013_1).abs() < 1e-15);
    }

    #[test]
    fn nothing_to_happen_is_the_intrinsic_value() {
        assert_eq!(price(3.0, 2.0, 0.4, 0.0, true), 1.0);
        assert_eq!(price(0.0, 2.0, -30.0, 1.0, false), 2.0);
        assert_eq!(delta(0.4, 0.0, false), 0.0);
    }
}
