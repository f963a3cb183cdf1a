//! Previews say what the message would do: each is held against the message itself.

use crate::liquidation::{fallen, worked};
use crate::near;
use hedgerow_interface::AccountId;
use hedgerow_interface::event::{ClockStarted, Liquidated};
use hedgerow_interface::margin::{MarginResponse, PreviewLiquidationResponse, PreviewTradeResponse, QueryMsg};
use hedgerow_testing::story::find;
use hedgerow_testing::{Refusal, Setup, Story, Trader};

fn trade(story: &Story, trader: Trader, legs: &str) -> Result<PreviewTradeResponse, Refusal> {
    story.world.query(&QueryMsg::PreviewTrade {
        account: trader.account,
        legs: story.legs(legs),
    })
}

fn slice(story: &Story, account: Trader, liquidator: Option<Trader>) -> Result<PreviewLiquidationResponse, Refusal> {
    story.world.query(&QueryMsg::PreviewLiquidation {
        account: account.account,
        liquidator: liquidator.map(|trader| trader.account),
    })
}

/// Equity and requirements of two answers are the same, to the bit.
fn same(standing: hedgerow_interface::margin::StandingView, margin: &MarginResponse) {
    assert_eq!(
        (
            standing.health,
            standing.equity,
            standing.initial_margin,
            standing.maintenance_margin
        ),
        (
            margin.health,
            margin.equity,
            margin.initial_margin,
            margin.maintenance_margin
        )
    );
}

/// Plain model: one BTC at 60,000 asks for 14,400 to open and 12,000 to stay.
#[test]
fn a_trade_is_seen_before_it_is_made() {
    let mut story = Story::with(&Setup::plain());
    let alice = story.trader("alice", 20_000);
    let maker = story.trader("maker", 1_000_000);
    let preview = trade(&story, alice, "BTC-PERP 1@60100").unwrap();
    assert_eq!(preview.account, alice.account);
    assert_eq!(preview.sequence, story.world.account(alice.account).sequence);
    assert_eq!((preview.value_lost.units(), preview.refusal), (100_000_000, None));
    near(preview.after.equity, "19900");
    near(preview.after.initial_margin, "14400");
    near(preview.after.maintenance_margin, "12000");
    same(preview.before, &story.margin(alice));
    story.buys(alice, maker, "BTC-PERP 1@60100");
    same(preview.after, &story.margin(alice));

    // Too much: the text of the preview is the refusal of the match.
    let text = story.expect_error("initial_margin", |s| {
        s.buys(alice, maker, "BTC-PERP 1@60000");
    });
    let refused = trade(&story, alice, "BTC-PERP 1@60000").unwrap();
    assert_eq!(refused.refusal.as_deref(), Some(text.as_str()));
    near(refused.after.initial_margin, "28800");

    // In a margin call reducing passes, but not at any price.
    story.index("BTC", "52000");
    assert_eq!(trade(&story, alice, "BTC-PERP -0.02@52000").unwrap().refusal, None);
    let dear = trade(&story, alice, "BTC-PERP -0.02@51000").unwrap();
    assert!(dear.refusal.unwrap().starts_with("reduce_cost: account 1"));

    // On an old tape only what shrinks every leg.
    story.silence(100_000);
    let stale = trade(&story, alice, "BTC-PERP 0.1@52000").unwrap().refusal.unwrap();
    assert!(stale.starts_with("tape_stale:"), "{stale}");
    assert_eq!(trade(&story, alice, "BTC-PERP -0.5@52000").unwrap().refusal, None);
}

/// A leg that cannot be traded at all fails the question as it fails the match.
#[test]
fn what_cannot_be_traded_is_refused_alike() {
    let mut story = Story::new();
    let alice = story.trader("alice", 20_000);
    let maker = story.trader("maker", 1_000_000);
    for (legs, code) in [
        ("BTC-PERP 1@90000", "off_market"),
        ("BTC-PERP 0.00000001@60000, SOL-PERP 1@150", "unknown_underlying"),
        ("BTC-27MAR25 1@60000", "unlisted_expiry"),
        ("BTC-14FEB25 1@60000", "expired"),
        ("BTC-28MAR25-10000000000-C 1@0.001", "out_of_range"),
    ] {
        let text = story.expect_error(code, |s| {
            s.buys(alice, maker, legs);
        });
        assert_eq!(trade(&story, alice, legs).unwrap_err().text, text, "{legs}");
    }
}

/// A walk of random fills between accounts of all health: the previews of both sides and the match agree every time.
#[test]
fn previews_and_matches_agree() {
    let mut story = Story::with(&Setup::plain());
    let maker = story.trader("maker", 300_000);
    let traders: Vec<Trader> = [2_000, 9_000, 40_000]
        .map(|tokens| story.trader(&format!("t{tokens}"), tokens))
        .into();
    story.checking = false;
    // A linear congruential generator: any sequence will do.
    let mut state = 7_u64;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut passed, mut refused) = (0, 0);
    for step in 0..60 {
        if step % 10 == 9 {
            story.spot("BTC", ["0.93", "1.08"][random(2) as usize]);
        }
        let trader = traders[random(3) as usize];
        let quantity = format!("{}0.{}", ["", "-"][random(2) as usize], 1 + random(9));
        let instrument = ["BTC-PERP", "BTC-28MAR25", "BTC-28MAR25-60000-C", "BTC-28MAR25-60000-P"][random(4) as usize];
        let price = story.mark(instrument);
        let legs = format!("{instrument} {quantity}@{price}");
        let reversed = match legs.split_once(" -") {
            Some((instrument, rest)) => format!("{instrument} {rest}"),
            None => legs.replacen(' ', " -", 1),
        };
        let sides = [(trader, legs.clone()), (maker, reversed)];
        let previews = sides.map(|(side, legs)| trade(&story, side, &legs).unwrap());
        let outcome = {
            let fill = story.fill(trader, maker, &legs);
            let message = hedgerow_interface::margin::ExecuteMsg::Match { fills: vec![fill] };
            let venue = story.world.venue.clone();
            story.world.execute(&venue, &message, &[])
        };
        match outcome {
            Ok(_) => {
                passed += 1;
                for (preview, side) in previews.iter().zip([trader, maker]) {
                    assert_eq!(preview.refusal, None, "{legs}");
                    same(preview.after, &story.margin(side));
                }
            }
            Err(refusal) => {
                refused += 1;
                let first = previews.iter().find_map(|preview| preview.refusal.clone());
                assert_eq!(first, Some(refusal.text), "{legs}");
            }
        }
    }
    story.check();
    assert!(passed > 10 && refused > 10, "{passed} passed, {refused} were refused");
}

/// The worked slice of [`crate::liquidation`]: E 1000, MM 1200, d 0.9, f = 320/1220.
#[test]
fn a_slice_is_seen_before_it_is_taken() {
    let (mut story, alice, keeper) = fallen(&worked());
    story.starts_clock(keeper, alice);
    story.later(200);
    let preview = slice(&story, alice, None).unwrap();
    assert_eq!(preview.max_fraction.to_string(), "0.262295081");
    assert_eq!(preview.price_factor.to_string(), "0.9");
    assert_eq!(preview.legs.len(), 1);
    assert_eq!(preview.legs[0].instrument.to_string(), "BTC-PERP");
    assert_eq!(preview.legs[0].quantity.to_string(), "0.0262295");
    assert_eq!(preview.legs[0].cost.unwrap().units(), 1_731_147_000);
    assert_eq!((preview.cash.units(), preview.paid.units()), (419_672_131, 236_065_618));
    assert_eq!((preview.insurance.units(), preview.debt.units()), (0, 0));
    assert_eq!((preview.gain.units(), preview.reward.units()), (26_229_513, 0));
    assert_eq!(preview.position_nonce, 1);
    same(preview.before, &story.margin(alice));
    near(preview.after.equity, "973.770487");
    assert_eq!(slice(&story, alice, Some(keeper)).unwrap(), preview);
    // What was previewed is what happens, to the last unit of the gain.
    let event: Liquidated = find(&story.takes(keeper, alice, None, 26_229_513, Some(1))).unwrap();
    assert_eq!(event.legs.to_string(), "BTC-PERP 0.0262295");
    assert_eq!(
        (event.fraction, event.cash, event.paid),
        (preview.max_fraction, preview.cash, preview.paid)
    );
    same(preview.after, &story.margin(alice));
    let healthy = slice(&story, alice, None).unwrap_err();
    assert_eq!(healthy.code(), "not_liquidatable");
}

#[test]
fn the_reward_and_the_liquidator_are_in_the_preview() {
    let mut setup = Setup::plain();
    setup.limits.min_deposit = hedgerow_testing::setup::base(1);
    let (mut story, alice, keeper) = fallen(&setup);
    // 0.5% of 1,200; the clock would start, so the price is that of its first second.
    let preview = slice(&story, alice, Some(keeper)).unwrap();
    assert_eq!((preview.reward.units(), preview.refusal.clone()), (6_000_000, None));
    near(preview.before.equity, "994");
    let poor = story.trader("poor", 1);
    let refused = slice(&story, alice, Some(poor)).unwrap();
    let text = story.expect_error("initial_margin", |s| {
        s.liquidates(poor, alice);
    });
    assert_eq!(refused.refusal, Some(text));
    assert_eq!((refused.paid, refused.gain), (preview.paid, preview.gain));
    let own = slice(&story, alice, Some(alice)).unwrap_err();
    assert_eq!(own.text, "same_account: account 1 stands on both sides");
    let events = story.liquidates(keeper, alice);
    let started: ClockStarted = find(&events).unwrap();
    let event: Liquidated = find(&events).unwrap();
    assert_eq!(
        (started.reward, event.paid, event.cash),
        (preview.reward, preview.paid, preview.cash)
    );
    story.silence(1_000_000);
    assert_eq!(slice(&story, keeper, None).unwrap_err().code(), "tape_stale");
}

/// At 48,000 the account is worth -200: the fund pays that and, with time, a premium on top.
#[test]
fn a_closed_account_pays_out() {
    let (mut story, alice, keeper) = fallen(&worked());
    let donor = story.trader("donor", 1_000);
    story.funds_insurance(donor, 150_000_000);
    story.index("BTC", "48000");
    let preview = slice(&story, alice, Some(keeper)).unwrap();
    assert_eq!(preview.max_fraction.to_string(), "1");
    assert_eq!(
        (preview.paid.units(), preview.insurance.units(), preview.debt.units()),
        (0, 150_000_000, 50_000_000)
    );
    let event: Liquidated = find(&story.liquidates(keeper, alice)).unwrap();
    assert_eq!((event.insurance, event.debt), (preview.insurance, preview.debt));
    assert_eq!(event.cash, preview.cash);
}

#[test]
fn previews_of_nobody() {
    let story = Story::new();
    let account = AccountId(9);
    for question in [
        QueryMsg::PreviewTrade {
            account,
            legs: story.legs("BTC-PERP 1@60000"),
        },
        QueryMsg::PreviewLiquidation {
            account,
            liquidator: None,
        },
    ] {
        let refusal = story.world.query::<serde_json::Value>(&question).unwrap_err();
        assert_eq!(refusal.text, "unknown_account: account 9 does not exist");
    }
}
