//! Clocks, rewards and slices of accounts that are still worth something.
//!
//! The model is [`plain`](hedgerow_testing::setup::plain): one BTC at P asks for 0.2 P to stay and 0.24 P to open.

use crate::near;
use hedgerow_interface::event::{ClockEnded, ClockStarted, Liquidated, TypedEvent};
use hedgerow_interface::margin::{ExecuteMsg, Health};
use hedgerow_testing::setup::{quantity, ratio, usd};
use hedgerow_testing::story::{find, symbol};
use hedgerow_testing::{Setup, Story, Trader, minutes};

/// Alice put 1,600 in and bought 0.1 BTC at 66,000; at 60,000 her equity is 1,000 and her maintenance margin 1,200.
pub fn fallen(setup: &Setup) -> (Story, Trader, Trader) {
    let mut story = Story::with(setup);
    let alice = story.trader("alice", 1_600);
    let maker = story.trader("maker", 1_000_000);
    let keeper = story.trader("keeper", 100_000);
    story.index("BTC", "66000");
    story.buys(alice, maker, "BTC-PERP 0.1@66000");
    story.index("BTC", "60000");
    (story, alice, keeper)
}

/// The price factor falls from 0.98 to 0.82 in 400 seconds: 0.9 after 200. No reward.
pub fn worked() -> Setup {
    let mut setup = Setup::plain();
    setup.auction.reward = usd(0);
    setup.auction.knee = ratio("0.82");
    setup.auction.knee_seconds = 400;
    setup
}

fn slice(events: &[cosmwasm_std::Event]) -> Liquidated {
    find(events).unwrap()
}

/// E 1000, MM 1200, buffer 0.1, d 0.9, R 0: f = 320/1220 = 0.262295081967.
///
/// Of 0.1 BTC 0.0262295 moves, of 1,600 cash floor(419.672131147) = 419.672131, of a cost of 6,600 1,731.147. The slice
/// is worth 419.672131 + 0.0262295 * 60,000 - 1,731.147 = 262.295131 and costs 0.9 of it, rounded up: 236.065618.
/// Left are 973.770487 of equity over 0.0737705 * 12,000 = 885.246: a buffer of 10%.
#[test]
fn the_worked_slice() {
    let (mut story, alice, keeper) = fallen(&worked());
    let margin = story.margin(alice);
    assert_eq!(margin.health, Health::Liquidatable);
    assert_eq!(margin.equity.to_string(), "1000");
    story.starts_clock(keeper, alice);
    story.later(200);
    story.expect_error("too_little_received", |s| {
        s.takes(keeper, alice, None, 26_229_514, None);
    });
    story.expect_error("position_changed", |s| {
        s.takes(keeper, alice, None, 0, Some(2));
    });
    let events = story.takes(keeper, alice, None, 26_229_513, Some(1));
    let event = slice(&events);
    assert_eq!(event.fraction.to_string(), "0.262295081");
    assert_eq!(event.legs.to_string(), "BTC-PERP 0.0262295");
    assert_eq!(event.cash.to_string(), "419672131");
    assert_eq!(event.cost.to_string(), "1731147000");
    assert_eq!(event.paid.to_string(), "236065618");
    assert_eq!((event.insurance.units(), event.debt.units()), (0, 0));
    assert_eq!(story.cash(keeper), 100_000_000_000 + 419_672_131 - 236_065_618);
    let margin = story.margin(alice);
    near(margin.equity, "973.770487");
    near(margin.maintenance_margin, "885.246");
    // Above the maintenance margin: the clock is over, and nothing more to take.
    let ended: ClockEnded = find(&events).unwrap();
    assert_eq!(ended.account, alice.account);
    story.expect_error("not_liquidatable", |s| {
        s.liquidates(keeper, alice);
    });
}

/// What was paid in is neither for sale nor counted in the price.
///
/// First 0.1 of it: worth 160 + 600 - 660 = 100 for 90. Then E 990, MM 1080, R 90, m -90, B -198:
/// f = 198 / (198 + 900*0.9 + 90) = 198/1098 = 0.180327868852. Of the 0.09 BTC 0.0162295 moves; of 1,530 - 90 cash
/// 259.672131; of a cost of 5,940 1,071.147. Worth 259.672131 + 973.77 - 1,071.147 = 162.295131, for 146.065618.
#[test]
fn what_liquidators_paid_stays() {
    let (mut story, alice, keeper) = fallen(&worked());
    story.starts_clock(keeper, alice);
    story.later(200);
    let first = slice(&story.takes(keeper, alice, Some(ratio("0.1")), 0, None));
    assert_eq!(
        (first.legs.to_string(), first.paid.to_string()),
        ("BTC-PERP 0.01".to_owned(), "90000000".to_owned())
    );
    let clock = story.world.account(alice.account).clock;
    assert_eq!(clock.received.to_string(), "90000000");
    let second = slice(&story.liquidates(keeper, alice));
    assert_eq!(second.fraction.to_string(), "0.180327868");
    assert_eq!(second.legs.to_string(), "BTC-PERP 0.0162295");
    assert_eq!(
        (second.cash.to_string(), second.paid.to_string()),
        ("259672131".to_owned(), "146065618".to_owned())
    );
    assert_eq!(story.world.account(alice.account).clock.started, None);
}

/// 0.98 at once, 0.82 at the knee, in a line to nothing 3,200 seconds later: then the whole account goes for free.
#[test]
fn the_price_falls_with_time() {
    let mut paid = Vec::new();
    for wait in [0, 200, 400, 2_000] {
        let (mut story, alice, keeper) = fallen(&worked());
        story.starts_clock(keeper, alice);
        story.watches(keeper, alice, wait);
        // A tenth is worth 100.
        let event = slice(&story.takes(keeper, alice, Some(ratio("0.1")), 0, None));
        paid.push(event.paid.to_string());
    }
    assert_eq!(paid, ["98000000", "90000000", "82000000", "41000000"]);

    let (mut story, alice, keeper) = fallen(&worked());
    story.starts_clock(keeper, alice);
    story.watches(keeper, alice, 3_600);
    let event = slice(&story.liquidates(keeper, alice));
    assert_eq!((event.fraction.to_string(), event.paid.units()), ("1".to_owned(), 0));
    assert_eq!(story.cash(alice), 0);
    assert_eq!(story.margin(keeper).equity.to_string(), "101000");
}

/// Ten minutes without a call, and the clock starts anew: a fall of long ago buys nothing.
#[test]
fn a_clock_that_nobody_watches_starts_anew() {
    let (mut story, alice, keeper) = fallen(&worked());
    story.starts_clock(keeper, alice);
    story.later(601);
    let events = story.takes(keeper, alice, Some(ratio("0.1")), 0, None);
    assert!(find::<ClockStarted>(&events).is_some());
    assert_eq!(slice(&events).paid.units(), 98_000_000);
}

/// 0.5% of 1,200 is 6, less than the fixed 10.
#[test]
fn starting_a_clock_pays_once_an_hour() {
    let (mut story, alice, keeper) = fallen(&Setup::plain());
    let events = story.starts_clock(keeper, alice);
    let started: ClockStarted = find(&events).unwrap();
    assert_eq!((started.account, started.reward.units()), (alice.account, 6_000_000));
    assert_eq!(story.cash(keeper), 100_006_000_000);
    // A clock that runs is not started again.
    let events = story.starts_clock(keeper, alice);
    assert_eq!(find::<ClockStarted>(&events), None);

    // 300 put in: 1,294 over 1,200, the clock ends. Then down 6%: 1294 - 360 = 934 under 1,128.
    let events = story.deposits(alice, 300_000_000);
    assert!(find::<ClockEnded>(&events).is_some());
    story.spot("BTC", "0.94");
    let again: ClockStarted = find(&story.starts_clock(keeper, alice)).unwrap();
    assert_eq!(again.reward.units(), 0);
    story.deposits(alice, 300_000_000);
    story.later(3_600);
    story.spot("BTC", "0.98");
    // E 1234 - 0.1*1,128 = 1,121.2 and MM 1,105.44: healthy for now.
    story.expect_error("not_liquidatable", |s| {
        s.starts_clock(keeper, alice);
    });
    story.spot("BTC", "0.99");
    // 55,272 * 0.99 = 54,719.28: E 1,065.928 under 1,094.3856, of which 0.5% is 5.471928.
    let third: ClockStarted = find(&story.starts_clock(keeper, alice)).unwrap();
    assert_eq!(third.reward.units(), 5_471_928);
}

#[test]
fn anyone_ends_the_clock_of_a_healthy_account() {
    let (mut story, alice, keeper) = fallen(&worked());
    story.starts_clock(keeper, alice);
    story.index("BTC", "63000");
    // 1,300 of equity over 1,260.
    let events = story.liquidates(keeper, alice);
    assert!(find::<ClockEnded>(&events).is_some());
    assert_eq!(find::<Liquidated>(&events), None);
    assert_eq!(story.position(alice, "BTC-PERP"), "0.1");
    story.expect_error("not_liquidatable", |s| {
        s.liquidates(keeper, alice);
    });
}

#[test]
fn nothing_leaves_while_the_clock_runs() {
    let (mut story, alice, keeper) = fallen(&worked());
    let second = story.second_account(alice, 0);
    story.starts_clock(keeper, alice);
    assert!(story.margin(alice).withdrawable.is_zero());
    story.expect_error("clock_running", |s| {
        s.withdraws(alice, 1);
    });
    story.expect_error("clock_running", |s| {
        s.transfers(alice, second, 1);
    });
    // Reducing at the mark is open, at more than 1% off it is not.
    let maker = story.trader("another maker", 100_000);
    story.expect_error("reduce_cost", |s| {
        s.sells(alice, maker, "BTC-PERP 0.01@59390");
    });
    story.sells(alice, maker, "BTC-PERP 0.01@60000");
    // Adding is not.
    story.expect_error("initial_margin", |s| {
        s.buys(alice, maker, "BTC-PERP 0.001@60000");
    });
    // Once 0.07 are gone she stands at 1,000 over 240, and the clock is over.
    let events = story.sells(alice, maker, "BTC-PERP 0.07@60000");
    assert!(find::<ClockEnded>(&events).is_some());
    story.withdraws(alice, 1);
}

#[test]
fn a_slice_must_fit_its_taker() {
    let (mut story, alice, keeper) = fallen(&worked());
    let poor = story.trader("poor", 99);
    story.expect_error("initial_margin", |s| {
        s.liquidates(poor, alice);
    });
    story.expect_error("same_account", |s| {
        s.liquidates(alice, alice);
    });
    let message = ExecuteMsg::Liquidate {
        account: alice.account,
        liquidator: keeper.account,
        take: None,
    };
    let venue = story.world.venue.clone();
    story.expect_error("unauthorised", |s| {
        s.send(&venue, &message, &[]);
    });
    for fraction in ["0", "-0.5", "1.000000001"] {
        let text = story.expect_error("out_of_range", |s| {
            s.takes(keeper, alice, Some(ratio(fraction)), 0, None);
        });
        assert!(text.contains(&format!("max_fraction {fraction}")), "{text}");
    }
    // A fraction that moves nothing.
    story.expect_error("no_improvement", |s| {
        s.takes(keeper, alice, Some(ratio("0.000000001")), 0, None);
    });
    story.liquidates(keeper, alice);
}

#[test]
fn an_old_index_still_liquidates() {
    let (mut story, alice, keeper) = fallen(&worked());
    let maker = story.trader("another maker", 100_000);
    story.silence(minutes(59));
    story.expect_error("tape_stale", |s| {
        s.buys(maker, keeper, "BTC-PERP 0.01@60000");
    });
    story.starts_clock(keeper, alice);
    story.liquidates(keeper, alice);
    story.silence(minutes(2));
    let text = story.expect_error("tape_stale", |s| {
        s.starts_clock(keeper, alice);
    });
    assert!(text.contains("at most 3600 s are allowed to liquidate"), "{text}");
}

/// A crumb on an underlying whose publishers fell silent does not keep the rest from being liquidated; where a tenth of the
/// account hangs on the silent tape it does.
#[test]
fn a_silent_crumb_does_not_protect() {
    for (eth, code) in [("0.1", "ok"), ("1", "tape_stale")] {
        let mut story = Story::with(&worked());
        let alice = story.trader("alice", 2_700);
        let maker = story.trader("maker", 1_000_000);
        let keeper = story.trader("keeper", 100_000);
        // 6,000 of BTC beside 300 or 3,000 of ETH.
        story.buys(alice, maker, &format!("BTC-PERP 0.1@60000, ETH-PERP {eth}@3000"));
        story.silence(3_601);
        story.world.see_spot(symbol("BTC"), 7, 10);
        story.world.report_one(symbol("BTC")).unwrap();
        let message = ExecuteMsg::Liquidate {
            account: alice.account,
            liquidator: keeper.account,
            take: None,
        };
        let sender = story.address(keeper);
        let outcome = story.attempt(&sender, &message, &[]);
        let found = outcome.map_or_else(|refusal| refusal.code().to_owned(), |_| "ok".to_owned());
        assert_eq!(found, code, "{eth}");
    }
}

/// No cap stops a slice: not open interest, not borrowing, not a limit on legs that fell below what the account has.
#[test]
fn no_cap_stops_a_slice() {
    let mut story = Story::with(&worked());
    let alice = story.trader("alice", 9_000);
    let maker = story.trader("maker", 1_000_000);
    let keeper = story.trader("keeper", 100_000);
    let legs = "BTC-PERP 0.1@60000, BTC-21FEB25 0.1@60015, BTC-28FEB25 0.1@60060, BTC-28MAR25 0.1@60250, \
                BTC-27JUN25 0.1@60850, BTC-28MAR25-30000-C 0.1@mark";
    story.buys(alice, maker, legs);
    story.spot("BTC", "0.91");
    assert_eq!(story.margin(alice).health, Health::Liquidatable);
    let mut limits = story.world.params().limits;
    limits.open_interest = quantity("0");
    limits.borrow_cap = usd(0);
    (limits.legs, limits.expiries) = (1, 1);
    story.owner_sends(&ExecuteMsg::SetLimits(limits));
    let event = slice(&story.liquidates(keeper, alice));
    assert_eq!(event.legs.0.len(), 6);
    // Nor does a venue that is gone, or a delegation.
    let venue = story.world.venue.to_string();
    story.owner_sends(&ExecuteMsg::RemoveVenue { venue });
    story.spot("BTC", "0.95");
    story.liquidates(keeper, alice);
}

/// Alice's equity is 45, her position asks for 36.80, the floor for 50: no slice lowers a floor, so all of it is for sale.
#[test]
fn an_account_at_the_floor_goes_whole() {
    let mut story = Story::with(&worked());
    let alice = story.trader("alice", 101);
    let maker = story.trader("maker", 1_000_000);
    let keeper = story.trader("keeper", 100_000);
    story.buys(alice, maker, "BTC-PERP 0.004@60000");
    story.index("BTC", "46000");
    let margin = story.margin(alice);
    assert_eq!(
        (margin.equity.to_string(), margin.maintenance_margin.to_string()),
        ("45".to_owned(), "50".to_owned())
    );
    let event = slice(&story.liquidates(keeper, alice));
    assert_eq!(
        (event.fraction.to_string(), event.paid.to_string()),
        ("1".to_owned(), "44100000".to_owned())
    );
    assert_eq!(story.cash(alice), 44_100_000);
    assert_eq!(story.world.account(alice.account).legs, []);
}

/// A slice that would leave a position below the floor takes it whole: 0.0055 BTC at 46,000 ask for 50.60 of an equity
/// of 44; B is -11.66, f = 11.66 / (11.66 + 43.12) = 0.2128, and what is left would ask for 50 again.
#[test]
fn a_slice_does_not_end_at_the_floor() {
    let mut story = Story::with(&worked());
    let alice = story.trader("alice", 121);
    let maker = story.trader("maker", 1_000_000);
    let keeper = story.trader("keeper", 100_000);
    story.buys(alice, maker, "BTC-PERP 0.0055@60000");
    story.index("BTC", "46000");
    assert_eq!(story.margin(alice).equity.to_string(), "44");
    let event = slice(&story.liquidates(keeper, alice));
    assert_eq!(event.legs.to_string(), "BTC-PERP 0.0055");
    assert_eq!(story.cash(alice), 43_120_000);
}

/// Crumbs go with the first slice, whatever its fraction, and are paid for.
#[test]
fn crumbs_go_whole() {
    let mut story = Story::with(&worked());
    let alice = story.trader("alice", 1_600);
    let maker = story.trader("maker", 1_000_000);
    let keeper = story.trader("keeper", 100_000);
    story.index("BTC", "66000");
    story.buys(alice, maker, "BTC-PERP 0.1@66000, ETH-PERP 0.000001@3000");
    story.index("BTC", "60000");
    let event = slice(&story.takes(keeper, alice, Some(ratio("0.01")), 0, None));
    assert_eq!(event.legs.to_string(), "BTC-PERP 0.001,ETH-PERP 0.000001");
}

#[test]
fn events_of_a_liquidation_read_back() {
    let (mut story, alice, keeper) = fallen(&Setup::plain());
    let events = story.liquidates(keeper, alice);
    let kinds: Vec<&str> = events.iter().map(|event| event.ty.as_str()).collect();
    for kind in [ClockStarted::KIND, Liquidated::KIND, ClockEnded::KIND] {
        assert!(kinds.contains(&format!("wasm-{kind}").as_str()), "{kind} in {kinds:?}");
    }
    let event = slice(&events);
    assert_eq!((event.account, event.liquidator), (alice.account, keeper.account));
    assert_eq!(event.sequence, story.world.account(alice.account).sequence);
    assert_eq!(event.liquidator_sequence, story.world.account(keeper.account).sequence);
}
