//! What a report must satisfy, whoever brings it.

use super::*;
use hedgerow_risk::instrument::DAY_SECONDS;
use hedgerow_risk::market::ExpiryConfidence;
use hedgerow_risk::number::Fine;

/// 27 March 2025, 08:00 UTC: a day before the first expiry.
const NOW: u64 = 1_743_062_400;
const FIRST: u64 = NOW + DAY_SECONDS;
const SECOND: u64 = NOW + 8 * DAY_SECONDS;

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn expiry(at: u64) -> Expiry {
    Expiry {
        expiry: at,
        forward: number("61000"),
        rate: number("0.05"),
        confidence: ExpiryConfidence::default(),
        svi: Some(Svi {
            // Total variance grows by 0.0001 a day.
            a: Fine::new(1_000_000_000 + (at.saturating_sub(NOW) / DAY_SECONDS) as i64 * 100_000_000).unwrap(),
            b: number("0.02"),
            rho: number("-0.3"),
            m: number("0.01"),
            sigma: number("0.1"),
            forward: None,
            years: None,
        }),
        vols: None,
    }
}

fn report_at(time: u64, expiries: &[u64]) -> Report {
    Report {
        underlying: number("BTC"),
        time,
        quote_price: Price::ONE,
        quote_confidence: Ratio::ONE,
        market: Underlying {
            index: number("60500"),
            confidence: Ratio::ONE,
            contract_size: Price::ONE,
            perp: Some(Perpetual {
                mark: number("60510"),
                confidence: Ratio::ONE,
            }),
            expiries: expiries.iter().map(|at| expiry(*at)).collect(),
        },
    }
}

fn listing() -> Listed {
    Listed {
        contract_size: Price::ONE,
        band: None,
        feeds: vec![],
        development: false,
        publishers: vec![],
    }
}

/// Judged by the standard rules; the tape is the publisher's last report too, whose index has just changed.
fn accept_at(now: u64, report: Report, tape: Option<&Tape>) -> Result<Tape, ContractError> {
    let last = tape.map(|tape| Stored {
        unchanged_since: report.time,
        tape: tape.clone(),
    });
    let context = Context {
        listed: &listing(),
        rules: &Rules::standard(),
        tape,
        last: last.as_ref(),
        now,
    };
    accept(report, &context).map(|stored| stored.tape)
}

fn tape() -> Tape {
    accept_at(NOW, report_at(NOW, &[FIRST, SECOND]), None).unwrap()
}

fn days(tape: &Tape) -> Vec<u64> {
    tape.market.expiries.iter().map(|expiry| expiry.expiry).collect()
}

#[test]
fn a_slice_without_a_fit_was_fitted_here_and_now() {
    let mut report = report_at(NOW, &[FIRST, SECOND]);
    let own = report.market.expiries[1].svi.as_mut().unwrap();
    own.forward = Some(number("62000"));
    own.years = Some(number("0.02"));
    let tape = accept_at(NOW, report.clone(), None).unwrap();
    let slices: Vec<&Svi> = tape
        .market
        .expiries
        .iter()
        .filter_map(|expiry| expiry.svi.as_ref())
        .collect();
    assert_eq!(slices[0].forward, Some(number("61000")));
    assert_eq!(slices[0].years, Some(number("0.002739726027"))); // 1/365, rounded down
    assert_eq!(*slices[1], report.market.expiries[1].svi.unwrap());
    assert_eq!(Tape::decode(&tape.encode().unwrap()), Ok(tape));
}

#[test]
fn every_rule_names_the_field_the_value_and_the_limit() {
    type Change = fn(&mut Report);
    fn first(report: &mut Report) -> &mut Expiry {
        &mut report.market.expiries[0]
    }
    fn svi(report: &mut Report) -> &mut Svi {
        first(report).svi.as_mut().unwrap()
    }
    let cases: Vec<(&str, Change)> = vec![
        (
            "report_too_far_ahead: time 1743062416: must be at most 1743062415",
            |r| r.time = NOW + 16,
        ),
        ("report_too_old: time 1743062349: must be at least 1743062350", |r| {
            r.time = NOW - 51;
        }),
        (
            "report_not_newer: time 1743062400: must be after the publisher's last report, 1743062400",
            |r| r.time = NOW,
        ),
        (
            "other_contract_size: market.contract_size 10: must be 1, as listed",
            |r| {
                r.market.contract_size = number("10");
            },
        ),
        ("quote_price: quote_price 0.00999999: must be within 0.01 and 10", |r| {
            r.quote_price = number("0.00999999");
        }),
        (
            "quote_price: quote_price 10.00000001: must be within 0.01 and 10",
            |r| r.quote_price = number("10.00000001"),
        ),
        (
            "confidence: quote_confidence 1.000000001: must be within 0 and 1",
            |r| {
                r.quote_confidence = number("1.000000001");
            },
        ),
        ("confidence: market.confidence -0.1: must be within 0 and 1", |r| {
            r.market.confidence = number("-0.1");
        }),
        ("confidence: market.perp.confidence 2: must be within 0 and 1", |r| {
            r.market.perp.as_mut().unwrap().confidence = number("2");
        }),
        (
            "confidence: market.expiries[28MAR25].confidence.forward -1: must be within 0 and 1",
            |r| {
                first(r).confidence.forward = number("-1");
            },
        ),
        (
            "confidence: market.expiries[28MAR25].confidence.rate 1.1: must be within 0 and 1",
            |r| {
                first(r).confidence.rate = number("1.1");
            },
        ),
        (
            "confidence: market.expiries[28MAR25].confidence.vol 10: must be within 0 and 1",
            |r| {
                first(r).confidence.vol = number("10");
            },
        ),
        ("perp_missing: market.perp: must be there, BTC-PERP is listed", |r| {
            r.market.perp = None;
        }),
        (
            "expiry_time: market.expiries: expiry 1743148801: must be 08:00 UTC of a day of 2000 to 2099",
            |r| {
                first(r).expiry += 1;
            },
        ),
        (
            "expiry_time: market.expiries: expiry 0: must be 08:00 UTC of a day of 2000 to 2099",
            |r| first(r).expiry = 0,
        ),
        (
            "expiry_time: market.expiries: expiry 18446744073709551615: must be 08:00 UTC of a day of 2000 to 2099",
            |r| first(r).expiry = u64::MAX,
        ),
        (
            "expiry_order: market.expiries: expiry 28MAR25: must be after 4APR25, which is before it in the list",
            |r| {
                r.market.expiries.reverse();
            },
        ),
        (
            "expiry_order: market.expiries: expiry 28MAR25: must be after 28MAR25, which is before it in the list",
            |r| {
                r.market.expiries.insert(0, expiry(FIRST));
            },
        ),
        (
            "expiry_missing: market.expiries: 4APR25 must be there, it is listed and not over",
            |r| {
                r.market.expiries.pop();
            },
        ),
        (
            "too_many_expiries: market.expiries: 65 with those that are not settled: must be at most 64",
            |r| {
                r.market
                    .expiries
                    .extend((0..63).map(|n| expiry(SECOND + (n + 1) * DAY_SECONDS)));
            },
        ),
        (
            "slice_missing: market.expiries[28MAR25].svi: must be there, options of this expiry are listed",
            |r| {
                first(r).svi = None;
            },
        ),
        (
            "vols: market.expiries[28MAR25].vols: must be absent, a tape holds svi",
            |r| first(r).vols = Some([].into()),
        ),
        (
            "rate: market.expiries[28MAR25].rate 10.000000001: must be within -10 and 10",
            |r| {
                first(r).rate = number("10.000000001");
            },
        ),
        (
            "rate: market.expiries[28MAR25].rate -1000000: must be within -10 and 10",
            |r| first(r).rate = number("-1000000"),
        ),
        ("svi_b: market.expiries[28MAR25].svi.b -0.1: must be at least 0", |r| {
            svi(r).b = number("-0.1");
        }),
        (
            "svi_rho: market.expiries[28MAR25].svi.rho 1: must be between -1 and 1, both excluded",
            |r| {
                svi(r).rho = number("1");
            },
        ),
        (
            "svi_sigma: market.expiries[28MAR25].svi.sigma 0: must be above 0",
            |r| svi(r).sigma = number("0"),
        ),
        (
            "svi_wing: market.expiries[28MAR25].svi: b*(1+|rho|) with b 2 and rho -0.3 is 2.6: must be at most 2",
            |r| svi(r).b = number("2"),
        ),
        (
            "svi_a: market.expiries[28MAR25].svi.a -0.002: must be at least -b*sigma*sqrt(1-rho^2) with b 0.02, sigma \
             0.1, rho -0.3",
            |r| svi(r).a = number("-0.002"),
        ),
        (
            "svi_years: market.expiries[28MAR25].svi.years 0: must be above 0",
            |r| svi(r).years = Some(number("0")),
        ),
        (
            "band_edge: market.index 0.001: must be between 0.001 and 10000000000, both excluded",
            |r| r.market.index = number("0.001"),
        ),
        (
            "band_edge: market.perp.mark 10000000000: must be between 0.001 and 10000000000, both excluded",
            |r| r.market.perp.as_mut().unwrap().mark = number("10000000000"),
        ),
        (
            "band_edge: market.expiries.forward 0.001: must be between 0.001 and 10000000000, both excluded",
            |r| first(r).forward = number("0.001"),
        ),
        (
            "svi_years: market.expiries[28MAR25].svi.years -1: must be above 0",
            |r| svi(r).years = Some(number("-1")),
        ),
    ];
    let tape = tape();
    for (text, change) in cases {
        let mut report = report_at(NOW + 1, &[FIRST, SECOND]);
        change(&mut report);
        let error = accept_at(NOW + 10, report.clone(), Some(&tape));
        // The clock is ten seconds on: the ages are counted from it.
        let error = error.expect_err(text);
        assert_eq!(error.to_string(), text);
        assert!(text.starts_with(&format!("{}: ", error.code())), "{text}");
    }
}

#[test]
fn limits_are_accepted() {
    let tape = tape();
    let mut report = report_at(NOW + 15, &[FIRST, SECOND]);
    report.market.expiries[0].rate = number("-10");
    report.quote_price = number("0.01");
    report.quote_confidence = Ratio::ZERO;
    report
        .market
        .expiries
        .extend((0..62).map(|n| expiry(SECOND + (n + 1) * DAY_SECONDS)));
    report.market.expiries[63].svi = None;
    let accepted = accept_at(NOW + 10, report, Some(&tape)).unwrap();
    assert_eq!(accepted.market.expiries.len(), MAX_EXPIRIES);
    assert!(accept_at(NOW + 61, report_at(NOW + 1, &[FIRST, SECOND]), Some(&tape)).is_ok());
    // A slice and a perpetual may come later, and a report may list nothing at all.
    let mut bare = report_at(NOW, &[FIRST]);
    bare.market.perp = None;
    bare.market.expiries[0].svi = None;
    let bare = accept_at(NOW, bare, None).unwrap();
    assert!(accept_at(NOW, report_at(NOW + 1, &[FIRST]), Some(&bare)).is_ok());
    assert!(accept_at(NOW, report_at(NOW, &[]), None).is_ok());
}

/// What is over is not the report's to say: it is dropped, listed or not, broken or not.
#[test]
fn an_expiry_that_is_over_is_dropped() {
    let before = tape();
    let mut changed = report_at(FIRST, &[FIRST, SECOND]);
    changed.market.expiries[0].forward = number("1");
    changed.market.expiries[0].svi = None;
    for report in [report_at(FIRST, &[SECOND]), report_at(FIRST, &[FIRST, SECOND]), changed] {
        assert_eq!(days(&accept_at(FIRST, report, Some(&before)).unwrap()), [SECOND]);
    }
    // Not settled, it counts against the cap.
    let many: Vec<u64> = (0..64).map(|n| SECOND + n * DAY_SECONDS).collect();
    let error = accept_at(FIRST, report_at(FIRST, &many), Some(&before)).unwrap_err();
    assert_eq!(error.code(), "too_many_expiries");
    // Settled a moment ago, it is dropped as well.
    let mut settled = before;
    settled.market.expiries.remove(0);
    for list in [&[FIRST, SECOND][..], &[SECOND], &[FIRST - DAY_SECONDS, FIRST, SECOND]] {
        let accepted = accept_at(FIRST, report_at(FIRST, list), Some(&settled)).unwrap();
        assert_eq!(days(&accepted), [SECOND]);
    }
}

#[test]
fn over_is_by_the_later_clock() {
    let before = tape();
    // The report's time has reached the expiry, the block's has not, and the other way round.
    for (time, now) in [(FIRST, FIRST - 5), (FIRST - 60, FIRST)] {
        for list in [&[FIRST, SECOND][..], &[SECOND]] {
            let accepted = accept_at(now, report_at(time, list), Some(&before)).unwrap();
            assert_eq!(days(&accepted), [SECOND]);
        }
    }
    // A second before it must be there, with a positive time.
    let error = accept_at(FIRST - 1, report_at(FIRST - 1, &[SECOND]), Some(&before)).unwrap_err();
    assert_eq!(error.code(), "expiry_missing");
    let tape = accept_at(FIRST - 1, report_at(FIRST - 1, &[FIRST, SECOND]), Some(&before)).unwrap();
    assert_eq!(
        tape.market.expiries[0].svi.unwrap().years.map(Fine::steps),
        Some(31_709)
    );
}

/// The index a step on, so that the feed is not frozen.
fn moved(mut report: Report) -> Report {
    report.market.index = Price::new(report.market.index.steps() + 1).unwrap();
    report
}

/// A halted source repeats its last price, or shows the edge of what it can show.
#[test]
fn a_frozen_feed_is_refused() {
    let rules = Rules::standard();
    let judge = |report: Report, unchanged_since: u64, band: Option<Band>| {
        let last = Stored {
            unchanged_since,
            tape: tape(),
        };
        let context = Context {
            listed: &Listed { band, ..listing() },
            rules: &rules,
            tape: None,
            last: Some(&last),
            now: report.time,
        };
        accept(report, &context).map(|stored| stored.unchanged_since)
    };
    let at = |time: u64| report_at(time, &[SECOND]);
    // The same for an hour, to the last digit; then a second more.
    assert_eq!(judge(at(NOW + 3_600), NOW, None).unwrap(), NOW);
    assert_eq!(
        judge(at(NOW + 3_601), NOW, None).unwrap_err().to_string(),
        "feed_frozen: market.index 60500: must change within 3600 seconds, it is the same since 1743062400"
    );
    // One step is enough to begin anew.
    assert_eq!(judge(moved(at(NOW + 3_601)), NOW, None).unwrap(), NOW + 3_601);
    // Edges of a source of its own: at them it is refused at once, a step inside it is not.
    for (min, max, fine) in [
        ("60500", "70000", false),
        ("1", "60500", false),
        ("60499.99999999", "61000.00000001", true),
        ("1", "61000", false),
    ] {
        let band = Some(Band {
            min: number(min),
            max: number(max),
        });
        match judge(at(NOW + 1), NOW, band) {
            Ok(_) => assert!(fine, "{min} {max}"),
            Err(error) => assert_eq!((error.code(), fine), ("band_edge", false), "{min} {max}"),
        }
    }
}
