//! Old tapes, missing tapes, tapes of another format.

use cw_multi_test::App;
use hedgerow_interface::keys;
use hedgerow_testing::story::symbol;
use hedgerow_testing::{Story, Trader};

/// Alice is long one BTC and one ETH against the maker.
fn held() -> (Story, Trader, Trader) {
    let mut story = Story::new();
    let alice = story.trader("alice", 100_000);
    let maker = story.trader("maker", 1_000_000);
    story.buys(alice, maker, "BTC-PERP 1@60000, ETH-PERP 1@3000");
    (story, alice, maker)
}

#[test]
fn on_an_old_tape_only_deposits_and_what_shrinks_both_sides() {
    let (mut story, alice, maker) = held();
    let third = story.trader("third", 1_000_000);
    story.silence(120);
    story.buys(alice, maker, "BTC-PERP 0.1@60000");
    story.silence(1);
    let text = story.expect_error("tape_stale", |s| {
        s.buys(alice, maker, "BTC-PERP 0.1@60000");
    });
    assert!(text.contains("at most 120 s are allowed to add to positions"), "{text}");
    story.deposits(alice, 1_000_000);
    story.sells(alice, maker, "BTC-PERP 0.1@60000");
    // One side shrinks, the other opens.
    for (taker, other) in [(alice, third), (third, alice)] {
        let legs = if taker == alice {
            "BTC-PERP -0.1@60000"
        } else {
            "BTC-PERP 0.1@60000"
        };
        story.expect_error("tape_stale", |s| {
            s.buys(taker, other, legs);
        });
    }
    // Through zero is no shrinking; one leg that shrinks does not carry one that grows.
    for legs in [
        "BTC-PERP -1.1@60000",
        "BTC-PERP -0.1@60000, ETH-PERP 0.1@3000",
        "BTC-PERP -2@60000",
    ] {
        story.expect_error("tape_stale", |s| {
            s.buys(alice, maker, legs);
        });
    }
    story.expect_error("tape_stale", |s| {
        s.withdraws(alice, 1);
    });
    let second = story.second_account(alice, 0);
    story.expect_error("tape_stale", |s| {
        s.transfers(alice, second, 1);
    });
    assert!(story.margin(alice).withdrawable.is_zero());
    // Weeks later the same, to the end of the position.
    story.silence(1_000_000);
    story.sells(alice, maker, "BTC-PERP 1@60000, ETH-PERP 1@3000");
    story.withdraws(alice, 1_000_000);
}

/// Closing at a bad price on an old tape is refused by the band as ever, and an unhealthy account by the gate.
#[test]
fn the_usual_tests_hold_on_an_old_tape() {
    let (mut story, alice, maker) = held();
    story.silence(10_000);
    story.expect_error("off_market", |s| {
        s.sells(alice, maker, "BTC-PERP 0.5@50000");
    });
    story.sells(alice, maker, "BTC-PERP 0.5@55000");
}

#[test]
fn the_oldest_tape_counts() {
    let (mut story, alice, maker) = held();
    story.silence(130);
    story.world.report_one(symbol("BTC")).unwrap();
    // Alice holds ETH too, whose tape is old.
    story.expect_error("tape_stale", |s| {
        s.buys(alice, maker, "BTC-PERP 0.1@60000");
    });
    let bob = story.trader("bob", 100_000);
    let carol = story.trader("carol", 100_000);
    story.buys(bob, carol, "BTC-PERP 0.1@60000");
    story.expect_error("tape_stale", |s| {
        s.buys(bob, carol, "ETH-PERP 0.1@3000");
    });
}

fn write(app: &mut App, oracle: &cosmwasm_std::Addr, value: Option<&[u8]>) {
    let mut storage = app.contract_storage_mut(oracle);
    let key = keys::tape(symbol("BTC"));
    match value {
        Some(value) => storage.set(&key, value),
        None => storage.remove(&key),
    }
}

#[test]
fn a_tape_that_does_not_read_stops_everything_but_deposits() {
    let (mut story, alice, maker) = held();
    story.checking = false; // Margins cannot be answered for now.
    let oracle = story.world.oracle.clone();
    let tape = story
        .world
        .app
        .contract_storage(&oracle)
        .get(&keys::tape(symbol("BTC")))
        .unwrap();
    let mut other = tape.clone();
    other[0] = 3;
    for (value, code, fragment) in [
        (
            Some(&other[..]),
            "record_format",
            "format 3 is not known, this build reads format 2",
        ),
        (Some(&tape[..20]), "record_corrupt", "tape"),
        (Some(&tape[..1]), "record_corrupt", "tape"),
        (None, "no_tape", "BTC"),
    ] {
        write(&mut story.world.app, &oracle, value);
        let text = story.expect_error(code, |s| {
            s.withdraws(alice, 1);
            s.starts_clock(maker, alice);
            s.matches(vec![hedgerow_interface::margin::Fill {
                taker: alice.account,
                maker: maker.account,
                legs: vec!["BTC-PERP -0.1@60000".parse().unwrap()],
            }]);
        });
        assert!(text.contains(fragment), "{text}");
        story.deposits(alice, 1_000_000);
    }
    write(&mut story.world.app, &oracle, Some(&tape));
    story.check();
    story.sells(alice, maker, "BTC-PERP 1@60000");
}

#[test]
fn a_settlement_price_that_does_not_read_is_named() {
    let (mut story, alice, maker) = held();
    story.buys(alice, maker, "BTC-21FEB25 1@60015");
    story.until_after("21FEB25");
    story.checking = false;
    let oracle = story.world.oracle.clone();
    let key = keys::settlement(symbol("BTC"), "21FEB25".parse().unwrap());
    for bytes in [&b"1"[..], &[0; 8], &[255; 8], &[0; 9]] {
        story.world.app.contract_storage_mut(&oracle).set(&key, bytes);
        let text = story.expect_error("record_corrupt", |s| {
            s.settles(&[alice]);
        });
        assert!(text.contains("settlement"), "{text}");
    }
    story.world.app.contract_storage_mut(&oracle).remove(&key);
    story.check();
}
