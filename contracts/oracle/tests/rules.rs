//! What each message's own rules refuse: the error names the field, the value and the limit, and nothing changes.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod harness;

use harness::{Chain, DAY, FIRST, SECOND, address, confirm, propose, ready, refused, report};
use serde_json::{Value, json};

/// A report with one place changed, on [`ready`].
fn spoilt(place: &str, value: Value) -> String {
    let mut msg = report(FIRST + 1, &[SECOND]);
    *msg.pointer_mut(&format!("/report{place}")).unwrap() = value;
    msg.to_string()
}

#[test]
fn reports_are_checked() {
    let svi = "/market/expiries/0/svi";
    let expiry = "/market/expiries/0";
    for (text, says) in [
        // The types' own ranges.
        (
            spoilt("/underlying", json!("btc")),
            vec!["underlying \"btc\"", "must be 1 to 12 of A-Z and 0-9"],
        ),
        (
            spoilt("/market/index", json!("0")),
            vec!["price \"0\"", "must be within 0.001 and 10000000000"],
        ),
        (
            spoilt("/market/index", json!("-5")),
            vec!["price \"-5\"", "must be within 0.001"],
        ),
        (
            spoilt("/market/perp/mark", json!("10000000001")),
            vec!["price", "and 10000000000"],
        ),
        (
            spoilt(&format!("{expiry}/forward"), json!("0.0001")),
            vec!["price \"0.0001\"", "must be within 0.001"],
        ),
        (
            spoilt(&format!("{expiry}/forward"), json!("1.123456789")),
            vec!["price", "finer than 1e-8"],
        ),
        (
            spoilt(&format!("{expiry}/rate"), json!("1000001")),
            vec!["ratio \"1000001\"", "must be within"],
        ),
        (
            spoilt(&format!("{svi}/a"), json!("1001")),
            vec!["parameter \"1001\"", "must be within -1000 and 1000"],
        ),
        // The contract's rules.
        (
            spoilt("/underlying", json!("ETH")),
            vec!["unlisted: underlying ETH: must be listed"],
        ),
        (
            spoilt("/time", json!(FIRST)),
            vec!["report_not_newer: time 1743148800: must be after the publisher's last report, 1743148800"],
        ),
        (
            spoilt("/time", json!(0)),
            vec!["report_too_old: time 0: must be at least 1743148741"],
        ),
        (
            spoilt("/time", json!(u64::MAX)),
            vec!["report_too_far_ahead: time 18446744073709551615", "1743148806"],
        ),
        (
            spoilt("/quote_price", json!("0.001")),
            vec!["quote_price: quote_price 0.001: must be within 0.01 and 10"],
        ),
        (
            spoilt("/quote_confidence", json!("1.1")),
            vec!["confidence: quote_confidence 1.1: must be within 0 and 1"],
        ),
        (
            spoilt("/market/confidence", json!("-0.1")),
            vec!["confidence: market.confidence -0.1: must be within 0 and 1"],
        ),
        (
            spoilt("/market/contract_size", json!("10")),
            vec!["other_contract_size: ", "10: must be 1, as listed"],
        ),
        (spoilt("/market/perp", json!(null)), vec!["perp_missing: market.perp"]),
        (
            spoilt("/market/perp/confidence", json!("2")),
            vec!["confidence: market.perp.confidence 2"],
        ),
        (
            spoilt("/market/expiries", json!([])),
            vec!["expiry_missing: market.expiries: 4APR25 must be there"],
        ),
        (
            spoilt(&format!("{expiry}/expiry"), json!(SECOND + 1)),
            vec!["expiry_time: ", "1743753601: must be 08:00 UTC"],
        ),
        (
            spoilt(&format!("{expiry}/expiry"), json!(SECOND + DAY)),
            vec!["expiry_missing: ", "4APR25"],
        ),
        (
            spoilt(&format!("{expiry}/confidence/vol"), json!("1.01")),
            vec!["[4APR25].confidence.vol 1.01: must be within"],
        ),
        (
            spoilt(&format!("{expiry}/rate"), json!("-10.1")),
            vec!["rate: ", "[4APR25].rate -10.1: must be within -10 and 10"],
        ),
        (
            spoilt(svi, json!(null)),
            vec!["slice_missing: market.expiries[4APR25].svi"],
        ),
        (
            spoilt(&format!("{svi}/b"), json!("-1")),
            vec!["svi_b: ", "svi.b -1: must be at least 0"],
        ),
        (
            spoilt(&format!("{svi}/rho"), json!("-1")),
            vec!["svi_rho: ", "svi.rho -1: must be between -1 and 1"],
        ),
        (
            spoilt(&format!("{svi}/sigma"), json!("0")),
            vec!["svi_sigma: ", "svi.sigma 0: must be above 0"],
        ),
        (
            spoilt(&format!("{svi}/b"), json!("1.6")),
            vec!["svi_wing: ", "is 2.08: must be at most 2"],
        ),
        (
            spoilt(&format!("{svi}/a"), json!("-0.1")),
            vec!["svi_a: ", "svi.a -0.1: must be at least -b*sigma"],
        ),
    ] {
        refused(&mut ready(), "publisher", &text, &says);
    }
    let mut vols = report(FIRST + 1, &[SECOND]);
    vols["report"]["market"]["expiries"][0]["vols"] = json!({"60000": "0.5"});
    refused(
        &mut ready(),
        "publisher",
        &vols.to_string(),
        &["vols: market.expiries[4APR25].vols: must be absent"],
    );
    for (strike, vol, says) in [("0", "0.5", "price \"0\""), ("60000", "x", "ratio \"x\"")] {
        vols["report"]["market"]["expiries"][0]["vols"] = json!({strike: vol});
        refused(&mut ready(), "publisher", &vols.to_string(), &[says]);
    }
    let mut years = report(FIRST + 1, &[SECOND]);
    years["report"]["market"]["expiries"][0]["svi"]["years"] = json!("-0.1");
    refused(
        &mut ready(),
        "publisher",
        &years.to_string(),
        &["svi_years: ", "svi.years -0.1: must be above 0"],
    );
    for (list, says) in [
        (vec![SECOND, SECOND], "4APR25: must be after 4APR25"),
        (vec![SECOND + DAY, SECOND], "4APR25: must be after 5APR25"),
        (
            (0..64).map(|n| SECOND + n * DAY).collect(),
            "too_many_expiries: market.expiries: 65 ",
        ),
    ] {
        refused(
            &mut ready(),
            "publisher",
            &report(FIRST + 1, &list).to_string(),
            &[says],
        );
    }
}

#[test]
fn settlements_are_checked() {
    for (expiry, price, says) in [
        (
            "28MAR25",
            "0",
            vec!["price \"0\"", "must be within 0.001 and 10000000000"],
        ),
        ("28MAR25", "-1", vec!["price \"-1\""]),
        ("28MAR25", "10000000000.1", vec!["price", "and 10000000000"]),
        (
            "30FEB25",
            "1",
            vec!["expiry \"30FEB25\"", "must be a day of 2000 to 2099 like 28MAR25"],
        ),
        (
            "4APR25",
            "1",
            vec!["not_over: expiry BTC-4APR25: must be over, it is 1743148801 and it ends at 1743753600"],
        ),
        (
            "27MAR25",
            "1",
            vec!["unknown_expiry: expiry BTC-27MAR25: must be on the tape"],
        ),
        ("31DEC99", "1", vec!["not_over: "]),
    ] {
        refused(&mut ready(), "guardian", &propose(expiry, price).to_string(), &says);
    }
    for (expiry, says) in [
        ("4APR25", "not_over: expiry BTC-4APR25"),
        ("27MAR25", "unknown_expiry: expiry BTC-27MAR25"),
    ] {
        refused(&mut ready(), "guardian", &confirm(expiry).to_string(), &[says]);
    }
    let other = json!({"propose_settlement": {"underlying": "ETH", "expiry": "28MAR25", "price": "1"}});
    refused(
        &mut ready(),
        "guardian",
        &other.to_string(),
        &["unlisted: underlying ETH"],
    );
    let one = propose("28MAR25", "1").to_string();
    let mut chain = Chain::new();
    chain.at(FIRST);
    refused(&mut chain, "guardian", &one, &["no_tape: underlying BTC"]);
    // A second too early.
    let mut chain = Chain::reported();
    chain.at(FIRST - 1);
    refused(&mut chain, "guardian", &one, &["not_over: ", "1743148799"]);
    // Nothing was proposed.
    refused(
        &mut Chain::expired(),
        "guardian",
        &confirm("28MAR25").to_string(),
        &["no_proposal: expiry BTC-28MAR25: must have a proposed settlement price"],
    );
}

#[test]
fn administration_is_checked() {
    let publisher = address("publisher");
    let many: Vec<_> = (0..33).map(|n| address(&format!("p{n}"))).collect();
    let list = |symbol: &str, size: &str, publishers: Value| json!({"list": {"underlying": symbol, "contract_size": size, "publishers": publishers, "band": null}});
    let feeds = |feeds: Value| json!({"set_feeds": {"underlying": "BTC", "feeds": feeds}});
    let rule = |field: &str, value: Value| {
        let mut rules = harness::rules();
        rules[field] = value;
        json!({"set_rules": rules})
    };
    let band =
        |symbol: &str, min: &str| json!({"set_band": {"underlying": symbol, "band": {"min": min, "max": "100"}}});
    let add = |symbol: &str, who: &str| json!({"add_publisher": {"underlying": symbol, "publisher": who}});
    let remove = |symbol: &str, who: &str| json!({"remove_publisher": {"underlying": symbol, "publisher": who}});
    for (msg, says) in [
        (list("BTC", "1", json!([])), vec!["already_listed: underlying BTC"]),
        (
            list("ETH", "2", json!([])),
            vec!["contract_size: ETH: contract_size 2: must be a power of ten"],
        ),
        (
            list("ETH", "0.0001", json!([])),
            vec!["price \"0.0001\"", "must be within 0.001"],
        ),
        (
            list("ETH", "1", json!(["bob"])),
            vec!["bad_address: publishers \"bob\": must be an address of this chain"],
        ),
        (
            list("ETH", "1", json!([publisher, publisher])),
            vec!["duplicate_publisher: ETH: publisher cosmwasm1"],
        ),
        (
            list("ETH", "1", json!(many)),
            vec!["too_many_publishers: ETH: 33 publishers: must be at most 32"],
        ),
        (
            list("ABCDEFGHIJKLM", "1", json!([])),
            vec!["underlying \"ABCDEFGHIJKLM\"", "1 to 12"],
        ),
        (add("ETH", publisher.as_str()), vec!["unlisted: underlying ETH"]),
        (add("BTC", publisher.as_str()), vec!["duplicate_publisher: BTC"]),
        (
            add("BTC", &publisher.as_str().to_uppercase()),
            vec!["bad_address: publisher"],
        ),
        (remove("ETH", publisher.as_str()), vec!["unlisted: underlying ETH"]),
        (
            remove("BTC", address("bob").as_str()),
            vec!["unknown_publisher: BTC: publisher \"cosmwasm1"],
        ),
        (
            rule("max_age", json!(0)),
            vec!["rules: rules.max_age 0: must be within 1 and 3600"],
        ),
        (
            rule("max_jump", json!("10.1")),
            vec!["rules: rules.max_jump 10.1: must be within 0.001 and 10"],
        ),
        (
            band("BTC", "100"),
            vec!["band: BTC: band.min 100: must be below band.max 100"],
        ),
        (band("ETH", "1"), vec!["unlisted: underlying ETH"]),
        (
            feeds(json!([{"connect": {"pair": "BTC/USD\""}}])),
            vec!["feed_text: BTC: feeds: ", "must be 1 to 127 of A-Z"],
        ),
        (feeds(json!([{"connect": {"pair": ""}}])), vec!["feed_text: "]),
        (
            feeds(json!([{"pyth": {"contract": publisher, "id": "a".repeat(128)}}])),
            vec!["feed_text: "],
        ),
        (
            feeds(json!([{"band": {"contract": "bob", "base": "BTC", "quote": "USD"}}])),
            vec!["bad_address: feeds.contract \"bob\""],
        ),
        (
            feeds(json!(vec![json!({"fixed": {"price": "1"}}); 5])),
            vec!["too_many_feeds: BTC: 5 feeds: must be at most 4"],
        ),
        (
            json!({"end_development": {"underlying": "ETH"}}),
            vec!["unlisted: underlying ETH"],
        ),
        (
            json!({"set_guardian": {"guardian": "bob"}}),
            vec!["bad_address: guardian \"bob\""],
        ),
        (
            json!({"propose_admin": {"admin": "bob"}}),
            vec!["bad_address: admin \"bob\""],
        ),
    ] {
        refused(&mut ready(), "admin", &msg.to_string(), &says);
    }
}
