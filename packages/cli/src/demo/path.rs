//! The path of the crash: by how much prices fall and volatilities rise, and when.
//!
//! Prices follow the public figures of bitcoin on 12 and 13 March 2020, its worst day in years: down 24.2% within one
//! hour, 32.6% within four, 35.3% within eight, 49.0% within a day. Each figure is the worst window of its length; here
//! they start together, so the path is steeper than the day was. Between two anchors it is a straight line.
//!
//! Volatilities have no such public record. Implied volatility of one-month options was about 60% before that day and was
//! quoted between 150% and 200% at its height, so at-the-money volatility rises to three times, two thirds of it in the
//! first hour: markets mark volatility up at once and down slowly. The multiple holds up to 30 days of tenor; beyond, its
//! excess over one falls with the root of the tenor (half of it at 120 days), as surfaces do that revert to a mean.

use hedgerow_risk::number::Ratio;

/// A point of the path, in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Minutes from the start.
    pub minutes: u64,
    /// What a price is multiplied by.
    pub spot: i64,
    /// What an at-the-money volatility of at most 30 days is multiplied by.
    pub vol: i64,
}

const fn anchor(minutes: u64, spot: i64, vol: i64) -> Anchor {
    Anchor {
        minutes,
        spot: spot * 1_000_000,
        vol: vol * 1_000_000,
    }
}

/// The anchors, in thousandths of where prices and volatilities began.
pub const ANCHORS: [Anchor; 5] = [
    anchor(0, 1_000, 1_000),
    anchor(60, 758, 2_300),
    anchor(240, 674, 2_600),
    anchor(480, 647, 2_700),
    anchor(1_440, 510, 3_000),
];

/// Minutes between two tapes; the keeper looks at every tape.
pub const TICK: u64 = 5;

/// Where the path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// What prices are multiplied by.
    pub spot: Ratio,
    /// What at-the-money volatilities of at most 30 days are multiplied by.
    pub vol: Ratio,
}

/// The path after some minutes; its end from there on.
pub fn at(minutes: u64) -> Point {
    let [mut from, ..] = ANCHORS;
    for to in ANCHORS {
        if minutes <= to.minutes {
            let part = minutes.saturating_sub(from.minutes);
            let whole = to.minutes.saturating_sub(from.minutes);
            return point(
                line(from.spot, to.spot, part, whole),
                line(from.vol, to.vol, part, whole),
            );
        }
        from = to;
    }
    point(from.spot, from.vol)
}

/// The minutes at which the table has a row: closer together while prices fall faster.
pub fn rows() -> Vec<u64> {
    let (mut rows, mut minute) = (vec![0], 0);
    while minute < 1_440 {
        minute += match minute {
            0..60 => 10,
            60..240 => 30,
            240..480 => 60,
            _ => 120,
        };
        rows.push(minute);
    }
    rows
}

/// The multiple for an expiry of some seconds: all of it up to 30 days, then its excess by the root of the tenor.
pub fn multiple_of(vol: Ratio, seconds: u64) -> Ratio {
    const MONTH: u64 = 30 * 86_400;
    let excess = i128::from(vol.steps()) - i128::from(Ratio::ONE.steps());
    if seconds <= MONTH {
        return vol;
    }
    // The root of month/seconds in billionths; the radicand is below 10^18.
    let root = (u128::from(MONTH) * 1_000_000_000_000_000_000 / u128::from(seconds)).isqrt();
    let damped = excess * i128::try_from(root).unwrap_or(0) / 1_000_000_000;
    ratio(i64::try_from(damped).unwrap_or(0).saturating_add(Ratio::ONE.steps()))
}

fn line(from: i64, to: i64, part: u64, whole: u64) -> i64 {
    if whole == 0 {
        return to;
    }
    // A day has 1,440 minutes and multiples are single digits: far from the ends of 128 bits.
    let moved = i128::from(to - from) * i128::from(part) / i128::from(whole);
    from + i64::try_from(moved).unwrap_or(0)
}

fn point(spot: i64, vol: i64) -> Point {
    Point {
        spot: ratio(spot),
        vol: ratio(vol),
    }
}

fn ratio(steps: i64) -> Ratio {
    Ratio::new(steps).unwrap_or(Ratio::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_passes_the_public_figures() {
        for (minutes, spot, vol) in [
            (0, "1", "1"),
            (30, "0.879", "1.65"),
            (60, "0.758", "2.3"),
            (150, "0.716", "2.45"),
            (240, "0.674", "2.6"),
            (480, "0.647", "2.7"),
            (1_440, "0.51", "3"),
            (9_999, "0.51", "3"),
        ] {
            let point = at(minutes);
            assert_eq!(
                (point.spot.to_string(), point.vol.to_string()),
                (spot.into(), vol.into()),
                "{minutes}"
            );
        }
    }

    #[test]
    fn prices_only_fall_and_volatilities_only_rise() {
        for minutes in 0..1_440 {
            let (now, next) = (at(minutes), at(minutes + 1));
            assert!(next.spot < now.spot && next.vol > now.vol, "{minutes}");
        }
    }

    #[test]
    fn rows_meet_tapes_and_anchors() {
        let rows = rows();
        assert_eq!((rows.first(), rows.last()), (Some(&0), Some(&1_440)));
        assert!(rows.iter().all(|minute| minute.is_multiple_of(TICK)));
        assert!(ANCHORS.iter().all(|anchor| rows.contains(&anchor.minutes)));
    }

    #[test]
    fn long_tenors_move_less() {
        let days = |n: u64| n * 86_400;
        let three: Ratio = "3".parse().unwrap();
        for (tenor, expected) in [(days(1), "3"), (days(30), "3"), (days(120), "2"), (days(480), "1.5")] {
            assert_eq!(multiple_of(three, tenor).to_string(), expected, "{tenor}");
        }
    }
}
