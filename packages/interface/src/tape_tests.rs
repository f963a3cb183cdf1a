//! The tape's codec: sizes, spelling, what is refused.

use super::*;
use proptest::prelude::*;

const TIME: u64 = 1_739_934_748;
const EXPIRY: u64 = 1_743_148_800;

fn bare() -> Tape {
    Tape {
        time: TIME,
        quote_price: Price::ONE,
        quote_confidence: Ratio::ONE,
        market: Underlying {
            index: "95663.5".parse().unwrap(),
            confidence: Ratio::ONE,
            contract_size: Price::ONE,
            perp: None,
            expiries: vec![],
        },
        history: None,
        development: false,
    }
}

fn history() -> History {
    History {
        stable: "95000".parse().unwrap(),
        accumulated: 300u128.into(),
        unbroken_since: TIME - 128,
    }
}

/// A slice whose numbers have all their digits, or only those that matter.
fn slice(rounded: bool) -> Svi {
    let pick = |long: &str, short: &str| (if rounded { short } else { long }).parse().unwrap();
    Svi {
        a: pick("0.012345678901", "0.01235"),
        b: pick("0.087654321098", "0.08765"),
        rho: pick("-0.234567890123", "-0.2346"),
        m: pick("0.034567890123", "0.03457"),
        sigma: pick("0.187654321098", "0.1877"),
        forward: None,
        years: None,
    }
}

fn expiry(at: u64, rounded: bool) -> Expiry {
    let forward: Price = if rounded { "96123.5" } else { "96123.45678901" }.parse().unwrap();
    Expiry {
        expiry: at,
        forward,
        rate: if rounded { "0.0512" } else { "0.051234567" }.parse().unwrap(),
        confidence: ExpiryConfidence::default(),
        svi: Some(Svi {
            forward: Some(forward),
            years: years_between(TIME, at),
            ..slice(rounded)
        }),
        vols: None,
    }
}

fn eight(rounded: bool) -> Tape {
    let mut tape = bare();
    tape.market.perp = Some(Perpetual {
        mark: "95670.25".parse().unwrap(),
        confidence: Ratio::ONE,
    });
    tape.market.expiries = (0..8).map(|n| expiry(EXPIRY + n * 7 * DAY_SECONDS, rounded)).collect();
    tape
}

fn size(tape: &Tape) -> usize {
    tape.encode().unwrap().len()
}

#[test]
fn sizes() {
    assert_eq!(size(&bare()), 13);
    assert_eq!((size(&eight(false)), size(&eight(true))), (403, 227));
    // What a history, a confidence below one, a slice fitted apart, and a future without a slice take.
    let with = |change: fn(&mut Tape)| {
        let mut tape = eight(false);
        change(&mut tape);
        size(&tape) as i64 - size(&eight(false)) as i64
    };
    assert_eq!(with(|t| t.history = Some(history())), 6);
    assert_eq!(with(|t| t.development = true), 0);
    assert_eq!(with(|t| t.market.confidence = "0.95".parse().unwrap()), 2);
    assert_eq!(
        with(|t| t.market.expiries[0].svi.as_mut().unwrap().forward = Some(Price::ONE)),
        7
    );
    assert_eq!(with(|t| t.market.expiries[0].svi = None), -32);
}

#[test]
fn the_documented_layout() {
    let mut tape = bare();
    tape.quote_confidence = "0.9".parse().unwrap();
    tape.history = Some(history());
    tape.development = true;
    tape.market.expiries = vec![Expiry {
        svi: None,
        ..expiry(EXPIRY, true)
    }];
    let bytes = tape.encode().unwrap();
    let fields: [&[u8]; 14] = [
        &[2],                            // format
        &[0x9c, 0x98, 0xd5, 0xbd, 0x06], // time
        &[1 + 16 + 32],                  // head: quote confidence given, history, development
        &[0x18],                         // quote price: 1*16 + 8
        &[0x98, 0x01],                   // quote confidence: 9*16 + 8
        &[0xb7, 0x9b, 0xa6, 0x07],       // index: 956635*16 + 7
        &[8],                            // contract size 1
        &[0xfb, 0x0b],                   // stable price: 95*16 + 11
        &[0xd8, 0x04],                   // accumulated: 2*300
        &[0x80, 0x01],                   // unbroken for 128 seconds
        &[0x80, 0xae, 0x99, 0xbf, 0x06], // expiry: 1743148800 seconds from 1970
        &[0],                            // parts: no slice, all confidences 1
        &[0xb7, 0xda, 0xaa, 0x07],       // forward: 961235*16 + 7
        &[0x85, 0x80, 0x01],             // rate: 512*2*16 + 5
    ];
    assert_eq!(bytes, fields.concat());
}

#[test]
fn years_are_of_365_days() {
    assert_eq!(
        years_between(0, 365 * DAY_SECONDS).map(|y| y.to_string()),
        Some("1".to_owned())
    );
    assert_eq!(years_between(0, 1).map(Fine::steps), Some(31_709));
    assert_eq!(years_between(5, 5).map(Fine::steps), Some(0));
    assert_eq!(years_between(5, 4), None);
    assert_eq!(years_between(0, u64::MAX), None);
}

#[test]
fn refuses_to_write_what_it_cannot_hold() {
    type Change = fn(&mut Tape);
    let cases: [(&str, Change); 12] = [
        ("unbroken", |t| {
            t.history = Some(History {
                unbroken_since: TIME + 1,
                ..history()
            });
        }),
        ("accumulated", |t| {
            t.history = Some(History {
                accumulated: u128::MAX.into(),
                ..history()
            });
        }),
        ("vols", |t| t.market.expiries[1].vols = Some([].into())),
        ("fitted forward", |t| {
            t.market.expiries[1].svi.as_mut().unwrap().forward = None;
        }),
        ("fitted years", |t| {
            t.market.expiries[1].svi.as_mut().unwrap().years = None;
        }),
        ("contract size", |t| t.market.contract_size = "2".parse().unwrap()),
        ("expiry", |t| t.market.expiries.swap(1, 2)),
        ("expiry", |t| t.market.expiries[1].expiry = EXPIRY),
        ("quote confidence", |t| {
            t.quote_confidence = "1.000000001".parse().unwrap();
        }),
        ("index confidence", |t| {
            t.market.confidence = "-0.000000001".parse().unwrap();
        }),
        ("perp confidence", |t| {
            t.market.perp.as_mut().unwrap().confidence = Ratio::TEN;
        }),
        ("vol confidence", |t| t.market.expiries[1].confidence.vol = Ratio::TEN),
    ];
    for (field, change) in cases {
        let mut tape = eight(true);
        change(&mut tape);
        assert_eq!(tape.encode(), Err(CodecError::Range { record: "tape", field }));
    }
}

#[test]
fn refuses_to_read_what_it_would_not_write() {
    let good = bare().encode().unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut spoilt = good.clone();
        spoilt.splice(at..at + 1, bytes.iter().copied());
        Tape::decode(&spoilt)
    };
    assert_eq!(
        with(0, &[1]),
        Err(CodecError::Format {
            record: "tape",
            found: 1,
            known: 2
        })
    );
    let field = |field| Err(CodecError::Range { record: "tape", field });
    assert_eq!(with(6, &[64]), field("head"));
    // The head's history: a stable price of 0; a negative sum; a beginning before 1970.
    let remembered = |bytes: &[u8]| {
        let mut spoilt = good.clone();
        spoilt[6] = 16;
        spoilt.extend(bytes);
        Tape::decode(&spoilt)
    };
    assert_eq!(remembered(&[0x00, 0, 0]), field("stable price"));
    assert_eq!(remembered(&[0x18, 1, 0]), field("accumulated"));
    assert_eq!(remembered(&[0x18, 2, 0x9d, 0x98, 0xd5, 0xbd, 0x06]), field("unbroken"));
    assert!(remembered(&[0x18, 2, 0x9c, 0x98, 0xd5, 0xbd, 0x06]).is_ok());
    assert_eq!(with(6, &[8]), field("head"));
    assert_eq!(with(7, &[0xa7, 0x01]), field("quote price")); // 10*10^7
    assert_eq!(with(7, &[0x00]), field("quote price"));
    assert_eq!(with(7, &[0x11]), field("quote price")); // 10 steps
    assert_eq!(with(12, &[4]), field("contract size"));
    assert_eq!(with(12, &[19]), field("contract size"));
    assert_eq!(with(12, &[8, 0]), field("expiry"));
    assert_eq!(with(12, &[8, 1, 32]), field("parts"));
    assert_eq!(with(12, &[8, 1, FITTED_APART]), field("parts"));
    // A slice that says it was fitted at this tape's time after the expiry is over.
    assert_eq!(with(12, &[8, 1, SVI, 0x18, 0, 0, 0, 0, 0, 0]), field("fitted years"));
}

fn any_confidence() -> impl Strategy<Value = Ratio> {
    prop_oneof![Just(1_000_000_000), Just(0), 0i64..=1_000_000_000].prop_map(|c| Ratio::new(c).unwrap())
}

fn any_price() -> impl Strategy<Value = Price> {
    prop_oneof![
        Price::MIN..=Price::MAX,
        (1u64..10_000_000).prop_map(|p| p * 10_000_000),
        (5u32..=18).prop_map(|e| 10u64.pow(e)),
    ]
    .prop_map(|p| Price::new(p).unwrap())
}

fn any_fine() -> impl Strategy<Value = Fine> {
    prop_oneof![
        Fine::MIN..=Fine::MAX,
        -1_000_000_000_000i64..1_000_000_000_000,
        (-1_000i64..1_000).prop_map(|p| p * 1_000_000_000)
    ]
    .prop_map(|p| Fine::new(p).unwrap())
}

/// A slice with the gap before its expiry; fitted for this tape when it says nothing else.
fn any_expiry() -> impl Strategy<Value = (u64, Expiry)> {
    let svi = (
        prop::array::uniform5(any_fine()),
        prop::option::of((any_price(), any_fine())),
    )
        .prop_map(|([a, b, rho, m, sigma], fit)| Svi {
            a,
            b,
            rho,
            m,
            sigma,
            forward: fit.map(|f| f.0),
            years: fit.map(|f| f.1),
        });
    let confidence = prop::array::uniform3(any_confidence());
    let gap = prop_oneof![1u64..100 * DAY_SECONDS, (1u64..500).prop_map(|d| d * DAY_SECONDS)];
    (
        gap,
        any_price(),
        Ratio::MIN..=Ratio::MAX,
        confidence,
        prop::option::of(svi),
    )
        .prop_map(|(gap, forward, rate, [c, d, e], svi)| {
            let expiry = Expiry {
                expiry: 0,
                forward,
                rate: Ratio::new(rate).unwrap(),
                confidence: ExpiryConfidence {
                    forward: c,
                    rate: d,
                    vol: e,
                },
                svi,
                vols: None,
            };
            (gap, expiry)
        })
}

fn any_tape() -> impl Strategy<Value = Tape> {
    (
        prop_oneof![any::<u64>(), EXPIRY - 1_000_000..EXPIRY],
        (any_price(), any_confidence(), any_price(), any_confidence()),
        5u32..=18,
        prop::option::of((any_price(), any_confidence())),
        prop::collection::vec(any_expiry(), 0..6),
        (
            prop::option::of((any_price(), 0u128..1 << 126, any::<u64>())),
            any::<bool>(),
        ),
    )
        .prop_map(
            |(time, (quote_price, quote_confidence, index, confidence), size, perp, gaps, (history, development))| {
                let mut at = EXPIRY;
                let expiries = gaps
                    .into_iter()
                    .map(|(gap, mut expiry)| {
                        at += gap;
                        expiry.expiry = at;
                        if let Some(svi) = &mut expiry.svi {
                            svi.forward = svi.forward.or(Some(expiry.forward));
                            svi.years = svi.years.or(years_between(time, at)).or(Fine::new(1).ok());
                        }
                        expiry
                    })
                    .collect();
                Tape {
                    time,
                    quote_price,
                    quote_confidence,
                    market: Underlying {
                        index,
                        confidence,
                        contract_size: Price::new(10u64.pow(size)).unwrap(),
                        perp: perp.map(|(mark, confidence)| Perpetual { mark, confidence }),
                        expiries,
                    },
                    history: history.map(|(stable, accumulated, since)| History {
                        stable,
                        accumulated: accumulated.into(),
                        unbroken_since: since.min(time),
                    }),
                    development,
                }
            },
        )
}

proptest! {
    #[test]
    fn tapes_round_trip(tape in any_tape()) {
        let bytes = tape.encode().unwrap();
        prop_assert_eq!(Tape::decode(&bytes), Ok(tape.clone()));
        for end in 0..bytes.len() {
            // Cut short it never decodes to the same tape, and never panics.
            prop_assert_ne!(Tape::decode(&bytes[..end]), Ok(tape.clone()));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Tape::decode(&bytes);
    }

    /// Whatever decodes is spelt as the encoder would.
    #[test]
    fn one_spelling(tape in any_tape(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = tape.encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(other) = Tape::decode(&bytes) {
            prop_assert_eq!(other.encode(), Ok(bytes));
        }
    }
}
