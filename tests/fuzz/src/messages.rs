//! Messages to both contracts, on a chain in the process where two people trade.
//!
//! The first letter says to whom: `m` margin or `o` oracle; the second from whom: `o` the owner, `t` a trader, `v` the venue,
//! `p` the publisher, `q` a query. The rest is JSON.

use cosmwasm_std::{Addr, Binary, WasmMsg};
use cw_multi_test::Executor;
use hedgerow_interface::{margin, oracle};
use hedgerow_testing::{Refusal, Story, World, invariants};
use serde_json::Value as Json;

/// A chain with something to lose.
fn busy() -> (World, Addr) {
    let mut story = Story::new();
    story.checking = false;
    let alice = story.trader("alice", 100_000);
    let maker = story.trader("maker", 1_000_000);
    story.buys(alice, maker, "BTC-PERP 1@60000");
    let trader = story.address(alice);
    (story.world, trader)
}

/// A message or a query: it is answered, or refused with a code and without a trace; and the books balance.
pub fn messages(data: &[u8]) -> bool {
    let [contract, from, json @ ..] = data else {
        return false;
    };
    let is_message = match (contract, from) {
        (b'm', b'q') => serde_json::from_slice::<margin::QueryMsg>(json).is_ok(),
        (b'm', _) => serde_json::from_slice::<margin::ExecuteMsg>(json).is_ok(),
        (b'o', b'q') => serde_json::from_slice::<oracle::QueryMsg>(json).is_ok(),
        (b'o', _) => serde_json::from_slice::<oracle::ExecuteMsg>(json).is_ok(),
        _ => false,
    };
    if !is_message {
        return false;
    }
    let (mut world, trader) = busy();
    let to = if *contract == b'm' {
        &world.margin
    } else {
        &world.oracle
    }
    .clone();
    let sender = match from {
        b'q' => {
            // An answer or an error.
            let _ = world
                .app
                .wrap()
                .query_wasm_smart::<Json>(to, &serde_json::from_slice::<Json>(json).unwrap());
            return true;
        }
        b'o' => world.owner.clone(),
        b't' => trader.clone(),
        b'v' => world.venue.clone(),
        b'p' => world.publisher.clone(),
        _ => return false,
    };
    let before = world.dump(&[sender.clone(), trader.clone()]);
    let message = WasmMsg::Execute {
        contract_addr: to.to_string(),
        msg: Binary::from(json),
        funds: Vec::new(),
    };
    match world.app.execute(sender.clone(), message.into()) {
        Ok(_) => invariants::check(&world),
        Err(error) => {
            let refusal = Refusal::from(error);
            assert!(!refusal.code().is_empty(), "{refusal}");
            assert!(world.dump(&[sender, trader]) == before, "{refusal}");
        }
    }
    true
}
