//! How far prices are trusted: strictly for trading and withdrawing, by their age for liquidating, not at all for deposits
//! and for trades that shrink both sides.
//!
//! The model is [`plain`](hedgerow_testing::setup::plain): one BTC at P asks for 0.2 P to stay and 0.24 P to open.

use crate::liquidation::fallen;
use hedgerow_interface::event::{ClockStarted, TypedEvent};
use hedgerow_interface::oracle;
use hedgerow_testing::setup::ratio;
use hedgerow_testing::story::symbol;
use hedgerow_testing::world::rules;
use hedgerow_testing::{Setup, Story, Trader, days};

/// Confidence of a half at least; the index within 30% of the stable price.
fn strict() -> Setup {
    let mut setup = Setup::plain();
    setup.timing.min_confidence = ratio("0.5");
    setup.timing.max_deviation = ratio("0.3");
    setup
}

/// Alice is long one BTC against the maker.
fn held() -> (Story, Trader, Trader) {
    let mut story = Story::with(&strict());
    let alice = story.trader("alice", 100_000);
    let maker = story.trader("maker", 1_000_000);
    story.buys(alice, maker, "BTC-PERP 1@60000");
    (story, alice, maker)
}

/// Whatever strict mode refuses, with this code; deposits and what shrinks both sides go on. The mark is the price.
fn only_what_shrinks(story: &mut Story, alice: Trader, maker: Trader, code: &str, mark: &str) -> String {
    let second = story.second_account(alice, 0);
    let text = story.expect_error(code, |s| {
        s.buys(alice, maker, &format!("BTC-PERP 0.1@{mark}"));
        s.withdraws(alice, 1);
        s.transfers(alice, second, 1);
    });
    assert!(story.margin(alice).withdrawable.is_zero());
    story.deposits(alice, 1_000_000);
    story.sells(alice, maker, &format!("BTC-PERP 0.1@{mark}"));
    text
}

fn to_oracle(story: &mut Story, message: &oracle::ExecuteMsg) {
    let (owner, oracle) = (story.world.owner.clone(), story.world.oracle.clone());
    story.world.execute_at(&owner, &oracle, message, &[]).unwrap();
}

fn see_confidence(story: &mut Story, confidence: &str) {
    story.world.seen(symbol("BTC")).confidence = ratio(confidence);
    story.later(1);
}

#[test]
fn low_confidence_admits_only_what_shrinks() {
    let (mut story, alice, maker) = held();
    see_confidence(&mut story, "0.5");
    story.buys(alice, maker, "BTC-PERP 0.1@60000");
    see_confidence(&mut story, "0.499999999");
    let text = only_what_shrinks(&mut story, alice, maker, "low_confidence", "60000");
    assert!(text.contains("BTC: confidence 0.499999999, at least 0.5"), "{text}");
    see_confidence(&mut story, "1");
    story.buys(alice, maker, "BTC-PERP 0.1@60000");
    story.withdraws(alice, 1);
}

/// The stable price stays near 60,000 while the index falls to 41,000: 31.7% away. Two days later it has followed.
#[test]
fn an_index_far_from_its_stable_price_admits_only_what_shrinks() {
    let (mut story, alice, maker) = held();
    story.index("BTC", "43000");
    story.buys(alice, maker, "BTC-PERP 0.1@43000");
    story.index("BTC", "41000");
    let text = only_what_shrinks(&mut story, alice, maker, "index_deviates", "41000");
    assert!(
        text.contains("BTC: the index 41000 is more than 0.3 of the stable price 5999"),
        "{text}"
    );
    story.later(days(2));
    story.buys(alice, maker, "BTC-PERP 0.1@41000");
    story.withdraws(alice, 1);
}

/// Neither keeps an account from being liquidated.
#[test]
fn liquidation_asks_for_age_only() {
    let (mut story, alice, keeper) = fallen(&strict());
    see_confidence(&mut story, "0");
    story.index("BTC", "41000");
    let events = story.starts_clock(keeper, alice);
    assert!(events.iter().any(|event| ClockStarted::read(event).is_some()));
}

/// In earnest one publisher is no quorum: its reports are taken, and the tape stays as it was.
#[test]
fn a_dead_quorum_stops_trading_at_once_and_liquidation_at_its_age() {
    let (mut story, alice, keeper) = fallen(&Setup::plain());
    let bob = story.trader("bob", 100_000);
    let carol = story.trader("carol", 100_000);
    story.buys(bob, carol, "BTC-PERP 0.1@60000");
    let underlying = symbol("BTC");
    to_oracle(&mut story, &oracle::ExecuteMsg::EndDevelopment { underlying });
    let time = story.world.tape(underlying).unwrap().time;
    story.later(100);
    assert_eq!(story.world.tape(underlying).unwrap().time, time);
    story.buys(bob, carol, "BTC-PERP 0.1@60000");
    story.later(100);
    story.expect_error("tape_stale", |s| {
        s.buys(bob, carol, "BTC-PERP 0.1@60000");
        s.withdraws(bob, 1);
    });
    // Liquidation goes on for the rest of an hour; deposits and what shrinks both sides for ever.
    let events = story.starts_clock(keeper, alice);
    assert!(events.iter().any(|event| ClockStarted::read(event).is_some()));
    story.later(time + 3_600 - story.world.now());
    story.takes(keeper, alice, None, 0, None);
    story.later(1);
    story.expect_error("tape_stale", |s| {
        s.takes(keeper, alice, None, 0, None);
    });
    story.later(days(1));
    story.deposits(bob, 1_000_000);
    story.sells(bob, carol, "BTC-PERP 0.2@60000");
}

/// The index falls by 30% for real: until the second round confirms it the last tape counts, on it liquidation goes on.
#[test]
fn a_real_jump_passes_on_the_second_round_and_liquidation_goes_on_meanwhile() {
    let (mut story, alice, keeper) = fallen(&Setup::plain());
    let rules = oracle::Rules {
        max_jump: ratio("0.1"),
        ..rules()
    };
    to_oracle(&mut story, &oracle::ExecuteMsg::SetRules(rules));
    story.index("BTC", "42000");
    let index = |story: &Story| story.world.tape(symbol("BTC")).unwrap().market.index.to_string();
    assert_eq!(index(&story), "60000");
    story.starts_clock(keeper, alice);
    story.later(10);
    assert_eq!(index(&story), "42000");
}
