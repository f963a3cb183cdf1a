//! Settlement prices: the tape's average, and what the guardian does where there is none.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod harness;

use harness::{Chain, FIRST, SECOND, address, confirm, only, propose, refused};
use hedgerow_interface::event::{JumpHeld, SettlementFixed, TypedEvent};
use serde_json::{Value, json};

const THREE: [&str; 3] = ["ann", "ben", "cat"];

/// All three say so at a second.
fn say(chain: &mut Chain, second: u64, price: &str) -> Vec<cosmwasm_std::Event> {
    chain.at(second);
    THREE.iter().flat_map(|who| chain.says(who, price).unwrap()).collect()
}

fn settlement(chain: &Chain) -> Value {
    chain
        .query(&json!({"settlement": {"underlying": "BTC", "expiry": "28MAR25"}}))
        .unwrap()
}

fn expiries(chain: &Chain) -> Vec<u64> {
    chain
        .tape()
        .market
        .expiries
        .iter()
        .map(|expiry| expiry.expiry)
        .collect()
}

/// Tapes every 100 seconds from an hour before the expiry. The index is 60,000 until 900 seconds before it and 61,000 from
/// then on: the average over half an hour is 60,500. What is said after the expiry does not count.
#[test]
fn the_settlement_price_is_the_average_of_half_an_hour() {
    let mut chain = Chain::of(&THREE);
    for at in (FIRST - 3_600..FIRST).step_by(100) {
        let events = say(&mut chain, at, if at < FIRST - 900 { "60000" } else { "61000" });
        assert!(!events.iter().any(|event| SettlementFixed::read(event).is_some()));
    }
    assert_eq!(settlement(&chain)["price"], json!(null));
    // The last tape before it was at -100, this one is at +50.
    let fixed: SettlementFixed = only(&say(&mut chain, FIRST + 50, "65000"));
    assert_eq!(
        (fixed.price.to_string(), fixed.expiry.to_string()),
        ("60500".into(), "28MAR25".into())
    );
    assert_eq!(
        settlement(&chain),
        json!({"price": "60500", "proposal": null, "development": false})
    );
    assert_eq!(expiries(&chain), [SECOND]);
    // Queryable for ever, and fixed once.
    for message in [propose("28MAR25", "1"), confirm("28MAR25")] {
        refused(
            &mut chain,
            "guardian",
            &message.to_string(),
            &["already_settled: ", "its price is 60500"],
        );
    }
    say(&mut chain, FIRST + 60, "66000");
    assert_eq!(settlement(&chain)["price"], json!("60500"));
}

/// The sum is a straight line between the tapes around the expiry: 100 seconds at 60,000 lead into it, whatever the first
/// tape after it says.
#[test]
fn the_first_tape_after_the_expiry_does_not_choose_the_price() {
    for late in ["65000", "56000"] {
        let mut chain = Chain::of(&THREE);
        for at in (FIRST - 3_700..FIRST).step_by(150) {
            say(&mut chain, at, "60000");
        }
        let fixed: SettlementFixed = only(&say(&mut chain, FIRST + 40, late));
        assert_eq!(fixed.price.to_string(), "60000");
    }
}

#[test]
fn after_a_gap_the_guardian_settles_in_two_steps() {
    let mut chain = Chain::of(&THREE);
    // 301 seconds without a tape, inside the window.
    for at in [
        (FIRST - 3_400..FIRST - 1_000).step_by(200),
        (FIRST - 1_000 + 101..FIRST).step_by(200),
    ]
    .into_iter()
    .flatten()
    {
        say(&mut chain, at, "60000");
    }
    let early = propose("28MAR25", "60100").to_string();
    refused(&mut chain, "guardian", &early, &["not_over: "]);
    // The tape is alive: it is given the time to settle.
    let last = chain.tape().time;
    chain.at(last + 300);
    refused(
        &mut chain,
        "guardian",
        &early,
        &["tape_settles: expiry BTC-28MAR25: must be left to the tape until"],
    );
    say(&mut chain, FIRST + 50, "60000");
    assert_eq!(settlement(&chain)["price"], json!(null));
    assert_eq!(expiries(&chain), [FIRST, SECOND]);

    // It did not: the guardian proposes, everybody has an hour to look at it, and only then it is fixed.
    for who in ["admin", "ann"] {
        refused(&mut chain, who, &early, &["unauthorised: ", "must be the guardian"]);
    }
    refused(
        &mut chain,
        "guardian",
        &confirm("28MAR25").to_string(),
        &["no_proposal: "],
    );
    chain.run("guardian", &propose("28MAR25", "60100")).unwrap();
    chain.at(FIRST + 60);
    chain.run("guardian", &propose("28MAR25", "60200")).unwrap();
    let ready = FIRST + 60 + 3_600;
    assert_eq!(
        settlement(&chain)["proposal"],
        json!({"price": "60200", "ready": ready})
    );
    chain.at(ready - 1);
    let says = format!(
        "too_early: expiry BTC-28MAR25: must be confirmed at {ready} at the earliest, it is {}",
        ready - 1
    );
    refused(&mut chain, "guardian", &confirm("28MAR25").to_string(), &[&says]);
    chain.at(ready);
    // A guardian that is replaced meanwhile confirms nothing.
    let other = json!({"set_guardian": {"guardian": address("gus")}});
    chain.run("admin", &other).unwrap();
    refused(
        &mut chain,
        "guardian",
        &confirm("28MAR25").to_string(),
        &["unauthorised: "],
    );
    let fixed: SettlementFixed = only(&chain.run("gus", &confirm("28MAR25")).unwrap());
    assert_eq!(fixed.price.to_string(), "60200");
    assert_eq!(expiries(&chain), [SECOND]);
    assert_eq!(
        settlement(&chain),
        json!({"price": "60200", "proposal": null, "development": false})
    );
}

/// No tape at all after the expiry: the guardian may propose once none could settle it any more.
#[test]
fn without_a_tape_after_the_expiry_the_guardian_settles() {
    let mut chain = Chain::of(&THREE);
    for at in (FIRST - 3_600..FIRST).step_by(100) {
        say(&mut chain, at, "60000");
    }
    let proposal = propose("28MAR25", "60100").to_string();
    chain.at(FIRST + 200);
    refused(&mut chain, "guardian", &proposal, &["tape_settles: "]);
    chain.at(FIRST + 201);
    chain.execute("guardian", &[], &proposal).unwrap();
    chain.at(FIRST + 201 + 3_600);
    chain.run("guardian", &confirm("28MAR25")).unwrap();
    assert_eq!(settlement(&chain)["price"], json!("60100"));
}

/// A window that began before the first tape is no window.
#[test]
fn a_tape_younger_than_the_window_does_not_settle() {
    let mut chain = Chain::of(&THREE);
    for at in (FIRST - 1_799..FIRST + 10).step_by(100) {
        say(&mut chain, at, "60000");
    }
    assert!(chain.tape().time > FIRST);
    assert_eq!(settlement(&chain)["price"], json!(null));
}

/// One report a minute: 100 fill the ring of snapshots, and nothing grows from then on.
#[test]
fn ten_thousand_reports_leave_as_many_keys_as_a_hundred() {
    let mut chain = Chain::new();
    let start = harness::NOW - 30 * harness::DAY;
    let mut keys = 0;
    for n in 1..=10_000u64 {
        chain.at(start + 60 * n);
        chain
            .says("publisher", if n % 2 == 0 { "60000" } else { "60001" })
            .unwrap();
        if n == 100 {
            keys = chain.dump().len();
        }
    }
    assert_eq!(chain.dump().len(), keys);
    // Configuration, version, listing, tape, report, 64 snapshots.
    assert_eq!(keys, 69);
}

/// Three sources in turn, one every 40 seconds; every 99 reports the price jumps, and one source goes and comes again.
#[test]
fn jumps_and_sources_that_come_and_go_leave_no_more_keys() {
    let mut chain = Chain::of(&THREE);
    let mut rules = harness::rules();
    rules["max_age"] = json!(3_600);
    rules["max_skew"] = json!(3_600);
    chain.run("admin", &json!({"set_rules": rules})).unwrap();
    let start = harness::NOW - 30 * harness::DAY;
    let (mut keys, mut price, mut jumps) = (0, 60_000, 0);
    for n in 1..=10_000u64 {
        chain.at(start + 40 * n);
        if n % 99 == 50 {
            price = if price == 60_000 { 50_000 } else { 60_000 };
            let cat = json!({"underlying": "BTC", "publisher": address("cat")});
            for message in ["remove_publisher", "add_publisher"] {
                chain.run("admin", &json!({ message: cat })).unwrap();
            }
        }
        let who = THREE[n as usize % 3];
        let events = chain.says(who, &format!("{}", price + n % 2)).unwrap();
        jumps += events.iter().filter(|event| JumpHeld::read(event).is_some()).count();
        if n == 200 {
            keys = chain.dump().len();
        }
    }
    assert_eq!(chain.dump().len(), keys);
    // Configuration, version, listing, tape, three reports, a jump, 64 snapshots.
    assert_eq!((keys, jumps >= 100), (72, true), "{jumps}");
}
