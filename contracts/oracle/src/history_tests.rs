//! Averages by hand, and the stable price.

use super::*;
use cosmwasm_std::testing::MockStorage;
use hedgerow_risk::market::Underlying;
use hedgerow_risk::number::Ratio;
use proptest::prelude::*;

/// The beginning of a minute.
const NOW: u64 = 1_743_062_400;

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn btc() -> Symbol {
    "BTC".parse().unwrap()
}

/// A store with the snapshots of some tapes, and the last of them.
fn played(tapes: &[(u64, Price)]) -> (MockStorage, Tape) {
    let mut storage = MockStorage::new();
    let mut last: Option<Tape> = None;
    for (time, index) in tapes {
        let tape = Tape {
            time: *time,
            quote_price: Price::ONE,
            quote_confidence: Ratio::ONE,
            market: Underlying {
                index: *index,
                confidence: Ratio::ONE,
                contract_size: Price::ONE,
                perp: None,
                expiries: vec![],
            },
            history: Some(next(last.as_ref(), *time, *index, &Rules::standard())),
            development: false,
        };
        snap(&mut storage, btc(), last.map(|last| last.time), &tape);
        last = Some(tape);
    }
    (storage, last.unwrap())
}

fn between(storage: &MockStorage, tape: &Tape, from: u64, to: u64) -> Result<String, &'static str> {
    let found = average(storage, btc(), tape, NOW + from, NOW + to);
    found.map(|price| price.to_string()).map_err(|error| error.code())
}

/// 60,000 for 60 seconds, 61,000 for 30, then 70,000 which has not lasted yet.
#[test]
fn an_index_holds_until_the_next() {
    let (storage, tape) = played(&[
        (NOW, price("60000")),
        (NOW + 60, price("61000")),
        (NOW + 90, price("70000")),
    ]);
    let history = tape.history.unwrap();
    assert_eq!(history.accumulated.u128(), 543_000_000_000_000);
    let between = |from, to| between(&storage, &tape, from, to);
    assert_eq!(between(0, 90), Ok("60333.33333333".to_owned()));
    assert_eq!(between(0, 60), Ok("60000".to_owned()));
    assert_eq!(between(60, 90), Ok("61000".to_owned()));
    assert_eq!(between(59, 61), Ok("60500".to_owned()));
    assert_eq!(between(45, 75), Ok("60500".to_owned()));
    // Beyond either end, and windows that hold nothing.
    for (from, to) in [(0, 91), (90, 90), (61, 60)] {
        assert_eq!(between(from, to), Err("twap_window"), "{from} {to}");
    }
    assert_eq!(
        average(&storage, btc(), &tape, NOW - 1, NOW + 60).unwrap_err().code(),
        "twap_window"
    );
}

/// One tape every ten seconds: snapshots are a minute apart, so within a minute the sum is a straight line.
#[test]
fn the_ring_holds_about_an_hour() {
    let tapes: Vec<(u64, Price)> = (0..1_000)
        .map(|n| (NOW + 10 * n, price(if n < 500 { "60000" } else { "66000" })))
        .collect();
    let (storage, tape) = played(&tapes);
    assert_eq!(storage.range(None, None, cosmwasm_std::Order::Ascending).count(), 64);
    // The last tape is at 9,990, in minute 166; the oldest minute that is kept is 103, at 6,180.
    assert_eq!(between(&storage, &tape, 6_179, 9_990), Err("twap_window"));
    assert_eq!(between(&storage, &tape, 6_180, 9_990), Ok("66000".to_owned()));
    // The price moved at 5,000, inside minute 83 (4,980 to 5,040): 20 seconds of 60 at the old one.
    let (storage, tape) = played(&tapes[..600]);
    assert_eq!(between(&storage, &tape, 4_980, 5_040), Ok("64000".to_owned()));
    assert_eq!(between(&storage, &tape, 4_980, 5_010), Ok("64000".to_owned()));
    assert_eq!(between(&storage, &tape, 3_000, 5_040), Ok("60117.64705882".to_owned()));
}

#[test]
fn a_gap_of_more_than_300_seconds_breaks() {
    let since = |gap: u64| {
        played(&[(NOW, Price::ONE), (NOW + gap, Price::ONE)])
            .1
            .history
            .unwrap()
            .unbroken_since
    };
    assert_eq!((since(300), since(301)), (NOW, NOW + 301));
}

/// A tenth of 60,000 a day is 6,000 in 86,400 seconds: 6.94444444 in 100.
#[test]
fn the_stable_price_follows_at_most_so_much_a_day() {
    let tenth = Rules::standard().stable_per_day;
    let from = |index: &str, seconds: u64| follow(price("60000"), price(index), seconds, tenth).to_string();
    assert_eq!(from("70000", 100), "60006.94444444");
    assert_eq!(from("50000", 100), "59993.05555556");
    assert_eq!(from("60003", 100), "60003");
    assert_eq!(from("70000", 86_400), "66000");
    assert_eq!(from("70000", 0), "60000");
    assert_eq!(from("10000000000", 864_000_000), "60060000");
    let least = follow(price("0.001"), price("0.001"), u64::MAX, Ratio::TEN);
    assert_eq!(least, price("0.001"));
}

proptest! {
    /// An average lies within the prices of its window, and windows that follow each other add up.
    #[test]
    fn averages_lie_within_the_prices(
        steps in prop::collection::vec((1u64..200, 100_000u64..1_000_000_000_000_000_000), 2..40),
        cut in 0u64..10_000, span in 1u64..3_600,
    ) {
        let mut time = NOW;
        let tapes: Vec<(u64, Price)> = steps.iter().map(|(gap, steps)| {
            time += gap;
            (time, Price::new(*steps).unwrap())
        }).collect();
        let (storage, tape) = played(&tapes);
        let first = tapes[0].0;
        let from = first + cut % (tape.time - first);
        let to = (from + span).min(tape.time);
        // Tapes are up to 200 seconds apart: a snapshot may be missing in three minutes on end.
        let oldest = tape.time / 60 - 63 + 4;
        prop_assume!(from / 60 > oldest || tape.time / 60 - first / 60 < 64);
        let found = average(&storage, btc(), &tape, from, to).unwrap().steps();
        let (low, high) = tapes.iter().fold((u64::MAX, 0), |(low, high), (_, p)| (low.min(p.steps()), high.max(p.steps())));
        prop_assert!((low..=high).contains(&found), "{found} of {low} to {high}");
    }
}
