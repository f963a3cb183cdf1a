//! Attempts to steal, to mint, to keep keepers out. Each one fails, or gains nothing.

use crate::near;
use hedgerow_interface::event::Liquidated;
use hedgerow_interface::margin::{ExecuteMsg, Health, Scope};
use hedgerow_testing::setup::usd;
use hedgerow_testing::story::find;
use hedgerow_testing::{Setup, Story, market};

/// A venue with a budget of nothing trades alice's account to and fro at the worst prices it can find, down to crumbs:
/// her account is never worth less at the same prices.
#[test]
fn a_venue_without_budget_takes_nothing() {
    let mut story = Story::new();
    let alice = story.trader("alice", 100_000);
    let accomplice = story.trader("accomplice", 1_000_000);
    let venue = story.world.venue.clone();
    story.delegates(alice, venue.as_str(), &[Scope::Trade], 0);
    let mut accepted = 0;
    for quantity in ["0.00000001", "-0.00000001", "0.00000007", "-0.00000007", "0.3", "-0.3"] {
        for price in [
            "59999.99999999",
            "60000",
            "60000.00000001",
            "60000.99",
            "59999.01",
            "57500",
            "62500",
        ] {
            let worth = story.margin(alice).equity;
            let fills = vec![story.fill(alice, accomplice, &format!("BTC-PERP {quantity}@{price}"))];
            let outcome = story.attempt(&venue, &ExecuteMsg::Match { fills }, &[]);
            accepted += u32::from(outcome.is_ok());
            assert!(story.margin(alice).equity >= worth, "{quantity}@{price}");
        }
    }
    assert!(accepted > 10, "{accepted}");
}

/// Tokens sent to the contract beside its messages belong to nobody: no account can take them.
#[test]
fn a_gift_is_no_ones() {
    let mut story = Story::new();
    story.checking = false;
    let alice = story.trader("alice", 1_000);
    let margin = story.world.margin.clone();
    story.world.mint(&margin, "uusdc", 5_000_000);
    assert_eq!(story.margin(alice).withdrawable.units(), 1_000_000_000);
    story.expect_error("negative_cash", |s| {
        s.withdraws(alice, 1_000_000_001);
    });
}

/// An owner changes her legs in front of every slice; only who asks for the nonce is stopped by it.
#[test]
fn moving_about_does_not_keep_keepers_out() {
    let (mut story, alice, keeper) = crate::liquidation::fallen(&crate::liquidation::worked());
    let maker = story.trader("another maker", 100_000);
    let nonce = story.world.account(alice.account).position_nonce;
    story.sells(alice, maker, "BTC-PERP 0.00000001@60000");
    story.deposits(alice, 1_000_000);
    story.expect_error("position_changed", |s| {
        s.takes(keeper, alice, None, 0, Some(nonce));
    });
    story.takes(keeper, alice, None, 0, Some(nonce + 1));
}

/// Deposits do not move the nonce, so they cannot spoil a keeper's call.
#[test]
fn a_deposit_does_not_spoil_a_slice() {
    let (mut story, alice, keeper) = crate::liquidation::fallen(&crate::liquidation::worked());
    let nonce = story.world.account(alice.account).position_nonce;
    story.deposits(alice, 1_000_000);
    story.takes(keeper, alice, None, 0, Some(nonce));
}

/// The largest account: 128 legs. An empty account takes its slice, one with a leg of its own cannot hold 129.
#[test]
fn the_largest_account_is_liquidated() {
    let mut setup = Setup::plain();
    setup.limits.open_interest = "1000000".parse().unwrap();
    let mut story = Story::with(&setup);
    story.checking = false;
    let alice = story.trader("alice", 200_000);
    let maker = story.trader("maker", 100_000_000);
    let keeper = story.trader("keeper", 10_000_000);
    let other = story.trader("other", 10_000_000);
    let busy = story.trader("busy", 10_000_000);
    for day in market::EXPIRIES {
        let legs: Vec<String> = (0..32)
            .map(|n| format!("BTC-{day}-{}-C 0.1@mark", 30_000 + 500 * n))
            .collect();
        story.buys(alice, maker, &legs.join(","));
    }
    story.buys(busy, other, "ETH-PERP 1@3000");
    story.check();
    story.spot("BTC", "0.82");
    let margin = story.margin(alice);
    assert!(
        matches!(margin.health, Health::Liquidatable | Health::Insolvent),
        "{margin:?}"
    );
    story.expect_error("too_many", |s| {
        s.liquidates(busy, alice);
    });
    story.checking = true;
    let event: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
    assert_eq!(event.legs.0.len(), 128);
}

/// Two accounts of one owner, one long and one short: after a crash the one is sunk and the other rich. Taking the sunk
/// one over at once pays what it lacks, and not a unit more; what the owner has in all is what was there before.
#[test]
fn hedging_oneself_mints_nothing() {
    let mut setup = Setup::plain();
    setup.auction.payout_cap = usd(1_000_000);
    let mut story = Story::with(&setup);
    let long = story.trader("owner of both", 15_000);
    let short = story.second_account(long, 15_000);
    let taker = story.trader("the same, by another name", 15_000);
    let donor = story.trader("donor", 100_000);
    story.funds_insurance(donor, 50_000_000_000);
    story.buys(long, short, "BTC-PERP 1@60000");
    story.index("BTC", "40000");
    // 15,000 - 20,000
    near(story.margin(long).equity, "-5000");
    let event: Liquidated = find(&story.liquidates(taker, long)).unwrap();
    assert_eq!(event.insurance.units(), 5_000_000_000);
    let all = [long, short, taker].map(|trader| story.margin(trader).equity);
    let sum = all[0].saturating_add(all[1]).saturating_add(all[2]);
    // 45,000 and the 5,000 that the fund covers.
    near(sum, "50000");
}

/// What an account in a margin call gives to a friend is bounded by 1% of what it sheds, unless it is healthy afterwards: what
/// it gives then is its own money.
#[test]
fn an_unhealthy_account_is_not_emptied_to_a_friend() {
    for (legs, expected) in [
        ("BTC-PERP -0.1@56400", "reduce_cost"),
        ("BTC-PERP -0.1@56400, ETH-PERP 0.1@3300", "reduce_cost"),
        ("BTC-PERP -0.1@56400, BTC-PERP -0.0001@62700", "reduce_cost"),
        ("BTC-PERP -0.1@56430", "ok"),
        ("BTC-PERP -1@51300", "ok"),
    ] {
        let mut story = Story::with(&Setup::plain());
        let alice = story.trader("alice", 15_000);
        let friend = story.trader("friend", 1_000_000);
        story.buys(alice, friend, "BTC-PERP 1@60000");
        story.index("BTC", "57000");
        assert_eq!(story.margin(alice).health, Health::MarginCall);
        let fills = vec![story.fill(alice, friend, legs)];
        let venue = story.world.venue.clone();
        let outcome = story.attempt(&venue, &ExecuteMsg::Match { fills }, &[]);
        let code = outcome.map_or_else(|refusal| refusal.code().to_owned(), |_| "ok".to_owned());
        assert_eq!(code, expected, "{legs}");
    }
}

/// A real day's chain of seven expiries: the oracle takes it, options trade at its marks.
#[test]
fn the_shipped_market_trades() {
    let setup = Setup {
        market: market::shipped(),
        ..Setup::default()
    };
    let mut story = Story::with(&setup);
    let alice = story.trader("alice", 100_000);
    let maker = story.trader("maker", 1_000_000);
    story.buys(
        alice,
        maker,
        "BTC-26JUN20-9000-C 5@mark, BTC-26JUN20-9000-P 5@mark, BTC-PERP -2@mark",
    );
    story.spot("BTC", "0.758"); // the hour of 12 March 2020
    story.vol("BTC", "1.4");
    let event: Result<_, _> = story.attempt(
        &story.address(maker),
        &ExecuteMsg::Liquidate {
            account: alice.account,
            liquidator: maker.account,
            take: None,
        },
        &[],
    );
    assert_eq!(event.unwrap_err().code(), "not_liquidatable");
    assert_eq!(story.margin(alice).health, Health::Healthy);
}
