//! Calendar order: at every moneyness a later expiry has at least the total variance of an earlier one.
//!
//! ```text
//! w1(k) <= w2(k),  w = v^2 = sigma^2*T,  k = ln(K/F) at each expiry's own forward
//! ```
//! A calendar spread of options would be worth less than nothing otherwise. The range is that which the earlier expiry's
//! options are worth anything in: four of its standard deviations at the money, either way. Variances are those that the
//! engine values with, at the time that is left.
//!
//! The order is checked at 33 points, and conservatively between them: slices are convex, so between two points the earlier
//! one lies below its chord, and the later one above the chords on either side, continued. What passes is in
//! order, to 2^-36 of variance; what is refused may have been in order by less than the chords' height, one or two percent
//! where a smile is most curved. Expiries a week apart differ by more unless the market expects nothing of that week. (Where the engine holds a slice's far
//! wing flat it is not convex, and the points alone decide.)

use crate::ContractError;
use crate::check::day;
use hedgerow_risk::market::Expiry;
use hedgerow_risk::number::{Fine, format_decimal};
use hedgerow_risk::surface::Surface;

/// Intervals on either side of the money.
const HALF: i64 = 16;
/// What rounding may cost, in 2^-40.
const SLACK: i128 = 16;
/// Log-moneyness beyond which nothing is compared, in 2^-57.
const FARTHEST: i64 = 8 << 57;

/// Refuses expiries whose slices are not in calendar order at a time; those that are over are not looked at.
pub fn check(expiries: &[Expiry], time: u64) -> Result<(), ContractError> {
    let mut slices = expiries
        .iter()
        .filter(|expiry| expiry.svi.is_some())
        .filter_map(|expiry| Some((expiry, expiry.expiry.checked_sub(time)?)))
        .map(|(expiry, seconds)| (expiry, Surface::of(expiry, seconds)));
    let Some(mut earlier) = slices.next() else {
        return Ok(());
    };
    for later in slices {
        order(&earlier, &later)?;
        earlier = later;
    }
    Ok(())
}

fn order(earlier: &(&Expiry, Surface), later: &(&Expiry, Surface)) -> Result<(), ContractError> {
    // v below 16 in 2^-57 is below 2^61: four of it fit before they are cut to 8.
    let reach = 4 * i128::from(earlier.1.vol_time(0));
    let step = i64::try_from(reach).unwrap_or(FARTHEST).min(FARTHEST) / HALF;
    // One more point on either side, for the chords.
    let points: Vec<(i64, i128, i128)> = (-HALF - 1..=HALF + 1)
        .map(|n| (n * step, variance(&earlier.1, n * step), variance(&later.1, n * step)))
        .collect();
    for window in points.windows(4) {
        let [before, left, right, after] = window else { continue };
        // Beside a point, what the later slice is at least.
        let rooms = [
            (left, left.2 - left.1),
            (right, right.2 - right.1),
            (left, between(before, left, right, after)),
        ];
        if let Some((point, room)) = rooms.into_iter().find(|(_, room)| *room < -SLACK) {
            return Err(ContractError::SviCalendar {
                earlier: day(earlier.0.expiry)?,
                later: day(later.0.expiry)?,
                moneyness: text(i128::from(point.0) >> 17),
                value: text(point.1),
                limit: text(point.1 + room),
            });
        }
    }
    Ok(())
}

/// The least room between the earlier slice's chord and what the later slice is above, inside an interval.
///
/// With t from 0 at the left to 1 at the right, the chord is `c + cs*t`; the later slice is above `a + p*t`, its chord on
/// the left continued, and above `b + s*(t - 1)`, its chord on the right continued. They cross at
/// `t = (a - b + s)/(s - p)`, where the greater of them is least.
fn between(before: &Point, left: &Point, right: &Point, after: &Point) -> i128 {
    let (rise, chord) = (left.2 - before.2, right.1 - left.1);
    let turn = (after.2 - right.2) - rise;
    let along = left.2 - right.2 + (after.2 - right.2);
    if along <= 0 || along >= turn {
        return 0;
    }
    // Variances are below 2^48: products stay below 2^100.
    (left.2 - left.1) + ((rise - chord) * along).div_euclid(turn)
}

/// A log-moneyness in 2^-57 with the variances of both slices in 2^-40.
type Point = (i64, i128, i128);

fn variance(surface: &Surface, k: i64) -> i128 {
    let v = i128::from(surface.vol_time(k));
    (v * v) >> 74
}

/// A number in 2^-40, rounded down to a step of [`Fine`].
fn text(number: i128) -> String {
    format_decimal((number * 10i128.pow(Fine::DECIMALS)) >> 40, Fine::DECIMALS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hedgerow_risk::market::{ExpiryConfidence, Svi};
    use hedgerow_risk::number::Ratio;

    /// 28 February 2025, 08:00 UTC; the expiries are 28 and 59 days later.
    const NOW: u64 = 1_740_729_600;
    const DAYS: [u64; 2] = [28, 59];

    /// Two slices fitted now, each as `a b rho m sigma`.
    fn code(first: &str, second: &str) -> Result<(), String> {
        let expiries: Vec<Expiry> = [first, second]
            .into_iter()
            .zip(DAYS)
            .map(|(slice, days)| {
                let numbers: Vec<Fine> = slice.split(' ').map(|number| number.parse().unwrap()).collect();
                Expiry {
                    expiry: NOW + days * 86_400,
                    forward: "60000".parse().unwrap(),
                    rate: Ratio::ZERO,
                    confidence: ExpiryConfidence::default(),
                    svi: Some(Svi {
                        a: numbers[0],
                        b: numbers[1],
                        rho: numbers[2],
                        m: numbers[3],
                        sigma: numbers[4],
                        forward: None,
                        years: None,
                    }),
                    vols: None,
                }
            })
            .collect();
        check(&expiries, NOW).map_err(|error| error.to_string())
    }

    #[test]
    fn later_slices_have_more_variance() {
        for (first, second, fine) in [
            // Flat ones, the later by a step more, the same, or by 0.0001 less.
            ("0.03 0 0 0 1", "0.030000000001 0 0 0 1", true),
            ("0.03 0 0 0 1", "0.03 0 0 0 1", true),
            ("0.03 0 0 0 1", "0.0299 0 0 0 1", false),
            // Smiles: three percent more everywhere passes; one percent is less than the chords' height.
            ("0.01 0.1 -0.3 0 0.1", "0.0103 0.103 -0.3 0 0.1", true),
            ("0.01 0.1 -0.3 0 0.1", "0.0101 0.101 -0.3 0 0.1", false),
            // More at the money, less in one wing: at k = -0.5 it is 0.0809 and 0.0709.
            ("0.01 0.1 -0.3 0 0.1", "0.02 0.1 0 0 0.1", false),
            // More at the points, but for a dent between two of them.
            ("0.03 0 0 0 1", "0.0298 2 0 0.02 0.0001", false),
        ] {
            assert_eq!(
                code(first, second).is_ok(),
                fine,
                "{first}, {second}: {:?}",
                code(first, second)
            );
        }
    }

    /// Also where both ends of an interval are in order, and only what lies between them is in doubt.
    #[test]
    fn the_limit_is_below_the_value() {
        for second in ["0.0101 0.101 -0.3 0 0.1", "0.02 0.1 0 0 0.1", "0.009 0.1 -0.3 0 0.1"] {
            let text = code("0.01 0.1 -0.3 0 0.1", second).unwrap_err();
            let number = |after: &str| -> f64 {
                let rest = text.split(after).nth(1).unwrap();
                let end = rest
                    .find(|c: char| c != '.' && !c.is_ascii_digit())
                    .unwrap_or(rest.len());
                rest[..end].parse().unwrap()
            };
            assert!(number("28APR25, ") < number("total variance "), "{text}");
        }
    }

    #[test]
    fn the_error_names_both_expiries_and_where() {
        let text = code("0.03 0 0 0 1", "0.02 0 0 0 1").unwrap_err();
        // Four standard deviations: 4*sqrt(0.03) = 0.692820323027...
        assert!(
            text.starts_with("svi_calendar: market.expiries[28MAR25].svi: total variance 0.0"),
            "{text}"
        );
        assert!(text.contains("log-moneyness -0.692820323"), "{text}");
        assert!(text.contains("must stay within that of 28APR25, 0.0"), "{text}");
    }

    /// With less time left a slice has less variance: the same slices may be out of order later, and are then refused.
    #[test]
    fn what_is_over_is_not_looked_at() {
        let expiry = Expiry {
            expiry: NOW,
            forward: "60000".parse().unwrap(),
            rate: Ratio::ZERO,
            confidence: ExpiryConfidence::default(),
            svi: None,
            vols: None,
        };
        assert!(check(&[expiry], NOW + 1).is_ok());
    }
}
