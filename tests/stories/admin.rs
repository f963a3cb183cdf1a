//! The owner's messages: parameters, venues, ownership, migration.

use cosmwasm_std::Addr;
use cw_multi_test::Executor;
use hedgerow_interface::event::{ParamsChanged, VenueChanged};
use hedgerow_interface::margin::{ExecuteMsg, MigrateMsg, QueryMsg, Timing, VenuesResponse};
use hedgerow_testing::setup::{plain, quantity, ratio, usd};
use hedgerow_testing::story::find;
use hedgerow_testing::world::instantiate_msg;
use hedgerow_testing::{Refusal, Setup, Story, World};

fn changed(events: &[cosmwasm_std::Event]) -> (u64, String) {
    let event: ParamsChanged = find(events).unwrap();
    (event.version, event.what)
}

/// Instantiation is version 1, the world's venue version 2.
#[test]
fn every_change_is_a_version() {
    let mut story = Story::new();
    let params = story.world.params();
    assert_eq!(params.version, 2);
    let (mut limits, mut auction) = (params.limits, params.auction);
    limits.open_interest = quantity("7");
    auction.reward = usd(3);
    let timing = Timing {
        max_age: 60,
        max_age_liquidation: 120,
        min_confidence: ratio("0.5"),
        max_deviation: ratio("0.3"),
    };
    let venue = story.world.address("another venue").to_string();
    let steps = [
        (ExecuteMsg::SetLimits(limits.clone()), "limits"),
        (ExecuteMsg::SetAuction(auction.clone()), "auction"),
        (ExecuteMsg::SetTiming(timing), "timing"),
        (ExecuteMsg::SetModel(Box::new(plain())), "model"),
        (ExecuteMsg::AddVenue { venue: venue.clone() }, "venues"),
        (ExecuteMsg::RemoveVenue { venue }, "venues"),
    ];
    for (version, (message, what)) in (3..).zip(steps) {
        let events = story.owner_sends(&message);
        assert_eq!(changed(&events), (version, what.to_owned()));
    }
    let params = story.world.params();
    assert_eq!(params.limits, limits);
    assert_eq!(params.auction, auction);
    assert_eq!(params.timing, timing);
    assert_eq!(params.model, plain());
    assert_ne!(params.model_hash, "");
}

#[test]
fn ownership_takes_two_steps() {
    let mut story = Story::new();
    let heir = story.person("heir", 0);
    let other = story.person("other", 0);
    let propose = |owner: Option<&Addr>| ExecuteMsg::ProposeOwner {
        owner: owner.map(Addr::to_string),
    };
    story.expect_error("no_offer", |s| {
        s.send(&heir, &ExecuteMsg::AcceptOwner {}, &[]);
    });
    story.owner_sends(&propose(Some(&heir)));
    assert_eq!(story.world.params().proposed_owner, Some(heir.to_string()));
    story.owner_sends(&propose(None));
    story.expect_error("no_offer", |s| {
        s.send(&heir, &ExecuteMsg::AcceptOwner {}, &[]);
    });
    story.owner_sends(&propose(Some(&heir)));
    story.expect_error("no_offer", |s| {
        s.send(&other, &ExecuteMsg::AcceptOwner {}, &[]);
    });
    // Until it is taken, the old owner rules.
    story.owner_sends(&propose(Some(&heir)));
    let events = story.send(&heir, &ExecuteMsg::AcceptOwner {}, &[]);
    assert_eq!(changed(&events).1, "owner");
    let params = story.world.params();
    assert_eq!((params.owner, params.proposed_owner), (heir.to_string(), None));
    story.expect_error("unauthorised", |s| {
        s.owner_sends(&propose(None));
    });
    story.expect_error("no_offer", |s| {
        s.send(&heir, &ExecuteMsg::AcceptOwner {}, &[]);
    });
}

#[test]
fn nobody_else_administers() {
    let mut story = Story::new();
    let params = story.world.params();
    let stranger = story.person("stranger", 0);
    let venue = story.world.venue.clone();
    let text = venue.to_string();
    let messages = [
        ExecuteMsg::AddVenue {
            venue: stranger.to_string(),
        },
        ExecuteMsg::RemoveVenue { venue: text },
        ExecuteMsg::SetModel(Box::new(params.model)),
        ExecuteMsg::SetLimits(params.limits),
        ExecuteMsg::SetTiming(params.timing),
        ExecuteMsg::SetAuction(params.auction),
        ExecuteMsg::AddUnderlying {
            underlying: "SOL".parse().unwrap(),
        },
        ExecuteMsg::ProposeOwner {
            owner: Some(stranger.to_string()),
        },
    ];
    for message in &messages {
        for sender in [&stranger, &venue] {
            story.expect_error("unauthorised", |s| {
                s.send(sender, message, &[]);
            });
        }
    }
}

#[test]
fn an_underlying_is_added_once_and_known_to_the_model() {
    let mut story = Story::new();
    let add = |name: &str| ExecuteMsg::AddUnderlying {
        underlying: name.parse().unwrap(),
    };
    story.expect_error("duplicate", |s| {
        s.owner_sends(&add("BTC"));
    });
    let text = story.expect_error("out_of_range", |s| {
        s.owner_sends(&add("SOL"));
    });
    assert!(text.contains("SOL"), "{text}");
    let mut model = plain();
    model.underlyings.insert("SOL".parse().unwrap(), Default::default());
    story.owner_sends(&ExecuteMsg::SetModel(Box::new(model)));
    story.owner_sends(&add("SOL"));
    let listed: Vec<String> = story
        .world
        .params()
        .underlyings
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(listed, ["BTC", "ETH", "SOL"]);
    // Listed, and the oracle knows nothing of it yet.
    let alice = story.trader("alice", 1_000);
    let maker = story.trader("maker", 1_000);
    story.expect_error("no_tape", |s| {
        s.buys(alice, maker, "SOL-PERP 1@150");
    });
    // A model that forgets a listed underlying is refused.
    story.expect_error("out_of_range", |s| {
        s.owner_sends(&ExecuteMsg::SetModel(Box::new(plain())));
    });
}

#[test]
fn venues_come_in_pages() {
    let mut story = Story::new();
    story.checking = false;
    let mut expected = vec![story.world.venue.to_string()];
    for n in 0..45 {
        let venue = story.world.address(&format!("venue {n}")).to_string();
        story.owner_sends(&ExecuteMsg::AddVenue { venue: venue.clone() });
        expected.push(venue);
    }
    expected.sort();
    let page = |start_after: Option<String>, limit| -> VenuesResponse {
        story.world.query(&QueryMsg::Venues { start_after, limit }).unwrap()
    };
    let first = page(None, None);
    assert_eq!(first.items, expected[..30]);
    assert_eq!(first.next.as_ref(), Some(&expected[29]));
    let second = page(first.next, None);
    assert_eq!(second.items, expected[30..]);
    assert_eq!(second.next, None);
    assert_eq!(page(None, Some(46)).next, None);
    assert_eq!(page(None, Some(45)).next.as_ref(), Some(&expected[44]));
    assert_eq!(page(None, Some(0)).items.len(), 1);
}

#[test]
fn a_venue_comes_and_goes() {
    let mut story = Story::new();
    let venue = story.world.venue.to_string();
    story.expect_error("duplicate", |s| {
        s.owner_sends(&ExecuteMsg::AddVenue { venue: venue.clone() });
    });
    let events = story.owner_sends(&ExecuteMsg::RemoveVenue { venue: venue.clone() });
    let event: VenueChanged = find(&events).unwrap();
    assert_eq!((&event.venue, event.registered), (&venue, false));
    story.expect_error("not_a_venue", |s| {
        s.owner_sends(&ExecuteMsg::RemoveVenue { venue });
    });
    let alice = story.trader("alice", 1_000);
    let maker = story.trader("maker", 1_000);
    story.expect_error("not_a_venue", |s| {
        s.buys(alice, maker, "BTC-PERP 0.001@60000");
    });
}

fn migrates(world: &mut World) -> Result<(), Refusal> {
    let (owner, margin, code) = (world.owner.clone(), world.margin.clone(), world.margin_code);
    world.app.migrate_contract(owner, margin, &MigrateMsg {}, code)?;
    Ok(())
}

fn pretend(world: &mut World, contract: &str, version: &str) {
    let margin = world.margin.clone();
    let mut storage = world.app.contract_storage_mut(&margin);
    let info = format!(r#"{{"contract":"{contract}","version":"{version}"}}"#);
    storage.set(b"contract_info", info.as_bytes());
}

#[test]
fn only_older_state_of_this_contract_migrates() {
    let mut story = Story::new();
    let own = env!("CARGO_PKG_VERSION");
    migrates(&mut story.world).unwrap();
    for (contract, version, code) in [
        ("hedgerow-margin", "0.0.9", "ok"),
        ("hedgerow-margin", own, "ok"),
        ("hedgerow-margin", "999.0.0", "newer_state"),
        ("hedgerow-oracle", own, "wrong_contract"),
        ("hedgerow-margin", "one", "corrupt"),
    ] {
        pretend(&mut story.world, contract, version);
        let outcome = migrates(&mut story.world);
        let found = outcome.as_ref().map_or_else(Refusal::code, |()| "ok");
        assert_eq!(found, code, "{contract} {version}: {outcome:?}");
    }
    pretend(&mut story.world, "hedgerow-margin", own);
    story.check();
}

/// Instantiations that must be refused: the field that is wrong, how it is set, what the error names.
#[test]
fn a_contract_is_set_up_soundly_or_not_at_all() {
    let mut world = World::new(&Setup::default());
    let sound = instantiate_msg(&Setup::default(), &world.oracle);
    type Change = fn(&mut hedgerow_interface::margin::InstantiateMsg);
    let cases: &[(&str, Change, &str)] = &[
        ("std", |m| m.owner = Some("nobody".to_owned()), ""),
        ("std", |m| m.oracle = String::new(), ""),
        ("out_of_range", |m| m.quote.denom = String::new(), "quote.denom"),
        ("number_out_of_range", |m| m.quote.decimals = 19, "quote decimals"),
        ("duplicate", |m| m.underlyings.push("BTC".parse().unwrap()), "BTC"),
        ("out_of_range", |m| m.underlyings.push("SOL".parse().unwrap()), "SOL"),
        ("out_of_range", |m| m.limits.legs = 0, "limits.legs 0: must be 1 to 128"),
        ("out_of_range", |m| m.limits.legs = 129, "limits.legs 129"),
        ("out_of_range", |m| m.limits.expiries = 33, "limits.expiries 33"),
        (
            "out_of_range",
            |m| m.limits.open_interest = quantity("-1"),
            "limits.open_interest -1",
        ),
        (
            "out_of_range",
            |m| m.limits.min_deposit = usd(0),
            "limits.min_deposit 0",
        ),
        ("out_of_range", |m| m.limits.min_equity = usd(-1), "limits.min_equity"),
        (
            "out_of_range",
            |m| m.limits.min_maintenance = usd(101),
            "at most min_equity, 100000000",
        ),
        ("out_of_range", |m| m.limits.borrow_cap = usd(-1), "limits.borrow_cap"),
        (
            "out_of_range",
            |m| m.limits.band_mark = ratio("10.000000001"),
            "limits.band_mark",
        ),
        (
            "out_of_range",
            |m| m.limits.band_index = ratio("-0.1"),
            "limits.band_index",
        ),
        (
            "out_of_range",
            |m| m.limits.max_reduce_cost = ratio("1.1"),
            "limits.max_reduce_cost 1.1",
        ),
        ("out_of_range", |m| m.timing.max_age = 0, "timing.max_age 0"),
        ("out_of_range", |m| m.timing.max_age = 3_601, "timing.max_age 3601"),
        (
            "out_of_range",
            |m| m.timing.max_age_liquidation = 119,
            "120 (max_age) to 86400",
        ),
        (
            "out_of_range",
            |m| m.timing.min_confidence = ratio("1.1"),
            "timing.min_confidence 1.1",
        ),
        (
            "out_of_range",
            |m| m.timing.max_deviation = ratio("-0.1"),
            "timing.max_deviation -0.1",
        ),
        ("liquidation_terms", |m| m.auction.start = ratio("1.1"), "start 1.1"),
        ("liquidation_terms", |m| m.auction.knee = ratio("0.99"), "knee 0.99"),
        ("liquidation_terms", |m| m.auction.end_seconds = 600, "end_seconds 600"),
        ("liquidation_terms", |m| m.auction.buffer = ratio("-1"), "buffer -1"),
        ("out_of_range", |m| m.auction.reward = usd(-1), "auction.reward"),
        ("out_of_range", |m| m.auction.payout_cap = usd(-1), "auction.payout_cap"),
        ("", |m| m.model.scenarios.clear(), "scenarios"),
        ("", |m| m.model.factors.maintenance = ratio("2"), "factors"),
    ];
    let (owner, code) = (world.owner.clone(), world.margin_code);
    for (code_expected, change, fragment) in cases {
        let mut message = sound.clone();
        change(&mut message);
        let outcome = world
            .app
            .instantiate_contract(code, owner.clone(), &message, &[], "margin", None);
        let refusal: Refusal = outcome.map(|_| ()).unwrap_err().into();
        assert!(refusal.code().starts_with(code_expected), "{code_expected}: {refusal}");
        assert!(refusal.text.contains(fragment), "{fragment}: {refusal}");
    }
    let again = world.app.instantiate_contract(code, owner, &sound, &[], "margin", None);
    again.unwrap();
}
