//! The gate: what an account may do, healthy or not. Margins are those of the plain model: one BTC at P asks for 0.2 P to
//! stay and 0.24 P to open.

use crate::near;
use hedgerow_interface::margin::Health;
use hedgerow_testing::{Setup, Story, Trader};

fn plain() -> Story {
    Story::with(&Setup::plain())
}

/// Alice has 20,000 and one BTC at 60,000.
fn long() -> (Story, Trader, Trader) {
    let mut story = plain();
    let alice = story.trader("alice", 20_000);
    let maker = story.trader("maker", 1_000_000);
    story.buys(alice, maker, "BTC-PERP 1@60000");
    (story, alice, maker)
}

#[test]
fn opening_asks_for_the_initial_margin() {
    let mut story = plain();
    let maker = story.trader("maker", 1_000_000);
    let short = story.trader("short", 14_399);
    let text = story.expect_error("initial_margin", |s| {
        s.buys(short, maker, "BTC-PERP 1@60000");
    });
    assert!(text.contains("account 2: equity 14399"), "{text}");
    story.expect_error("initial_margin", |s| {
        s.buys(maker, short, "BTC-PERP 1@60000");
    });
    let enough = story.trader("enough", 14_401);
    story.buys(enough, maker, "BTC-PERP 1@60000");
    let margin = story.margin(enough);
    assert_eq!(margin.health, Health::Healthy);
    near(margin.initial_margin, "14400");
    near(margin.maintenance_margin, "12000");
    near(margin.scan, "12000");
    // Paid for above the mark: 1,000 of loss on the spot.
    let hasty = story.trader("hasty", 15_399);
    story.expect_error("initial_margin", |s| {
        s.buys(hasty, maker, "BTC-PERP 1@61000");
    });
    story.deposits(hasty, 2_000_000);
    story.buys(hasty, maker, "BTC-PERP 1@61000");
}

/// A long future and a short perpetual ask for next to nothing; together they may be far larger than alone.
#[test]
fn hedges_are_seen() {
    let mut story = plain();
    let alice = story.trader("alice", 1_000);
    let maker = story.trader("maker", 1_000_000);
    story.buys(alice, maker, "BTC-PERP -1@60000, BTC-28MAR25 1@60250");
    // 20% of the basis of 250, times 1.2, is 60: below the least of 100.
    near(story.margin(alice).initial_margin, "100");
    story.expect_error("initial_margin", |s| {
        s.buys(alice, maker, "BTC-PERP 1@60000");
    });
    // Judged after the whole message: one leg first, the other second.
    let fills = vec![
        story.fill(alice, maker, "BTC-PERP 1@60000"),
        story.fill(alice, maker, "BTC-28MAR25 -1@60250"),
    ];
    story.matches(fills);
    assert_eq!(story.position(alice, "BTC-PERP"), "0");
}

/// At 52,000 equity is 12,000 over 10,400 to stay and 12,480 to open: only reducing.
#[test]
fn in_a_margin_call_only_reducing_passes() {
    let (mut story, alice, maker) = long();
    story.index("BTC", "52000");
    assert_eq!(story.margin(alice).health, Health::MarginCall);
    story.expect_error("initial_margin", |s| {
        s.buys(alice, maker, "BTC-PERP 0.001@52000");
    });
    // More of another underlying is no reduction, a hedge is one.
    story.expect_error("initial_margin", |s| {
        s.buys(alice, maker, "ETH-PERP 0.01@3000");
    });
    story.sells(alice, maker, "BTC-28MAR25 0.01@52216.67");
    story.sells(alice, maker, "BTC-PERP 0.01@51800");
    story.expect_error("not_enough_free_collateral", |s| {
        s.withdraws(alice, 1);
    });
}

/// At 48,000 equity is 8,000 under 9,600. A sale of 0.1 at the mark moves h from -3,520 to -2,368: it passes; at 47,500
/// 50 are lost, more than 1% of 4,800.
#[test]
fn a_liquidatable_account_may_reduce_at_a_fair_price() {
    let (mut story, alice, maker) = long();
    story.index("BTC", "48000");
    assert_eq!(story.margin(alice).health, Health::Liquidatable);
    let text = story.expect_error("reduce_cost", |s| {
        s.sells(alice, maker, "BTC-PERP 0.1@47500");
    });
    assert!(text.contains("lost 50 ") && text.contains("at most 48"), "{text}");
    story.sells(alice, maker, "BTC-PERP 0.1@47520");
    // Gaining against the mark is welcome.
    story.sells(alice, maker, "BTC-PERP 0.1@48500");
    // Too much: over to the other side is an opening, and this one is small enough to be healthy.
    story.sells(alice, maker, "BTC-PERP 0.9@48000");
    assert_eq!(story.position(alice, "BTC-PERP"), "-0.1");
    assert_eq!(story.margin(alice).health, Health::Healthy);
}

/// Several fills share one allowance: 1% of all that was traded.
#[test]
fn the_cost_of_reducing_is_judged_once() {
    let (mut story, alice, maker) = long();
    story.index("BTC", "48000");
    // 0.1 at 47,500 loses 50, 0.1 at the mark nothing: 50 of 96.
    let fills = vec![
        story.fill(alice, maker, "BTC-PERP -0.1@47500"),
        story.fill(alice, maker, "BTC-PERP -0.1@48000"),
    ];
    story.matches(fills);
    // Trading to and fro in the same message adds nothing to the allowance: 50 of 48.
    let fills = vec![
        story.fill(alice, maker, "BTC-PERP -0.1@47500"),
        story.fill(alice, maker, "BTC-PERP 0.5@48000"),
        story.fill(alice, maker, "BTC-PERP -0.5@48000"),
    ];
    story.expect_error("reduce_cost", |s| {
        s.matches(fills.clone());
    });
}

/// 5,000 of profit on paper and 8,000 of options: what may leave is cash beyond the margin of what stays.
#[test]
fn paper_profit_stays() {
    let (mut story, alice, maker) = long();
    story.index("BTC", "65000");
    let margin = story.margin(alice);
    near(margin.equity, "25000");
    near(margin.unrealised, "5000");
    // 20,000 - 15,600.
    let free = margin.withdrawable.units();
    assert!((free - 4_400_000_000).abs() <= 1, "{free}");
    story.expect_error("not_enough_free_collateral", |s| {
        s.withdraws(alice, free + 1);
    });
    story.withdraws(alice, free);
    story.expect_error("not_enough_free_collateral", |s| {
        s.withdraws(alice, 1);
    });
    // Closed, the profit is cash.
    story.sells(alice, maker, "BTC-PERP 1@65000");
    assert_eq!(story.margin(alice).withdrawable.units(), 25_000_000_000 - free);
}

#[test]
fn options_are_worth_their_margin_and_no_withdrawal() {
    let mut story = plain();
    let alice = story.trader("alice", 20_000);
    let maker = story.trader("maker", 1_000_000);
    story.buys(alice, maker, "BTC-28MAR25-60000-C 2@mark");
    let margin = story.margin(alice);
    let (equity, options) = (margin.equity, margin.option_value);
    assert!(options > "8000".parse().unwrap(), "{options}");
    let secured = equity.saturating_sub(options).saturating_sub(margin.initial_margin);
    let most = secured.to_decimal_floor(6).unwrap();
    assert_eq!(margin.withdrawable.units(), most);
    story.expect_error("not_enough_free_collateral", |s| {
        s.withdraws(alice, most + 2);
    });
    story.withdraws(alice, most);
    // Who sold them has the cash, and must keep it.
    let margin = story.margin(maker);
    assert!(margin.option_value.is_negative());
    let held = margin.equity.saturating_sub(margin.initial_margin);
    assert_eq!(margin.withdrawable.units(), held.to_decimal_floor(6).unwrap());
}

/// A transfer out follows the rule of a withdrawal, and helps who is in need.
#[test]
fn a_transfer_takes_no_security_away() {
    let (mut story, alice, _) = long();
    let second = story.second_account(alice, 0);
    story.expect_error("not_enough_free_collateral", |s| {
        s.transfers(alice, second, 5_601_000_000);
    });
    story.transfers(alice, second, 5_599_000_000);
    story.index("BTC", "56900");
    assert_eq!(story.margin(alice).health, Health::Liquidatable);
    story.transfers(second, alice, 5_599_000_000);
    assert_eq!(story.margin(alice).health, Health::Healthy);
}
