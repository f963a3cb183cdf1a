//! Matches: legs, fills, cash and cost to the unit.

use hedgerow_interface::event::Filled;
use hedgerow_interface::margin::ExecuteMsg;
use hedgerow_testing::setup::{quantity, ratio, usd};
use hedgerow_testing::story::{all, find};
use hedgerow_testing::{Setup, Story, Trader};

fn rich() -> (Story, Trader, Trader) {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000_000);
    let maker = story.trader("maker", 10_000_000);
    (story, alice, maker)
}

/// Cash, and the cost of the leg, in base units.
fn books(story: &Story, trader: Trader, instrument: &str) -> (i128, i128) {
    let account = story.world.account(trader.account);
    let leg = account.legs.iter().find(|leg| leg.instrument.to_string() == instrument);
    let cost = leg.and_then(|leg| leg.cost).map_or(0, |cost| cost.units());
    (account.cash.units(), cost)
}

const MILLION: i128 = 1_000_000_000_000;

/// Bought 1 at 60,000: cost 60,000. Sold 0.4 at 61,000: cost 36,000, and 24,400 - 24,000 = 400 to cash. Sold 1 more at
/// 62,000: 0.6 closes for 37,200 - 36,000 = 1,200, and 0.4 short stays at a cost of -24,800.
#[test]
fn a_perpetual_carries_its_cost() {
    let (mut story, alice, maker) = rich();
    story.buys(alice, maker, "BTC-PERP 1@60000");
    assert_eq!(books(&story, alice, "BTC-PERP"), (MILLION, 60_000_000_000));
    assert_eq!(books(&story, maker, "BTC-PERP"), (10 * MILLION, -60_000_000_000));
    story.sells(alice, maker, "BTC-PERP 0.4@61000");
    assert_eq!(
        books(&story, alice, "BTC-PERP"),
        (MILLION + 400_000_000, 36_000_000_000)
    );
    story.sells(alice, maker, "BTC-PERP 1@62000");
    assert_eq!(
        books(&story, alice, "BTC-PERP"),
        (MILLION + 1_600_000_000, -24_800_000_000)
    );
    assert_eq!(story.position(alice, "BTC-PERP"), "-0.4");
    story.buys(alice, maker, "BTC-PERP 0.4@60000");
    assert_eq!(books(&story, alice, "BTC-PERP"), (MILLION + 2_400_000_000, 0));
    assert_eq!(story.position(alice, "BTC-PERP"), "0");
    assert_eq!(story.cash(maker), 10 * MILLION - 2_400_000_000);
}

#[test]
fn an_option_is_paid_at_once() {
    let (mut story, alice, maker) = rich();
    story.buys(alice, maker, "BTC-28MAR25-60000-C 2@4600");
    assert_eq!(story.cash(alice), MILLION - 9_200_000_000);
    assert_eq!(story.cash(maker), 10 * MILLION + 9_200_000_000);
    assert_eq!(books(&story, alice, "BTC-28MAR25-60000-C").1, 0);
    story.sells(alice, maker, "BTC-28MAR25-60000-C 0.5@4700");
    assert_eq!(story.cash(alice), MILLION - 6_850_000_000);
    assert_eq!(story.position(maker, "BTC-28MAR25-60000-C"), "-1.5");
}

#[test]
fn many_legs_and_both_underlyings_in_one_fill() {
    let (mut story, alice, maker) = rich();
    let legs = "BTC-PERP -1@60000, BTC-28MAR25 1@60250, ETH-PERP 10@3000, ETH-27JUN25 -2@3043, \
                BTC-27JUN25-65000-C 1@mark, BTC-27JUN25-55000-P -1@mark, ETH-28FEB25-3000-P 5@mark";
    let events = story.buys(alice, maker, legs);
    let filled: Filled = find(&events).unwrap();
    assert_eq!(filled.legs.0.len(), 7);
    assert_eq!(filled.venue, story.world.venue.to_string());
    assert_eq!((filled.taker, filled.maker), (alice.account, maker.account));
    assert_eq!(filled.taker_sequence, story.world.account(alice.account).sequence);
    assert_eq!(filled.maker_sequence, story.world.account(maker.account).sequence);
    let account = story.world.account(alice.account);
    // By underlying, then expiry with the perpetual first, then the future and the strikes.
    let names: Vec<String> = account.legs.iter().map(|leg| leg.instrument.to_string()).collect();
    assert_eq!(
        names,
        [
            "BTC-PERP",
            "BTC-28MAR25",
            "BTC-27JUN25-55000-P",
            "BTC-27JUN25-65000-C",
            "ETH-PERP",
            "ETH-28FEB25-3000-P",
            "ETH-27JUN25"
        ]
    );
    assert_eq!(account.position_nonce, 1);
}

#[test]
fn fills_of_a_message_stand_together() {
    let (mut story, alice, maker) = rich();
    let bob = story.trader("bob", 1_000_000);
    let fills = vec![
        story.fill(alice, maker, "BTC-PERP 1@60000"),
        story.fill(bob, alice, "BTC-PERP 1@60100"),
        story.fill(maker, bob, "BTC-PERP 0.5@60000"),
    ];
    let events = story.matches(fills.clone());
    let filled: Vec<Filled> = all(&events);
    assert_eq!(filled.len(), 3);
    // An account that is in several fills changes once.
    assert_eq!(filled[0].taker_sequence, filled[1].maker_sequence);
    assert_eq!(story.position(alice, "BTC-PERP"), "0");
    assert_eq!(story.cash(alice), MILLION + 100_000_000);
    assert_eq!(story.position(bob, "BTC-PERP"), "0.5");
    // One fill too far off takes the others with it.
    let mut spoilt = fills;
    spoilt.push(story.fill(bob, maker, "ETH-PERP 1@3400"));
    story.expect_error("off_market", |s| {
        s.matches(spoilt.clone());
    });
}

/// The band is the larger of 10% of the mark and 5% of the index: 6,000 for the perpetual, 3,000 for a cheap option.
#[test]
fn prices_stay_near_the_mark() {
    let (mut story, alice, maker) = rich();
    story.buys(alice, maker, "BTC-PERP 0.1@66000");
    story.buys(alice, maker, "BTC-PERP 0.1@54000");
    for legs in ["BTC-PERP 0.1@66000.00000001", "BTC-PERP 0.1@53999.99999999"] {
        let text = story.expect_error("off_market", |s| {
            s.buys(alice, maker, legs);
        });
        assert!(text.contains("the mark is 60000, at most 6000"), "{text}");
    }
    story.buys(alice, maker, "BTC-21FEB25-80000-C 0.1@2999");
    story.expect_error("off_market", |s| {
        s.buys(alice, maker, "BTC-21FEB25-80000-C 0.1@3010");
    });
    // Without a band only the mark itself passes.
    let mut limits = story.world.params().limits;
    (limits.band_mark, limits.band_index) = (ratio("0"), ratio("0"));
    story.owner_sends(&ExecuteMsg::SetLimits(limits));
    story.buys(alice, maker, "BTC-PERP 0.1@60000");
    story.expect_error("off_market", |s| {
        s.buys(alice, maker, "BTC-PERP 0.1@60000.00000001");
    });
}

#[test]
fn legs_and_expiries_are_capped() {
    let mut setup = Setup::default();
    (setup.limits.legs, setup.limits.expiries) = (3, 2);
    let mut story = Story::with(&setup);
    let alice = story.trader("alice", 1_000_000);
    let maker = story.trader("maker", 10_000_000);
    let helper = story.trader("helper", 10_000_000);
    story.buys(
        alice,
        maker,
        "BTC-PERP 1@60000, BTC-28MAR25 1@60250, ETH-28MAR25 1@3013",
    );
    let text = story.expect_error("too_many", |s| {
        s.buys(alice, helper, "ETH-PERP 1@3000");
    });
    assert!(text.contains("legs of an account: 4, the limit is 3"), "{text}");
    // Swapping one for another within a message is fine, and the perpetual is no expiry.
    story.buys(alice, maker, "ETH-28MAR25 -1@3013, ETH-PERP 1@3000");
    story.buys(alice, maker, "ETH-PERP -1@3000, BTC-27JUN25 1@60850");
    story.sells(alice, maker, "BTC-PERP 1@60000");
    let text = story.expect_error("too_many", |s| {
        s.buys(alice, helper, "BTC-28FEB25 1@60060");
    });
    assert!(text.contains("expiries of an account: 3, the limit is 2"), "{text}");
    // Above a limit that fell, an account may still reduce.
    let mut limits = story.world.params().limits;
    (limits.legs, limits.expiries) = (1, 1);
    story.owner_sends(&ExecuteMsg::SetLimits(limits));
    story.sells(alice, maker, "BTC-28MAR25 0.5@60250");
    story.expect_error("too_many", |s| {
        s.buys(alice, maker, "BTC-PERP 1@60000");
    });
}

#[test]
fn open_interest_is_capped() {
    let mut setup = Setup::default();
    setup.limits.open_interest = quantity("10");
    let mut story = Story::with(&setup);
    let alice = story.trader("alice", 1_000_000);
    let maker = story.trader("maker", 10_000_000);
    story.buys(alice, maker, "BTC-PERP 6@60000, BTC-28MAR25-60000-C 4@4600");
    let text = story.expect_error("open_interest", |s| {
        s.buys(alice, maker, "BTC-28MAR25 0.00000001@60250");
    });
    assert!(text.contains("BTC") && text.contains("limit is 10"), "{text}");
    // By underlying, long legs counted once: a transfer of the position opens nothing.
    let bob = story.trader("bob", 1_000_000);
    story.buys(bob, alice, "BTC-PERP 6@60000");
    story.buys(bob, maker, "ETH-PERP 10@3000");
    // Closing passes when the cap has fallen below what is open.
    let mut limits = story.world.params().limits;
    limits.open_interest = quantity("0");
    story.owner_sends(&ExecuteMsg::SetLimits(limits));
    story.sells(bob, maker, "BTC-PERP 1@60000");
    story.expect_error("open_interest", |s| {
        s.buys(bob, maker, "BTC-PERP 0.5@60000");
    });
}

/// Selling a deep put and buying a perpetual's worth of options on credit: negative cash over all accounts is capped.
#[test]
fn borrowing_is_capped() {
    let mut setup = Setup::default();
    setup.limits.borrow_cap = usd(5_000);
    let mut story = Story::with(&setup);
    let alice = story.trader("alice", 30_000);
    let maker = story.trader("maker", 10_000_000);
    // Deep in the money calls: worth what they cost, paid with cash that is not there.
    story.buys(alice, maker, "BTC-28MAR25-20000-C 0.85@40280");
    assert!(story.cash(alice) < 0);
    let text = story.expect_error("borrow_cap", |s| {
        s.buys(alice, maker, "BTC-28MAR25-20000-C 0.03@40280");
    });
    assert!(text.contains("5000000000"), "{text}");
    // Less borrowing passes whatever the cap.
    let mut limits = story.world.params().limits;
    limits.borrow_cap = usd(0);
    story.owner_sends(&ExecuteMsg::SetLimits(limits));
    story.sells(alice, maker, "BTC-28MAR25-20000-C 0.05@40280");
    story.deposits(alice, 1_000_000);
}

#[test]
fn what_is_worth_nothing_is_not_traded() {
    let (mut story, alice, maker) = rich();
    // 1e-8 contract at 60,000 is 600 base units; 1e-8 at 0.5 is 0.005 of one.
    story.buys(alice, maker, "BTC-PERP 0.00000001@60000");
    let text = story.expect_error("dust", |s| {
        s.buys(alice, maker, "BTC-21FEB25-80000-C 0.00000001@0.5");
    });
    assert!(text.contains("0.00000001 at 0.5"), "{text}");
}

/// 1,000 openings and closings of a dust position, each side rounded: nobody ever has more than before.
#[test]
fn dust_round_trips_raise_nothing() {
    let (mut story, alice, maker) = rich();
    story.checking = false;
    let fills = |story: &Story| {
        (0..16)
            .flat_map(|_| {
                [
                    story.fill(alice, maker, "BTC-PERP 0.00000001@60000.99"),
                    story.fill(maker, alice, "BTC-PERP 0.00000001@60000.99"),
                ]
            })
            .collect::<Vec<_>>()
    };
    for _ in 0..63 {
        let batch = fills(&story);
        story.matches(batch);
    }
    assert_eq!(story.cash(alice), MILLION);
    assert_eq!(story.cash(maker), 10 * MILLION);
    // Opened in crumbs of 600.0099 units, closed at once: what alice gains in rounding, maker loses, and no more than
    // a unit a crumb.
    for _ in 0..100 {
        story.buys(alice, maker, "BTC-PERP 0.00000001@60000.99");
    }
    story.sells(alice, maker, "BTC-PERP 0.000001@60000.99");
    let gained = story.cash(alice) - MILLION;
    assert_eq!(story.cash(maker), 10 * MILLION - gained);
    assert_eq!(gained, 0); // 100 * floor(600.0099) = 60,000 paid, floor(60,000.99) = 60,000 received
    story.check();
}
