//! Margins that the contract answers, against numbers worked by hand.

use crate::near;
use hedgerow_interface::margin::MarginResponse;
use hedgerow_risk::number::Value;
use hedgerow_testing::story::symbol;
use hedgerow_testing::{Story, Trader};

fn charge(margin: &MarginResponse, name: &str) -> Value {
    let found = margin.charges.iter().find(|charge| charge.name == name);
    found.expect(name).initial
}

fn holding(legs: &str) -> (Story, Trader) {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000_000);
    let maker = story.trader("maker", 10_000_000);
    story.buys(alice, maker, legs);
    (story, alice)
}

/// The shipped model, one perpetual at 60,000: 18% down loses 10,800 (66% down, weighted a quarter, 9,900); roll
/// 60,000 * 0.005 = 300. Maintenance 11,100; initial 1.25 times that, 13,875.
#[test]
fn one_perpetual() {
    let (story, alice) = holding("BTC-PERP 1@60000");
    let margin = story.margin(alice);
    near(margin.scan, "10800");
    near(margin.maintenance_margin, "11100");
    near(margin.initial_margin, "13875");
    // Before the factors, as the scan is.
    near(charge(&margin, "roll"), "300");
    near(margin.legs[0].contribution, "13875");
    // Spot 0.82 with volatility down is the first of the three equal worst ones.
    assert_eq!(margin.worst_scenario, 3);
}

/// Half of what ETH gains counts against what BTC loses. Long 1 BTC, short 10 ETH: at -18% BTC loses 10,800 and ETH gains
/// 5,400, counted as 2,700: 8,100. At +18% BTC gains 10,800, counted as 5,400, and ETH loses 5,400: 0. The worst is 66%
/// down at a quarter: 9,900 less half of 4,950 is 7,425; 8,100 stands. Roll 300 + 150.
#[test]
fn gains_elsewhere_count_half() {
    let (story, alice) = holding("BTC-PERP 1@60000, ETH-PERP -10@3000");
    let margin = story.margin(alice);
    near(margin.scan, "8100");
    near(margin.maintenance_margin, "8550");
    near(margin.initial_margin, "10687.5");
}

/// A long call's loss is bounded by its price, and a put beside a perpetual bounds the perpetual's.
#[test]
fn a_bought_put_protects() {
    let (story, alice) = holding("BTC-PERP 1@60000");
    let bare = story.margin(alice).initial_margin;
    let (story, alice) = holding("BTC-PERP 1@60000, BTC-28MAR25-58000-P 1@mark");
    let hedged = story.margin(alice).initial_margin;
    // Less than six tenths.
    assert!(
        hedged < bare.mul_ratio_floor("0.6".parse().unwrap()),
        "{hedged} of {bare}"
    );
}

/// At 0.98 the initial factor is 1.25 + 2 * (0.99 - 0.98) = 1.27. The lowest price of the tapes that an account needs is
/// the one that counts.
#[test]
fn the_quote_token_leaves_its_peg() {
    let (mut story, alice) = holding("BTC-PERP 1@60000");
    let bob = story.trader("bob", 100_000);
    let carol = story.trader("carol", 100_000);
    story.buys(bob, carol, "BTC-PERP 1@60000, ETH-PERP 0.001@3000");
    story.world.quote_price = "0.98".parse().unwrap();
    story.world.advance(1);
    story.world.report_one(symbol("ETH")).unwrap();
    story.check();
    near(story.margin(alice).initial_margin, "13875");
    // 10,800.54 + 300.015 of maintenance, times 1.27.
    near(story.margin(bob).maintenance_margin, "11100.555");
    near(story.margin(bob).initial_margin, "14097.70485");
    story.world.report_one(symbol("BTC")).unwrap();
    story.check();
    near(story.margin(alice).initial_margin, "14097");
}
