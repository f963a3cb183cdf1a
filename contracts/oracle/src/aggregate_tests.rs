//! One tape of several reports: by hand, and whatever a minority says.

use super::*;
use crate::round::{agree, at};
use hedgerow_interface::tape::years_between;
use hedgerow_risk::market::Svi;
use hedgerow_risk::number::Fine;
use proptest::prelude::*;
use std::ops::Range;

const NOW: u64 = 1_743_062_400;
const FIRST: u64 = NOW + 30 * 86_400;
const SECOND: u64 = NOW + 90 * 86_400;

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

/// Flat volatility: `a = sigma^2*T`, no smile.
fn expiry(at: u64, forward: u64, sigma: u64) -> Expiry {
    let forward = Price::new(forward).unwrap();
    let variance = u128::from(sigma) * u128::from(sigma) * u128::from(at - NOW) / 31_536_000 / 1_000_000;
    let fine = |steps: i64| Fine::new(steps).unwrap();
    Expiry {
        expiry: at,
        forward,
        rate: ratio("0.05"),
        confidence: ExpiryConfidence::default(),
        svi: Some(Svi {
            a: fine(variance as i64),
            b: fine(0),
            rho: fine(0),
            m: fine(0),
            sigma: fine(1_000_000_000_000),
            forward: Some(forward),
            years: years_between(NOW, at),
        }),
        vols: None,
    }
}

/// Prices in steps, volatilities in billionths.
fn report(index: u64, forwards: [u64; 2], vols: [u64; 2]) -> Tape {
    Tape {
        time: NOW,
        quote_price: Price::ONE,
        quote_confidence: Ratio::ONE,
        market: Underlying {
            index: Price::new(index).unwrap(),
            confidence: Ratio::ONE,
            contract_size: Price::ONE,
            perp: Some(Perpetual {
                mark: Price::new(index).unwrap(),
                confidence: Ratio::ONE,
            }),
            expiries: vec![
                expiry(FIRST, forwards[0], vols[0]),
                expiry(SECOND, forwards[1], vols[1]),
            ],
        },
        history: None,
        development: false,
    }
}

fn whole(quote: u64) -> u64 {
    quote * 100_000_000
}

fn tape_of(reports: &[Tape], now: u64) -> Tape {
    let round = agree(reports.to_vec(), None, now, 1, &Rules::standard()).unwrap();
    aggregate(&round, &[], now, &Rules::standard()).unwrap()
}

/// Indices 60,000, 60,300, 600: 0.5% of dispersion at a limit of 5% leave nine tenths; 15 seconds of 120 leave seven eighths.
#[test]
fn confidence_falls_with_dispersion_and_with_age() {
    let of = |index: u64| report(whole(index), [whole(60_000); 2], [600_000_000; 2]);
    let reports = [of(60_000), of(60_300), of(600)];
    let tape = tape_of(&reports, NOW);
    assert_eq!(tape.market.index.to_string(), "60000");
    assert_eq!(tape.market.confidence, ratio("0.9"));
    assert_eq!(tape.market.perp.unwrap().confidence, ratio("0.9"));
    assert_eq!(tape.quote_confidence, Ratio::ONE);
    assert_eq!(tape.market.expiries[0].confidence, ExpiryConfidence::default());
    let old = tape_of(&reports, NOW + 15);
    assert_eq!(old.market.confidence, ratio("0.7875"));
    assert_eq!(old.quote_confidence, ratio("0.875"));
    assert_eq!(old.market.expiries[0].confidence.rate, ratio("0.875"));
    // Sources that are a limit apart are not trusted at all.
    let apart = tape_of(&[of(60_000), of(63_000), of(66_000)], NOW);
    assert_eq!(
        (apart.market.index.to_string(), apart.market.confidence),
        ("63000".into(), ratio("0.04761904"))
    );
    let apart = tape_of(&[of(60_000), of(64_000), of(68_000)], NOW);
    assert_eq!(apart.market.confidence, Ratio::ZERO);
}

/// Volatilities of 60%, 62% and 90%: the first two are two points apart, so one of them is the surface, and the second is
/// nearer to the third. Two points of a limit of 50 leave 0.96.
#[test]
fn the_surface_is_the_nearest_report_as_a_whole() {
    let of = |vol: u64, forward: u64| report(whole(60_000), [whole(forward), whole(60_500)], [vol, vol]);
    let reports = [
        of(600_000_000, 60_100),
        of(620_000_000, 60_120),
        of(900_000_000, 60_110),
    ];
    let tape = tape_of(&reports, NOW);
    for (place, expiry) in tape.market.expiries.iter().enumerate() {
        let own = &reports[1].market.expiries[place];
        assert_eq!((expiry.forward, expiry.svi), (own.forward, own.svi));
        assert!(
            (ratio("0.959999")..=ratio("0.960001")).contains(&expiry.confidence.vol),
            "{expiry:?}"
        );
    }
    // The median forward was 60,110: the one on the tape fits the slices beside it.
    assert_eq!(tape.market.expiries[0].forward.to_string(), "60120");
}

/// Three honest reports a point apart, two that collude two points off and farther: an honest one is the surface.
#[test]
fn colluders_do_not_draw_the_surface_away() {
    let of = |vol: u64| report(whole(60_000), [whole(60_000); 2], [vol, vol]);
    let honest = [600_000_000, 610_000_000, 620_000_000];
    for far in [640_000_000, 700_000_000, 3_000_000_000] {
        let vols = [far, far, honest[0], honest[1], honest[2]];
        let tape = tape_of(&vols.map(of), NOW);
        let chosen = tape.market.expiries[0].svi.unwrap().a;
        let own = |vol| of(vol).market.expiries[0].svi.unwrap().a;
        assert!(honest.map(own).contains(&chosen), "{far}");
    }
}

/// Three publishers at 60,000 to 60,020 and two feeds above them: the median of five. Feeds are in no other price.
#[test]
fn feeds_are_prices_in_the_median_of_the_index() {
    let of = |index: u64| report(whole(index), [whole(60_000); 2], [600_000_000; 2]);
    let reports = [of(60_000), of(60_010), of(60_020)];
    let round = agree(reports.to_vec(), None, NOW, 3, &Rules::standard()).unwrap();
    let feed = |index: u64| Quote {
        time: NOW,
        price: Price::new(whole(index)).unwrap(),
        confidence: ratio("0.5"),
    };
    let tape = |feeds: &[Quote]| aggregate(&round, feeds, NOW, &Rules::standard()).unwrap().market;
    let market = tape(&[feed(60_030), feed(90_000)]);
    assert_eq!(
        (market.index.to_string(), market.perp.unwrap().mark.to_string()),
        ("60020".into(), "60010".into())
    );
    // Of the confidences 1, 1, 1, 0.5 and 0.5 the median is 1.
    assert!(market.confidence > ratio("0.99"));
    let market = tape(&[feed(60_010); 4]);
    assert_eq!(market.confidence, ratio("0.5"));
}

#[test]
fn rates_are_medians_and_may_be_negative() {
    let with = |rate: &str| {
        let mut report = report(whole(60_000), [whole(60_000); 2], [600_000_000; 2]);
        report.market.expiries[0].rate = ratio(rate);
        report
    };
    let rate = |rates: &[&str]| {
        let reports: Vec<Tape> = rates.iter().map(|rate| with(rate)).collect();
        tape_of(&reports, NOW).market.expiries[0].rate.to_string()
    };
    assert_eq!(rate(&["-0.01", "0.02", "9"]), "0.02");
    assert_eq!(rate(&["-0.000000001", "-0.000000002"]), "-0.000000002");
}

/// What a report may say beside index, forwards and levels of volatility.
#[derive(Clone, Copy, Debug)]
struct Rest {
    seconds: u64,
    mark: u64,
    quote: u64,
    rate: i64,
    confidence: i64,
    /// b, rho, m and sigma of the slices.
    smile: [i64; 4],
}

fn said(index: u64, forwards: [u64; 2], vols: [u64; 2], rest: Rest) -> Tape {
    let mut report = report(index, forwards, vols);
    let market = &mut report.market;
    let confidence = Ratio::new(rest.confidence).unwrap();
    report.time = NOW - 60 + rest.seconds;
    report.quote_price = Price::new(rest.quote).unwrap();
    report.quote_confidence = confidence;
    market.confidence = confidence;
    market.perp = Some(Perpetual {
        mark: Price::new(rest.mark).unwrap(),
        confidence,
    });
    for expiry in &mut market.expiries {
        expiry.rate = Ratio::new(rest.rate).unwrap();
        expiry.confidence = ExpiryConfidence {
            forward: confidence,
            rate: confidence,
            vol: confidence,
        };
        let [b, rho, m, sigma] = rest.smile.map(|steps| Fine::new(steps * 1_000_000_000).unwrap());
        let slice = expiry.svi.as_mut().unwrap();
        (slice.b, slice.rho, slice.m, slice.sigma) = (b, rho, m, sigma);
    }
    report
}

/// An honest report, within some percent of the others.
fn honest() -> impl Strategy<Value = Tape> {
    within(550_000_000..650_000_000)
}

/// Somewhat farther off: what would pass for honest.
fn sly() -> impl Strategy<Value = Tape> {
    within(450_000_000..750_000_000)
}

fn within(vols: Range<u64>) -> impl Strategy<Value = Tape> {
    let price = || (5_900_000u64..6_100_000).prop_map(|price| price * 1_000_000);
    let rest = (
        40u64..=60,
        price(),
        99_000_000u64..101_000_000,
        -20_000_000i64..100_000_000,
        800_000_000i64..=1_000_000_000,
        (0i64..20, -500i64..500, -50i64..50, 50i64..300),
    );
    (
        price(),
        [price(), price()],
        prop::array::uniform2(vols),
        rest.prop_map(told),
    )
        .prop_map(|(index, forwards, vols, rest)| said(index, forwards, vols, rest))
}

/// Anything that passes for a report.
fn arbitrary() -> impl Strategy<Value = Tape> {
    let price = || {
        prop_oneof![
            100_001u64..1_000_000_000_000_000_000,
            5_800_000_000_000u64..6_300_000_000_000
        ]
    };
    let vol = || prop_oneof![0u64..5_000_000_000, 540_000_000u64..660_000_000];
    let rest = (
        0u64..=65,
        price(),
        1_000_000u64..1_000_000_000,
        -10_000_000_000i64..10_000_000_000,
        0i64..=1_000_000_000,
        (0i64..1_000, -999i64..1_000, -1_000i64..1_000, 1i64..2_000),
    );
    (price(), [price(), price()], [vol(), vol()], rest.prop_map(told))
        .prop_map(|(index, forwards, vols, rest)| said(index, forwards, vols, rest))
}

type Told = (u64, u64, u64, i64, i64, (i64, i64, i64, i64));

fn told((seconds, mark, quote, rate, confidence, (b, rho, m, sigma)): Told) -> Rest {
    Rest {
        seconds,
        mark,
        quote,
        rate,
        confidence,
        smile: [b, rho, m, sigma],
    }
}

/// Sigma of a slice at a log-moneyness, by the formula of raw SVI in doubles: k held within four times `sqrt(a + b*s)`,
/// total variance within 0 and 144.
fn sigma(slice: &Svi, k: f64) -> f64 {
    let [a, b, rho, m, s] =
        [slice.a, slice.b, slice.rho, slice.m, slice.sigma].map(|number| number.steps() as f64 / 1e12);
    let reach = 4.0 * (a + b * s).sqrt();
    let x = k.clamp(-reach, reach) - m;
    let variance = a + b * (rho * x + (x * x + s * s).sqrt());
    let years = slice.years.unwrap().steps() as f64 / 1e12;
    (variance.clamp(0.0, 144.0) / years).sqrt()
}

/// How far two surfaces are apart, told without the code under test: the largest difference of forwards as parts of the
/// index, and of volatilities at the seven points.
fn apart(a: &Tape, b: &Tape, index: f64) -> f64 {
    let parts = |tape: &Tape, at: usize| {
        let expiry = &tape.market.expiries[at];
        let slice = expiry.svi.unwrap();
        let vols = [-0.5, -0.25, -0.125, 0.0, 0.125, 0.25, 0.5].map(|k| sigma(&slice, k));
        let forward = expiry.forward.steps() as f64 / index;
        [forward].into_iter().chain(vols).collect::<Vec<f64>>()
    };
    (0..2)
        .flat_map(|at| {
            let pairs = parts(a, at).into_iter().zip(parts(b, at));
            pairs.map(|(a, b)| (a - b).abs()).collect::<Vec<f64>>()
        })
        .fold(0.0, f64::max)
}

proptest! {
    /// With q reports and at most (q - 1)/2 arbitrary ones, scalars stay within the honest range, no confidence is above it,
    /// and the surface is no farther from some honest one than honest ones are from each other.
    #[test]
    fn a_minority_moves_nothing(
        honest in prop::collection::vec(honest(), 2..7),
        mut wild in prop::collection::vec(prop_oneof![arbitrary(), sly()], 6),
        collude: bool,
        places in any::<u64>(),
    ) {
        let bad = honest.len() - 1;
        if collude {
            wild = vec![wild[0].clone(); 6];
        }
        let mut reports = honest.clone();
        for (n, wild) in wild.into_iter().take(bad).enumerate() {
            let place = (places >> (8 * n)) as usize % (reports.len() + 1);
            reports.insert(place, wild);
        }
        let tape = tape_of(&reports, NOW);
        type Scalar = fn(&Tape) -> i64;
        let scalars: [Scalar; 5] = [
            |t| t.time as i64,
            |t| t.market.index.steps() as i64,
            |t| t.market.perp.unwrap().mark.steps() as i64,
            |t| t.quote_price.steps() as i64,
            |t| t.market.expiries[1].rate.steps(),
        ];
        for scalar in scalars {
            let range = honest.iter().map(scalar);
            let (low, high) = (range.clone().min().unwrap(), range.max().unwrap());
            prop_assert!((low..=high).contains(&scalar(&tape)));
        }
        let most = honest.iter().map(|t| t.quote_confidence).max().unwrap();
        let trust = tape.market.expiries[0].confidence;
        let confidences = [
            tape.quote_confidence, tape.market.confidence, tape.market.perp.unwrap().confidence,
            trust.forward, trust.rate, trust.vol,
        ];
        prop_assert!(confidences.iter().all(|confidence| *confidence <= most));
        // Somebody published it as it is.
        let is_of = |report: &Tape, own: &Expiry| {
            at(&report.market, own.expiry).is_some_and(|said| (said.forward, said.svi) == (own.forward, own.svi))
        };
        let published = reports.iter().any(|report| tape.market.expiries.iter().all(|own| is_of(report, own)));
        prop_assert!(published);
        let index = tape.market.index.steps() as f64;
        let width = honest.iter().flat_map(|a| honest.iter().map(move |b| apart(a, b, index))).fold(0.0, f64::max);
        let nearest = honest.iter().map(|a| apart(a, &tape, index)).fold(f64::MAX, f64::min);
        prop_assert!(nearest <= width + 1e-5, "{nearest} of {width}");
    }
}
