//! What must be refused of the owner's messages, and of every message that brings funds along. As in [`crate::bad_input`].

use crate::bad_input::{Row, refuse, scene};
use hedgerow_interface::margin::ExecuteMsg;
use hedgerow_testing::World;
use std::collections::BTreeSet;

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
    (
        "owner",
        r#"{"set_timing":{"max_age":60,"max_age_liquidation":60,"min_confidence":"0.5","max_deviation":"0.3"}}"#,
    ),
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
        ("owner", &missing, &["is missing", "legs"]),
        (
            "owner",
            r#"{"set_timing":{"max_age":0,"max_age_liquidation":60,"min_confidence":"0.5","max_deviation":"0.3"}}"#,
            &["out_of_range: timing.max_age 0"],
        ),
        (
            "owner",
            r#"{"set_timing":{"max_age":60,"max_age_liquidation":86401,"min_confidence":"0.5","max_deviation":"0.3"}}"#,
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
