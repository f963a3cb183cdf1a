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
use hedgerow_interface::oracle::Rules;
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

    /// BTC is listed in earnest, under the standard rules, with these publishers.
    pub fn of(publishers: &[&str]) -> Self {
        let mut chain = Self::empty();
        let mut msg = set_up();
        let addresses: Vec<Addr> = publishers.iter().map(|name| address(name)).collect();
        msg["underlyings"][0]["publishers"] = json!(addresses);
        msg["underlyings"][0]["development"] = json!(false);
        msg["rules"] = serde_json::to_value(Rules::standard()).unwrap();
        chain.instantiate("admin", &[], &msg).unwrap();
        chain
    }

    /// A publisher says that everything costs this, now.
    pub fn says(&mut self, publisher: &str, price: &str) -> Result<Vec<Event>, String> {
        let now = self.env.block.time.seconds();
        self.run(publisher, &priced(now, price))
    }

    /// Some seconds later several publishers say so, one after the other.
    pub fn round(&mut self, seconds: u64, said: &[(&str, &str)]) {
        self.at(self.env.block.time.seconds() + seconds);
        for (publisher, price) in said {
            self.says(publisher, price).unwrap();
        }
    }

    /// The tape's time and index; none before the first tape.
    pub fn index(&self) -> Option<(u64, String)> {
        let bytes = self.deps.storage.get(&keys::tape("BTC".parse().unwrap()))?;
        let tape = Tape::decode(&bytes).unwrap();
        Some((tape.time, tape.market.index.to_string()))
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

    /// The guardian's two steps, at once as it is in development.
    pub fn settle(&mut self, expiry: &str, price: &str) -> Result<Vec<Event>, String> {
        self.run("guardian", &propose(expiry, price))?;
        self.run("guardian", &confirm(expiry))
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
        "guardian": address("guardian"),
        "rules": rules(),
        "underlyings": [{
            "underlying": "BTC", "contract_size": "1", "publishers": [address("publisher")], "band": null,
            "development": true,
        }],
    })
}

/// The standard ones, but for feeds that may stand still: most stories last days.
pub fn rules() -> Value {
    json!({
        "max_age": 60, "max_ahead": 5, "max_skew": 30, "max_frozen": 31_536_000, "max_jump": "0.1",
        "price_dispersion": "0.05", "vol_dispersion": "0.5", "stable_per_day": "0.1",
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

/// A report in which index, mark and forwards are the same.
pub fn priced(time: u64, price: &str) -> Value {
    let mut msg = report(time, &[FIRST, SECOND]);
    for place in ["/index", "/perp/mark", "/expiries/0/forward", "/expiries/1/forward"] {
        *msg.pointer_mut(&format!("/report/market{place}")).unwrap() = json!(price);
    }
    msg
}

/// Total variance grows by 0.0001 a day.
pub fn expiry(at: u64) -> Value {
    let level = 10 + at.saturating_sub(NOW) / DAY;
    json!({
        "expiry": at,
        "forward": "61000",
        "rate": "0.05",
        "confidence": {"forward": "1", "rate": "1", "vol": "0.9"},
        "svi": {"a": format!("0.{level:04}"), "b": "0.02", "rho": "-0.3", "m": "0.01", "sigma": "0.1"},
    })
}

pub fn propose(expiry: &str, price: &str) -> Value {
    json!({"propose_settlement": {"underlying": "BTC", "expiry": expiry, "price": price}})
}

pub fn confirm(expiry: &str) -> Value {
    json!({"confirm_settlement": {"underlying": "BTC", "expiry": expiry}})
}

/// The one event of a type, read back.
pub fn only<T: TypedEvent>(events: &[Event]) -> T {
    let found: Vec<T> = events.iter().filter_map(T::read).collect();
    assert_eq!(found.len(), 1, "{events:?}");
    found.into_iter().next().unwrap()
}

/// A good message of every variant, and who may send it, on [`Chain::expired`].
pub fn good() -> Vec<(&'static str, Value)> {
    vec![
        ("publisher", report(FIRST + 1, &[SECOND])),
        (
            "admin",
            json!({"list": {
                "underlying": "ETH", "contract_size": "1", "publishers": [address("publisher")],
                "band": {"min": "10", "max": "100000"},
            }}),
        ),
        (
            "admin",
            json!({"add_publisher": {"underlying": "BTC", "publisher": address("bob")}}),
        ),
        (
            "admin",
            json!({"remove_publisher": {"underlying": "BTC", "publisher": address("publisher")}}),
        ),
        (
            "admin",
            json!({"set_band": {"underlying": "BTC", "band": {"min": "100", "max": "1000000"}}}),
        ),
        (
            "admin",
            json!({"set_feeds": {"underlying": "BTC", "feeds": [{"fixed": {"price": "60000"}}]}}),
        ),
        ("admin", json!({"end_development": {"underlying": "BTC"}})),
        ("guardian", propose("28MAR25", "60000")),
        ("guardian", confirm("28MAR25")),
        ("admin", json!({"set_rules": rules()})),
        ("admin", json!({"set_guardian": {"guardian": address("bob")}})),
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
    chain.run("guardian", &propose("28MAR25", "60000")).unwrap();
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
