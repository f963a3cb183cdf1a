//! Several sources make one tape: what a bad one, a late one and a dead one cannot do.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod harness;

use harness::{Chain, FIRST, NOW, SECOND, address, only, priced, refused, report};
use hedgerow_interface::event::{JumpHeld, TapeChanged, TypedEvent};
use proptest::prelude::*;
use serde_json::json;

const THREE: [&str; 3] = ["ann", "ben", "cat"];
const FIVE: [&str; 5] = ["ann", "ben", "cat", "dan", "eve"];

/// Three agree on 60,000.
fn three() -> Chain {
    let mut chain = Chain::of(&THREE);
    chain.round(0, &THREE.map(|who| (who, "60000")));
    chain
}

/// The index on the tape.
fn price(chain: &Chain) -> String {
    chain.index().expect("a tape").1
}

#[test]
fn there_is_no_tape_from_too_few_sources() {
    let mut chain = Chain::of(&THREE);
    chain.round(0, &[("ann", "60000"), ("ben", "60100")]);
    assert_eq!(chain.index(), None);
    let error = chain.query(&json!({"tape": {"underlying": "BTC"}})).unwrap_err();
    assert!(error.starts_with("no_tape: "), "{error}");
    let events = chain.says("cat", "60300").unwrap();
    let changed: TapeChanged = only(&events);
    assert_eq!((changed.sources, changed.index.to_string()), (3, "60100".to_owned()));
    // Four of seven are more than half; three of seven are not.
    let seven = ["a", "b", "c", "d", "e", "f", "g"];
    let mut chain = Chain::of(&seven);
    chain.round(0, &[("a", "60000"), ("b", "60000"), ("c", "60000")]);
    assert_eq!(chain.index(), None);
    chain.says("d", "60000").unwrap();
    assert_eq!(price(&chain), "60000");
}

#[test]
fn one_of_three_sources_1000x_off_moves_nothing() {
    for wild in ["60000000", "60"] {
        let mut chain = three();
        chain.round(10, &[("ann", "60100"), ("ben", "60100"), ("cat", wild)]);
        let tape = chain.tape();
        assert_eq!(tape.time, NOW + 10);
        let market = tape.market;
        assert_eq!(
            (market.index, market.perp.unwrap().mark),
            ("60100".parse().unwrap(), "60100".parse().unwrap())
        );
        assert!(
            market
                .expiries
                .iter()
                .all(|expiry| expiry.forward.to_string() == "60100")
        );
        // Nor does it take confidence away: the other two agree. They said 0.98.
        assert_eq!(market.confidence.to_string(), "0.98");
    }
}

#[test]
fn two_of_five_colluding_move_the_median_at_most_to_the_third() {
    let honest = [("ann", "60000"), ("ben", "60010"), ("cat", "60020")];
    for (wild, most) in [("65000", "60020"), ("55000", "60000")] {
        let mut chain = Chain::of(&FIVE);
        chain.round(0, &honest);
        chain.round(0, &[("dan", wild), ("eve", wild)]);
        assert_eq!(price(&chain), most);
    }
}

/// Nor when they hurry to list what only one of the others lists yet: that would put the rest out of use.
#[test]
fn two_of_five_colluding_do_not_gain_by_listing_first() {
    let later = SECOND + 7 * harness::DAY;
    for (wild, most) in [("65000", "60020"), ("55000", "60000")] {
        let mut chain = Chain::of(&FIVE);
        chain.round(0, &FIVE.map(|who| (who, "60010")));
        chain.at(NOW + 10);
        for (who, price, seconds) in [
            ("ben", "60010", &[FIRST, SECOND][..]),
            ("cat", "60020", &[FIRST, SECOND]),
            ("dan", wild, &[FIRST, SECOND, later]),
            ("eve", wild, &[FIRST, SECOND, later]),
            ("ann", "60000", &[FIRST, SECOND, later]),
        ] {
            let mut msg = priced(NOW + 10, price);
            let listed = report(NOW + 10, seconds)["report"]["market"]["expiries"].clone();
            msg["report"]["market"]["expiries"] = listed;
            for expiry in msg["report"]["market"]["expiries"].as_array_mut().unwrap() {
                expiry["forward"] = json!(price);
            }
            chain.run(who, &msg).unwrap();
        }
        assert_eq!(chain.index(), Some((NOW + 10, most.to_owned())));
        let market = chain.tape().market;
        assert_eq!(market.perp.unwrap().mark.to_string(), most);
        assert_eq!(market.expiries.len(), 2);
        let honest = ["60000", "60010", "60020"];
        let forwards = market.expiries.iter().map(|expiry| expiry.forward.to_string());
        assert!(forwards.into_iter().all(|forward| honest.contains(&forward.as_str())));
    }
}

proptest! {
    /// Three speak at least every 15 seconds each, between 59,900 and 60,100; two say what they like when they like.
    #[test]
    fn two_of_five_move_nothing_by_their_timing(
        said in prop::collection::vec((1u64..=5, 0usize..5, 54_600u64..65_900), 1..80),
    ) {
        let mut chain = Chain::of(&FIVE);
        chain.round(0, &FIVE.map(|who| (who, "60000")));
        let mut last = [0; 5];
        let mut now = 0;
        for (n, (wait, who, wild)) in said.into_iter().enumerate() {
            now += wait;
            chain.at(NOW + now);
            // Whoever of the three is late speaks first.
            let late = (0..3).filter(|who| now - last[*who] >= 10).collect::<Vec<_>>();
            for who in late.into_iter().chain([who]) {
                let said = if who < 3 { 59_900 + (wild + n as u64) % 201 } else { wild };
                if now > last[who] {
                    chain.says(FIVE[who], &said.to_string()).unwrap();
                    last[who] = now;
                }
                let index: f64 = price(&chain).parse().unwrap();
                prop_assert!((59_900.0..=60_100.0).contains(&index), "{} at {}", index, now);
            }
        }
    }
}

#[test]
fn a_source_35_percent_off_for_one_round_moves_nothing() {
    let mut chain = three();
    chain.round(10, &[("ann", "39000"), ("ben", "60000"), ("cat", "60000")]);
    assert_eq!(chain.index(), Some((NOW + 10, "60000".to_owned())));
    chain.round(10, &THREE.map(|who| (who, "60000")));
    assert_eq!(chain.index(), Some((NOW + 20, "60000".to_owned())));
}

#[test]
fn all_sources_off_for_one_round_move_nothing() {
    let mut chain = three();
    chain.round(10, &THREE.map(|who| (who, "39000")));
    assert_eq!(chain.index(), Some((NOW, "60000".to_owned())));
    // Back where they were, they are believed at once, and the round that was held is forgotten.
    chain.round(10, &THREE.map(|who| (who, "60000")));
    assert_eq!(chain.index(), Some((NOW + 20, "60000".to_owned())));
    chain.round(10, &THREE.map(|who| (who, "39000")));
    assert_eq!(chain.index(), Some((NOW + 20, "60000".to_owned())));
}

#[test]
fn a_jump_of_30_percent_passes_on_the_second_agreeing_round() {
    let mut chain = three();
    chain.at(NOW + 10);
    chain.says("ann", "42000").unwrap();
    let held: JumpHeld = only(&chain.says("ben", "42000").unwrap());
    assert_eq!((held.time, held.index.to_string()), (NOW + 10, "42000".to_owned()));
    // The third of the same round tells nothing new.
    assert_eq!(chain.says("cat", "42000").unwrap().len(), 1);
    let since = |chain: &Chain| chain.query(&json!({"reports": {"underlying": "BTC"}})).unwrap()["jump_since"].clone();
    assert_eq!(since(&chain), json!(NOW + 10));
    // The second round is there when all three have spoken again.
    chain.round(10, &[("cat", "42100"), ("ann", "42100")]);
    assert_eq!(chain.index(), Some((NOW, "60000".to_owned())));
    chain.says("ben", "42100").unwrap();
    assert_eq!(chain.index(), Some((NOW + 20, "42100".to_owned())));
    assert_eq!(since(&chain), json!(null));
}

#[test]
fn two_rounds_that_disagree_do_not_pass() {
    let mut chain = three();
    chain.round(10, &THREE.map(|who| (who, "42000")));
    chain.round(10, &THREE.map(|who| (who, "30000")));
    assert_eq!(price(&chain), "60000");
    chain.round(10, &THREE.map(|who| (who, "31000")));
    assert_eq!(price(&chain), "31000");
}

#[test]
fn a_jump_of_a_forward_alone_waits_as_well() {
    let mut chain = three();
    let far = |time: u64| {
        let mut msg = priced(time, "60000");
        msg["report"]["market"]["expiries"][1]["forward"] = json!("66000.1");
        msg
    };
    for (seconds, forward) in [(10, "60000"), (20, "66000.1")] {
        chain.at(NOW + seconds);
        for who in THREE {
            chain.run(who, &far(NOW + seconds)).unwrap();
        }
        assert_eq!(chain.tape().market.expiries[1].forward.to_string(), forward);
    }
}

#[test]
fn a_dead_quorum_leaves_the_tape_to_grow_old() {
    let mut chain = three();
    for minute in 1..10 {
        let moving = if minute % 2 == 0 { "60001" } else { "60002" };
        chain.round(60, &[("ann", moving), ("ben", moving)]);
        let (time, index) = chain.index().unwrap();
        // Cat's report is used while it is a minute old, and no longer.
        assert!(time <= NOW + 60 && index.starts_with("6000"), "{minute}: {time}");
    }
    let state = chain.query(&json!({"reports": {"underlying": "BTC"}})).unwrap();
    assert_eq!((&state["quorum"], &state["fresh"]), (&json!(3), &json!(2)));
    assert_eq!(state["items"][2]["time"], json!(NOW));
}

/// Its own clock lets no minority push the others out of use, and no report counts beside one of another time.
#[test]
fn reports_that_are_far_apart_in_time_do_not_mix() {
    let mut chain = three();
    // 31 seconds on, two speak: the third is too far from their median.
    chain.round(31, &[("ann", "60010"), ("ben", "60010")]);
    assert_eq!(chain.index(), Some((NOW, "60000".to_owned())));
    chain.says("cat", "60020").unwrap();
    assert_eq!(chain.index(), Some((NOW + 31, "60010".to_owned())));
    // 30 seconds are near enough; the time is the median.
    chain.round(30, &[("ann", "60030"), ("ben", "60030")]);
    assert_eq!(chain.index(), Some((NOW + 61, "60030".to_owned())));
    // One that is ahead of the chain by all it may stays alone with its clock.
    chain.at(NOW + 70);
    chain.run("cat", &priced(NOW + 75, "60040")).unwrap();
    assert_eq!(chain.index(), Some((NOW + 61, "60030".to_owned())));
}

#[test]
fn reports_out_of_order_or_from_elsewhere_are_refused() {
    let mut chain = three();
    chain.at(NOW + 10);
    for (who, time, says) in [
        (
            "ann",
            NOW,
            "report_not_newer: time 1743062400: must be after the publisher's last report, 1743062400",
        ),
        ("ann", NOW - 1, "report_not_newer: "),
        (
            "ann",
            NOW - 51,
            "report_too_old: time 1743062349: must be at least 1743062350",
        ),
        (
            "ann",
            NOW + 16,
            "report_too_far_ahead: time 1743062416: must be at most 1743062415",
        ),
        ("dan", NOW + 10, "unauthorised: sender "),
    ] {
        refused(&mut chain, who, &priced(time, "60000").to_string(), &[says]);
    }
    let remove = json!({"remove_publisher": {"underlying": "BTC", "publisher": address("ann")}});
    chain.run("admin", &remove).unwrap();
    refused(
        &mut chain,
        "ann",
        &priced(NOW + 10, "60000").to_string(),
        &["unauthorised: sender "],
    );
    // Its report is forgotten, so the other two are too few; a new publisher takes its place, and its number.
    chain.round(0, &[("ben", "60000"), ("cat", "60000")]);
    assert_eq!(chain.index(), Some((NOW, "60000".to_owned())));
    let keys = chain.dump().len();
    let add = json!({"add_publisher": {"underlying": "BTC", "publisher": address("dan")}});
    chain.run("admin", &add).unwrap();
    chain.says("dan", "60001").unwrap();
    assert_eq!(chain.index(), Some((NOW + 10, "60000".to_owned())));
    assert_eq!(chain.dump().len(), keys + 1);
}

#[test]
fn a_feed_frozen_at_its_floor_is_refused() {
    let mut chain = three();
    let band = json!({"set_band": {"underlying": "BTC", "band": {"min": "1000", "max": "1000000"}}});
    chain.run("admin", &band).unwrap();
    chain.at(NOW + 10);
    let says = "band_edge: market.index 1000: must be between 1000 and 1000000, both excluded";
    refused(&mut chain, "cat", &priced(NOW + 10, "1000").to_string(), &[says]);
    // One that stands still elsewhere is refused after an hour, and from the tape it is gone by then.
    let mut now = NOW;
    while now < NOW + 3_600 {
        now += 30;
        let moving = format!("{}", 60_000 + now % 7);
        chain.at(now);
        chain.says("ann", &moving).unwrap();
        chain.says("ben", &moving).unwrap();
        chain.says("cat", "60000").unwrap();
    }
    let says = "feed_frozen: market.index 60000: must change within 3600 seconds, it is the same since 1743062400";
    chain.at(now + 1);
    refused(&mut chain, "cat", &priced(now + 1, "60000").to_string(), &[says]);
    chain.says("cat", "60000.00000001").unwrap();
}

/// A report of these expiries at 60,000.
fn listing(time: u64, seconds: &[u64]) -> serde_json::Value {
    let mut msg = report(time, seconds);
    for expiry in msg["report"]["market"]["expiries"].as_array_mut().unwrap() {
        expiry["forward"] = json!("60000");
    }
    msg["report"]["market"]["index"] = json!("60000");
    msg
}

/// How many expiries the tape has.
fn days(chain: &Chain) -> usize {
    chain.tape().market.expiries.len()
}

/// What every source reports is listed, what one of them lacks is not; one that has stopped is not waited for.
#[test]
fn every_source_in_use_lists() {
    let mut chain = Chain::of(&FIVE);
    chain.round(0, &FIVE.map(|who| (who, "60000")));
    let later = SECOND + 7 * harness::DAY;
    for (seconds, speaking, bold, listed) in [(10, 5, 1, 2), (20, 5, 4, 2), (60, 4, 4, 3)] {
        let now = NOW + seconds;
        chain.at(now);
        for (place, who) in FIVE.into_iter().take(speaking).enumerate() {
            let expiries: &[u64] = if place < bold {
                &[FIRST, SECOND, later]
            } else {
                &[FIRST, SECOND]
            };
            chain.run(who, &listing(now, expiries)).unwrap();
        }
        assert_eq!((chain.tape().time, days(&chain)), (now, listed), "{bold}");
    }
    // Once it is listed it must be there.
    chain.at(NOW + 70);
    let says = "expiry_missing: market.expiries: 11APR25 must be there";
    refused(
        &mut chain,
        "eve",
        &listing(NOW + 70, &[FIRST, SECOND]).to_string(),
        &[says],
    );
}

/// One that never reports an expiry holds it up for the others, until the admin removes it.
#[test]
fn a_source_that_never_lists_is_removed() {
    let mut chain = Chain::of(&FIVE);
    chain.round(0, &FIVE.map(|who| (who, "60000")));
    let later = SECOND + 7 * harness::DAY;
    for round in 1..=20 {
        let now = NOW + 15 * round;
        chain.at(now);
        for who in FIVE {
            let expiries = [FIRST, SECOND, later];
            let known = if who == "eve" { 2 } else { 3 };
            chain.run(who, &listing(now, &expiries[..known])).unwrap();
        }
        assert_eq!((chain.tape().time, days(&chain)), (now, 2));
    }
    let remove = json!({"remove_publisher": {"underlying": "BTC", "publisher": address("eve")}});
    chain.run("admin", &remove).unwrap();
    assert_eq!(days(&chain), 2);
    let now = NOW + 315;
    chain.at(now);
    chain.run("ann", &listing(now, &[FIRST, SECOND, later])).unwrap();
    assert_eq!(days(&chain), 3);
}

#[test]
fn development_is_marked_in_every_answer_and_ends_for_good() {
    let mut chain = Chain::reported();
    let marks = |chain: &Chain| {
        let mark = |question: serde_json::Value| chain.query(&question).unwrap()["development"].clone();
        let btc = "BTC";
        let listings = chain.query(&json!({"listings": {}})).unwrap();
        vec![
            mark(json!({"tape": {"underlying": btc}})),
            mark(json!({"market": {"underlying": btc}})),
            mark(json!({"reports": {"underlying": btc}})),
            mark(json!({"settlement": {"underlying": btc, "expiry": "28MAR25"}})),
            mark(json!({"settlements": {"underlying": btc}})),
            listings["items"][0]["development"].clone(),
        ]
    };
    assert_eq!(marks(&chain), vec![json!(true); 6]);
    chain.at(NOW + 60);
    chain.report(NOW + 60, &[FIRST, SECOND]).unwrap();
    let twap = json!({"twap": {"underlying": "BTC", "from": NOW, "to": NOW + 60}});
    assert_eq!(
        chain.query(&twap).unwrap(),
        json!({"price": "60500.5", "unbroken": true, "development": true})
    );
    chain
        .run("admin", &json!({"end_development": {"underlying": "BTC"}}))
        .unwrap();
    assert_eq!(chain.query(&json!({"config": {}})).unwrap()["development"], json!([]));
    // What one source made stays marked; one source makes no other tape.
    assert!(chain.tape().development);
    chain.at(NOW + 70);
    let events = chain.report(NOW + 70, &[FIRST, SECOND]).unwrap();
    assert!(!events.iter().any(|event| TapeChanged::read(event).is_some()));
    assert_eq!(chain.tape().time, NOW + 60);
}

/// A feed is one more price in the median of the index; where it does not answer, nothing is missing.
#[test]
fn a_feed_joins_the_median_and_never_stops_a_report() {
    let mut chain = three();
    let feeds = json!({"set_feeds": {"underlying": "BTC", "feeds": [
        {"fixed": {"price": "60150"}},
        {"fixed": {"price": "60150"}},
        {"pyth": {"contract": address("pyth"), "id": "e62df6c8"}},
        {"connect": {"pair": "BTC/USD"}},
    ]}});
    chain.run("admin", &feeds).unwrap();
    chain.round(10, &[("ann", "60100"), ("ben", "60200"), ("cat", "60300")]);
    // Of 60,100, 60,150, 60,150, 60,200 and 60,300. The mark is the publishers' alone.
    let market = chain.tape().market;
    assert_eq!(
        (price(&chain), market.perp.unwrap().mark.to_string()),
        ("60150".into(), "60200".into())
    );
    let listings = chain.query(&json!({"listings": {}})).unwrap();
    assert_eq!(
        listings["items"][0]["feeds"],
        feeds["set_feeds"]["feeds"]
            .as_array()
            .map(|feeds| {
                let mut feeds = feeds.clone();
                feeds[2]["pyth"]["average"] = json!(false);
                json!(feeds)
            })
            .unwrap()
    );
}
