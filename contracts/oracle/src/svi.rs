//! What a raw SVI slice `w(k) = a + b(rho(k - m) + sqrt((k - m)^2 + sigma^2))` must satisfy to be a tape's.
//!
//! ```text
//! b >= 0        |rho| < 1        sigma > 0        b*(1 + |rho|) <= 2        a + b*sigma*sqrt(1 - rho^2) >= 0
//! ```
//!
//! The fourth is Lee's bound on the slope of total variance in the wings, the fifth says that the least total variance,
//! at `k = m - rho*sigma/sqrt(1 - rho^2)`, is not negative. All are decided exactly, on integers of 1e-12.

use crate::ContractError;
use cosmwasm_std::Uint512;
use hedgerow_risk::instrument::Day;
use hedgerow_risk::market::Svi;
use hedgerow_risk::number::{Fine, format_decimal};

/// One, in steps of [`Fine`].
const ONE: u128 = 10u128.pow(Fine::DECIMALS);
/// Lee's bound, in products of two steps.
const WING: u128 = 2 * ONE * ONE;

/// Refuses a slice that breaks a rule, naming the rule.
pub fn check(expiry: Day, svi: &Svi) -> Result<(), ContractError> {
    let Svi { a, b, rho, sigma, .. } = *svi;
    if b.steps() < 0 {
        return Err(ContractError::SviSlope { expiry, value: b });
    }
    let tilt = u128::from(rho.steps().unsigned_abs());
    if tilt >= ONE {
        return Err(ContractError::SviTilt { expiry, value: rho });
    }
    if sigma.steps() <= 0 {
        return Err(ContractError::SviRoundness { expiry, value: sigma });
    }
    // b <= 10^15 and 1 + |rho| < 2*10^12 steps: below 2^91.
    let slope = u128::from(b.steps().unsigned_abs());
    let wing = slope * (ONE + tilt);
    if wing > WING {
        let value = format_decimal(wing.cast_signed(), 2 * Fine::DECIMALS);
        return Err(ContractError::SviWing { expiry, b, rho, value });
    }
    if a.steps() < 0 && below_floor(a, slope, tilt, sigma) {
        return Err(ContractError::SviFloor {
            expiry,
            value: a,
            b,
            rho,
            sigma,
        });
    }
    Ok(())
}

/// `b*sigma*sqrt(1 - rho^2) < -a` for `a < 0`, by the squares: with `E = 10^12` and all in steps,
/// `b^2 * sigma^2 * (E^2 - rho^2) < a^2 * E^4`.
fn below_floor(a: Fine, slope: u128, tilt: u128, sigma: Fine) -> bool {
    // slope and sigma <= 10^15, tilt < E: the left stays below 10^84, the right at 10^78; 2^512 is above 10^154.
    let round = Uint512::from(slope * u128::from(sigma.steps().unsigned_abs()));
    let depth = Uint512::from(u128::from(a.steps().unsigned_abs())) * Uint512::from(ONE * ONE);
    round * round * Uint512::from(ONE * ONE - tilt * tilt) < depth * depth
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(a: &str, b: &str, rho: &str, sigma: &str) -> &'static str {
        let svi = Svi {
            a: a.parse().unwrap(),
            b: b.parse().unwrap(),
            rho: rho.parse().unwrap(),
            m: "-1000".parse().unwrap(),
            sigma: sigma.parse().unwrap(),
            forward: None,
            years: None,
        };
        check("28MAR25".parse().unwrap(), &svi).map_or_else(|error| error.code(), |()| "fine")
    }

    #[test]
    fn each_rule_at_its_limit() {
        for (a, b, rho, sigma, expected) in [
            ("0", "0", "0", "0.000000000001", "fine"),
            ("0", "-0.000000000001", "0", "1", "svi_b"),
            ("0", "1", "0.999999999999", "1", "fine"),
            ("0", "1", "-0.999999999999", "1", "fine"),
            ("0", "1", "1", "1", "svi_rho"),
            ("0", "1", "-1", "1", "svi_rho"),
            ("0", "1", "0", "0", "svi_sigma"),
            ("0", "1", "0", "-1", "svi_sigma"),
            ("0", "2", "0", "1", "fine"),
            ("0", "2.000000000001", "0", "1", "svi_wing"),
            // 1.6 * 1.25 = 2 exactly.
            ("0", "1.6", "-0.25", "1", "fine"),
            ("0", "1.6", "-0.250000000001", "1", "svi_wing"),
            ("0", "1.600000000001", "0.25", "1", "svi_wing"),
            // 0.5 * 0.4 * sqrt(1 - 0.36) = 0.16 exactly.
            ("-0.16", "0.5", "-0.6", "0.4", "fine"),
            ("-0.160000000001", "0.5", "-0.6", "0.4", "svi_a"),
            ("-0.16", "0.499999999999", "0.6", "0.4", "svi_a"),
            ("-0.16", "0.5", "0.600000000001", "0.4", "svi_a"),
            ("-0.16", "0.5", "0.6", "0.399999999999", "svi_a"),
            ("-0.000000000001", "0", "0", "1", "svi_a"),
            // sqrt(1 - 0.5^2) = 0.866025403784438...: just below and just above it.
            ("-0.866025403784", "1", "0.5", "1", "fine"),
            ("-0.866025403785", "1", "0.5", "1", "svi_a"),
            // The ends of the types.
            ("-1000", "1", "0", "1000", "fine"),
            ("-1000", "0.999999999999", "0", "1000", "svi_a"),
            ("-1000", "1", "0.000001", "1000", "svi_a"),
            ("1000", "1000", "0", "1000", "svi_wing"),
        ] {
            assert_eq!(code(a, b, rho, sigma), expected, "a {a} b {b} rho {rho} sigma {sigma}");
        }
    }

    #[test]
    fn the_error_says_by_how_much() {
        let svi = Svi {
            a: "0.1".parse().unwrap(),
            b: "1.5".parse().unwrap(),
            rho: "-0.5".parse().unwrap(),
            m: "0".parse().unwrap(),
            sigma: "0.1".parse().unwrap(),
            forward: None,
            years: None,
        };
        assert_eq!(
            check("28MAR25".parse().unwrap(), &svi).unwrap_err().to_string(),
            "svi_wing: market.expiries[28MAR25].svi: b*(1+|rho|) with b 1.5 and rho -0.5 is 2.25: must be at most 2"
        );
    }
}
