//! Accounts that are worth nothing or less: the fund, its cap, recorded debt, withdrawals while debt is open.
//!
//! The account is that of [`crate::liquidation::fallen`]: 1,600 put in, 0.1 BTC bought at 66,000. At 48,000 its equity is
//! -200 and its maintenance margin 960.

use crate::liquidation::{fallen, worked};
use crate::near;
use hedgerow_interface::event::{BadDebtCleared, InsuranceChanged, Liquidated, Withdrawn};
use hedgerow_interface::margin::Health;
use hedgerow_testing::setup::{ratio, usd};
use hedgerow_testing::story::find;
use hedgerow_testing::{Setup, Story, Trader};

const USD: u128 = 1_000_000;

/// At 48,000, with this many tokens in the fund.
fn sunk(setup: &Setup, fund: u128) -> (Story, Trader, Trader) {
    let (mut story, alice, keeper) = fallen(setup);
    if fund > 0 {
        let donor = story.trader("donor", 1_000);
        story.funds_insurance(donor, fund * USD);
    }
    story.index("BTC", "48000");
    assert_eq!(story.margin(alice).health, Health::Insolvent);
    (story, alice, keeper)
}

fn amounts(event: &Liquidated) -> (i128, i128, i128) {
    (event.paid.units(), event.insurance.units(), event.debt.units())
}

#[test]
fn the_fund_makes_the_taker_whole_at_once() {
    let (mut story, alice, keeper) = sunk(&worked(), 1_000);
    let events = story.liquidates(keeper, alice);
    let event: Liquidated = find(&events).unwrap();
    assert_eq!(event.fraction.to_string(), "1");
    assert_eq!(amounts(&event), (0, 200_000_000, 0));
    let fund: InsuranceChanged = find(&events).unwrap();
    assert_eq!((fund.balance.units(), fund.debt.units()), (800_000_000, 0));
    assert_eq!(story.cash(alice), 0);
    assert_eq!(story.position(keeper, "BTC-PERP"), "0.1");
    near(story.margin(keeper).equity, "100000");
    // Empty and healthy: its clock is over.
    assert_eq!(story.world.account(alice.account).clock.started, None);
}

/// From 200 at once to 200 + 960 after 600 seconds: 680 after 300.
#[test]
fn the_payment_rises_with_time() {
    for (wait, paid) in [(300, 680_000_000), (600, 1_160_000_000), (3_000, 1_160_000_000)] {
        let mut setup = worked();
        setup.auction.payout_cap = usd(5_000);
        let (mut story, alice, keeper) = sunk(&setup, 900);
        let donor = story.trader("second donor", 1_000);
        story.funds_insurance(donor, 900 * USD);
        let events = story.starts_clock(keeper, alice);
        assert_eq!(
            find::<hedgerow_interface::event::ClockStarted>(&events)
                .unwrap()
                .reward
                .units(),
            0
        );
        story.watches(keeper, alice, wait);
        let event: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
        let (own, insurance, debt) = amounts(&event);
        assert_eq!((own, debt), (0, 0));
        // The engine's margin may be a hair above 960, rounded against the account.
        assert!((insurance - paid).abs() <= 1, "{insurance}");
    }
}

#[test]
fn slices_share_one_cap() {
    let mut setup = worked();
    setup.auction.payout_cap = usd(120);
    let (mut story, alice, keeper) = sunk(&setup, 1_000);
    // Half of it is worth -100, paid by the fund; of the other half's 100 only 20 are left under the cap.
    let first: Liquidated = find(&story.takes(keeper, alice, Some(ratio("0.5")), 0, None)).unwrap();
    assert_eq!(amounts(&first), (0, 100_000_000, 0));
    let second: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
    assert_eq!(amounts(&second), (0, 20_000_000, 80_000_000));
    assert_eq!(story.world.books().debt.units(), 80_000_000);
}

#[test]
fn without_a_fund_everything_is_debt() {
    let (mut story, alice, keeper) = sunk(&worked(), 0);
    let event: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
    assert_eq!(amounts(&event), (0, 0, 200_000_000));
    near(story.margin(keeper).equity, "100000");
}

/// Tokens held: alice's 1,600, maker's 1,000,000, keeper's 100,000: T = 1,101,600; debt D = 200. Withdrawing 1,000 pays
/// floor(1e9 * T/(T+D)) = floor(999,818,478.852786...) = 999,818,478 units; the other 181,522 are taken off the debt.
#[test]
fn a_withdrawal_bears_its_part_of_the_debt() {
    let (mut story, alice, keeper) = sunk(&worked(), 0);
    story.liquidates(keeper, alice);
    let events = story.withdraws(keeper, 1_000_000_000);
    let out: Withdrawn = find(&events).unwrap();
    assert_eq!((out.amount.units(), out.paid.units()), (1_000_000_000, 999_818_478));
    assert_eq!(out.debt.units(), 200_000_000 - 181_522);
    let fund: InsuranceChanged = find(&events).unwrap();
    assert_eq!(fund.debt, out.debt);
    // A unit pays nothing of itself.
    let out: Withdrawn = find(&story.withdraws(keeper, 1)).unwrap();
    assert_eq!((out.paid.units(), out.debt.units()), (0, 200_000_000 - 181_523));

    // What comes into the fund repays the debt before it fills the fund: 199.818477 of 250.
    let donor = story.trader("donor", 1_000);
    let fund: InsuranceChanged = find(&story.funds_insurance(donor, 250 * USD)).unwrap();
    assert_eq!((fund.debt.units(), fund.balance.units()), (0, 50_181_523));
    let out: Withdrawn = find(&story.withdraws(keeper, 1_000_000_000)).unwrap();
    assert_eq!(out.paid, out.amount);
}

/// The last one out: everything can be withdrawn, and the debt is gone with it.
#[test]
fn everybody_leaves() {
    let (mut story, alice, keeper) = sunk(&worked(), 0);
    let maker = Trader {
        account: hedgerow_interface::AccountId(2),
        owner: 1,
    };
    story.liquidates(keeper, alice);
    story.sells(keeper, maker, "BTC-PERP 0.1@48000");
    for trader in [keeper, maker] {
        let all = story.cash(trader);
        story.withdraws(trader, all);
    }
    let books = story.world.books();
    assert_eq!((books.debt.units(), books.insurance.units()), (0, 0));
    assert!(story.world.purse(&story.world.margin).is_zero());
}

/// A slice at 60,000 brought R = 90. Where E <= R the solvent phase is over, and the taker is paid out of R first.
///
/// After the slice: cash 1,530 (R 90), 0.09 BTC at a cost of 5,940. At 49,000: E = 1,530 + 4,410 - 5,940 = 0, R = 90. All
/// of it is worth E - R = -90: paid 90 out of R, nothing by the fund.
#[test]
fn what_was_received_pays_first() {
    let (mut story, alice, keeper) = fallen(&worked());
    story.starts_clock(keeper, alice);
    story.later(200);
    story.takes(keeper, alice, Some(ratio("0.1")), 0, None);
    story.index("BTC", "49000");
    let event: Liquidated = find(&story.takes(keeper, alice, Some(ratio("0.5")), 0, None)).unwrap();
    // Half of it is a hole of 45, which R fills. The account was found closed just now, so there is no premium yet.
    assert_eq!(event.fraction.to_string(), "0.5");
    assert_eq!(amounts(&event), (-45_000_000, 0, 0));
    assert_eq!(story.world.account(alice.account).clock.received.units(), 45_000_000);
}

/// Settlement can leave an account in debt with nothing to sell: whoever settles it clears the debt, 100 out of the fund
/// and the rest as recorded debt.
#[test]
fn a_debt_without_legs_is_cleared() {
    let mut story = Story::with(&worked());
    let alice = story.trader("alice", 1_500);
    let maker = story.trader("maker", 1_000_000);
    let keeper = story.trader("keeper", 1_000);
    let donor = story.trader("donor", 1_000);
    story.funds_insurance(donor, 100 * USD);
    story.buys(alice, maker, "BTC-21FEB25 0.1@60015");
    story.until_after("21FEB25");
    // 1,500 + 4,400 - 6,001.50 = -101.50
    story.fix("BTC-21FEB25", "44000");
    let events = story.settles(&[alice]);
    let cleared: BadDebtCleared = find(&events).unwrap();
    assert_eq!(cleared.account, alice.account);
    assert_eq!(
        (cleared.amount.units(), cleared.insurance.units(), cleared.debt.units()),
        (101_500_000, 100_000_000, 1_500_000)
    );
    assert_eq!(story.cash(alice), 0);
    assert_eq!(story.margin(alice).health, Health::Healthy);
    story.expect_error("nothing_to_settle", |s| {
        s.settles(&[alice]);
    });
    story.expect_error("not_liquidatable", |s| {
        s.liquidates(keeper, alice);
    });
    story.settles(&[maker]);
}

/// A clock that ran through the solvent phase buys nothing of the fund's premium: it rises from when the account was found
/// without equity.
#[test]
fn the_premium_starts_where_equity_ends() {
    let (mut story, alice, keeper) = fallen(&worked());
    let donor = story.trader("donor", 5_000);
    story.funds_insurance(donor, 5_000 * USD);
    story.starts_clock(keeper, alice);
    story.watches(keeper, alice, 1_200);
    story.index("BTC", "48000");
    let event: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
    assert_eq!(amounts(&event), (0, 200_000_000, 0));
}

/// Half of the premium after 300 seconds is 480; without a fund nobody is paid it, and only the hole becomes debt.
#[test]
fn a_premium_is_never_minted() {
    let (mut story, alice, keeper) = sunk(&worked(), 0);
    story.starts_clock(keeper, alice);
    story.later(300);
    let event: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
    assert_eq!(amounts(&event), (0, 0, 200_000_000));
}

/// An owner cannot fill a sunk account's hole with less than it is deep and trade on.
#[test]
fn below_zero_nothing_but_deposits_help() {
    let (mut story, alice, _) = sunk(&worked(), 0);
    let maker = story.trader("another maker", 100_000);
    story.expect_error("initial_margin", |s| {
        s.sells(alice, maker, "BTC-PERP 0.1@48000");
    });
    story.deposits(alice, 199 * USD);
    story.expect_error("initial_margin", |s| {
        s.sells(alice, maker, "BTC-PERP 0.1@48000");
    });
    story.deposits(alice, USD);
    story.sells(alice, maker, "BTC-PERP 0.1@48000");
    assert_eq!(story.cash(alice), 0);
}

/// Alice put 101 in and bought 0.004 BTC at 60,000; at 34,000 her equity is -3, and her position asks for 27.20, the floor
/// for 50. However many slices she is taken over in, the premium is what her margin falls by: 50 in all, so 53 are paid.
#[test]
fn many_slices_earn_no_more_than_one() {
    let mut setup = worked();
    setup.auction.payout_seconds = 600;
    for slices in [vec!["1"], vec!["0.5"; 12], vec!["0.1"; 40]] {
        let mut story = Story::with(&setup);
        let alice = story.trader("alice", 101);
        let maker = story.trader("maker", 1_000_000);
        let keeper = story.trader("keeper", 100_000);
        let donor = story.trader("donor", 1_000);
        story.funds_insurance(donor, 1_000 * USD);
        story.buys(alice, maker, "BTC-PERP 0.004@60000");
        story.index("BTC", "34000");
        near(story.margin(alice).equity, "-3");
        story.starts_clock(keeper, alice);
        story.later(600);
        let mut paid = 0;
        for fraction in &slices {
            let event: Liquidated = find(&story.takes(keeper, alice, Some(ratio(fraction)), -10, None)).unwrap();
            paid += event.insurance.units() + event.debt.units();
        }
        if !story.world.account(alice.account).legs.is_empty() {
            let rest: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
            paid += rest.insurance.units() + rest.debt.units();
        }
        assert!((paid - 53_000_000).abs() <= 41, "{slices:?}: {paid}");
    }
}

/// Where some equity is left, but less than liquidators paid in, the account's own cash pays before the fund does.
///
/// As above; at 49,500: E = 1,530 + 4,455 - 5,940 = 45, R = 90: a hole of 45, and after 600 seconds a premium of all of
/// MM, 0.09 * 9,900 = 891. R pays 90 of the 936, the fund the other 846.
#[test]
fn own_cash_pays_the_premium_before_the_fund() {
    let (mut story, alice, keeper) = fallen(&worked());
    story.starts_clock(keeper, alice);
    story.later(200);
    story.takes(keeper, alice, Some(ratio("0.1")), 0, None);
    let donor = story.trader("donor", 1_000);
    story.funds_insurance(donor, 1_000 * USD);
    story.index("BTC", "49500");
    story.starts_clock(keeper, alice);
    story.later(600);
    let event: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
    let (own, insurance, debt) = amounts(&event);
    assert_eq!((own, debt), (-90_000_000, 0));
    assert!((insurance - 846_000_000).abs() <= 1, "{insurance}");
    assert_eq!(story.cash(alice), 0);
}

/// A clock that starts anew because nobody looked goes on under the same cap: waiting draws no more.
#[test]
fn waiting_does_not_renew_the_cap() {
    let mut setup = worked();
    setup.auction.payout_cap = usd(120);
    let (mut story, alice, keeper) = sunk(&setup, 1_000);
    let first: Liquidated = find(&story.takes(keeper, alice, Some(ratio("0.5")), 0, None)).unwrap();
    assert_eq!(amounts(&first), (0, 100_000_000, 0));
    story.later(601);
    let second: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
    assert_eq!(amounts(&second), (0, 20_000_000, 80_000_000));
}
