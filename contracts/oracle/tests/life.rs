//! What happens when all goes well, from the set-up to the settlement.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod harness;

use cosmwasm_std::{Binary, Storage, from_json};
use harness::{Chain, DAY, FIRST, NOW, SECOND, address, confirm, expiry, only, propose, report, rules, set_up};
use hedgerow_interface::event::{OracleChanged, Reported, SettlementFixed};
use hedgerow_interface::keys;
use hedgerow_interface::oracle::settlement_price;
use hedgerow_oracle::contract;
use serde_json::json;

#[test]
fn a_report_is_the_tape() {
    let mut chain = Chain::new();
    let market = json!({"market": {"underlying": "BTC"}});
    assert!(chain.query(&market).unwrap_err().starts_with("no_tape: "));

    let reported: Reported = only(&chain.report(NOW, &[FIRST, SECOND]).unwrap());
    assert_eq!(
        (reported.underlying.to_string(), reported.time),
        ("BTC".to_owned(), NOW)
    );
    assert_eq!(reported.index.to_string(), "60500.5");
    assert_eq!(reported.publisher, address("publisher").as_str());

    // The raw value, the packed answer and the unpacked answer are one tape.
    let raw = chain.deps.storage.get(&keys::tape("BTC".parse().unwrap())).unwrap();
    let packed = chain.query(&json!({"tape": {"underlying": "BTC"}})).unwrap();
    assert_eq!(packed, json!({"tape": Binary::from(raw), "development": true}));
    let unpacked = chain.query(&market).unwrap();
    assert_eq!(unpacked, serde_json::to_value(chain.tape()).unwrap());
    assert_eq!(unpacked["market"]["expiries"][0]["svi"]["forward"], "61000");
    assert_eq!(unpacked["market"]["expiries"][0]["svi"]["years"], "0.002739726027");

    // The next one takes its place.
    chain.at(NOW + 10);
    chain.report(NOW + 8, &[FIRST, SECOND, SECOND + 7 * DAY]).unwrap();
    assert_eq!((chain.tape().time, chain.tape().market.expiries.len()), (NOW + 8, 3));
}

#[test]
fn an_expiry_settles_once_and_leaves_the_tape() {
    let mut chain = Chain::expired();
    assert_eq!(chain.tape().market.expiries[0].expiry, FIRST);
    assert_eq!(chain.tape().market.expiries[0].forward.to_string(), "61000");
    let ask = json!({"settlement": {"underlying": "BTC", "expiry": "28MAR25"}});
    assert_eq!(
        chain.query(&ask),
        Ok(json!({"price": null, "proposal": null, "development": true}))
    );
    // Everybody sees what the guardian proposes; the last proposal counts.
    for price in ["1", "60987.5"] {
        chain.run("guardian", &propose("28MAR25", price)).unwrap();
        assert_eq!(
            chain.query(&ask).unwrap()["proposal"],
            json!({"price": price, "ready": FIRST})
        );
    }

    let time = chain.tape().time;
    let fixed: SettlementFixed = only(&chain.run("guardian", &confirm("28MAR25")).unwrap());
    assert_eq!(fixed.price.to_string(), "60987.5");
    assert_eq!(fixed.expiry.to_string(), "28MAR25");
    let raw = chain
        .deps
        .storage
        .get(&keys::settlement("BTC".parse().unwrap(), "28MAR25".parse().unwrap()))
        .unwrap();
    assert_eq!(settlement_price(&raw), Ok("60987.5".parse().unwrap()));
    assert_eq!(
        chain.query(&ask),
        Ok(json!({"price": "60987.5", "proposal": null, "development": true}))
    );
    let left: Vec<u64> = chain.tape().market.expiries.iter().map(|e| e.expiry).collect();
    assert_eq!((left, chain.tape().time), (vec![SECOND], time));

    // Again: the price that is fixed is in the error.
    let before = chain.dump();
    for again in [propose("28MAR25", "1"), confirm("28MAR25")] {
        assert_eq!(
            chain.run("guardian", &again).unwrap_err(),
            "already_settled: expiry BTC-28MAR25: must be settled once only, its price is 60987.5"
        );
    }
    assert_eq!(chain.dump(), before);
    // A publisher that has not heard of it reports on, and does not bring it back.
    chain.at(FIRST + 1);
    chain.report(FIRST + 1, &[FIRST, SECOND]).unwrap();
    let left: Vec<u64> = chain.tape().market.expiries.iter().map(|e| e.expiry).collect();
    assert_eq!((left, chain.tape().time), (vec![SECOND], FIRST + 1));
}

#[test]
fn an_expiry_settles_before_any_report_after_it() {
    let mut chain = Chain::reported();
    chain.at(FIRST + 7 * DAY);
    chain.settle("4APR25", "60000").unwrap();
    chain.settle("28MAR25", "61000").unwrap();
    assert!(chain.tape().market.expiries.is_empty());

    // In pages, in the order of time.
    let page = |after: Option<&str>, limit: Option<u32>| {
        chain
            .query(&json!({"settlements": {"underlying": "BTC", "start_after": after, "limit": limit}}))
            .unwrap()
    };
    let first = json!({"expiry": "28MAR25", "price": "61000"});
    let second = json!({"expiry": "4APR25", "price": "60000"});
    assert_eq!(
        page(None, None),
        json!({"items": [first, second], "next": null, "development": true})
    );
    assert_eq!(
        page(None, Some(1)),
        json!({"items": [first], "next": "28MAR25", "development": true})
    );
    assert_eq!(
        page(None, Some(0)),
        json!({"items": [first], "next": "28MAR25", "development": true})
    );
    assert_eq!(
        page(Some("28MAR25"), Some(1)),
        json!({"items": [second], "next": null, "development": true})
    );
    assert_eq!(
        page(Some("4APR25"), None),
        json!({"items": [], "next": null, "development": true})
    );
}

#[test]
fn publishers_and_underlyings_come_and_go() {
    let mut chain = Chain::reported();
    let alice = address("alice");
    let add = json!({"add_publisher": {"underlying": "BTC", "publisher": alice}});
    let remove = json!({"remove_publisher": {"underlying": "BTC", "publisher": alice}});
    let next = report(NOW + 1, &[FIRST, SECOND]);
    assert!(chain.run("alice", &next).unwrap_err().starts_with("unauthorised: "));
    let changed: OracleChanged = only(&chain.run("admin", &add).unwrap());
    assert_eq!(changed.what, "publishers");
    chain.run("alice", &next).unwrap();
    chain.run("admin", &remove).unwrap();
    let error = chain.run("alice", &report(NOW + 2, &[FIRST, SECOND])).unwrap_err();
    assert_eq!(
        error,
        format!("unauthorised: sender {alice}: must be a publisher of BTC")
    );

    let list = |symbol: &str| json!({"list": {"underlying": symbol, "contract_size": "1000000", "publishers": [alice], "band": null, "development": false}});
    let changed: OracleChanged = only(&chain.run("admin", &list("SHIB")).unwrap());
    assert_eq!(changed.what, "listing");
    chain.run("admin", &list("AVAX")).unwrap();
    let page = |after: Option<&str>, limit: Option<u32>| {
        let page = chain
            .query(&json!({"listings": {"start_after": after, "limit": limit}}))
            .unwrap();
        let symbols: Vec<String> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["underlying"].as_str().unwrap().to_owned())
            .collect();
        (symbols.join(" "), page["next"].clone())
    };
    assert_eq!(page(None, None), ("AVAX BTC SHIB".to_owned(), json!(null)));
    assert_eq!(page(None, Some(2)), ("AVAX BTC".to_owned(), json!("BTC")));
    assert_eq!(page(Some("BTC"), Some(u32::MAX)), ("SHIB".to_owned(), json!(null)));
}

#[test]
fn thirty_two_underlyings_are_the_most() {
    let mut chain = Chain::new();
    let list = |n: usize| json!({"list": {"underlying": format!("U{n}"), "contract_size": "0.001", "publishers": [], "band": null}});
    for n in 1..32 {
        chain.run("admin", &list(n)).unwrap();
    }
    let before = chain.dump();
    let error = chain.run("admin", &list(32)).unwrap_err();
    assert_eq!(error, "too_many_underlyings: 33 underlyings: must be at most 32");
    assert_eq!(chain.dump(), before);
    let page = chain.query(&json!({"listings": {}})).unwrap();
    assert_eq!(
        (page["items"].as_array().unwrap().len(), &page["next"]),
        (30, &json!("U7"))
    );
}

#[test]
fn the_administration_moves_in_two_steps() {
    let mut chain = Chain::new();
    let propose = |who: Option<&str>| json!({"propose_admin": {"admin": who.map(address)}});
    let accept = json!({"accept_admin": {}});
    chain.run("admin", &propose(Some("bob"))).unwrap();
    assert_eq!(
        chain.query(&json!({"config": {}})).unwrap()["proposed_admin"],
        json!(address("bob"))
    );
    chain.run("admin", &propose(None)).unwrap();
    let error = chain.run("bob", &accept).unwrap_err();
    assert!(
        error.ends_with("must be the proposed admin, none is proposed"),
        "{error}"
    );
    chain.run("admin", &propose(Some("bob"))).unwrap();
    let changed: OracleChanged = only(&chain.run("bob", &accept).unwrap());
    assert_eq!(changed.what, "admin");

    let mut others = rules();
    others["max_age"] = json!(3_600);
    let set = json!({"set_rules": others});
    assert!(chain.run("admin", &set).unwrap_err().starts_with("unauthorised: "));
    let changed: OracleChanged = only(&chain.run("bob", &set).unwrap());
    assert_eq!(changed.what, "rules");
    let guardian = json!({"set_guardian": {"guardian": address("carol")}});
    let changed: OracleChanged = only(&chain.run("bob", &guardian).unwrap());
    assert_eq!(changed.what, "guardian");
    assert_eq!(
        chain.query(&json!({"config": {}})).unwrap(),
        json!({
            "admin": address("bob"), "proposed_admin": null, "guardian": address("carol"), "rules": others, "development": ["BTC"],
            "max_expiries": 64, "max_publishers": 32, "max_underlyings": 32,
        })
    );
}

#[test]
fn without_an_admin_the_sender_is_it() {
    let mut chain = Chain::empty();
    let mut msg = set_up();
    msg["admin"] = json!(null);
    msg["guardian"] = json!(null);
    chain.instantiate("carol", &[], &msg).unwrap();
    let config = chain.query(&json!({"config": {}})).unwrap();
    assert_eq!(config["admin"], json!(address("carol")));
    assert_eq!(config["guardian"], json!(address("carol")));
}

#[test]
fn migration_goes_forward_only() {
    let migrate = |stored: (&str, &str)| {
        let mut chain = Chain::reported();
        cw2::set_contract_version(&mut chain.deps.storage, stored.0, stored.1).unwrap();
        let before = chain.dump();
        let msg = from_json("{}").unwrap();
        let result = contract::migrate(chain.deps.as_mut(), chain.env.clone(), msg).map_err(|e| e.to_string());
        if result.is_err() {
            assert_eq!(chain.dump(), before);
        }
        let version = cw2::get_contract_version(&chain.deps.storage).unwrap().version;
        result.map(|_| version)
    };
    let own = "crate:hedgerow-oracle";
    let version = env!("CARGO_PKG_VERSION").to_owned();
    assert_eq!(migrate((own, &version)), Ok(version.clone()));
    assert_eq!(migrate((own, "0.0.9")), Ok(version.clone()));
    for (stored, says) in [
        ((own, "999.0.0"), "999.0.0"),
        ((own, "0.10.0"), "0.10.0"),
        (("crate:hedgerow-margin", "0.0.1"), "crate:hedgerow-margin"),
        ((own, "one"), "ersion"),
    ] {
        let error = migrate(stored).unwrap_err();
        assert!(error.starts_with("migration: ") && error.contains(says), "{error}");
    }
}

#[test]
fn a_full_tape_is_accepted_again_and_again() {
    let mut chain = Chain::new();
    let expiries: Vec<u64> = (0..64).map(|n| FIRST + n * DAY).collect();
    chain.report(NOW, &expiries).unwrap();
    for day in 1..6 {
        let now = NOW + day * DAY;
        chain.at(now);
        chain.report(now, &expiries[day as usize..]).unwrap();
        assert_eq!(chain.tape().market.expiries.len(), 64);
    }
    // Full of expiries that nobody settled, it takes no new one; settled, it does.
    let now = NOW + 5 * DAY + 1;
    chain.at(now);
    let mut longer = report(now, &expiries[5..]);
    let list = longer["report"]["market"]["expiries"].as_array_mut().unwrap();
    list.push(expiry(FIRST + 64 * DAY));
    assert!(
        chain
            .run("publisher", &longer)
            .unwrap_err()
            .starts_with("too_many_expiries: ")
    );
    chain.settle("28MAR25", "60000").unwrap();
    chain.run("publisher", &longer).unwrap();
    assert_eq!(chain.tape().market.expiries.len(), 64);
}
