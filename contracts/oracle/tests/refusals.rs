//! Bad input: each message of each variant gets an error that says what is wrong, and changes nothing.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod harness;

use cosmwasm_std::{Storage, coin};
use harness::{Chain, FIRST, SECOND, address, good, propose, ready, refused, report, set_up};
use hedgerow_interface::keys;
use serde_json::{Value, json};

#[test]
fn good_messages_succeed() {
    for (sender, msg) in good() {
        ready()
            .run(sender, &msg)
            .unwrap_or_else(|error| panic!("{msg}: {error}"));
    }
}

#[test]
fn funds_are_refused() {
    for (sender, msg) in good() {
        let mut chain = ready();
        let before = chain.dump();
        let error = chain
            .execute(sender, &[coin(5, "uatom")], &msg.to_string())
            .unwrap_err();
        assert_eq!(error, "payment: funds 5uatom: must be none");
        assert_eq!(chain.dump(), before);
    }
    let mut chain = Chain::empty();
    let error = chain.instantiate("admin", &[coin(7, "uosmo")], &set_up()).unwrap_err();
    assert_eq!(error, "payment: funds 7uosmo: must be none");
    assert!(chain.dump().is_empty());
}

#[test]
fn only_who_may_can() {
    for (allowed, msg) in good() {
        for sender in ["admin", "guardian", "publisher", "bob", "mallory"] {
            if sender != allowed {
                let address = address(sender);
                let says = format!("unauthorised: sender {address}: must be ");
                refused(&mut ready(), sender, &msg.to_string(), &[&says]);
            }
        }
    }
}

/// Every place in a message.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    places.push(at.to_owned());
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| self::places(value, &format!("{at}/{key}"), places)),
        Value::Array(items) => (0..)
            .zip(items)
            .for_each(|(n, item)| self::places(item, &format!("{at}/{n}"), places)),
        _ => {}
    }
}

#[test]
fn no_value_of_another_kind_passes() {
    let bad = [
        json!(true),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!("-"),
        json!("NaN"),
        json!("1e5"),
        json!(" 1"),
        json!("1,000"),
        json!("0x10"),
        json!("9".repeat(70)),
        json!("99999999999999999999"),
        json!("0.0000000000001"),
        json!([[]]),
        json!({"surplus": 1}),
    ];
    for (sender, msg) in good() {
        let mut all = vec![];
        places(&msg, "", &mut all);
        for place in all {
            for bad in &bad {
                let mut spoilt = msg.clone();
                *spoilt.pointer_mut(&place).unwrap() = bad.clone();
                refused(&mut ready(), sender, &spoilt.to_string(), &[]);
            }
        }
    }
}

#[test]
fn fields_are_neither_missing_nor_surplus() {
    // What has a neutral value may be left out.
    let neutral = [
        "confidence",
        "rate",
        "contract_size",
        "forward",
        "vol",
        "admin",
        "band",
        "development",
    ];
    for (sender, msg) in good() {
        let mut all = vec![];
        places(&msg, "", &mut all);
        for place in all {
            let Some(fields) = msg.pointer(&place).and_then(Value::as_object) else {
                continue;
            };
            let mut surplus = msg.clone();
            surplus.pointer_mut(&place).unwrap()["surplus"] = json!(1);
            refused(&mut ready(), sender, &surplus.to_string(), &[]);
            for field in fields.keys().filter(|field| !neutral.contains(&field.as_str())) {
                let mut missing = msg.clone();
                missing
                    .pointer_mut(&place)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .remove(field);
                refused(&mut ready(), sender, &missing.to_string(), &[]);
            }
        }
    }
}

#[test]
fn text_that_is_no_message() {
    for text in [
        "",
        "null",
        "{}",
        "[]",
        "\"accept_admin\"",
        "{\"accept_admin\":{}",
        "{\"accept_admin\":{}}{}",
        "{\"accept_admin\":{},\"end_development\":{\"underlying\":\"BTC\"}}",
        "{\"Accept_admin\":{}}",
        "{\"end_development\":{\"underlying\":\"BTC\",\"underlying\":\"BTC\"}}",
        "{\"end_development\":{\"underlying\":18446744073709551616}}",
    ] {
        refused(&mut ready(), "bob", text, &[]);
        refused(&mut ready(), "admin", text, &[]);
    }
}

#[test]
fn a_broken_set_up_sets_nothing_up() {
    let with = |place: &str, value: Value| {
        let mut msg = set_up();
        *msg.pointer_mut(place).unwrap() = value;
        msg
    };
    let listing =
        |n: usize| json!({"underlying": format!("U{n}"), "contract_size": "1", "publishers": [], "band": null});
    for (msg, says) in [
        (with("/admin", json!("bob")), "bad_address: admin \"bob\""),
        (with("/guardian", json!("bob")), "bad_address: guardian \"bob\""),
        (with("/rules/max_age", json!(0)), "rules: rules.max_age 0"),
        (with("/rules/max_jump", json!("0")), "rules: rules.max_jump 0"),
        (
            with("/underlyings/0/band", json!({"min": "2", "max": "1"})),
            "band: BTC: band.min 2",
        ),
        (
            with("/underlyings", (0..33).map(listing).collect()),
            "too_many_underlyings: 33 underlyings: must be at most 32",
        ),
        (
            with("/underlyings", json!([listing(1), listing(1)])),
            "already_listed: underlying U1",
        ),
        (
            with("/underlyings/0/contract_size", json!("5")),
            "contract_size: BTC: contract_size 5: must be a power of ten",
        ),
        (
            with("/underlyings/0/publishers", json!(["x"])),
            "bad_address: publishers \"x\"",
        ),
        (
            with("/underlyings/0/publishers", json!([address("a"), address("a")])),
            "duplicate_publisher: BTC",
        ),
        (
            with("/underlyings/0/underlying", json!("")),
            "underlying \"\": must be 1 to 12",
        ),
    ] {
        let mut chain = Chain::empty();
        let error = chain.instantiate("admin", &[], &msg).unwrap_err();
        assert!(error.contains(says), "{error}\nnot {says}");
        assert!(chain.dump().is_empty(), "{says}");
    }
}

#[test]
fn queries_are_checked() {
    for (msg, says) in [
        (json!({"tape": {"underlying": "ETH"}}), "no_tape: underlying ETH"),
        (json!({"tape": {"underlying": "eth"}}), "underlying \"eth\""),
        (json!({"tape": {}}), "underlying"),
        (json!({"market": {"underlying": "ETH"}}), "no_tape: underlying ETH"),
        (json!({"market": {"underlying": 1}}), ""),
        (json!({"listings": {"limit": -1}}), ""),
        (json!({"listings": {"start_after": "x"}}), "underlying \"x\""),
        (
            json!({"settlement": {"underlying": "ETH", "expiry": "28MAR25"}}),
            "unlisted: underlying ETH",
        ),
        (
            json!({"settlement": {"underlying": "BTC", "expiry": "28MAR"}}),
            "expiry \"28MAR\"",
        ),
        (
            json!({"settlements": {"underlying": "ETH"}}),
            "unlisted: underlying ETH",
        ),
        (json!({"settlements": {"underlying": "BTC", "start_after": 5}}), ""),
        (
            json!({"settlements": {"underlying": "BTC", "limit": 4_294_967_296u64}}),
            "",
        ),
        (json!({"reports": {"underlying": "ETH"}}), "unlisted: underlying ETH"),
        (
            json!({"twap": {"underlying": "ETH", "from": 1, "to": 2}}),
            "unlisted: underlying ETH",
        ),
        (
            json!({"twap": {"underlying": "BTC", "from": 2, "to": 2}}),
            "twap_window: BTC: from 2 to 2: must ascend",
        ),
        (
            json!({"twap": {"underlying": "BTC", "from": FIRST - 1, "to": FIRST}}),
            "twap_window: BTC",
        ),
        (json!({"twap": {"underlying": "BTC", "from": -1, "to": 2}}), ""),
        (json!({"config": {"surplus": 1}}), "surplus"),
        (json!({"unknown": {}}), "unknown"),
    ] {
        let error = ready().query(&msg).expect_err(&msg.to_string());
        assert!(error.contains(says), "{msg}: {error}");
    }
}

#[test]
fn a_tape_of_another_format_stops_everything() {
    let key = keys::tape("BTC".parse().unwrap());
    let stored = |bytes: &[u8]| {
        let mut chain = ready();
        chain.deps.storage.set(&key, bytes);
        chain
    };
    let good = ready().deps.storage.get(&key).unwrap();
    let newer: Vec<u8> = [3].into_iter().chain(good.iter().copied().skip(1)).collect();
    for (bytes, says) in [
        (
            newer.as_slice(),
            "record_format: tape: format 3 is not known, this build reads format 2",
        ),
        (&good[..good.len() - 1], "record_corrupt: tape: the bytes end inside"),
        (&good[..1], "record_corrupt: tape: the bytes end inside time"),
    ] {
        let mut chain = stored(bytes);
        refused(
            &mut chain,
            "publisher",
            &report(FIRST + 1, &[SECOND]).to_string(),
            &[says],
        );
        refused(&mut chain, "guardian", &propose("28MAR25", "1").to_string(), &[says]);
        assert!(
            chain
                .query(&json!({"market": {"underlying": "BTC"}}))
                .unwrap_err()
                .contains(says)
        );
    }
}
