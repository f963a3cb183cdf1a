//! What must be refused, message by message: each row is sent as JSON, names what is wrong, and changes nothing.

use cosmwasm_std::Coin;
use hedgerow_interface::margin::ExecuteMsg;
use hedgerow_testing::{Story, World};
use std::collections::BTreeSet;

/// Account 1 is alice's, account 2 bob's; both are open to the venue. Account 99 does not exist.
fn scene() -> Story {
    let mut story = Story::new();
    let alice = story.trader("alice", 100_000);
    let bob = story.trader("bob", 1_000_000);
    story.buys(alice, bob, "BTC-PERP 1@60000");
    story.person("owner", 1_000_000_000);
    story.person("venue", 1_000_000_000);
    story
}

/// Sender, message, what the refusal says.
type Row<'a> = (&'a str, &'a str, &'a [&'a str]);

fn refuse(story: &mut Story, rows: &[Row<'_>], funds: &[Coin]) {
    for (sender, json, fragments) in rows {
        let sender = story.world.address(sender);
        let refusal = story.refused_raw(&sender, json, funds);
        for fragment in *fragments {
            assert!(refusal.text.contains(fragment), "{json}\n{refusal}\nwants {fragment}");
        }
    }
    story.check();
}

/// A sound message of every variant, with who may send it.
const SOUND: [(&str, &str); 16] = [
    ("alice", r#"{"withdraw":{"account":1,"amount":"1"}}"#),
    ("alice", r#"{"transfer":{"from":1,"to":3,"amount":"1"}}"#),
    (
        "alice",
        r#"{"delegate":{"account":1,"delegation":{"delegate":"VENUE","scopes":["trade"],"expires":4000000000,"loss_budget":"1"}}}"#,
    ),
    ("alice", r#"{"revoke":{"account":1,"delegate":"VENUE"}}"#),
    (
        "venue",
        r#"{"match":{"fills":[{"taker":1,"maker":2,"legs":["BTC-PERP -0.5@60000"]}]}}"#,
    ),
    ("alice", r#"{"settle":{"accounts":[1]}}"#),
    ("bob", r#"{"liquidate":{"account":1,"liquidator":2,"take":null}}"#),
    ("owner", r#"{"add_venue":{"venue":"VENUE"}}"#),
    ("owner", r#"{"remove_venue":{"venue":"VENUE"}}"#),
    (
        "owner",
        r#"{"set_model":{"scenarios":[{"spot":"1","vol":"none"}],"underlyings":{"BTC":{},"ETH":{}}}}"#,
    ),
    (
        "owner",
        r#"{"set_limits":{"legs":1,"expiries":1,"open_interest":"1","min_deposit":"1","min_equity":"1","min_maintenance":"1","borrow_cap":"1","band_mark":"1","band_index":"1","max_reduce_cost":"1"}}"#,
    ),
    ("owner", r#"{"set_timing":{"max_age":60,"max_age_liquidation":60}}"#),
    (
        "owner",
        r#"{"set_auction":{"buffer":"0","start":"1","knee":"1","knee_seconds":1,"end_seconds":2,"reward":"0","payout_seconds":1,"payout_cap":"0"}}"#,
    ),
    ("owner", r#"{"add_underlying":{"underlying":"SOL"}}"#),
    ("owner", r#"{"propose_owner":{"owner":null}}"#),
    ("alice", r#"{"accept_owner":{}}"#),
];

#[test]
fn funds_that_were_not_asked_for() {
    let mut story = scene();
    let venue = story.world.venue.to_string();
    for (sender, json) in SOUND {
        let json = json.replace("VENUE", &venue);
        refuse(&mut story, &[(sender, &json, &["payment:"])], &World::coins(5));
    }
}

#[test]
fn malformed_messages() {
    let mut story = scene();
    let rows: &[Row<'_>] = &[
        ("alice", "", &[]),
        ("alice", "null", &[]),
        ("alice", "[]", &[]),
        ("alice", r#"{"steal":{}}"#, &["unknown variant", "steal"]),
        (
            "alice",
            r#"{"withdraw":{"account":1,"amount":"1"},"accept_owner":{}}"#,
            &[],
        ),
        (
            "alice",
            r#"{"create_account":{"owner":"bob"}}"#,
            &["unknown field", "owner"],
        ),
        ("alice", r#"{"create_account":null}"#, &[]),
        ("alice", r#"{"deposit":{"account":"1"}}"#, &["invalid type"]),
        ("alice", r#"{"deposit":{"account":-1}}"#, &["-1"]),
        ("alice", r#"{"deposit":{"account":18446744073709551616}}"#, &[]),
        ("alice", r#"{"deposit":{}}"#, &["missing field", "account"]),
        (
            "alice",
            r#"{"fund_insurance":{"amount":"1"}}"#,
            &["unknown field", "amount"],
        ),
        ("alice", r#"{"accept_owner":{"x":1}}"#, &["unknown field"]),
    ];
    refuse(&mut story, rows, &[]);
}

#[test]
fn money() {
    let mut story = scene();
    let huge = "1".repeat(40);
    let huge = format!(r#"{{"withdraw":{{"account":1,"amount":"{huge}"}}}}"#);
    let rows: &[Row<'_>] = &[
        ("alice", r#"{"deposit":{"account":1}}"#, &["payment:"]),
        ("alice", r#"{"fund_insurance":{}}"#, &["payment:"]),
        ("alice", r#"{"withdraw":{"account":1,"amount":1}}"#, &["invalid type"]),
        (
            "alice",
            r#"{"withdraw":{"account":1,"amount":"0"}}"#,
            &["out_of_range: amount 0: must be above 0"],
        ),
        (
            "alice",
            r#"{"withdraw":{"account":1,"amount":"-5"}}"#,
            &["out_of_range: amount -5: must be above 0"],
        ),
        ("alice", r#"{"withdraw":{"account":1,"amount":"1.5"}}"#, &["1.5"]),
        ("alice", r#"{"withdraw":{"account":1,"amount":"1e6"}}"#, &["1e6"]),
        ("alice", r#"{"withdraw":{"account":1,"amount":""}}"#, &[]),
        ("alice", &huge, &["111111"]),
        // 2^96 and one more.
        (
            "alice",
            r#"{"withdraw":{"account":1,"amount":"79228162514264337593543950336"}}"#,
            &["negative_cash: account 1"],
        ),
        (
            "alice",
            r#"{"withdraw":{"account":1,"amount":"79228162514264337593543950337"}}"#,
            &["79228162514264337593543950336"],
        ),
        (
            "alice",
            r#"{"withdraw":{"account":99,"amount":"1"}}"#,
            &["unknown_account: account 99"],
        ),
        (
            "alice",
            r#"{"withdraw":{"account":0,"amount":"1"}}"#,
            &["unknown_account: account 0"],
        ),
        (
            "alice",
            r#"{"withdraw":{"account":2,"amount":"1"}}"#,
            &["unauthorised", "withdraw from the account"],
        ),
        (
            "alice",
            r#"{"transfer":{"from":1,"to":1,"amount":"1"}}"#,
            &["same_account: account 1"],
        ),
        (
            "alice",
            r#"{"transfer":{"from":1,"to":99,"amount":"1"}}"#,
            &["unknown_account: account 99"],
        ),
        (
            "alice",
            r#"{"transfer":{"from":99,"to":1,"amount":"1"}}"#,
            &["unknown_account: account 99"],
        ),
        (
            "alice",
            r#"{"transfer":{"from":1,"to":2,"amount":"1"}}"#,
            &["unauthorised"],
        ),
        (
            "alice",
            r#"{"transfer":{"from":1,"to":2,"amount":"0"}}"#,
            &["out_of_range: amount 0"],
        ),
        (
            "alice",
            r#"{"transfer":{"from":1,"to":2,"amount":"-1"}}"#,
            &["out_of_range: amount -1"],
        ),
    ];
    refuse(&mut story, rows, &[]);
    let unknown: &[Row<'_>] = &[
        (
            "alice",
            r#"{"deposit":{"account":99}}"#,
            &["unknown_account: account 99"],
        ),
        ("alice", r#"{"deposit":{"account":2}}"#, &["unauthorised", "deposit"]),
    ];
    refuse(&mut story, unknown, &World::coins(1_000_000));
}

#[test]
fn delegations() {
    let mut story = scene();
    let now = story.world.now();
    let (venue, stranger) = (
        story.world.venue.to_string(),
        story.world.address("stranger").to_string(),
    );
    let delegation = |account: u64, delegate: &str, scopes: &str, expires: u64, budget: &str| {
        format!(
            r#"{{"delegate":{{"account":{account},"delegation":{{"delegate":"{delegate}","scopes":{scopes},"expires":{expires},"loss_budget":"{budget}"}}}}}}"#
        )
    };
    let later = now + 1;
    let cases = [
        (
            delegation(99, &venue, r#"["trade"]"#, later, "1"),
            "unknown_account: account 99",
        ),
        (delegation(2, &venue, r#"["trade"]"#, later, "1"), "unauthorised"),
        (delegation(1, "", r#"["trade"]"#, later, "1"), "std:"),
        (delegation(1, "bob", r#"["trade"]"#, later, "1"), "std:"),
        (delegation(1, &venue, "[]", later, "1"), "empty: scopes"),
        (
            delegation(1, &venue, r#"["trade","deposit","trade"]"#, later, "1"),
            "duplicate: scope trade",
        ),
        (
            delegation(1, &venue, r#"["withdraw"]"#, later, "1"),
            "unknown variant `withdraw`",
        ),
        (delegation(1, &venue, r#"["trade"]"#, now, "1"), "out_of_range: expires"),
        (delegation(1, &venue, r#"["trade"]"#, 0, "1"), "out_of_range: expires 0"),
        (
            delegation(1, &venue, r#"["trade"]"#, later, "-1"),
            "out_of_range: loss_budget -1: must be at least 0",
        ),
        (delegation(1, &venue, r#"["trade"]"#, later, "0.5"), "0.5"),
        (
            format!(r#"{{"revoke":{{"account":1,"delegate":"{stranger}"}}}}"#),
            "out_of_range: delegate",
        ),
        (
            format!(r#"{{"revoke":{{"account":99,"delegate":"{venue}"}}}}"#),
            "unknown_account: account 99",
        ),
        (
            format!(r#"{{"revoke":{{"account":2,"delegate":"{venue}"}}}}"#),
            "unauthorised",
        ),
    ];
    for (json, fragment) in &cases {
        refuse(&mut story, &[("alice", json, &[fragment])], &[]);
    }
}

fn fill(taker: u64, maker: u64, legs: &str) -> String {
    format!(r#"{{"taker":{taker},"maker":{maker},"legs":[{legs}]}}"#)
}

fn matched(fills: &str) -> String {
    format!(r#"{{"match":{{"fills":[{fills}]}}}}"#)
}

#[test]
fn legs() {
    let mut story = scene();
    let cases: &[(&str, &str)] = &[
        ("BTC-PERP", "must look like"),
        ("BTC-PERP 1", "must look like"),
        ("BTC-PERP 1@", "price"),
        ("BTC-PERP @60000", "quantity"),
        ("BTC-PERP 0@60000", "quantity must not be 0"),
        ("BTC-PERP -0@60000", "quantity must not be 0"),
        ("BTC-PERP 0.000000001@60000", "0.000000001"),
        ("BTC-PERP 180143985.09481984@60000", "180143985.09481983"),
        ("BTC-PERP 1e3@60000", "1e3"),
        ("BTC-PERP 1@0", "must be within 0.001"),
        ("BTC-PERP 1@-60000", "must be within 0.001"),
        ("BTC-PERP 1@60000.000000001", "60000.000000001"),
        ("BTC-PERP 1@10000000001", "10000000000"),
        ("btc-PERP 1@60000", "must be 1 to 12 of A-Z and 0-9"),
        ("BTC-SPOT 1@60000", "SPOT"),
        ("BTC-31FEB25 1@60000", "31FEB25"),
        ("BTC-28MAR25-0-C 1@1", "strike"),
        ("BTC-28MAR25-60000-X 1@1", "must look like"),
        ("BTC-28MAR25-60000-C 1@1 ", ""),
        ("SOL-PERP 1@150", "unknown_underlying: SOL"),
        ("BTC-27MAR25 1@60000", "unlisted_expiry: instrument BTC-27MAR25"),
        (
            "BTC-27MAR25-60000-C 1@1000",
            "unlisted_expiry: instrument BTC-27MAR25-60000-C",
        ),
        ("BTC-14FEB25 1@60000", "expired: BTC-14FEB25"),
        ("BTC-14FEB25-60000-P 1@1", "expired: BTC-14FEB25-60000-P"),
        ("BTC-PERP 1@70000", "off_market: BTC-PERP at 70000: the mark is 60000"),
        (
            "BTC-28MAR25-10000000000-C 100000000@0.001",
            "leg_too_large: instrument BTC-28MAR25-10000000000-C",
        ),
        ("BTC-28MAR25-1000-P 100001@0.001", "initial_margin: account 2"),
        ("BTC-PERP 100@60000", "initial_margin: account 1"),
        ("BTC-PERP -100@60000", "initial_margin: account"),
    ];
    for (leg, fragment) in cases {
        let json = matched(&fill(1, 2, &format!("\"{leg}\"")));
        refuse(&mut story, &[("venue", &json, &[fragment])], &[]);
    }
    // Twice 180 million contracts are beyond what a quantity holds.
    let much = r#""BTC-28MAR25-1000-P 180143985@0.001""#;
    let json = matched(&fill(1, 2, &format!("{much},{much}")));
    refuse(
        &mut story,
        &[(
            "venue",
            &json,
            &["number_out_of_range: quantity \"360287970\"", "180143985.09481983"],
        )],
        &[],
    );
}

#[test]
fn fills() {
    let mut story = scene();
    let leg = r#""BTC-PERP 0.1@60000""#;
    let one = fill(1, 2, leg);
    let many_fills = matched(&vec![one.as_str(); 65].join(","));
    let many_legs = matched(&fill(1, 2, &vec![leg; 257].join(",")));
    let (none, same) = (matched(&fill(1, 2, "")), matched(&fill(1, 1, leg)));
    let (unknown, zero) = (matched(&fill(1, 99, leg)), matched(&fill(0, 1, leg)));
    let sound = matched(&one);
    let stray = matched(r#"{"taker":1,"maker":2,"legs":["BTC-PERP 0.1@60000"],"fee":"1"}"#);
    let rows: &[Row<'_>] = &[
        ("venue", r#"{"match":{"fills":[]}}"#, &["empty: fills"]),
        ("venue", r#"{"match":{}}"#, &["missing field", "fills"]),
        ("venue", &none, &["empty: legs"]),
        ("venue", &many_fills, &["too_many: fills: 65, the limit is 64"]),
        ("venue", &many_legs, &["too_many: legs: 257, the limit is 256"]),
        ("venue", &same, &["same_account: account 1"]),
        ("venue", &unknown, &["unknown_account: account 99"]),
        ("venue", &zero, &["unknown_account: account 0"]),
        ("venue", &stray, &["unknown field", "fee"]),
        ("alice", &sound, &["not_a_venue"]),
        ("owner", &sound, &["not_a_venue"]),
    ];
    refuse(&mut story, rows, &[]);
}

#[test]
fn settlements_and_liquidations() {
    let mut story = scene();
    let take = |take: &str| format!(r#"{{"liquidate":{{"account":1,"liquidator":2,"take":{take}}}}}"#);
    let finer = take(r#"{"max_fraction":"0.0000000001","min_equity_received":"0","expected_position_nonce":null}"#);
    let number = take(r#"{"max_fraction":0.5,"min_equity_received":"0","expected_position_nonce":null}"#);
    let cents = take(r#"{"max_fraction":null,"min_equity_received":"0.5","expected_position_nonce":null}"#);
    let nonce = take(r#"{"max_fraction":null,"min_equity_received":"0","expected_position_nonce":-1}"#);
    let healthy = take("null");
    let rows: &[Row<'_>] = &[
        ("alice", r#"{"settle":{"accounts":[]}}"#, &["empty: accounts"]),
        (
            "alice",
            r#"{"settle":{"accounts":[1,99]}}"#,
            &["unknown_account: account 99"],
        ),
        (
            "alice",
            r#"{"settle":{"accounts":[1,1]}}"#,
            &["nothing_to_settle: account 1"],
        ),
        ("alice", r#"{"settle":{"accounts":1}}"#, &["invalid type"]),
        ("bob", &healthy, &["not_liquidatable: account 1 has equity 100000"]),
        ("alice", &healthy, &["unauthorised", "liquidate into the account"]),
        (
            "bob",
            r#"{"liquidate":{"account":2,"liquidator":2,"take":null}}"#,
            &["same_account: account 2"],
        ),
        (
            "bob",
            r#"{"liquidate":{"account":99,"liquidator":2,"take":null}}"#,
            &["unknown_account: account 99"],
        ),
        (
            "bob",
            r#"{"liquidate":{"account":1,"liquidator":99,"take":null}}"#,
            &["unknown_account: account 99"],
        ),
        ("bob", &finer, &["0.0000000001"]),
        ("bob", &number, &["invalid type"]),
        ("bob", &cents, &["0.5"]),
        ("bob", &nonce, &["-1"]),
    ];
    refuse(&mut story, rows, &[]);
}

/// Out-of-range parameters are in [`crate::admin`]: instantiation and the setters share their checks. Here: that the
/// setters do check, and what is no parameter at all.
#[test]
fn administration() {
    let mut story = scene();
    let venue = story.world.venue.to_string();
    let again = format!(r#"{{"add_venue":{{"venue":"{venue}"}}}}"#);
    let stranger = story.world.address("stranger").to_string();
    let unknown = format!(r#"{{"remove_venue":{{"venue":"{stranger}"}}}}"#);
    let limits = SOUND[10].1;
    let (legs, interest) = (
        limits.replace(r#""legs":1"#, r#""legs":129"#),
        limits.replace(r#"rest":"1""#, r#"rest":"-1""#),
    );
    let floor = limits.replace(r#"min_maintenance":"1""#, r#"min_maintenance":"2""#);
    let (share, missing) = (
        limits.replace(r#"cost":"1""#, r#"cost":"1.5""#),
        limits.replace(r#""legs":1,"#, ""),
    );
    let rows: &[Row<'_>] = &[
        ("owner", &again, &["duplicate: venue"]),
        ("owner", &unknown, &["not_a_venue"]),
        ("owner", r#"{"add_venue":{"venue":"bob"}}"#, &["std:"]),
        ("owner", r#"{"remove_venue":{"venue":""}}"#, &["std:"]),
        ("owner", r#"{"set_model":{"scenarios":[]}}"#, &["underlyings"]),
        (
            "owner",
            r#"{"set_model":{"scenarios":[],"underlyings":{"BTC":{},"ETH":{}}}}"#,
            &["scenarios"],
        ),
        (
            "owner",
            r#"{"set_model":{"scenarios":[{"spot":"0.9","vol":"none"}],"underlyings":{"BTC":{},"ETH":{}}}}"#,
            &["scenarios"],
        ),
        (
            "owner",
            r#"{"set_model":{"scenarios":[{"spot":"1","vol":"sideways"}],"underlyings":{}}}"#,
            &["sideways"],
        ),
        ("owner", &legs, &["out_of_range: limits.legs 129: must be 1 to 128"]),
        ("owner", &interest, &["out_of_range: limits.open_interest -1"]),
        (
            "owner",
            &floor,
            &["out_of_range: limits.min_maintenance 2: must be at most min_equity, 1"],
        ),
        (
            "owner",
            &share,
            &["out_of_range: limits.max_reduce_cost 1.5: must be within 0 and 1"],
        ),
        ("owner", &missing, &["missing field", "legs"]),
        (
            "owner",
            r#"{"set_timing":{"max_age":0,"max_age_liquidation":60}}"#,
            &["out_of_range: timing.max_age 0"],
        ),
        (
            "owner",
            r#"{"set_timing":{"max_age":60,"max_age_liquidation":86401}}"#,
            &["out_of_range: timing.max_age_liquidation 86401"],
        ),
        (
            "owner",
            r#"{"set_auction":{"buffer":"11","start":"1","knee":"1","knee_seconds":1,"end_seconds":2,"reward":"0","payout_seconds":1,"payout_cap":"0"}}"#,
            &["liquidation_terms: buffer 11"],
        ),
        (
            "owner",
            r#"{"set_auction":{"buffer":"0","start":"1","knee":"1","knee_seconds":1,"end_seconds":1,"reward":"0","payout_seconds":1,"payout_cap":"0"}}"#,
            &["liquidation_terms: end_seconds 1"],
        ),
        (
            "owner",
            r#"{"set_auction":{"buffer":"0","start":"1","knee":"1","knee_seconds":4294967296,"end_seconds":2,"reward":"0","payout_seconds":1,"payout_cap":"0"}}"#,
            &["4294967296"],
        ),
        (
            "owner",
            r#"{"add_underlying":{"underlying":"BTC"}}"#,
            &["duplicate: underlying BTC"],
        ),
        (
            "owner",
            r#"{"add_underlying":{"underlying":"sol"}}"#,
            &["must be 1 to 12 of A-Z and 0-9"],
        ),
        (
            "owner",
            r#"{"add_underlying":{"underlying":"ABCDEFGHIJKLM"}}"#,
            &["must be 1 to 12 of A-Z and 0-9"],
        ),
        (
            "owner",
            r#"{"add_underlying":{"underlying":"SOL"}}"#,
            &["model.underlyings", "SOL"],
        ),
        ("owner", r#"{"propose_owner":{"owner":"nobody"}}"#, &["std:"]),
        ("alice", r#"{"accept_owner":{}}"#, &["no_offer"]),
    ];
    refuse(&mut story, rows, &[]);
}

/// The tables above hold every variant that there is.
#[test]
fn no_variant_is_forgotten() {
    let schema = serde_json::to_value(schemars::schema_for!(ExecuteMsg)).unwrap();
    let variants: BTreeSet<&str> = schema["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variant| variant["required"][0].as_str().unwrap())
        .collect();
    let mut tried: BTreeSet<&str> = SOUND.iter().map(|(_, json)| json.split('"').nth(1).unwrap()).collect();
    tried.extend(["create_account", "deposit", "fund_insurance"]);
    assert_eq!(variants, tried);
}
