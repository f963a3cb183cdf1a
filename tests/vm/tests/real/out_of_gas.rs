//! Running out of gas, wherever it happens, leaves no trace in the state.

use crate::codes;
use cosmwasm_std::{Addr, Coin};
use hedgerow_interface::margin::{ExecuteMsg, Takeover};
use hedgerow_interface::oracle;
use hedgerow_risk::number::{Cash, Ratio};
use hedgerow_testing::setup::{QUOTE, UNIT};
use hedgerow_vm::chain::{Chain, Failure};
use hedgerow_vm::exchange::{Exchange, Trader};
use hedgerow_vm::operations::standard;
use serde::Serialize;

/// Cuts by this much, and finely around the writes at the end.
const STEPS: u64 = 40;

/// Carries a message out with ever more gas. Each time but the last it must run out and change nothing.
fn cut(chain: &Chain, sender: &Addr, contract: &Addr, message: &impl Serialize, funds: &[Coin]) {
    let before = chain.dump();
    let whole = chain.rehearse(sender, contract, message, funds).unwrap().bill.gas;
    assert_eq!(chain.dump(), before, "a rehearsal changed something");
    let compute_ends = whole.total - whole.events;
    let writes_begin = compute_ends - whole.write - 1_000;
    let coarse = (0..STEPS).map(|at| whole.total * at / STEPS);
    let fine = (0..STEPS).map(|at| writes_begin + (whole.total - writes_begin) * at / STEPS);
    for limit in coarse.chain(fine).chain([compute_ends, whole.total - 1]) {
        chain.limit(limit);
        let failure = chain.execute(sender, contract, message, funds).unwrap_err();
        assert_eq!(failure, Failure::OutOfGas, "with {limit} of {}", whole.total);
        assert!(
            chain.dump() == before,
            "something changed with {limit} of {}",
            whole.total
        );
    }
    chain.limit(whole.total);
    chain.execute(sender, contract, message, funds).unwrap();
    assert_ne!(chain.dump(), before);
    chain.no_limit();
}

fn scene() -> (Exchange, Trader, Trader) {
    let exchange = Exchange::open(&codes(), &standard(4)).unwrap();
    let taker = exchange.trader("taker", 1_000_000).unwrap();
    let maker = exchange.trader("maker", 1_000_000).unwrap();
    exchange
        .trade(&taker, &maker, &exchange.options(0..8).unwrap())
        .unwrap();
    exchange.later(5).unwrap();
    (exchange, taker, maker)
}

#[test]
fn of_a_match() {
    let (exchange, taker, maker) = scene();
    let message = Exchange::fill(&taker, &maker, exchange.options(8..16).unwrap());
    cut(&exchange.chain, &exchange.venue, &exchange.margin, &message, &[]);
}

#[test]
fn of_a_deposit_and_a_withdrawal() {
    let (exchange, taker, _) = scene();
    let account = taker.account;
    let coins = [Coin::new(5_000_000u128, QUOTE)];
    cut(
        &exchange.chain,
        &taker.owner,
        &exchange.margin,
        &ExecuteMsg::Deposit { account },
        &coins,
    );
    let amount = Cash::new(1_000 * UNIT).unwrap();
    cut(
        &exchange.chain,
        &taker.owner,
        &exchange.margin,
        &ExecuteMsg::Withdraw { account, amount },
        &[],
    );
}

#[test]
fn of_a_report() {
    let (exchange, ..) = scene();
    exchange.chain.advance(5);
    let symbol = "BTC".parse().unwrap();
    let report = oracle::ExecuteMsg::Report(Box::new(oracle::Report {
        underlying: symbol,
        time: exchange.chain.now(),
        quote_price: "1".parse().unwrap(),
        quote_confidence: Ratio::ONE,
        market: exchange.view.get(&symbol).unwrap().clone(),
    }));
    cut(&exchange.chain, &exchange.publishers[0], &exchange.oracle, &report, &[]);
}

#[test]
fn of_a_liquidation() {
    let (mut exchange, liquidator, maker) = scene();
    let account = exchange.trader("sinking", 1_000_000).unwrap();
    let legs = Exchange::short(exchange.options(0..8).unwrap());
    exchange.trade(&account, &maker, &legs).unwrap();
    exchange.sink(&account).unwrap();
    let mut message = ExecuteMsg::Liquidate {
        account: account.account,
        liquidator: liquidator.account,
        take: None,
    };
    cut(&exchange.chain, &liquidator.owner, &exchange.margin, &message, &[]);
    exchange.later(60).unwrap();
    if let ExecuteMsg::Liquidate { take, .. } = &mut message {
        *take = Some(Takeover {
            max_fraction: None,
            min_equity_received: Cash::ZERO,
            expected_position_nonce: None,
        });
    }
    cut(&exchange.chain, &liquidator.owner, &exchange.margin, &message, &[]);
}

/// A question that runs out of gas fails, and the same question with enough is answered.
#[test]
fn of_a_question() {
    let (exchange, taker, _) = scene();
    let (answer, bill) = exchange.margin_of(&taker).unwrap();
    for limit in (0..STEPS)
        .map(|at| bill.gas.total * at / STEPS)
        .chain([bill.gas.total - 1])
    {
        exchange.chain.limit(limit);
        assert!(
            exchange
                .margin_of(&taker)
                .unwrap_err()
                .to_string()
                .ends_with("out of gas"),
            "{limit}"
        );
    }
    exchange.chain.limit(bill.gas.total);
    assert_eq!(exchange.margin_of(&taker).unwrap().0, answer);
}
