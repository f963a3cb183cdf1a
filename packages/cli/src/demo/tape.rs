//! The market on the way down: what the publisher reports at a point of the path.
//!
//! Index, mark and forwards fall alike, so a basis keeps its sign and its part of the price. Slices move with their
//! forward: at-the-money volatility is the multiple of the path exactly, and strikes slide along the smile. The smile
//! keeps its shape in standard deviations, `w'(k) = n^2 * w(k/n)` for a multiple n: otherwise the wings of near expiries would
//! rise above those of far ones. The multiple stops where a wing would be steeper than Lee's bound.

use hedgerow_risk::market::{Svi, Underlying};
use hedgerow_risk::number::{Fine, NumberError, Price, Ratio};

use super::path::{Point, multiple_of};

/// The market that began as `origin` at second `start`, at a point of the path.
///
/// Fails when a price leaves the range of prices, which are 0.001 at least.
pub fn moved(origin: &Underlying, start: u64, point: Point) -> Result<Underlying, NumberError> {
    let mut market = origin.clone();
    market.index = times(origin.index, point.spot)?;
    if let Some(perp) = &mut market.perp {
        perp.mark = times(perp.mark, point.spot)?;
    }
    for expiry in &mut market.expiries {
        expiry.forward = times(expiry.forward, point.spot)?;
        let multiple = multiple_of(point.vol, expiry.expiry.saturating_sub(start));
        if let Some(svi) = &mut expiry.svi {
            *svi = Svi {
                forward: svi.forward.map(|fitted| times(fitted, point.spot)).transpose()?,
                ..grown(svi, multiple)?
            };
        }
    }
    Ok(market)
}

/// A price times a factor, rounded down to a step.
pub fn times(price: Price, factor: Ratio) -> Result<Price, NumberError> {
    let steps = i128::from(price.steps()) * i128::from(factor.steps()) / i128::from(Ratio::ONE.steps());
    Price::new(u64::try_from(steps).unwrap_or(0))
}

/// The slice with its volatilities times a multiple, at moneyness times the multiple: `a*n^2`, `b*n`, `m*n`, `sigma*n`. All
/// round up, so that the least variance stays positive.
fn grown(svi: &Svi, multiple: Ratio) -> Result<Svi, NumberError> {
    let one = i128::from(Ratio::ONE.steps());
    let multiple = i128::from(multiple.steps()).min(widest(svi));
    let up = |number: Fine, by: i128| {
        let product = i128::from(number.steps()) * by;
        Fine::new(i64::try_from(-(-product).div_euclid(one)).unwrap_or(i64::MAX))
    };
    Ok(Svi {
        a: up(svi.a, multiple * multiple / one)?,
        b: up(svi.b, multiple)?,
        m: up(svi.m, multiple)?,
        sigma: up(svi.sigma, multiple)?,
        ..*svi
    })
}

/// The largest multiple, in billionths, that keeps `b*(1 + |rho|)` within 2 after `b` is rounded up.
fn widest(svi: &Svi) -> i128 {
    let one = 10i128.pow(Fine::DECIMALS);
    let wing = i128::from(svi.b.steps()) * (one + i128::from(svi.rho.steps()).abs());
    let bound = (2 * one * one - 2 * one) * i128::from(Ratio::ONE.steps());
    bound
        .checked_div(wing)
        .filter(|multiple| *multiple > 0)
        .unwrap_or(i128::MAX >> 80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::path;
    use hedgerow_risk::instrument::Day;

    fn slice(a: &str, b: &str, rho: &str) -> Svi {
        Svi {
            a: a.parse().unwrap(),
            b: b.parse().unwrap(),
            rho: rho.parse().unwrap(),
            m: "0".parse().unwrap(),
            sigma: "0.4".parse().unwrap(),
            forward: Some("60000".parse().unwrap()),
            years: Some("0.1".parse().unwrap()),
        }
    }

    #[test]
    fn slices_stay_valid_wherever_they_began() {
        let day: Day = "28MAR25".parse().unwrap();
        for (a, b, rho) in [
            ("0.01", "0.1", "-0.3"),
            ("0", "0", "0"),
            // On the floor of the least variance: 0.5 * 0.4 * sqrt(1 - 0.36) = 0.16.
            ("-0.16", "0.5", "-0.6"),
            // On Lee's bound: 1.6 * 1.25 = 2.
            ("0.2", "1.6", "0.25"),
            ("900", "0.3", "0"),
        ] {
            let svi = slice(a, b, rho);
            hedgerow_oracle::svi::check(day, &svi).unwrap();
            for multiple in ["1", "1.37", "2.999999999", "3"] {
                match grown(&svi, multiple.parse().unwrap()) {
                    Ok(grown) => hedgerow_oracle::svi::check(day, &grown).unwrap(),
                    Err(error) => assert_eq!((a, error.code()), ("900", "number_out_of_range")),
                }
            }
        }
    }

    #[test]
    fn variance_grows_with_the_square() {
        let grown = grown(&slice("0.01", "0.1", "-0.3"), "3".parse().unwrap()).unwrap();
        assert_eq!(
            (grown.a.to_string(), grown.b.to_string(), grown.sigma.to_string()),
            ("0.09".into(), "0.3".into(), "1.2".into())
        );
    }

    #[test]
    fn everything_falls_alike() {
        let market = hedgerow_testing::market::fixture();
        let btc = market.underlyings.values().next().unwrap();
        let end = moved(btc, market.time, path::at(1_440)).unwrap();
        assert_eq!(end.index.to_string(), "30600");
        assert_eq!(end.perp.unwrap().mark.to_string(), "30600");
        let first = end.expiries.first().unwrap();
        assert_eq!(first.forward.to_string(), "30607.65");
        assert_eq!(first.svi.unwrap().forward, Some(first.forward));
        assert!(
            moved(
                btc,
                market.time,
                Point {
                    spot: Ratio::ZERO,
                    vol: Ratio::ONE
                }
            )
            .is_err()
        );
    }
}
