//! The contract on mocked storage, driven by JSON as a chain drives it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]
#![allow(dead_code)] // Each test file uses its part of it.

use cosmwasm_std::testing::{MockApi, MockQuerier, MockStorage, message_info, mock_dependencies, mock_env};
use cosmwasm_std::{Addr, Coin, Env, Event, Order, OwnedDeps, Storage, Timestamp, from_json};
use hedgerow_interface::event::TypedEvent;
use hedgerow_interface::keys;
use hedgerow_interface::tape::Tape;
use hedgerow_oracle::contract;
use serde_json::{Value, json};

/// 27 March 2025, 08:00 UTC: a day before 28MAR25 expires.
pub const NOW: u64 = 1_743_062_400;
pub const DAY: u64 = 86_400;
/// When 28MAR25 and 4APR25 expire.
pub const FIRST: u64 = NOW + DAY;
pub const SECOND: u64 = NOW + 8 * DAY;

pub struct Chain {
    pub deps: OwnedDeps<MockStorage, MockApi, MockQuerier>,
    pub env: Env,
}

impl Chain {
    /// Nothing set up yet.
    pub fn empty() -> Self {
        let mut env = mock_env();
        env.block.time = Timestamp::from_seconds(NOW);
        Self {
            deps: mock_dependencies(),
            env,
        }
    }

    /// BTC is listed, `publisher` reports it, `admin` administers.
    pub fn new() -> Self {
        let mut chain = Self::empty();
        chain.instantiate("admin", &[], &set_up()).unwrap();
        chain
    }

    /// With a first tape of two expiries.
    pub fn reported() -> Self {
        let mut chain = Self::new();
        chain.report(NOW, &[FIRST, SECOND]).unwrap();
        chain
    }

    /// 28MAR25 is over, and a report after it is in.
    pub fn expired() -> Self {
        let mut chain = Self::reported();
        chain.at(FIRST);
        chain.report(FIRST, &[SECOND]).unwrap();
        chain
    }

    pub fn at(&mut self, seconds: u64) {
        self.env.block.time = Timestamp::from_seconds(seconds);
    }

    pub fn instantiate(&mut self, sender: &str, funds: &[Coin], msg: &Value) -> Result<Vec<Event>, String> {
        let msg = from_json(msg.to_string()).map_err(|e| e.to_string())?;
        let info = message_info(&address(sender), funds);
        let response = contract::instantiate(self.deps.as_mut(), self.env.clone(), info, msg);
        response.map(|r| r.events).map_err(|e| e.to_string())
    }

    pub fn execute(&mut self, sender: &str, funds: &[Coin], text: &str) -> Result<Vec<Event>, String> {
        let msg = from_json(text).map_err(|e| e.to_string())?;
        let info = message_info(&address(sender), funds);
        let response = contract::execute(self.deps.as_mut(), self.env.clone(), info, msg);
        response.map(|r| r.events).map_err(|e| e.to_string())
    }

    pub fn run(&mut self, sender: &str, msg: &Value) -> Result<Vec<Event>, String> {
        self.execute(sender, &[], &msg.to_string())
    }

    pub fn report(&mut self, time: u64, expiries: &[u64]) -> Result<Vec<Event>, String> {
        self.run("publisher", &report(time, expiries))
    }

    pub fn query(&self, msg: &Value) -> Result<Value, String> {
        let msg = from_json(msg.to_string()).map_err(|e| e.to_string())?;
        let answer = contract::query(self.deps.as_ref(), self.env.clone(), msg).map_err(|e| e.to_string())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    /// The tape as another contract reads it.
    pub fn tape(&self) -> Tape {
        let bytes = self.deps.storage.get(&keys::tape("BTC".parse().unwrap()));
        Tape::decode(&bytes.unwrap()).unwrap()
    }

    /// Everything that is stored.
    pub fn dump(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.deps.storage.range(None, None, Order::Ascending).collect()
    }
}

/// An address of the mocked chain.
pub fn address(name: &str) -> Addr {
    MockApi::default().addr_make(name)
}

pub fn set_up() -> Value {
    json!({
        "admin": address("admin"),
        "timing": {"max_age": 60, "max_ahead": 5},
        "underlyings": [{"underlying": "BTC", "contract_size": "1", "publishers": [address("publisher")]}],
    })
}

pub fn report(time: u64, expiries: &[u64]) -> Value {
    let expiries: Vec<Value> = expiries.iter().map(|at| expiry(*at)).collect();
    json!({"report": {
        "underlying": "BTC",
        "time": time,
        "quote_price": "0.9998",
        "quote_confidence": "0.99",
        "market": {
            "index": "60500.5",
            "confidence": "0.98",
            "contract_size": "1",
            "perp": {"mark": "60510", "confidence": "1"},
            "expiries": expiries,
        },
    }})
}

pub fn expiry(at: u64) -> Value {
    json!({
        "expiry": at,
        "forward": "61000",
        "rate": "0.05",
        "confidence": {"forward": "1", "rate": "1", "vol": "0.9"},
        "svi": {"a": "0.001", "b": "0.02", "rho": "-0.3", "m": "0.01", "sigma": "0.1"},
    })
}

pub fn settlement(expiry: &str, price: &str) -> Value {
    json!({"fix_settlement": {"underlying": "BTC", "expiry": expiry, "price": price}})
}

/// The one event of a message, read back.
pub fn only<T: TypedEvent>(events: &[Event]) -> T {
    assert_eq!(events.len(), 1, "{events:?}");
    T::read(&events[0]).unwrap()
}

/// A good message of every variant, and who may send it, on [`Chain::expired`].
pub fn good() -> Vec<(&'static str, Value)> {
    vec![
        ("publisher", report(FIRST + 1, &[SECOND])),
        (
            "admin",
            json!({"list": {"underlying": "ETH", "contract_size": "1", "publishers": [address("publisher")]}}),
        ),
        (
            "admin",
            json!({"add_publisher": {"underlying": "BTC", "publisher": address("bob")}}),
        ),
        (
            "admin",
            json!({"remove_publisher": {"underlying": "BTC", "publisher": address("publisher")}}),
        ),
        ("admin", settlement("28MAR25", "60000")),
        ("admin", json!({"set_timing": {"max_age": 1, "max_ahead": 60}})),
        ("admin", json!({"propose_admin": {"admin": address("bob")}})),
        ("bob", json!({"accept_admin": {}})),
    ]
}

/// On which every message of [`good`] succeeds.
pub fn ready() -> Chain {
    let mut chain = Chain::expired();
    chain.at(FIRST + 1);
    chain
        .run("admin", &json!({"propose_admin": {"admin": address("bob")}}))
        .unwrap();
    chain
}

/// The message fails, its text has all of these, and nothing changed.
pub fn refused(chain: &mut Chain, sender: &str, text: &str, says: &[&str]) {
    let before = chain.dump();
    let error = chain.execute(sender, &[], text).expect_err(text);
    for says in says {
        assert!(error.contains(says), "{text}\nsays {error}\nnot {says}");
    }
    assert_eq!(chain.dump(), before, "{text}");
}
