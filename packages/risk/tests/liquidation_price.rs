//! Nearest liquidation prices: worked by hand, and against a scan of an independent model.
//!
//! The market has index, mark and forward at 60,000, no rate and volatilities of zero: options are worth their intrinsic
//! value. The model moves spot by 20% either way, so MM is the larger loss.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use hedgerow_risk::assess::standing;
use hedgerow_risk::liquidation_price::{LiquidationPrices, liquidation_prices};
use hedgerow_risk::market::Market;
use hedgerow_risk::model::{Model, ValidModel};
use hedgerow_risk::number::Price;
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};
use proptest::prelude::*;

const MODEL: &str = r#"{"scenarios":[{},{"spot":"0.8"},{"spot":"1.2"}],"factors":{"maintenance":"1"},
    "collateral":{"BTC":{"hedges":"BTC"},"WBTC":{"hedges":"BTC"}}}"#;
const MARKET: &str = r#"{"time":1739934748,"assets":{"WBTC":{"price":"59000"}},"underlyings":{
    "BTC":{"index":"60000","perp":{"mark":"60000"},"expiries":[{"expiry":1743148800,"forward":"60000",
        "vols":{"50000":"0","58000":"0","60000":"0","60030":"0","70000":"0"}}]},
    "ETH":{"index":"3000","perp":{"mark":"3000"}}}}"#;

fn model() -> ValidModel {
    serde_json::from_str::<Model>(MODEL).unwrap().validate().unwrap()
}

fn market() -> Market {
    serde_json::from_str(MARKET).unwrap()
}

/// `"cash [asset amount]... | instrument quantity[@entry]..."` is short for a portfolio file.
fn portfolio(text: &str) -> Portfolio {
    let (tokens, positions) = text.split_once('|').unwrap();
    let (cash, collateral) = tokens.trim().split_once(' ').unwrap_or((tokens.trim(), ""));
    let collateral = collateral.split_whitespace().collect::<Vec<_>>();
    let collateral = collateral
        .chunks(2)
        .map(|held| serde_json::json!({"asset": held[0], "amount": held[1]}));
    let positions = positions.split_whitespace().collect::<Vec<_>>();
    let positions = positions.chunks(2).map(|leg| match leg[1].split_once('@') {
        Some((quantity, entry)) => {
            serde_json::json!({"instrument": leg[0], "quantity": quantity, "entry_price": entry})
        }
        None => serde_json::json!({"instrument": leg[0], "quantity": leg[1]}),
    });
    let file = serde_json::json!({
        "cash": cash, "collateral": collateral.collect::<Vec<_>>(), "positions": positions.collect::<Vec<_>>(),
    });
    serde_json::from_value::<PortfolioFile>(file).unwrap().into()
}

fn found(text: &str) -> Vec<LiquidationPrices> {
    liquidation_prices(&model(), &market(), &portfolio(text)).unwrap()
}

/// Is the answer this price, or up to three steps of 1e-8 nearer to the index? `-` is none.
fn check(found: LiquidationPrices, below: &str, above: &str, name: &str) {
    for (found, expected, towards_index) in [(found.below, below, 1), (found.above, above, -1)] {
        let expected = (expected != "-").then(|| expected.parse::<Price>().unwrap());
        let nearer = found
            .zip(expected)
            .map(|(found, expected)| towards_index * (i128::from(found.steps()) - i128::from(expected.steps())));
        let agrees = found.is_some() == expected.is_some() && nearer.is_none_or(|steps| (0..=3).contains(&steps));
        assert!(agrees, "{name}: {found:?} for {expected:?}");
    }
}

#[test]
fn worked_by_hand() {
    for (name, held, below, above) in [
        // P - 42,000 = 0.2 P.
        ("long perpetual", "18000 | BTC-PERP 1", "52500", "-"),
        ("the same, bought dearer", "19000 | BTC-PERP 1@61000", "52500", "-"),
        ("long future", "18000 | BTC-28MAR25 1", "52500", "-"),
        // 78,000 - P = 0.2 P.
        ("short future", "18000 | BTC-28MAR25 -1", "-", "65000"),
        // Below 60,000: 24,000 - (60,000 - P) = 0.2 P; above: 24,000 - (P - 60,000) = 0.2 P.
        (
            "short straddle",
            "24000 | BTC-28MAR25-60000-C -1 BTC-28MAR25-60000-P -1",
            "45000",
            "70000",
        ),
        // Equity min(P, 60,000): its loss is at most 0.2 P.
        ("covered call", "60000 | BTC-PERP 1 BTC-28MAR25-60000-C -1", "-", "-"),
        ("paid in full", "60000 | BTC-PERP 1", "-", "-"),
        ("long call", "1 | BTC-28MAR25-60000-C 1", "-", "-"),
        ("flat", "5 | BTC-PERP 1 BTC-28MAR25 -1", "-", "-"),
        // Under its index of 60,000 already.
        ("liquidatable now", "11999 | BTC-PERP 1", "60000", "60000"),
        ("just not yet", "12000.8 | BTC-PERP 1", "59999", "-"),
        // 1 BTC against a debt: P - 30,000 = 0.2 P; 1 WBTC at 59/60 of P: 0.8 * 59/60 P = 30,000.
        ("collateral", "-30000 BTC 1 |", "37500", "-"),
        ("with a price of its own", "-30000 WBTC 1 |", "38135.59322034", "-"),
    ] {
        check(found(held)[0], below, above, name);
    }
}

/// A straddle on borrowed money: worth |P - 60,030| - 3, so it is under water within 3 of the strike only. From 54,000 no
/// step comes near: the strike itself is searched.
#[test]
fn a_dip_at_a_strike_is_not_skipped() {
    let mut market = market();
    let tape = market.underlyings.values_mut().next().unwrap();
    let price = |text: &str| text.parse().unwrap();
    tape.index = price("54000");
    tape.perp.as_mut().unwrap().mark = price("54000");
    tape.expiries[0].forward = price("54000");
    let straddle = portfolio("-3 | BTC-28MAR25-60030-C 1 BTC-28MAR25-60030-P 1");
    let flat = r#"{"scenarios":[{}],"factors":{"maintenance":"1"}}"#;
    let flat = serde_json::from_str::<Model>(flat).unwrap().validate().unwrap();
    let found = liquidation_prices(&flat, &market, &straddle).unwrap();
    check(found[0], "-", "60027", "straddle");
}

#[test]
fn each_underlying_moves_alone() {
    // 15,000 + 3 (Q - 3,000) - 0.2 P - 0.6 Q with P = 60,000 falls to 0 at Q = 2,500; with Q = 3,000 and a long BTC:
    // P - 60,000 + 15,000 - 1,800 = 0.2 P at P = 58,500.
    let found = found("15000 | BTC-PERP 1 ETH-PERP 3");
    let names: Vec<String> = found.iter().map(|own| own.underlying.to_string()).collect();
    assert_eq!(names, ["BTC", "ETH"]);
    check(found[0], "58500", "-", "BTC");
    check(found[1], "2500", "-", "ETH");
    assert_eq!(
        liquidation_prices(&model(), &market(), &Portfolio::default()),
        Ok(Vec::new())
    );
}

/// A smile without a fitted forward of its own stays at the present one: the answer is that of a smile that says so.
#[test]
fn smiles_stay_where_they_are() {
    let market = |fitted: &str| -> Market {
        let text = format!(
            r#"{{"time":1739934748,"underlyings":{{"BTC":{{"index":"60000","expiries":[{{"expiry":1743148800,
                "forward":"60500","svi":{{"a":"0.0184","b":"0.071","rho":"-0.41","m":"0.035","sigma":"0.19"{fitted}}}}}]}}}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    };
    let book = portfolio("30000 | BTC-28MAR25-65000-C -1 BTC-28MAR25-50000-P -1 BTC-28MAR25 0.2");
    let [loose, fitted] =
        ["", r#","forward":"60500""#].map(|fitted| liquidation_prices(&model(), &market(fitted), &book).unwrap()[0]);
    assert_eq!(loose, fitted);
    let (below, above) = (loose.below.unwrap(), loose.above.unwrap());
    // At both ends the account stands to a cent where it is liquidatable, and the smile is the one of 60,500.
    for index in [below, above] {
        let mut there = market(r#","forward":"60500""#);
        let tape = there.underlyings.values_mut().next().unwrap();
        tape.index = index;
        let forward = index.to_string().parse::<f64>().unwrap() * 60_500.0 / 60_000.0;
        tape.expiries[0].forward = format!("{forward:.8}").parse().unwrap();
        let mut book = book.clone();
        book.legs[2].cost = Some("12100".parse().unwrap());
        let health = standing(&model(), &there, &book).unwrap().maintenance_health();
        assert!(health.abs() < "0.01".parse().unwrap(), "{index}: {health}");
    }
}

/// The same market and model in doubles: equity less the largest loss.
struct Reference {
    cash: f64,
    perpetual: f64,
    /// Strike, calls, puts.
    options: Vec<(f64, f64, f64)>,
}

impl Reference {
    fn worth(&self, price: f64) -> f64 {
        let option = |(strike, calls, puts): &(f64, f64, f64)| {
            calls * (price - strike).max(0.0) + puts * (strike - price).max(0.0)
        };
        self.cash + self.perpetual * (price - 60_000.0) + self.options.iter().map(option).sum::<f64>()
    }

    fn health(&self, price: f64) -> f64 {
        [1.0, 0.8, 1.2]
            .map(|spot| self.worth(price * spot))
            .into_iter()
            .fold(f64::MAX, f64::min)
    }

    /// What the documentation promises of one side: every step and every strike, outwards.
    fn check(&self, answer: Option<f64>, side: f64, last: f64) -> Result<(), TestCaseError> {
        let beyond = |a: f64, b: f64| (a - b) * side > 0.0;
        let step = |at: &f64| match at / 60_000.0 {
            0.8..=1.25 => at + side * at * 0.01,
            0.5..=2.0 => at + side * at * 0.02,
            _ => at + side * at * 0.05,
        };
        let grid = std::iter::successors(Some(60_000.0), |at| Some(step(at))).skip(1);
        let grid = grid.take_while(|at| beyond(60_000.0 * last, *at));
        let strikes = self.options.iter().map(|option| option.0);
        let strikes = strikes.filter(|at| beyond(*at, 60_000.0));
        for at in grid.chain(strikes).chain([60_000.0, 60_000.0 * last]) {
            let nearer = answer.is_none_or(|answer| beyond(answer, at));
            prop_assert!(
                !nearer || self.health(at) > -0.001,
                "{at} is passed over: {}",
                self.health(at)
            );
        }
        if let Some(answer) = answer {
            prop_assert!(self.health(answer).abs() < 0.001, "{answer}: {}", self.health(answer));
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_searched_point_is_skipped(
        cash in 1_i64..60_000, perpetual in -20_i64..20,
        options in prop::collection::vec((0_usize..5, -20_i64..20, -20_i64..20), 0..4),
    ) {
        let strikes = [50_000, 58_000, 60_000, 60_030, 70_000];
        let tenth = |n: i64| format!("{}{}.{}", if n < 0 { "-" } else { "" }, n.abs() / 10, n.abs() % 10);
        let mut text = format!("{cash} | BTC-PERP {}", tenth(perpetual));
        let mut reference = Reference { cash: cash as f64, perpetual: perpetual as f64 / 10.0, options: Vec::new() };
        for (strike, calls, puts) in options {
            let strike = strikes[strike];
            text += &format!(" BTC-28MAR25-{strike}-C {} BTC-28MAR25-{strike}-P {}", tenth(calls), tenth(puts));
            reference.options.push((strike as f64, calls as f64 / 10.0, puts as f64 / 10.0));
        }
        // Within a cent the two may differ on whether the account is liquidatable now.
        prop_assume!(reference.health(60_000.0).abs() > 0.01);
        let found = found(&text)[0];
        let number = |price: Option<Price>| price.map(|p| p.steps() as f64 / 1e8);
        if reference.health(60_000.0) < 0.0 {
            prop_assert_eq!((number(found.below), number(found.above)), (Some(60_000.0), Some(60_000.0)));
        } else {
            reference.check(number(found.below), -1.0, 1.0 / 64.0)?;
            reference.check(number(found.above), 1.0, 16.0)?;
        }
    }
}
