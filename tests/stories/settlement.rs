//! Expiry: valued at the last forward until a price is fixed, settled on touch or on request, dust to the fund.

use hedgerow_interface::event::{InsuranceChanged, Settled};
use hedgerow_interface::margin::ExecuteMsg;
use hedgerow_testing::story::{all, find};
use hedgerow_testing::{Story, Trader};

const MILLION: i128 = 1_000_000_000_000;

fn rich() -> (Story, Trader, Trader) {
    let mut story = Story::new();
    let alice = story.trader("alice", 1_000_000);
    let maker = story.trader("maker", 1_000_000);
    (story, alice, maker)
}

/// Long 1 future at 60,100, 2 calls 60,000 at 1,000, short 1 put 62,000 at 2,200; settled at 61,500.5.
///
/// Alice paid 2,000 - 2,200 = -200 for options. At settlement: 61,500.5 - 60,100 = 1,400.5 for the future,
/// 2 * 1,500.5 = 3,001 for the calls, -499.5 for the put: 3,902.
#[test]
fn every_kind_settles_to_the_unit() {
    let (mut story, alice, maker) = rich();
    story.buys(
        alice,
        maker,
        "BTC-21FEB25 1@60100, BTC-21FEB25-60000-C 2@1000, BTC-21FEB25-62000-P -1@2200",
    );
    assert_eq!(story.cash(alice), MILLION + 200_000_000);
    story.until_after("21FEB25");
    story.fix("BTC-21FEB25", "61500.5");
    let events = story.settles(&[alice]);
    let settled: Settled = find(&events).unwrap();
    assert_eq!((settled.account, settled.legs.0.len()), (alice.account, 3));
    assert_eq!(settled.sequence, story.world.account(alice.account).sequence);
    assert_eq!(settled.price.to_string(), "61500.5");
    assert_eq!(settled.payoff.to_string(), "3902000000");
    assert_eq!(story.cash(alice), MILLION + 4_102_000_000);
    assert_eq!(story.world.account(alice.account).legs, []);
    // The pool is what alice took out beside the cost of her future: 61,500.5 + 3,001 - 499.5.
    let book = &story.world.books().underlyings[0];
    assert_eq!(
        (book.series[0].legs, book.series[0].pool.to_string()),
        (3, "-64002000000".to_owned())
    );
    // A deposit touches the other side.
    let events = story.deposits(maker, 1_000_000);
    assert_eq!(find::<Settled>(&events).unwrap().payoff.to_string(), "-3902000000");
    assert_eq!(story.cash(maker), MILLION - 4_102_000_000 + 1_000_000);
    assert_eq!(story.world.books().underlyings[0].series, []);
}

#[test]
fn worthless_options_vanish() {
    let (mut story, alice, maker) = rich();
    story.buys(alice, maker, "BTC-21FEB25-65000-C 2@30, BTC-21FEB25-55000-P 3@30");
    story.until_after("21FEB25");
    story.fix("BTC-21FEB25", "60000");
    let events = story.settles(&[maker, alice]);
    let settled: Vec<Settled> = all(&events);
    assert_eq!(settled.len(), 2);
    assert!(settled.iter().all(|event| event.payoff.is_zero()));
    assert_eq!(story.cash(alice), MILLION - 150_000_000);
}

/// Three longs of 1e-8 against one short of 3e-8, settled at 60,000.99: each long gets floor(600.0099) = 600 base units,
/// the short pays 1,801 = -floor(-1,800.0297); the difference of 1 is dust, and the fund's.
#[test]
fn dust_of_a_pool_goes_to_the_fund() {
    let (mut story, alice, maker) = rich();
    let bob = story.trader("bob", 1_000);
    let carol = story.trader("carol", 1_000);
    for trader in [alice, bob, carol] {
        story.buys(trader, maker, "BTC-21FEB25 0.00000001@60000");
    }
    story.until_after("21FEB25");
    story.fix("BTC-21FEB25", "60000.99");
    for trader in [alice, maker, bob] {
        let events = story.settles(&[trader]);
        assert_eq!(find::<InsuranceChanged>(&events), None);
    }
    let events = story.settles(&[carol]);
    let fund: InsuranceChanged = find(&events).unwrap();
    assert_eq!(fund.balance.to_string(), "1");
    assert_eq!(story.world.books().insurance.to_string(), "1");
    assert_eq!(story.cash(maker), MILLION - 1);
    assert_eq!(story.cash(alice), MILLION);
}

#[test]
fn a_trade_touches_both_sides() {
    let (mut story, alice, maker) = rich();
    story.buys(alice, maker, "BTC-21FEB25 1@60000, BTC-28MAR25 1@60250");
    story.until_after("21FEB25");
    story.fix("BTC-21FEB25", "61000");
    let events = story.sells(alice, maker, "BTC-28MAR25 1@60250");
    assert_eq!(all::<Settled>(&events).len(), 2);
    assert_eq!(story.cash(alice), MILLION + 1_000_000_000);
    assert_eq!(story.cash(maker), MILLION - 1_000_000_000);
}

#[test]
fn a_withdrawal_has_what_was_settled() {
    let (mut story, alice, maker) = rich();
    story.buys(alice, maker, "BTC-21FEB25 1@60000");
    story.until_after("21FEB25");
    story.fix("BTC-21FEB25", "61000");
    assert_eq!(story.margin(alice).withdrawable.to_string(), "1001000000000");
    story.withdraws(alice, MILLION + 1_000_000_000);
    story.expect_error("negative_cash", |s| {
        s.withdraws(maker, MILLION);
    });
    story.withdraws(maker, MILLION - 1_000_000_000);
}

#[test]
fn until_a_price_is_fixed_the_last_forward_counts() {
    let (mut story, alice, maker) = rich();
    story.buys(alice, maker, "BTC-21FEB25 1@60015, BTC-21FEB25-59000-C 1@1400");
    story.index("BTC", "61000");
    story.until_after("21FEB25");
    // The forward was 60,015 at an index of 60,000: 61,015.25 at 61,000. The future gained 1,000.25, the call is worth
    // 2,015.25; the tape stays when spot moves on.
    for factor in ["1", "0.9"] {
        story.spot("BTC", factor);
        let margin = story.margin(alice);
        assert_eq!(margin.unrealised.to_string(), "1000.25");
        // Options are valued to 2e-15 of the forward, against the account.
        let (value, equity) = (margin.option_value.to_string(), margin.equity.to_string());
        assert!(value.starts_with("2015.249999999"), "{value}");
        assert!(equity.starts_with("1001615.499999999"), "{equity}");
    }
    let text = story.expect_error("expired", |s| {
        s.sells(alice, maker, "BTC-21FEB25 1@61015");
    });
    assert!(text.contains("BTC-21FEB25 expired at 1740124800"), "{text}");
    story.expect_error("expired", |s| {
        s.sells(alice, maker, "BTC-21FEB25-59000-C 1@2015");
    });
    story.expect_error("nothing_to_settle", |s| {
        s.settles(&[alice, maker]);
    });
    story.buys(alice, maker, "BTC-PERP 0.1@54900");
}

/// The last forward may be far from the settlement price: until it is fixed nothing leaves the account.
#[test]
fn nothing_leaves_before_the_price_is_fixed() {
    let (mut story, alice, maker) = rich();
    let second = story.second_account(alice, 0);
    story.buys(alice, maker, "BTC-21FEB25 1@60000");
    story.until_after("21FEB25");
    let text = story.expect_error("unsettled", |s| {
        s.withdraws(alice, 1);
        s.transfers(alice, second, 1);
    });
    assert!(text.contains("BTC") && text.contains("21FEB25"), "{text}");
    assert!(story.margin(alice).withdrawable.is_zero());
    story.fix("BTC-21FEB25", "60000");
    story.withdraws(alice, MILLION);
}

#[test]
fn a_batch_settles_those_that_can_be() {
    let (mut story, alice, maker) = rich();
    let bob = story.trader("bob", 1_000);
    story.buys(alice, maker, "BTC-21FEB25 1@60000, ETH-21FEB25 1@3001");
    story.until_after("21FEB25");
    story.fix("ETH-21FEB25", "3100");
    let events = story.settles(&[bob, alice, alice, maker]);
    let settled: Vec<Settled> = all(&events);
    assert_eq!(settled.len(), 2);
    assert!(settled.iter().all(|event| event.underlying.to_string() == "ETH"));
    assert_eq!(story.position(alice, "BTC-21FEB25"), "1");
    story.expect_error("nothing_to_settle", |s| {
        s.settles(&[alice]);
    });
    story.fix("BTC-21FEB25", "60000");
    story.settles(&[alice, bob, maker]);
    story.expect_error("nothing_to_settle", |s| {
        s.settles(&[bob]);
    });
}

#[test]
fn a_batch_is_bounded_and_names_real_accounts() {
    let (mut story, alice, _) = rich();
    story.expect_error("empty", |s| {
        s.settles(&[]);
    });
    let text = story.expect_error("too_many", |s| {
        s.settles(&[alice; 65]);
    });
    assert!(text.contains("accounts: 65, the limit is 64"), "{text}");
    let anyone = story.world.address("anyone");
    let text = story.expect_error("unknown_account", |s| {
        let accounts = vec![alice.account, hedgerow_interface::AccountId(99)];
        s.send(&anyone, &ExecuteMsg::Settle { accounts }, &[]);
    });
    assert!(text.contains("account 99"), "{text}");
}
