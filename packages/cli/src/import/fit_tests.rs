use proptest::prelude::*;

use super::*;

const FORWARD: f64 = 9_000.0;

/// Quotes of a slice at strikes from -`wing` to +`wing` deviations, rounded to 0.01 vol points where asked.
fn chain(slice: &Slice, years: f64, count: usize, wing: f64, round: bool) -> Vec<Point> {
    let unit = slice.variance(0.0).sqrt();
    (0..count)
        .map(|i| {
            let k = unit * wing * (2.0 * i as f64 / (count - 1) as f64 - 1.0);
            let exact = slice.vol_points(k, years);
            let vol = if round { (exact * 100.0).round() / 100.0 } else { exact };
            Point::new(FORWARD * k.exp(), FORWARD, years, vol, i % 3 != 0)
        })
        .collect()
}

const fn slice(a: f64, b: f64, rho: f64, m: f64, s: f64) -> Slice {
    Slice { a, b, rho, m, s }
}

#[test]
fn known_slices_are_recovered() {
    let cases = [
        ("a quarter, skewed", slice(0.04, 0.3, -0.3, 0.05, 0.3), 0.25),
        ("a quarter, tilted up", slice(0.04, 0.3, 0.4, -0.1, 0.3), 0.25),
        ("a week", slice(-0.002, 0.1, -0.15, 0.02, 0.1), 7.0 / 365.0),
        ("eight hours", slice(0.0004, 0.012, -0.1, 0.004, 0.01), 8.0 / 8760.0),
        ("two years, nearly flat", slice(0.7, 0.2, 0.0, 0.0, 1.0), 2.0),
        ("sharp", slice(0.01, 0.08, -0.7, 0.0, 0.02), 0.1),
    ];
    for (what, known, years) in cases {
        let points = chain(&known, years, 21, 2.5, false);
        let found = fit(&points, years, None, CALENDAR_MARGIN).unwrap();
        let quality = quality(&found, &points, years, None);
        assert!(quality.rms < 1e-4 && quality.max < 1e-3, "{what}: {quality:?}");
        for (name, (is, was)) in ["a", "b", "rho", "m", "s"].iter().zip([
            (found.a, known.a),
            (found.b, known.b),
            (found.rho, known.rho),
            (found.m, known.m),
            (found.s, known.s),
        ]) {
            assert!((is - was).abs() < 1e-4, "{what}: {name} is {is}, was {was}");
        }
    }
}

#[test]
fn five_strikes_and_rounded_quotes_are_enough() {
    let known = slice(0.04, 0.3, -0.3, 0.05, 0.3);
    for (count, round, limit) in [(5, false, 1e-3), (5, true, 0.02), (40, true, 0.01)] {
        let points = chain(&known, 0.25, count, 2.0, round);
        let found = fit(&points, 0.25, None, CALENDAR_MARGIN).unwrap();
        let quality = quality(&found, &points, 0.25, None);
        assert!(quality.rms < limit, "{count} {round}: {quality:?}");
    }
}

#[test]
fn a_flat_smile_stays_flat() {
    let points: Vec<Point> = (0..9)
        .map(|i| Point::new(FORWARD * (0.8 + 0.05 * f64::from(i)), FORWARD, 0.1, 60.0, true))
        .collect();
    let found = fit(&points, 0.1, None, CALENDAR_MARGIN).unwrap();
    let quality = quality(&found, &points, 0.1, None);
    assert!(quality.max < 0.01, "{quality:?}");
}

/// A quote without a bid, far from the money and ten vol points off, hardly moves the fit.
#[test]
fn quotes_without_a_bid_weigh_little() {
    let known = slice(0.04, 0.3, -0.3, 0.05, 0.3);
    let mut points = chain(&known, 0.25, 21, 2.5, false);
    let (strike, k) = (FORWARD * 6.0, 6f64.ln());
    points.push(Point::new(
        strike,
        FORWARD,
        0.25,
        known.vol_points(k, 0.25) + 10.0,
        false,
    ));
    let found = fit(&points, 0.25, None, CALENDAR_MARGIN).unwrap();
    let quality = quality(&found, &points, 0.25, None);
    assert!(quality.max_liquid < 0.5, "{quality:?}");
    assert!(quality.max > 5.0, "{quality:?}");
}

/// Quotes that hold a butterfly arbitrage get a slice that holds none.
#[test]
fn butterflies_are_pressed_out() {
    let sharp = slice(0.01, 0.25, -0.8, 0.0, 0.02);
    let points = chain(&sharp, 0.1, 41, 2.5, false);
    let before = quality(&sharp, &points, 0.1, None).density;
    let found = fit(&points, 0.1, None, CALENDAR_MARGIN).unwrap();
    let after = quality(&found, &points, 0.1, None).density;
    assert!(before < -0.02 && after >= 0.0, "{before} {after}");
}

/// Quotes below the expiry before are met as far as total variance may not fall.
#[test]
fn total_variance_does_not_fall_with_time() {
    let before = slice(0.04, 0.3, -0.3, 0.05, 0.3);
    let lower = slice(0.03, 0.3, -0.3, 0.05, 0.3);
    let points = chain(&lower, 0.3, 21, 2.5, false);
    let alone = fit(&points, 0.3, None, CALENDAR_MARGIN).unwrap();
    let held = fit(&points, 0.3, Some(&before), CALENDAR_MARGIN).unwrap();
    let gap = |slice: &Slice| quality(slice, &points, 0.3, Some(&before)).calendar.unwrap();
    assert!(
        gap(&alone) < -1.5 && gap(&held) >= 0.0,
        "{} {}",
        gap(&alone),
        gap(&held)
    );
}

/// 0.7979: the greatest vega is at d1 = 0, a deviation of 0.5 at k = 0.125.
#[test]
fn liquid_is_two_sided_and_near_the_money() {
    let point = Point::new(FORWARD * 0.125f64.exp(), FORWARD, 0.25, 100.0, true);
    assert!((point.vega - 1.0).abs() < 1e-12 && point.liquid);
    assert!(
        !Point {
            two_sided: false,
            ..point
        }
        .weight()
        .gt(&(0.25 * 1.0026))
    );
    assert!(!Point::new(FORWARD * 0.125f64.exp(), FORWARD, 0.25, 100.0, false).liquid);
    assert!(!Point::new(FORWARD * 3.0, FORWARD, 0.25, 100.0, true).liquid);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is quoted, the slice keeps the rules of the tape, before and after rounding.
    #[test]
    fn any_quotes_give_a_lawful_slice(
        vols in proptest::collection::vec(0.01f64..2_000.0, 5..12),
        spread in 0.001f64..3.0,
        years in 1e-7f64..5.0,
    ) {
        let points: Vec<Point> = vols
            .iter()
            .enumerate()
            .map(|(i, vol)| Point::new(FORWARD * (spread * (i as f64 - 4.0)).exp(), FORWARD, years, *vol, i % 2 == 0))
            .collect();
        if let Some(found) = fit(&points, years, None, CALENDAR_MARGIN) {
            prop_assert_eq!(found.check(), Ok(()));
            prop_assert_eq!(found.rounded().check(), Ok(()));
        }
    }

    /// Every place of the search space is a lawful slice, also after rounding.
    #[test]
    fn the_search_space_is_lawful(x in proptest::array::uniform5(-30.0f64..30.0)) {
        let slice = slice_at(&Vector5::from(x));
        prop_assert_eq!(slice.rounded().check(), Ok(()));
    }
}
