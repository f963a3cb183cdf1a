//! How much fits in a query's or a message's gas: for everything that grows with what users do, the largest that fits in
//! 3,000,000 gas (what nodes commonly let a query use) and in 10,000,000, and what the contract's own cap costs.

use crate::exchange::{Codes, SceneError};
use crate::meter::Bill;
use crate::operations::{ask, batch, busy, done, liquidation, margin, matched, pairs, report, scenario, standard};
use hedgerow_interface::AccountId;
use hedgerow_interface::margin::{ExecuteMsg, Fill, MAX_BATCH, MAX_FILLS, MAX_LEGS, QueryMsg};
use hedgerow_interface::oracle;
use hedgerow_risk::model::VolMove;
use hedgerow_risk::number::Ratio;
use hedgerow_testing::Setup;

/// Gas that nodes commonly let a query use.
pub const QUERY: u64 = 3_000_000;
/// Gas that a message is given at most.
pub const MESSAGE: u64 = 10_000_000;

/// Something that grows.
pub struct Growth {
    /// Its key in the snapshot.
    pub name: &'static str,
    /// What is counted.
    pub what: &'static str,
    /// The most that the contract takes.
    pub cap: usize,
    /// What a call with that many costs.
    pub measure: fn(&Codes, usize) -> Result<Bill, SceneError>,
}

/// Everything that grows.
pub const GROWTHS: &[Growth] = &[
    growth(
        "margin_legs",
        "legs of an account that is valued, 31 scenarios",
        MAX_LEGS,
        |codes, legs| margin(codes, &standard(8), legs),
    ),
    growth(
        "margin_legs_512",
        "... under 512 scenarios with volatilities of their own",
        MAX_LEGS,
        |codes, legs| margin(codes, &heaviest(), legs),
    ),
    growth(
        "batch_accounts",
        "accounts of a batch, 128 legs each",
        MAX_BATCH,
        |codes, accounts| batch(codes, &standard(8), accounts, 128),
    ),
    growth(
        "liquidatable_page",
        "accounts of a page that are looked at, 128 legs each",
        100,
        liquidatable,
    ),
    growth("match_legs", "new legs of one fill", MAX_LEGS, |codes, legs| {
        matched(codes, 0, legs)
    }),
    growth(
        "match_fills",
        "fills of a match, each between two accounts with 16 legs",
        MAX_FILLS,
        |codes, fills| fills_of(codes, fills, 16),
    ),
    growth("match_fills_full", "... with 127 legs", MAX_FILLS, |codes, fills| {
        fills_of(codes, fills, 127)
    }),
    growth(
        "liquidate_legs",
        "legs of an account that is taken over",
        MAX_LEGS,
        |codes, legs| liquidation(codes, legs, true),
    ),
    growth(
        "settle_accounts",
        "accounts settled at once, 16 expired legs each",
        MAX_FILLS,
        settle,
    ),
    growth(
        "report_expiries",
        "expiries of a report",
        oracle::MAX_EXPIRIES as u32,
        |codes, expiries| report(codes, 5, expiries),
    ),
    growth(
        "report_publishers",
        "publishers of an underlying of 8 expiries",
        oracle::MAX_PUBLISHERS as u32,
        |codes, publishers| report(codes, publishers, 8),
    ),
    growth(
        "accounts_page",
        "accounts of a page, 16 legs each",
        100,
        |codes, accounts| page(codes, accounts, 16),
    ),
    growth("accounts_page_full", "... 128 legs each", 100, |codes, accounts| {
        page(codes, accounts, 128)
    }),
];

const fn growth(
    name: &'static str,
    what: &'static str,
    cap: u32,
    measure: fn(&Codes, usize) -> Result<Bill, SceneError>,
) -> Growth {
    Growth {
        name,
        what,
        cap: cap as usize,
        measure,
    }
}

impl Growth {
    /// The largest number up to the cap that fits in so much gas; zero when none does.
    pub fn largest(&self, codes: &Codes, gas: u64) -> Result<usize, SceneError> {
        let (mut fits, mut fails) = (0, self.cap + 1);
        while fits + 1 < fails {
            // The cap first: mostly it fits.
            let next = if fails > self.cap { self.cap } else { (fits + fails) / 2 };
            match (self.measure)(codes, next)?.gas.total <= gas {
                true => fits = next,
                false => fails = next,
            }
        }
        Ok(fits)
    }
}

/// As many scenarios as a model may have, no two with the same volatility.
fn heaviest() -> Setup {
    let mut setup = standard(8);
    let step = |at: i64, from: i64, by: i64| Ratio::new(from + by * at).unwrap_or(Ratio::ONE);
    let scenarios = (0..511).map(|at| {
        let vol = VolMove::Times(step(at, 600_000_000, 1_900_000));
        scenario(step(at, 700_000_000, 1_200_000), vol)
    });
    setup.model.scenarios = scenarios.collect();
    setup.model.scenarios.push(scenario(Ratio::ONE, VolMove::None));
    setup
}

/// A match of fills of one new leg, no two with an account in common.
fn fills_of(codes: &Codes, fills: usize, held: usize) -> Result<Bill, SceneError> {
    let (exchange, ..) = busy(codes, &standard(8), 0)?;
    let pairs = pairs(&exchange, fills, held)?;
    exchange.later(5)?;
    let legs = exchange.options(held..held + 1)?;
    let fills = pairs.iter().map(|(taker, maker)| Fill {
        taker: taker.account,
        maker: maker.account,
        legs: legs.clone(),
    });
    let message = ExecuteMsg::Match { fills: fills.collect() };
    Ok(done(exchange.send(&exchange.venue, &message))?.bill)
}

/// A settlement of accounts with 16 options that expired.
fn settle(codes: &Codes, accounts: usize) -> Result<Bill, SceneError> {
    let (mut exchange, ..) = busy(codes, &standard(1), 0)?;
    let pairs = pairs(&exchange, accounts.div_ceil(2), 16)?;
    exchange.expire("BTC", "61000")?;
    let both = pairs.iter().flat_map(|(taker, maker)| [taker.account, maker.account]);
    let message = ExecuteMsg::Settle {
        accounts: both.take(accounts).collect(),
    };
    Ok(done(exchange.send(&exchange.chain.user("anyone"), &message))?.bill)
}

/// A page of accounts in trouble, of whom there are none.
fn liquidatable(codes: &Codes, accounts: usize) -> Result<Bill, SceneError> {
    let (exchange, _, last) = busy(codes, &standard(8), 0)?;
    pairs(&exchange, accounts.div_ceil(2), 128)?;
    let question = QueryMsg::Liquidatable {
        start_after: Some(AccountId(last.account.0)),
        limit: Some(accounts as u32),
    };
    ask(&exchange, &question)
}

/// A page of accounts.
fn page(codes: &Codes, accounts: usize, legs: usize) -> Result<Bill, SceneError> {
    let (exchange, _, last) = busy(codes, &standard(8), 0)?;
    pairs(&exchange, accounts.div_ceil(2), legs)?;
    let question = QueryMsg::Accounts {
        start_after: Some(AccountId(last.account.0)),
        limit: Some(accounts as u32),
    };
    ask(&exchange, &question)
}
