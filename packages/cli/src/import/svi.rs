//! Raw SVI slices in floating point: what the fit moves about, the rules a slice must keep, and arbitrage checks.
//!
//! ```text
//! w(k) = a + b(rho(k - m) + sqrt((k - m)^2 + s^2)),  k = ln(K / F),  w = sigma^2 * years
//! ```
//! The engine clamps k to +-4*sqrt(a + b*s) and caps w at 144: [`Slice::engine_variance`] does the same, so that an
//! error reported here is the error of the volatility that the engine will use.

use hedgerow_risk::number::Fine;

/// The engine's cap on total variance.
pub const VARIANCE_CAP: f64 = 144.0;
/// Lee's bound on the slope of the wings, `b(1 + |rho|)`.
pub const SLOPE_CAP: f64 = 2.0;
const CLAMP: f64 = 4.0;

/// The five parameters of a slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice {
    /// Level of total variance.
    pub a: f64,
    /// Slope of the wings.
    pub b: f64,
    /// Tilt.
    pub rho: f64,
    /// Shift of the centre.
    pub m: f64,
    /// Roundness of the bottom.
    pub s: f64,
}

/// A rule that a slice breaks, with the value that breaks it.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Rule {
    /// A parameter is no number that the market file can hold.
    #[error("{parameter} is {value}, not a decimal within -1000 and 1000")]
    Range {
        /// The parameter's name.
        parameter: &'static str,
        /// Its value.
        value: f64,
    },
    /// The wings fall.
    #[error("b >= 0 does not hold: b is {0}")]
    Slope(f64),
    /// The tilt is not inside (-1, 1).
    #[error("|rho| < 1 does not hold: rho is {0}")]
    Tilt(f64),
    /// The bottom is not round.
    #[error("s > 0 does not hold: s is {0}")]
    Roundness(f64),
    /// The least total variance is negative.
    #[error("a + b*s*sqrt(1 - rho^2) >= 0 does not hold: it is {0}")]
    Floor(f64),
    /// A wing is steeper than any price allows.
    #[error("b(1 + |rho|) <= 2 does not hold: it is {0}")]
    Wing(f64),
}

impl Slice {
    /// Total variance at log-moneyness `k`, unclamped.
    pub fn variance(&self, k: f64) -> f64 {
        let y = k - self.m;
        self.a + self.b * (self.rho * y + y.hypot(self.s))
    }

    /// Total variance as the engine takes it.
    pub fn engine_variance(&self, k: f64) -> f64 {
        let reach = self.reach();
        self.variance(k.max(-reach).min(reach)).clamp(0.0, VARIANCE_CAP)
    }

    /// The volatility that the engine takes at `k`, in vol points (percent).
    pub fn vol_points(&self, k: f64, years: f64) -> f64 {
        100.0 * (self.engine_variance(k) / years).sqrt()
    }

    /// How far from the money the smile is followed; flat beyond.
    pub fn reach(&self) -> f64 {
        CLAMP * (self.a + self.b * self.s).max(0.0).sqrt()
    }

    /// The least total variance.
    pub fn floor(&self) -> f64 {
        self.a + self.b * self.s * (1.0 - self.rho * self.rho).max(0.0).sqrt()
    }

    /// Durrleman's function: the density implied at `k` has its sign, so a negative value is a butterfly arbitrage.
    pub fn durrleman(&self, k: f64) -> f64 {
        let y = k - self.m;
        let root = y.hypot(self.s);
        let w = self.variance(k);
        let first = self.b * (self.rho + y / root);
        let second = self.b * self.s * self.s / (root * root * root);
        let centre = 1.0 - k * first / (2.0 * w);
        centre * centre - first * first / 4.0 * (1.0 / w + 0.25) + second / 2.0
    }

    /// The rules of the market tape; the first that does not hold is the error.
    pub fn check(&self) -> Result<(), Rule> {
        for (parameter, value) in self.named() {
            fine(parameter, value)?;
        }
        let wing = self.b * (1.0 + self.rho.abs());
        if self.b < 0.0 {
            Err(Rule::Slope(self.b))
        } else if self.rho.abs() >= 1.0 {
            Err(Rule::Tilt(self.rho))
        } else if self.s <= 0.0 {
            Err(Rule::Roundness(self.s))
        } else if self.floor() < 0.0 {
            Err(Rule::Floor(self.floor()))
        } else if wing > SLOPE_CAP {
            Err(Rule::Wing(wing))
        } else {
            Ok(())
        }
    }

    /// The slice with every parameter rounded to what the market file holds, 1e-12.
    pub fn rounded(&self) -> Self {
        let round = |x: f64| (x * 1e12).round() / 1e12;
        Self {
            a: round(self.a),
            b: round(self.b),
            rho: round(self.rho),
            m: round(self.m),
            s: round(self.s),
        }
    }

    /// The parameters by name.
    pub fn named(&self) -> [(&'static str, f64); 5] {
        [
            ("a", self.a),
            ("b", self.b),
            ("rho", self.rho),
            ("m", self.m),
            ("s", self.s),
        ]
    }
}

/// A parameter as the market file holds it, rounded to nearest.
pub fn fine(parameter: &'static str, value: f64) -> Result<Fine, Rule> {
    // A float beyond the integers, or no number, becomes one that `new` refuses.
    let steps = if value.is_finite() {
        (value * 1e12).round() as i64
    } else {
        i64::MAX
    };
    Fine::new(steps).map_err(|_| Rule::Range { parameter, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMILE: Slice = Slice {
        a: 0.02,
        b: 0.2,
        rho: -0.3,
        m: 0.05,
        s: 0.2,
    };

    #[test]
    fn variance_follows_the_formula_within_reach_and_is_flat_beyond() {
        // k - m = 0.15: 0.02 + 0.2 * (-0.045 + 0.25)
        assert!((SMILE.variance(0.2) - 0.061).abs() < 1e-15);
        assert!((SMILE.engine_variance(0.2) - 0.061).abs() < 1e-15);
        // 4 * sqrt(0.02 + 0.2 * 0.2)
        assert!((SMILE.reach() - 0.9797958971132712).abs() < 1e-15);
        assert_eq!(SMILE.engine_variance(5.0), SMILE.variance(SMILE.reach()));
        assert_eq!(SMILE.engine_variance(-5.0), SMILE.variance(-SMILE.reach()));
        assert_eq!(Slice { a: 500.0, ..SMILE }.engine_variance(0.0), VARIANCE_CAP);
        assert!((SMILE.vol_points(0.2, 0.25) - 49.39635614091388).abs() < 1e-12);
    }

    #[test]
    fn each_rule_names_itself() {
        let cases = [
            (SMILE, None),
            (Slice { b: -0.1, ..SMILE }, Some("b >= 0")),
            (Slice { rho: -1.0, ..SMILE }, Some("|rho| < 1")),
            (Slice { s: 0.0, ..SMILE }, Some("s > 0")),
            (Slice { a: -0.04, ..SMILE }, Some("a + b*s*sqrt(1 - rho^2) >= 0")),
            (Slice { b: 1.6, ..SMILE }, Some("b(1 + |rho|) <= 2")),
            (Slice { m: f64::NAN, ..SMILE }, Some("m is NaN")),
            (Slice { a: 1e300, ..SMILE }, Some("a is 1000")),
            (Slice { a: 1000.1, ..SMILE }, Some("a is 1000.1")),
        ];
        for (slice, reason) in cases {
            let found = slice.check().err().map(|rule| rule.to_string());
            match reason {
                None => assert_eq!(found, None),
                Some(reason) => assert!(found.as_deref().is_some_and(|f| f.starts_with(reason)), "{found:?}"),
            }
        }
    }

    /// g = 1 + w''/2 where the smile is flat (w' = 0), and a known arbitrage: the slice of Gatheral and Jacquier's
    /// example 3.1, after Axel Vogt, has a negative density near k = 0.9.
    #[test]
    fn durrleman_sees_butterflies() {
        let symmetric = Slice {
            rho: 0.0,
            m: 0.0,
            ..SMILE
        };
        let curvature = symmetric.b / symmetric.s;
        assert!((symmetric.durrleman(0.0) - (1.0 + curvature / 2.0)).abs() < 1e-12);
        let vogt = Slice {
            a: -0.0410,
            b: 0.1331,
            rho: 0.3060,
            m: 0.3586,
            s: 0.4153,
        };
        assert!(vogt.durrleman(0.9) < 0.0);
        assert!(vogt.durrleman(0.0) > 0.0);
    }

    #[test]
    fn rounding_is_to_nearest() {
        assert_eq!(fine("a", 0.1234567890125).unwrap().steps(), 123_456_789_013);
        assert_eq!(fine("a", -0.0000000000014).unwrap().steps(), -1);
        let rounded = Slice {
            a: 0.1234567890126,
            ..SMILE
        }
        .rounded();
        assert_eq!(rounded.a, 0.123456789013);
    }
}
