//! What the table of gas consists of: one line an operation.
//!
//! Each operation sets its own scene up on a fresh chain and answers the gas of one call. The market is the ladder: BTC with
//! eight expiries, ETH with four. The model is the shipped one with all its charges under 31 scenarios, ten spots by three
//! volatilities; `bare` has no charges, `shipped` the model as it is. Options lie on BTC, in all eight expiries unless an operation says `one_expiry`. Whoever trades
//! has an owner who delegated to the venue, and pays a cent more than the mark. Reports come from five publishers, the fifth's is
//! measured; `alone` is one in development. Contracts are not pinned.

use crate::exchange::{Codes, Exchange, SceneError, Trader};
use crate::meter::Bill;
use crate::sources::Sources;
use hedgerow_cw20::{Holding, InstantiateMsg};
use hedgerow_interface::margin::{ExecuteMsg, QueryMsg};
use hedgerow_risk::market::{Expiry, Svi};
use hedgerow_risk::model::{Aggregation, Scenario, Tail, VolMove};
use hedgerow_risk::number::{Cash, Fine, Ratio};
use hedgerow_testing::Setup;
use hedgerow_testing::market::ladder;
use hedgerow_testing::setup::{UNIT, shipped};

/// One line of the table.
pub struct Operation {
    /// Its key in the snapshot.
    pub name: &'static str,
    /// Sets the scene up and measures one call.
    pub measure: fn(&Codes) -> Result<Bill, SceneError>,
}

/// The table.
pub const OPERATIONS: &[Operation] = &[
    line(CW20_TRANSFER, cw20_transfer),
    line("create_account", create),
    line("deposit", deposit),
    line("withdraw", withdraw),
    line("match_1", |codes| matched(codes, 0, 1)),
    line("match_4", |codes| matched(codes, 0, 4)),
    line("match_16", |codes| matched(codes, 0, 16)),
    line("match_64", |codes| matched(codes, 0, 64)),
    line("match_1_on_16", |codes| matched(codes, 16, 1)),
    line("match_1_on_32", |codes| matched(codes, 32, 1)),
    line("match_16_one_expiry", |codes| one_expiry(codes, 16)),
    line("margin_1", |codes| margin(codes, &standard(8), 1)),
    line("margin_16", |codes| margin(codes, &standard(8), 16)),
    line("margin_64", |codes| margin(codes, &standard(8), 64)),
    line("margin_128", |codes| margin(codes, &standard(8), 128)),
    line("margin_64_one_expiry", |codes| margin(codes, &standard(1), 64)),
    line("margin_64_bare", |codes| margin(codes, &bare(8), 64)),
    line("margin_64_shipped", |codes| {
        margin(codes, &shipped_model("hedgerow", 8), 64)
    }),
    line("standing_0", |codes| batch(codes, &standard(8), 1, 0)),
    line("standing_64", |codes| batch(codes, &standard(8), 1, 64)),
    line("batch_50x16", |codes| batch(codes, &standard(8), 50, 16)),
    line("preview_16", preview),
    line("es_64x500", |codes| margin(codes, &shortfall(), 64)),
    line("es_64x500_standing", |codes| batch(codes, &shortfall(), 1, 64)),
    line("account_128", |codes| account(codes, 128)),
    line("insurance", insurance),
    line("report_1", |codes| report(codes, 5, 1)),
    line("report_8", |codes| report(codes, 5, 8)),
    line("report_16", |codes| report(codes, 5, 16)),
    line("report_8_alone", |codes| report(codes, 1, 8)),
    line("quorum_8", |codes| Sources::open(codes, 8)?.complete()),
    line("relay_8", |codes| Sources::open(codes, 8)?.relay()),
    line("tape_8", |codes| Sources::open(codes, 8)?.tape()),
    line("liquidate_start_16", |codes| liquidation(codes, 16, false)),
    line("liquidate_16", |codes| liquidation(codes, 16, true)),
    line("liquidate_128", |codes| liquidation(codes, 128, true)),
];

/// The line that the others are compared with.
pub const CW20_TRANSFER: &str = "cw20_transfer";

const fn line(name: &'static str, measure: fn(&Codes) -> Result<Bill, SceneError>) -> Operation {
    Operation { name, measure }
}

/// A transfer between two holders.
fn cw20_transfer(codes: &Codes) -> Result<Bill, SceneError> {
    let chain = codes.chain(1_740_000_000);
    let [creator, payer, payee] = ["creator", "payer", "payee"].map(|name| chain.user(name));
    let initial_balances = [&payer, &payee].map(|address| Holding {
        address: address.to_string(),
        amount: 5_000_000_000u128.into(),
    });
    let message = InstantiateMsg {
        name: "Token".to_owned(),
        symbol: "TOKEN".to_owned(),
        decimals: 6,
        initial_balances: initial_balances.into(),
    };
    let token = done(chain.instantiate(3, &creator, &message, "token"))?;
    let message = hedgerow_cw20::ExecuteMsg::Transfer {
        recipient: payee.to_string(),
        amount: 1_000_000u128.into(),
    };
    Ok(done(chain.execute(&payer, &token, &message, &[]))?.bill)
}

/// The shipped model with 31 scenarios, and a number of expiries of BTC: ten spots from 0.64 to 1.36, three volatilities
/// each, and nothing at all.
pub fn standard(expiries: usize) -> Setup {
    let mut setup = shipped_model("hedgerow", expiries);
    let spots = (0..10).map(|at| Ratio::new(640_000_000 + 80_000_000 * at).unwrap_or(Ratio::ONE));
    setup.model.scenarios = by_volatility(spots);
    setup.model.scenarios.push(scenario(Ratio::ONE, VolMove::None));
    setup
}

/// A model as it ships.
pub fn shipped_model(name: &str, expiries: usize) -> Setup {
    Setup {
        market: ladder(expiries),
        model: shipped(name),
        ..Setup::default()
    }
}

/// Each spot with the volatility down, unchanged and up.
fn by_volatility(spots: impl Iterator<Item = Ratio>) -> Vec<Scenario> {
    let moves = [VolMove::Down, VolMove::None, VolMove::Up];
    spots.flat_map(|spot| moves.map(|vol| scenario(spot, vol))).collect()
}

/// The same scenarios without charges.
fn bare(expiries: usize) -> Setup {
    let mut setup = standard(expiries);
    for underlying in setup.model.underlyings.values_mut() {
        underlying.charges = Default::default();
    }
    setup
}

/// Expected shortfall at 97.5% of 500 scenarios: 166 spots from 0.502 to 1.492, three volatilities each, and two more.
fn shortfall() -> Setup {
    let mut setup = standard(8);
    let spots = (0..166).map(|at| Ratio::new(502_000_000 + 6_000_000 * at).unwrap_or(Ratio::ONE));
    let mut scenarios = by_volatility(spots);
    scenarios.push(scenario(Ratio::ONE, VolMove::None));
    scenarios.push(scenario(Ratio::ONE, VolMove::Up));
    setup.model.scenarios = scenarios;
    setup.model.aggregation = Aggregation::ExpectedShortfall(Tail {
        confidence: ratio("0.975"),
        probabilities: Vec::new(),
    });
    setup
}

pub(crate) fn scenario(spot: Ratio, vol: VolMove) -> Scenario {
    Scenario {
        spot,
        vol,
        weight: Ratio::ONE,
        shocks: Default::default(),
    }
}

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap_or(Ratio::ONE)
}

/// An exchange where others have traded every expiry before, and two traders with the first legs of the list.
pub(crate) fn busy(codes: &Codes, setup: &Setup, legs: usize) -> Result<(Exchange, Trader, Trader), SceneError> {
    let exchange = Exchange::open(codes, setup)?;
    let [first, second, taker, maker] =
        ["first", "second", "taker", "maker"].map(|name| exchange.trader(name, 5_000_000));
    let (first, second, taker, maker) = (first?, second?, taker?, maker?);
    exchange.trade(&first, &second, &exchange.options(128..144)?)?;
    exchange.trade(&taker, &maker, &exchange.options(0..legs)?)?;
    exchange.later(5)?;
    Ok((exchange, taker, maker))
}

fn create(codes: &Codes) -> Result<Bill, SceneError> {
    let (exchange, taker, _) = busy(codes, &standard(8), 0)?;
    let sent = exchange.send_with(&taker.owner, &ExecuteMsg::CreateAccount {}, 1_000_000_000);
    Ok(done(sent)?.bill)
}

fn deposit(codes: &Codes) -> Result<Bill, SceneError> {
    let (exchange, taker, _) = busy(codes, &standard(8), 16)?;
    let message = ExecuteMsg::Deposit { account: taker.account };
    Ok(done(exchange.send_with(&taker.owner, &message, 1_000_000_000))?.bill)
}

fn withdraw(codes: &Codes) -> Result<Bill, SceneError> {
    let (exchange, taker, _) = busy(codes, &standard(8), 16)?;
    let message = ExecuteMsg::Withdraw {
        account: taker.account,
        amount: Cash::new(1_000 * UNIT)?,
    };
    Ok(done(exchange.send(&taker.owner, &message))?.bill)
}

/// A match of new legs on both sides, whose accounts hold some.
pub(crate) fn matched(codes: &Codes, held: usize, new: usize) -> Result<Bill, SceneError> {
    let (exchange, taker, maker) = busy(codes, &standard(8), held)?;
    exchange.matched(&taker, &maker, exchange.options(held..held + new)?)
}

fn one_expiry(codes: &Codes, new: usize) -> Result<Bill, SceneError> {
    let (exchange, taker, maker) = busy(codes, &standard(1), 0)?;
    exchange.matched(&taker, &maker, exchange.options(0..new)?)
}

pub(crate) fn margin(codes: &Codes, setup: &Setup, legs: usize) -> Result<Bill, SceneError> {
    let (exchange, taker, _) = busy(codes, setup, legs)?;
    Ok(exchange.margin_of(&taker)?.1)
}

/// Equity and requirements alone, of several accounts.
pub(crate) fn batch(codes: &Codes, setup: &Setup, accounts: usize, legs: usize) -> Result<Bill, SceneError> {
    let (exchange, ..) = busy(codes, setup, 0)?;
    let pairs = pairs(&exchange, accounts.div_ceil(2), legs)?;
    let both = pairs.iter().flat_map(|(taker, maker)| [taker.account, maker.account]);
    let question = QueryMsg::MarginBatch {
        accounts: both.take(accounts).collect(),
    };
    ask(&exchange, &question)
}

/// What 16 new legs would do to an account with 16.
fn preview(codes: &Codes) -> Result<Bill, SceneError> {
    let (exchange, taker, _) = busy(codes, &standard(8), 16)?;
    let question = QueryMsg::PreviewTrade {
        account: taker.account,
        legs: exchange.options(16..32)?,
    };
    ask(&exchange, &question)
}

/// What an answer costs.
pub(crate) fn ask(exchange: &Exchange, question: &QueryMsg) -> Result<Bill, SceneError> {
    let asked = exchange.chain.query::<serde_json::Value>(&exchange.margin, question);
    Ok(done(asked)?.1)
}

/// Pairs of accounts with legs.
pub(crate) fn pairs(exchange: &Exchange, count: usize, legs: usize) -> Result<Vec<(Trader, Trader)>, SceneError> {
    let legs = exchange.options(0..legs)?;
    (0..count)
        .map(|at| {
            let taker = exchange.trader(&format!("taker {at}"), 5_000_000)?;
            let maker = exchange.trader(&format!("maker {at}"), 5_000_000)?;
            exchange.trade(&taker, &maker, &legs)?;
            Ok((taker, maker))
        })
        .collect()
}

fn account(codes: &Codes, legs: usize) -> Result<Bill, SceneError> {
    let (exchange, taker, _) = busy(codes, &standard(8), legs)?;
    let question = QueryMsg::Account { account: taker.account };
    ask(&exchange, &question)
}

/// The least that a query can be: one small record.
fn insurance(codes: &Codes) -> Result<Bill, SceneError> {
    let (exchange, ..) = busy(codes, &standard(8), 1)?;
    ask(&exchange, &QueryMsg::Insurance {})
}

/// More expiries, a week apart: the last one's slice with total variance in proportion to the square of time.
fn weekly(expiries: &mut Vec<Expiry>, count: usize, now: u64) -> Result<(), SceneError> {
    let Some(last) = expiries.last().cloned() else {
        return Ok(());
    };
    while expiries.len() < count {
        let weeks = (expiries.len() as u64 - 15) * 7 * 86_400;
        let ratio = (last.expiry + weeks - now) as f64 / (last.expiry - now) as f64;
        // To eight decimals.
        let times = |number: Fine, factor: f64| Fine::new((number.steps() as f64 * factor / 10_000.0) as i64 * 10_000);
        let svi = last.svi.map(|svi| -> Result<Svi, SceneError> {
            Ok(Svi {
                a: times(svi.a, ratio * ratio)?,
                b: times(svi.b, ratio)?,
                m: times(svi.m, ratio)?,
                sigma: times(svi.sigma, ratio)?,
                ..svi
            })
        });
        expiries.push(Expiry {
            expiry: last.expiry + weeks,
            svi: svi.transpose()?,
            ..last.clone()
        });
    }
    Ok(())
}

/// A report of BTC that follows others: all publishers have reported before, and the others again.
pub(crate) fn report(codes: &Codes, publishers: usize, expiries: usize) -> Result<Bill, SceneError> {
    let mut setup = standard(expiries.min(16));
    for underlying in setup.market.underlyings.values_mut().take(1) {
        weekly(&mut underlying.expiries, expiries, setup.market.time)?;
    }
    let exchange = Exchange::with_publishers(codes, &setup, publishers)?;
    exchange.later(5)?;
    exchange.chain.advance(5);
    let btc = "BTC".parse().map_err(|_| SceneError::Other("a symbol".to_owned()))?;
    let mut last = Bill::default();
    for publisher in &exchange.publishers {
        last = done(exchange.report(publisher, btc))?.bill;
    }
    Ok(last)
}

/// A slice of an account of short options whose clock runs, into an account without legs; or the start of its clock.
pub(crate) fn liquidation(codes: &Codes, legs: usize, take: bool) -> Result<Bill, SceneError> {
    let (mut exchange, liquidator, maker) = busy(codes, &standard(8), 0)?;
    let account = exchange.trader("sinking", 5_000_000)?;
    exchange.trade(&account, &maker, &Exchange::short(exchange.options(0..legs)?))?;
    exchange.sink(&account)?;
    if !take {
        return exchange.liquidate(&liquidator, &account, false);
    }
    exchange.liquidate(&liquidator, &account, false)?;
    exchange.later(60)?;
    exchange.liquidate(&liquidator, &account, true)
}

pub(crate) fn done<T>(outcome: Result<T, crate::chain::Failure>) -> Result<T, SceneError> {
    outcome.map_err(|failure| SceneError::Call {
        what: "the measured call".to_owned(),
        failure,
    })
}
