//! The chain itself: money, questions between contracts, failures, the price of a load.

use crate::codes;
use cosmwasm_std::{
    Addr, BalanceResponse, BankQuery, Binary, ContractResult, Empty, QueryRequest, SystemResult, WasmQuery, from_json,
    to_json_binary,
};
use hedgerow_interface::keys;
use hedgerow_interface::margin::{ExecuteMsg, QueryMsg};
use hedgerow_interface::oracle;
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::Cash;
use hedgerow_testing::setup::{QUOTE, UNIT};
use hedgerow_vm::chain::Failure;
use hedgerow_vm::cost;
use hedgerow_vm::exchange::{Exchange, Trader};
use hedgerow_vm::operations::standard;

fn scene() -> (Exchange, Trader, Trader) {
    let exchange = Exchange::open(&codes(), &standard(4)).unwrap();
    let taker = exchange.trader("taker", 100_000).unwrap();
    let maker = exchange.trader("maker", 100_000).unwrap();
    (exchange, taker, maker)
}

#[test]
fn money_moves_with_messages() {
    let (exchange, taker, _) = scene();
    let chain = &exchange.chain;
    let units = |of: &Addr| chain.balance(of, QUOTE).to_string();
    // The purse was minted with twice the deposit and 1,000 more.
    assert_eq!(
        (units(&taker.owner), units(&exchange.margin)),
        ("101000000000".into(), "200000000000".into())
    );
    let withdraw = ExecuteMsg::Withdraw {
        account: taker.account,
        amount: Cash::new(30_000 * UNIT).unwrap(),
    };
    exchange.send(&taker.owner, &withdraw).unwrap();
    assert_eq!(
        (units(&taker.owner), units(&exchange.margin)),
        ("131000000000".into(), "170000000000".into())
    );
    let deposit = ExecuteMsg::Deposit { account: taker.account };
    exchange.send_with(&taker.owner, &deposit, 31_000_000_000).unwrap();
    assert_eq!(
        (units(&taker.owner), units(&exchange.margin)),
        ("100000000000".into(), "201000000000".into())
    );
}

#[test]
fn a_refused_message_leaves_no_trace() {
    let (exchange, taker, maker) = scene();
    let before = exchange.chain.dump();
    let stranger = exchange.chain.user("stranger");
    exchange.chain.mint(&stranger, QUOTE, 5_000_000);
    let with_purse = exchange.chain.dump();
    assert_ne!(before, with_purse);
    let deposit = ExecuteMsg::Deposit { account: taker.account };
    // The tokens have moved by the time the contract refuses.
    let refused = exchange.send_with(&stranger, &deposit, 5_000_000).unwrap_err();
    assert!(
        matches!(&refused, Failure::Refused(text) if text.starts_with("unauthorised")),
        "{refused}"
    );
    // More than there is.
    let refused = exchange.send_with(&stranger, &deposit, 6_000_000).unwrap_err();
    assert!(
        matches!(&refused, Failure::Refused(text) if text.contains("5000000")),
        "{refused}"
    );
    // A match that the gate refuses after everything was computed.
    let mut legs = exchange.options(0..1).unwrap();
    legs[0].quantity = "-1000".parse().unwrap();
    let message = Exchange::fill(&taker, &maker, legs);
    let refused = exchange.send(&exchange.venue, &message).unwrap_err();
    assert!(
        matches!(&refused, Failure::Refused(text) if text.starts_with("initial_margin")),
        "{refused}"
    );
    assert_eq!(exchange.chain.dump(), with_purse);
}

#[test]
fn contracts_ask_each_other_and_the_bank() {
    let (exchange, taker, _) = scene();
    let chain = &exchange.chain;
    let btc: Symbol = "BTC".parse().unwrap();
    let ask = |request: QueryRequest<Empty>| -> Result<Binary, String> {
        match chain.answer(&request).unwrap() {
            SystemResult::Ok(ContractResult::Ok(answer)) => Ok(answer),
            SystemResult::Ok(ContractResult::Err(refusal)) => Err(refusal),
            SystemResult::Err(error) => Err(error.to_string()),
        }
    };
    let smart = |contract: &Addr, msg: Binary| {
        ask(WasmQuery::Smart {
            contract_addr: contract.to_string(),
            msg,
        }
        .into())
    };
    let raw = |key: Vec<u8>| {
        ask(WasmQuery::Raw {
            contract_addr: exchange.oracle.to_string(),
            key: key.into(),
        }
        .into())
    };

    let question = to_json_binary(&oracle::QueryMsg::Tape { underlying: btc }).unwrap();
    let tape: oracle::TapeResponse = from_json(smart(&exchange.oracle, question.clone()).unwrap()).unwrap();
    let loaded = chain.spent().gas;
    assert_eq!(raw(keys::tape(btc)).unwrap(), tape.tape);
    // A raw read loads nothing and is one read: 33 bytes of prefix and 9 of key.
    let read = chain.spent().gas;
    assert_eq!((loaded.load, read.load), (cost::LOAD, 0));
    assert_eq!(read.total, 1_000 + 3 * (42 + tape.tape.len() as u64));
    assert_eq!(raw(b"nothing".to_vec()).unwrap(), Binary::default());

    let balance = BankQuery::Balance {
        address: taker.owner.to_string(),
        denom: QUOTE.to_owned(),
    };
    let answer: BalanceResponse = from_json(ask(balance.into()).unwrap()).unwrap();
    assert_eq!(answer.amount.amount.to_string(), "101000000000");

    let unknown = to_json_binary(&QueryMsg::Account {
        account: hedgerow_interface::AccountId(99),
    })
    .unwrap();
    assert!(
        smart(&exchange.margin, unknown)
            .unwrap_err()
            .starts_with("unknown_account")
    );
    assert!(ask(BankQuery::AllDenomMetadata { pagination: None }.into()).is_err());
    let nobody = chain.answer(
        &WasmQuery::Smart {
            contract_addr: taker.owner.to_string(),
            msg: question,
        }
        .into(),
    );
    assert!(matches!(nobody, Err(Failure::Refused(text)) if text.starts_with("no such contract")));
}

#[test]
fn a_pinned_contract_costs_58_000_less() {
    let (exchange, taker, _) = scene();
    let (_, bill) = exchange.margin_of(&taker).unwrap();
    exchange.chain.pin(true);
    let (_, pinned) = exchange.margin_of(&taker).unwrap();
    assert_eq!(bill.gas.total - pinned.gas.total, 58_000);
    assert_eq!(bill.keys, pinned.keys);
}

#[test]
fn gas_is_the_same_every_time() {
    let measure = || {
        let (exchange, taker, maker) = scene();
        exchange
            .matched(&taker, &maker, exchange.options(0..9).unwrap())
            .unwrap()
    };
    assert_eq!(measure(), measure());
}

#[test]
fn the_parts_are_the_whole() {
    let (exchange, taker, maker) = scene();
    let bill = exchange
        .matched(&taker, &maker, exchange.options(0..9).unwrap())
        .unwrap();
    let gas = bill.gas;
    assert_eq!(gas.total, gas.load + gas.read + gas.write + gas.compute + gas.events);
    assert_eq!(gas.write, 2_000 * gas.writes + 30 * gas.write_bytes);
    // One `has` besides the reads.
    assert_eq!(gas.read, 1_000 + 1_000 * gas.reads + 3 * gas.read_bytes);
    assert_eq!(gas.reads + gas.writes, bill.keys.len() as u64);
}
