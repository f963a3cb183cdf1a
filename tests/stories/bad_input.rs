//! What must be refused, message by message: each row is sent as JSON, names what is wrong, and changes nothing. The owner's
//! messages are in [`crate::bad_params`].

use cosmwasm_std::Coin;
use hedgerow_testing::{Story, World};

/// Account 1 is alice's, account 2 bob's; both are open to the venue. Account 99 does not exist.
pub fn scene() -> Story {
    let mut story = Story::new();
    let alice = story.trader("alice", 100_000);
    let bob = story.trader("bob", 1_000_000);
    story.buys(alice, bob, "BTC-PERP 1@60000");
    story.person("owner", 1_000_000_000);
    story.person("venue", 1_000_000_000);
    story
}

/// Sender, message, what the refusal says.
pub type Row<'a> = (&'a str, &'a str, &'a [&'a str]);

pub fn refuse(story: &mut Story, rows: &[Row<'_>], funds: &[Coin]) {
    for (sender, json, fragments) in rows {
        let sender = story.world.address(sender);
        let refusal = story.refused_raw(&sender, json, funds);
        for fragment in *fragments {
            assert!(refusal.text.contains(fragment), "{json}\n{refusal}\nwants {fragment}");
        }
    }
    story.check();
}

#[test]
fn malformed_messages() {
    let mut story = scene();
    let rows: &[Row<'_>] = &[
        ("alice", "", &[]),
        ("alice", "null", &[]),
        ("alice", "[]", &[]),
        ("alice", r#"{"steal":{}}"#, &["must be one of create_account", "steal"]),
        (
            "alice",
            r#"{"withdraw":{"account":1,"amount":"1"},"accept_owner":{}}"#,
            &[],
        ),
        (
            "alice",
            r#"{"create_account":{"owner":"bob"}}"#,
            &["not known", "owner"],
        ),
        ("alice", r#"{"create_account":null}"#, &[]),
        ("alice", r#"{"deposit":{"account":"1"}}"#, &["must be a"]),
        ("alice", r#"{"deposit":{"account":-1}}"#, &["-1"]),
        ("alice", r#"{"deposit":{"account":18446744073709551616}}"#, &[]),
        ("alice", r#"{"deposit":{}}"#, &["is missing", "account"]),
        (
            "alice",
            r#"{"fund_insurance":{"amount":"1"}}"#,
            &["not known", "amount"],
        ),
        ("alice", r#"{"accept_owner":{"x":1}}"#, &["not known"]),
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
        ("alice", r#"{"withdraw":{"account":1,"amount":1}}"#, &["must be a"]),
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
            "scopes[0]: withdraw: must be one of",
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
        ("BTC-28MAR25-10000000000-C 1@0.001", "out_of_range: strike 10000000000"),
        (
            "BTC-28MAR25-29-P 1@0.001",
            "out_of_range: strike 29: must be within a 2000th and 2000 times the index, 60000",
        ),
        (
            "BTC-28MAR25-100000000-C 100000000@0.001",
            "leg_too_large: instrument BTC-28MAR25-100000000-C",
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
        ("venue", r#"{"match":{}}"#, &["is missing", "fills"]),
        ("venue", &none, &["empty: legs"]),
        ("venue", &many_fills, &["too_many: fills: 65, the limit is 64"]),
        ("venue", &many_legs, &["too_many: legs: 257, the limit is 256"]),
        ("venue", &same, &["same_account: account 1"]),
        ("venue", &unknown, &["unknown_account: account 99"]),
        ("venue", &zero, &["unknown_account: account 0"]),
        ("venue", &stray, &["not known", "fee"]),
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
        ("alice", r#"{"settle":{"accounts":1}}"#, &["must be a"]),
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
        ("bob", &number, &["must be a"]),
        ("bob", &cents, &["0.5"]),
        ("bob", &nonce, &["-1"]),
    ];
    refuse(&mut story, rows, &[]);
}
