//! A report that its publisher signed off chain comes with the message that needs it, in one transaction.

use cosmwasm_std::{Addr, Api, Binary, CanonicalAddr, CosmosMsg, WasmMsg, to_json_binary};
use hedgerow_interface::margin::{ExecuteMsg, Fill};
use hedgerow_interface::oracle::{self, Report};
use hedgerow_interface::signing;
use hedgerow_risk::number::Ratio;
use hedgerow_testing::story::symbol;
use hedgerow_testing::{Refusal, Story, Trader};
use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};
use serde::Serialize;

/// Alice and the maker, and a publisher with a key; the tape is too old to trade on.
fn silent() -> (Story, SigningKey, [Trader; 2]) {
    let mut story = Story::new();
    let traders = [story.trader("alice", 100_000), story.trader("maker", 1_000_000)];
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let add = oracle::ExecuteMsg::AddPublisher {
        underlying: symbol("BTC"),
        publisher: address(&story, &key),
    };
    let (owner, oracle) = (story.world.owner.clone(), story.world.oracle.clone());
    story.world.execute_at(&owner, &oracle, &add, &[]).unwrap();
    story.silence(121);
    (story, key, traders)
}

fn address(story: &Story, key: &SigningKey) -> String {
    let account = CanonicalAddr::from(signing::account(&public(key)));
    story.world.app.api().addr_humanize(&account).unwrap().into_string()
}

fn public(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_encoded_point(true).as_bytes().to_vec()
}

/// What the publisher sees now, signed for this chain and contract.
fn signed(story: &mut Story, key: &SigningKey) -> CosmosMsg {
    let report = Report {
        underlying: symbol("BTC"),
        time: story.world.now(),
        quote_price: story.world.quote_price,
        quote_confidence: Ratio::ONE,
        market: story.world.seen(symbol("BTC")).clone(),
    };
    let report = String::from_utf8(to_json_binary(&report).unwrap().to_vec()).unwrap();
    let oracle = story.world.oracle.clone();
    let chain_id = story.world.app.block_info().chain_id;
    let text = signing::bound("report", &chain_id, oracle.as_str(), &report);
    let signature: Signature = key.sign(signing::sign_doc(&address(story, key), &text).as_bytes());
    let signature = signature.normalize_s().unwrap_or(signature);
    let relay = oracle::ExecuteMsg::Relay {
        report,
        public_key: Binary::from(public(key)),
        signature: Binary::from(signature.to_bytes().to_vec()),
    };
    call(&oracle, &relay)
}

fn call(contract: &Addr, message: &impl Serialize) -> CosmosMsg {
    let contract_addr = contract.to_string();
    let msg = to_json_binary(message).unwrap();
    let funds = vec![];
    WasmMsg::Execute {
        contract_addr,
        msg,
        funds,
    }
    .into()
}

fn trade(story: &Story, [taker, maker]: [Trader; 2], legs: &str) -> CosmosMsg {
    let fill = Fill {
        taker: taker.account,
        maker: maker.account,
        legs: vec![legs.parse().unwrap()],
    };
    call(&story.world.margin, &ExecuteMsg::Match { fills: vec![fill] })
}

/// One transaction of the venue.
fn send(story: &mut Story, messages: Vec<CosmosMsg>) -> Result<(), Refusal> {
    let venue = story.world.venue.clone();
    let sent = story.world.app.execute_multi(venue, messages);
    story.check();
    sent.map(drop).map_err(Refusal::from)
}

#[test]
fn a_trader_refreshes_the_tape_in_the_transaction_that_needs_it() {
    let (mut story, key, traders) = silent();
    let stale = story.world.tape(symbol("BTC")).unwrap().time;
    let (report, buy) = (signed(&mut story, &key), trade(&story, traders, "BTC-PERP 0.1@60000"));
    // Alone, and before the report: the whole transaction is refused, the report with it.
    for messages in [vec![buy.clone()], vec![buy.clone(), report.clone()]] {
        assert_eq!(send(&mut story, messages).unwrap_err().code(), "tape_stale");
        assert_eq!(story.world.tape(symbol("BTC")).unwrap().time, stale);
    }
    send(&mut story, vec![report.clone(), buy.clone()]).unwrap();
    assert_eq!(story.world.tape(symbol("BTC")).unwrap().time, story.world.now());
    // The same report a second time is no newer; the tape is fresh without it.
    let again = send(&mut story, vec![report, buy.clone()]).unwrap_err();
    assert_eq!(again.code(), "report_not_newer");
    send(&mut story, vec![buy]).unwrap();
}
