//! Random walks: whatever four traders, a market and a keeper do in whatever order, every step is either refused for a
//! reason that a client can act on, or leaves every invariant intact; and a keeper with money is never kept out.
//!
//! `HEDGEROW_WALKS` sets the number of walks, 16 when it is not set.

use hedgerow_interface::margin::{ExecuteMsg, Fill, Health, Takeover};
use hedgerow_risk::number::{Price, Quantity, Ratio};
use hedgerow_testing::setup::{base, usd};
use hedgerow_testing::{Refusal, Setup, Story, Trader, World};
use proptest::prelude::*;

/// One thing that happens. Numbers are cut to what there is.
#[derive(Clone, Debug)]
enum Step {
    Deposit(usize, u32),
    /// Thousandths of what may be withdrawn.
    Withdraw(usize, u16),
    Transfer(usize, usize, u16),
    /// Legs: instrument, quantity in thousandths, price in basis points of the mark away from it.
    Trade(usize, usize, Vec<(usize, i32, i16)>),
    /// A fraction in thousandths; by one of the traders, or the keeper.
    Liquidate(usize, usize, u16),
    Settle(usize),
    Fund(u32),
    /// Thousandths.
    Spot(bool, u16),
    Vol(bool, u16),
    Later(u32),
    Silence(u16),
    /// To the next expiry; its prices are fixed, or not yet.
    Expire(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let leg = (
        0..12usize,
        prop_oneof![4 => -3_000..3_000i32, 1 => -9_000..9_000i32, 1 => -50..50i32],
        -900..900i16,
    );
    let legs = prop::collection::vec(leg, 1..4);
    prop_oneof![
        1 => (0..4usize, 1..5_000u32).prop_map(|(who, tokens)| Step::Deposit(who, tokens)),
        2 => (0..4usize, 1..1_100u16).prop_map(|(who, part)| Step::Withdraw(who, part)),
        1 => (0..4usize, 0..4usize, 1..1_100u16).prop_map(|(from, to, part)| Step::Transfer(from, to, part)),
        14 => (0..4usize, 1..4usize, legs).prop_map(|(taker, off, legs)| Step::Trade(taker, (taker + off) % 4, legs)),
        8 => (0..8usize, 0..4usize, 1..1_100u16).prop_map(|(by, of, part)| Step::Liquidate(by.min(4), of, part)),
        1 => (0..4usize).prop_map(Step::Settle),
        1 => (1..20_000u32).prop_map(Step::Fund),
        6 => (any::<bool>(), 700..1_300u16).prop_map(|(btc, factor)| Step::Spot(btc, factor)),
        1 => (any::<bool>(), 700..1_400u16).prop_map(|(btc, factor)| Step::Vol(btc, factor)),
        2 => (1..7_200u32).prop_map(Step::Later),
        1 => (1..200u16).prop_map(Step::Silence),
        1 => any::<bool>().prop_map(Step::Expire),
    ]
}

const INSTRUMENTS: [&str; 12] = [
    "BTC-PERP",
    "BTC-21FEB25",
    "BTC-21FEB25-60000-C",
    "BTC-21FEB25-58000-P",
    "BTC-28MAR25",
    "BTC-28MAR25-65000-C",
    "BTC-28MAR25-55000-P",
    "BTC-27JUN25-100000-C",
    "ETH-PERP",
    "ETH-28FEB25-3000-C",
    "ETH-28FEB25-2500-P",
    "ETH-27JUN25",
];

/// Reasons for which a sound message of this walk may be refused.
const REASONS: [&str; 17] = [
    "initial_margin",
    "reduce_cost",
    "clock_running",
    "negative_cash",
    "not_enough_free_collateral",
    "same_account",
    "unauthorised",
    "tape_stale",
    "expired",
    "unlisted_expiry",
    "off_market",
    "dust",
    "borrow_cap",
    "not_liquidatable",
    "nothing_to_settle",
    "out_of_range",
    "unsettled",
];

struct Walk {
    story: Story,
    traders: Vec<Trader>,
}

impl Walk {
    /// Alice has two accounts, bob and carol one each; the keeper is the fifth.
    fn new() -> Self {
        let mut setup = Setup::default();
        setup.limits.borrow_cap = usd(100_000);
        setup.auction.payout_cap = usd(2_000);
        let mut story = Story::with(&setup);
        let alice = story.trader("alice", 40_000);
        let second = story.second_account(alice, 20_000);
        let bob = story.trader("bob", 60_000);
        let carol = story.trader("carol", 500_000);
        let keeper = story.trader("keeper", 1_000_000_000);
        Self {
            story,
            traders: vec![alice, second, bob, carol, keeper],
        }
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Spot(btc, factor) => self.story.spot(name(*btc), &thousandths(*factor)),
            Step::Vol(btc, factor) => self.story.vol(name(*btc), &thousandths(*factor)),
            Step::Later(seconds) => self.story.later(u64::from(*seconds)),
            Step::Silence(seconds) => self.story.silence(u64::from(*seconds)),
            Step::Expire(fix) => self.expire(*fix),
            Step::Liquidate(by, of, part) => self.liquidate(*by, *of, *part),
            Step::Withdraw(who, part) => self.withdraw(*who, *part),
            Step::Deposit(who, tokens) => {
                let account = self.traders[*who].account;
                self.attempt(*who, &ExecuteMsg::Deposit { account }, *tokens);
            }
            Step::Fund(tokens) => self.attempt(4, &ExecuteMsg::FundInsurance {}, *tokens),
            Step::Transfer(from, to, part) => {
                let most = self.story.margin(self.traders[*from]).withdrawable.units();
                let message = ExecuteMsg::Transfer {
                    from: self.traders[*from].account,
                    to: self.traders[*to].account,
                    amount: base(most * i128::from(*part) / 1_000),
                };
                self.attempt(*from, &message, 0);
            }
            Step::Settle(who) => {
                let accounts = vec![self.traders[*who].account];
                self.attempt(4, &ExecuteMsg::Settle { accounts }, 0);
            }
            Step::Trade(taker, maker, legs) => {
                let legs: Vec<String> = legs.iter().filter_map(|leg| self.leg(*leg)).collect();
                if legs.is_empty() {
                    return;
                }
                let fill = Fill {
                    taker: self.traders[*taker].account,
                    maker: self.traders[*maker].account,
                    legs: self.story.legs(&legs.join(",")),
                };
                let venue = self.story.world.venue.clone();
                let outcome = self
                    .story
                    .attempt(&venue, &ExecuteMsg::Match { fills: vec![fill] }, &[]);
                reasonable(outcome);
            }
        }
    }

    /// Sends a trader's message, with tokens of its purse.
    fn attempt(&mut self, who: usize, message: &ExecuteMsg, tokens: u32) {
        let sender = self.story.address(self.traders[who]);
        let units = u128::from(tokens) * 1_000_000;
        let funds = if units > 0 { World::coins(units) } else { vec![] };
        self.story.world.mint(&sender, "uusdc", units.max(1));
        reasonable(self.story.attempt(&sender, message, &funds));
    }

    fn leg(&self, (instrument, quantity, off): (usize, i32, i16)) -> Option<String> {
        let name = INSTRUMENTS[instrument];
        let parsed: hedgerow_risk::instrument::Instrument = name.parse().unwrap();
        let over = parsed
            .day()
            .is_some_and(|day| day.expiry_time() <= self.story.world.now());
        if over || quantity == 0 {
            return None;
        }
        let mark = i128::from(self.story.mark(name).steps());
        let steps = mark + mark * i128::from(off) / 10_000;
        let price = Price::new(u64::try_from(steps).unwrap()).ok()?;
        let quantity = Quantity::new(i64::from(quantity) * 100_000).unwrap();
        Some(format!("{name} {quantity}@{price}"))
    }

    /// What the contract says may be withdrawn may be withdrawn, and no more.
    fn withdraw(&mut self, who: usize, part: u16) {
        let trader = self.traders[who];
        let most = self.story.margin(trader).withdrawable.units();
        let amount = base(most * i128::from(part) / 1_000);
        let message = ExecuteMsg::Withdraw {
            account: trader.account,
            amount,
        };
        let sender = self.story.address(trader);
        let outcome = self.story.attempt(&sender, &message, &[]);
        if (1..=most).contains(&amount.units()) {
            outcome.unwrap_or_else(|refusal| panic!("{amount} of {most}: {refusal}"));
        } else if amount.units() > most + 1 {
            outcome.unwrap_err();
        }
    }

    /// Nothing keeps a keeper with money from an account below its maintenance margin; the next sick one is found.
    fn liquidate(&mut self, by: usize, of: usize, part: u16) {
        let liquidator = self.traders[by];
        let sick = (0..4).map(|n| self.traders[(of + n) % 4]).find(|trader| {
            let health = self.story.margin(*trader).health;
            matches!(health, Health::Liquidatable | Health::Insolvent)
        });
        let target = sick.unwrap_or(self.traders[of]);
        let (by, liquidator) = if liquidator == target {
            (4, self.traders[4])
        } else {
            (by, liquidator)
        };
        let before = self.story.margin(target);
        let max_fraction = Ratio::new(i64::from(part) * 1_000_000)
            .ok()
            .filter(|r| *r <= Ratio::ONE);
        let message = ExecuteMsg::Liquidate {
            account: target.account,
            liquidator: liquidator.account,
            take: Some(Takeover {
                max_fraction: if by == 4 { None } else { max_fraction },
                min_equity_received: base(-1_000_000_000_000),
                expected_position_nonce: None,
            }),
        };
        let sender = self.story.address(liquidator);
        let outcome = self.story.attempt(&sender, &message, &[]);
        let open = matches!(before.health, Health::Liquidatable | Health::Insolvent);
        let fresh = before.time - before.tape_time <= 3_600;
        if by == 4 && open && fresh {
            outcome.unwrap_or_else(|refusal| panic!("kept out: {refusal}\n{before:?}"));
        } else if let Err(refusal) = outcome {
            let code = refusal.code();
            let own = ["no_improvement", "nothing_to_take"];
            assert!(REASONS.contains(&code) || own.contains(&code), "{refusal}");
        }
    }

    fn expire(&mut self, fix: bool) {
        let Some(day) = hedgerow_testing::market::EXPIRIES
            .iter()
            .find(|day| day.parse::<hedgerow_risk::instrument::Day>().unwrap().expiry_time() > self.story.world.now())
        else {
            return;
        };
        self.story.until_after(day);
        if fix {
            for name in ["BTC", "ETH"] {
                let index = self.story.world.seen(name.parse().unwrap()).index;
                self.story.fix(&format!("{name}-{day}"), &index.to_string());
            }
        }
    }
}

fn name(btc: bool) -> &'static str {
    if btc { "BTC" } else { "ETH" }
}

fn thousandths(n: u16) -> String {
    format!("{}.{:03}", n / 1_000, n % 1_000)
}

fn reasonable(outcome: Result<Vec<cosmwasm_std::Event>, Refusal>) {
    if let Err(refusal) = outcome {
        assert!(REASONS.contains(&refusal.code()), "{refusal}");
    }
}

fn walks() -> u32 {
    std::env::var("HEDGEROW_WALKS").map_or(16, |n| n.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: walks(), max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_walk_is_sound(steps in prop::collection::vec(step(), 1..100)) {
        let mut walk = Walk::new();
        for step in &steps {
            walk.run(step);
        }
    }
}
