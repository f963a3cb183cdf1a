use super::*;
use hedgerow_risk::market::Market;
use hedgerow_risk::number::Fine;
use proptest::prelude::*;

/// Seconds from when the program began.
fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Half a percent, 30 seconds, every 5.
fn policy() -> Policy {
    Policy {
        deviation: "0.005".parse().unwrap(),
        heartbeat: at(30),
        every: at(5),
    }
}

/// An index of 60,000, a mark of 60,030, and two expiries after the fixture's time.
fn report() -> Report {
    let market: Market = hedgerow_testing::market::fixture();
    let btc = "BTC".parse().unwrap();
    let mut underlying = market.underlyings.get(&btc).unwrap().clone();
    underlying.index = "60000".parse().unwrap();
    underlying.expiries.truncate(2);
    Report {
        underlying: btc,
        time: market.time,
        quote_price: "1".parse().unwrap(),
        quote_confidence: Ratio::ONE,
        market: underlying,
    }
}

/// Some seconds after the report, with a change.
fn later(seconds: u64, change: impl FnOnce(&mut Report)) -> Report {
    let mut report = report();
    report.time += seconds;
    change(&mut report);
    report
}

/// After the report was accepted at second 0.
fn accepted() -> Past {
    let mut past = Past::default();
    past.accepted(report(), at(0));
    past
}

fn decide(past: &Past, seen: &Report, now: u64) -> Decision {
    past.decide(seen, Some(report().time), &policy(), at(now))
}

/// What a change is posted for; nothing when it is skipped.
fn posted(change: impl FnOnce(&mut Report)) -> Option<String> {
    match decide(&accepted(), &later(1, change), 1) {
        Decision::Post(reason) => Some(reason.to_string()),
        Decision::Skip(_) => None,
    }
}

#[test]
fn the_first_report_is_posted() {
    let past = Past::default();
    let decision = past.decide(&report(), None, &policy(), at(0));
    assert_eq!(decision, Decision::Post(Reason::First));
    // After a start anew, too, when it is newer than what the chain has.
    assert_eq!(decide(&past, &later(1, |_| ()), 0), Decision::Post(Reason::First));
}

/// 60,000 * 0.005 = 300.
#[test]
fn a_move_of_more_than_the_deviation_is_posted() {
    let price = |text: &str| text.parse::<Price>().unwrap();
    for (index, why) in [
        ("60300", None),
        ("59700", None),
        ("60300.00000001", Some("index moved by 0.005000001")),
        ("59699.99999999", Some("index moved by 0.005000001")),
        ("90000", Some("index moved by 0.5")),
        ("10000000000", Some("index moved by 166665.666666667")),
    ] {
        let found = posted(|report| report.market.index = price(index));
        assert_eq!(found.as_deref(), why, "{index}");
    }
}

#[test]
fn every_value_can_move() {
    let ratio = |text: &str| text.parse::<Ratio>().unwrap();
    type Change = Box<dyn FnOnce(&mut Report)>;
    let changes: Vec<(Change, &str)> = vec![
        (
            Box::new(|r| r.quote_price = "0.99".parse().unwrap()),
            "quote price moved by 0.01",
        ),
        (
            Box::new(move |r| r.quote_confidence = ratio("0.9")),
            "quote confidence moved by 0.1",
        ),
        (
            Box::new(move |r| r.market.confidence = ratio("0.9")),
            "index confidence moved by 0.1",
        ),
        (
            Box::new(|r| r.market.perp.as_mut().unwrap().mark = "120060".parse().unwrap()),
            "mark moved by 1",
        ),
        (
            Box::new(move |r| r.market.perp.as_mut().unwrap().confidence = ratio("0.9")),
            "mark confidence moved by 0.1",
        ),
        (
            Box::new(|r| r.market.expiries[0].forward = "120030".parse().unwrap()),
            "forward 21FEB25 moved by 1",
        ),
        (
            Box::new(move |r| r.market.expiries[0].rate = ratio("-1")),
            "rate 21FEB25 moved by ",
        ),
        (
            Box::new(move |r| r.market.expiries[1].confidence.vol = ratio("0.5")),
            "vol confidence 28FEB25 moved by 0.5",
        ),
        (
            Box::new(|r| {
                let svi = r.market.expiries[1].svi.as_mut().unwrap();
                svi.a = Fine::new(svi.a.steps() * 2).unwrap();
            }),
            "vol 28FEB25",
        ),
    ];
    for (change, why) in changes {
        let found = posted(change).unwrap();
        assert!(found.starts_with(why), "{found} is not {why}");
    }
}

#[test]
fn what_is_listed_can_change() {
    let listed = Some("what is listed changed".to_owned());
    assert_eq!(posted(|r| r.market.perp = None), listed);
    assert_eq!(posted(|r| r.market.expiries.truncate(1)), listed);
    assert_eq!(posted(|r| r.market.expiries[0].svi = None), listed);
    assert_eq!(posted(|r| r.market.expiries[1].expiry += 86_400), listed);
    // One that is over is not missed.
    let first = report().market.expiries[0].expiry;
    let seen = later(first - report().time, |r| {
        r.market.expiries.remove(0);
    });
    assert!(!matches!(decide(&accepted(), &seen, 1), Decision::Post(Reason::Listed)));
}

#[test]
fn the_heartbeat_posts_what_did_not_move() {
    let past = accepted();
    let idle = decide(&past, &later(29, |_| ()), 29);
    assert!(matches!(idle, Decision::Skip(Idle::Still(_))), "{idle:?}");
    let beat = decide(&past, &later(30, |_| ()), 30);
    assert_eq!(beat, Decision::Post(Reason::Heartbeat(30)));
}

/// The file is what it was: its prices are not observed anew, whatever the heartbeat says.
#[test]
fn an_old_observation_is_not_posted_as_a_new_one() {
    let past = accepted();
    let (time, last) = (report().time, report().time);
    for now in [1, 30, 3_000] {
        let decision = decide(&past, &report(), now);
        assert_eq!(decision, Decision::Skip(Idle::NotNewer { time, last }));
    }
    let jump = later(0, |r| r.market.index = "90000".parse().unwrap());
    assert!(matches!(decide(&past, &jump, 1), Decision::Skip(Idle::NotNewer { .. })));
}

#[test]
fn failures_wait_twice_as_long_each_time_up_to_the_heartbeat() {
    let waits: Vec<u64> = (0..8).map(|n| pause(n, &policy()).as_secs()).collect();
    assert_eq!(waits, [5, 5, 10, 20, 30, 30, 30, 30]);
    assert_eq!(pause(u32::MAX, &policy()), at(30));
    let rare = Policy {
        every: at(60),
        ..policy()
    };
    assert_eq!((pause(1, &rare), pause(9, &rare)), (at(60), at(60)));

    let mut past = accepted();
    let seen = later(1, |r| r.market.index = "90000".parse().unwrap());
    assert_eq!(past.failed(&policy(), at(100)), at(5));
    assert_eq!(past.failed(&policy(), at(105)), at(10));
    assert_eq!(decide(&past, &seen, 112), Decision::Skip(Idle::Waiting(at(3))));
    assert!(matches!(decide(&past, &seen, 115), Decision::Post(Reason::Moved(_))));
    // Success begins anew.
    past.accepted(seen, at(115));
    assert_eq!(past.failed(&policy(), at(120)), at(5));
}

proptest! {
    /// Whatever the file says, a report that is posted is newer than the last one, and no move beyond the deviation and no
    /// heartbeat is missed.
    #[test]
    fn nothing_due_is_missed(
        seconds in 0u64..100, now in 0u64..100, index in 100_000u64..=1_000_000_000_000_000_000, failed: bool,
    ) {
        let seen = later(seconds, |r| r.market.index = Price::new(index).unwrap());
        let mut past = accepted();
        if failed {
            past.failed(&policy(), at(0));
        }
        let decision = decide(&past, &seen, now);
        let by = index.abs_diff(6_000_000_000_000);
        let due = by > 30_000_000_000 || now >= 30;
        let may = seconds > 0 && (!failed || now >= 5);
        prop_assert_eq!(matches!(decision, Decision::Post(_)), due && may, "{:?}", decision);
    }
}
