//! Answers in the form that each source documents, and what becomes of bad ones.

use super::*;
use crate::{history, state};
use cosmwasm_std::testing::{MockApi, MockStorage};
use cosmwasm_std::{ContractResult, Querier, QuerierResult, Storage, SystemError, SystemResult};
use hedgerow_risk::market::Underlying;
use std::cell::RefCell;

const NOW: u64 = 1_700_000_030;

/// Answers every question alike, and remembers the last.
struct Source {
    answer: Option<Vec<u8>>,
    asked: RefCell<String>,
}

impl Querier for Source {
    fn raw_query(&self, request: &[u8]) -> QuerierResult {
        *self.asked.borrow_mut() = String::from_utf8(request.to_vec()).unwrap();
        match &self.answer {
            Some(answer) => SystemResult::Ok(ContractResult::Ok(answer.clone().into())),
            None => SystemResult::Err(SystemError::Unknown {}),
        }
    }
}

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

fn listed(feeds: Vec<Feed>, contract_size: &str) -> Listed {
    Listed {
        contract_size: contract_size.parse().unwrap(),
        band: None,
        feeds,
        development: false,
        publishers: vec![],
    }
}

/// What a feed says when its source answers so, and what the source was asked.
fn read(feed: Feed, size: &str, answer: Option<&[u8]>) -> (Vec<Quote>, String) {
    read_with(&MockStorage::new(), None, feed, size, answer)
}

fn read_with(
    storage: &dyn Storage,
    tape: Option<&Tape>,
    feed: Feed,
    size: &str,
    answer: Option<&[u8]>,
) -> (Vec<Quote>, String) {
    let (api, source) = (
        MockApi::default(),
        Source {
            answer: answer.map(<[u8]>::to_vec),
            asked: RefCell::default(),
        },
    );
    let reading = Reading {
        deps: Deps {
            storage,
            api: &api,
            querier: QuerierWrapper::new(&source),
        },
        underlying: "BTC".parse().unwrap(),
        listed: &listed(vec![feed], size),
        tape,
        rules: &Rules::standard(),
        now: NOW,
    };
    let quotes = quotes(&reading);
    (quotes, source.asked.into_inner())
}

/// A smart query as the chain gets it, its message in clear.
fn smart(asked: &str) -> (String, String) {
    let request: serde_json::Value = serde_json::from_str(asked).unwrap();
    let smart = &request["wasm"]["smart"];
    let message: Binary = serde_json::from_value(smart["msg"].clone()).unwrap();
    let message = String::from_utf8(message.to_vec()).unwrap();
    (smart["contract_addr"].as_str().unwrap().to_owned(), message)
}

const PYTH: &str = r#"{"price_feed":{"id":"e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43",
    "price":{"price":"6000012345678","conf":"3000000000","expo":-8,"publish_time":1700000000},
    "ema_price":{"price":"5999000000000","conf":"0","expo":-8,"publish_time":1700000001}}}"#;

fn pyth(average: bool) -> Feed {
    Feed::Pyth {
        contract: "cosmwasm1pyth".to_owned(),
        id: "e62d".to_owned(),
        average,
    }
}

/// 6000012345678 * 10^-8 = 60,000.12345678; 3000000000 of 6000012345678 is 0.0499999% of 5%: 0.01 of the confidence.
#[test]
fn pyth_says_price_error_and_average() {
    let (quotes, asked) = read(pyth(false), "1", Some(PYTH.as_bytes()));
    assert_eq!(quotes[0].price.to_string(), "60000.12345678");
    assert_eq!(quotes[0].time, 1_700_000_000);
    assert_eq!(quotes[0].confidence, ratio("0.99000002"));
    let (contract, question) = smart(&asked);
    assert_eq!(
        (contract.as_str(), question.as_str()),
        ("cosmwasm1pyth", r#"{"price_feed":{"id":"e62d"}}"#)
    );
    let (quotes, _) = read(pyth(true), "1", Some(PYTH.as_bytes()));
    assert_eq!(
        (quotes[0].price.to_string(), quotes[0].confidence),
        ("59990".to_owned(), Ratio::ONE)
    );
    // Per contract of 1,000.
    let (quotes, _) = read(pyth(true), "1000", Some(PYTH.as_bytes()));
    assert_eq!(quotes[0].price.to_string(), "59990000");
}

/// Encoded by hand: price "6012345678" at 1,700,000,000 s and 5 ns, height 7; nonce 9, 5 decimals, id 1.
#[test]
fn connect_says_a_price_in_protobuf() {
    let quote = [
        &[0x0a, 10][..],
        b"6012345678",
        &[0x12, 8, 0x08, 0x80, 0xe2, 0xcf, 0xaa, 0x06, 0x10, 5],
        &[0x18, 7],
    ]
    .concat();
    let answer = [&[0x0a, quote.len() as u8][..], &quote, &[0x10, 9, 0x18, 5, 0x20, 1]].concat();
    let feed = || Feed::Connect {
        pair: "BTC/USD".to_owned(),
    };
    let (quotes, asked) = read(feed(), "1", Some(&answer));
    let expected = Quote {
        time: 1_700_000_000,
        price: "60123.45678".parse().unwrap(),
        confidence: Ratio::ONE,
    };
    assert_eq!(quotes, [expected]);
    let request: serde_json::Value = serde_json::from_str(&asked).unwrap();
    assert_eq!(request["grpc"]["path"], "/connect.oracle.v2.Query/GetPrice");
    let data: Binary = serde_json::from_value(request["grpc"]["data"].clone()).unwrap();
    assert_eq!(data.as_slice(), b"\x0a\x07BTC/USD");
    // Cut anywhere it says nothing, or the same without what was cut off.
    for end in 0..answer.len() {
        for quote in read(feed(), "1", Some(&answer[..end])).0 {
            assert_eq!((end >= answer.len() - 2, quote), (true, expected), "{end}");
        }
    }
}

#[test]
fn band_says_a_rate_of_18_decimals() {
    let feed = || Feed::Band {
        contract: "cosmwasm1band".to_owned(),
        base: "BTC".to_owned(),
        quote: "USD".to_owned(),
    };
    let answer =
        br#"{"rate":"60000123456780000000000","last_updated_base":"1700000003","last_updated_quote":"1700000001"}"#;
    let (quotes, asked) = read(feed(), "1", Some(answer));
    assert_eq!(
        (quotes[0].price.to_string(), quotes[0].time),
        ("60000.12345678".to_owned(), 1_700_000_001)
    );
    assert_eq!(
        smart(&asked).1,
        r#"{"get_reference_data":{"base_symbol":"BTC","quote_symbol":"USD"}}"#
    );
}

#[test]
fn a_fixed_price_is_of_now() {
    let feed = Feed::Fixed { price: Price::ONE };
    let (quotes, asked) = read(feed, "1", None);
    assert_eq!((quotes[0].price, quotes[0].time, asked.as_str()), (Price::ONE, NOW, ""));
}

/// The staked token's tape has stood at `market` for an hour; what is staked is at 8 and can be had for `rate`.
fn staked(market: &str, rate: &str, updated: u64) -> Option<String> {
    let (mut storage, eth) = (MockStorage::new(), "ETH".parse().unwrap());
    let tape = |time: u64, index: &str, before: Option<&Tape>| {
        let index: Price = index.parse().unwrap();
        Tape {
            time,
            quote_price: Price::ONE,
            quote_confidence: Ratio::ONE,
            market: Underlying {
                index,
                confidence: ratio("0.9"),
                contract_size: Price::ONE,
                perp: None,
                expiries: vec![],
            },
            history: Some(history::next(before, time, index, &Rules::standard())),
            development: false,
        }
    };
    let mut own: Option<Tape> = None;
    for time in (NOW - 3_600..=NOW).step_by(60) {
        let next = tape(time, market, own.as_ref());
        history::snap(&mut storage, "BTC".parse().unwrap(), own.map(|own| own.time), &next);
        own = Some(next);
    }
    state::save_tape(&mut storage, eth, &tape(NOW - 5, "8", None)).unwrap();
    let feed = Feed::Redemption {
        contract: "cosmwasm1stride".to_owned(),
        denom: "stueth".to_owned(),
        of: eth,
    };
    let answer = format!(r#"{{"redemption_rate":"{rate}","update_time":{updated}}}"#);
    let (quotes, asked) = read_with(&storage, own.as_ref(), feed, "1", Some(answer.as_bytes()));
    assert_eq!(
        smart(&asked).1,
        r#"{"redemption_rate":{"denom":"stueth","params":null}}"#
    );
    quotes.first().map(|quote| {
        assert_eq!((quote.time, quote.confidence), (NOW - 5, ratio("0.9")));
        quote.price.to_string()
    })
}

#[test]
fn a_staked_token_is_worth_the_lower_of_market_and_redemption() {
    assert_eq!(staked("9.9", "1.25", NOW - 9).as_deref(), Some("9.9"));
    assert_eq!(staked("10.5", "1.25", NOW - 9).as_deref(), Some("10"));
    assert_eq!(staked("10.5", "1.25", NOW - 86_400).as_deref(), Some("10"));
    assert_eq!(staked("10.5", "1.25", NOW - 86_401), None);
    for rate in ["-1", "NaN", "", "1e3"] {
        assert_eq!(staked("9.9", rate, NOW), None, "{rate}");
    }
    // Without an average of its own it says nothing.
    let feed = Feed::Redemption {
        contract: "cosmwasm1stride".to_owned(),
        denom: "stueth".to_owned(),
        of: "ETH".parse().unwrap(),
    };
    assert_eq!(read(feed, "1", Some(b"{}")).0, []);
}

/// A feed never fails a report: it is left out.
#[test]
fn what_cannot_be_used_is_left_out() {
    let with = |from: &str, to: &str| {
        read(pyth(false), "1", Some(PYTH.replacen(from, to, 1).as_bytes()))
            .0
            .len()
    };
    assert_eq!(with("x", "x"), 1);
    assert_eq!(read(pyth(false), "1", None).0, []);
    for junk in ["", "{}", "null", "[]", "{\"price_feed\":{}}"] {
        assert_eq!(read(pyth(false), "1", Some(junk.as_bytes())).0, [], "{junk}");
    }
    for (from, to, found) in [
        // A minute old, and more; five seconds ahead, and more.
        ("1700000000", "1699999970", 1),
        ("1700000000", "1699999969", 0),
        ("1700000000", "1700000035", 1),
        ("1700000000", "1700000036", 0),
        ("1700000000", "18446744073709551615", 0),
        ("1700000000", "-1", 0),
        // No price, an impossible one, one at an edge of what a price can be.
        ("6000012345678", "0", 0),
        ("6000012345678", "-6000012345678", 0),
        ("6000012345678", "NaN", 0),
        ("6000012345678", "100000", 0),
        ("6000012345678", "100001", 1),
        ("6000012345678", "99999999999999999999", 0),
        ("-8", "-2147483648", 0),
        ("-8", "2147483647", 0),
        ("-8", "30", 0),
        ("-8", "-40", 0),
    ] {
        assert_eq!(with(from, to), found, "{from} to {to}");
    }
    // An error wider than the price leaves no confidence.
    let wide = PYTH.replacen("3000000000", "18446744073709551615", 1);
    assert_eq!(
        read(pyth(false), "1", Some(wide.as_bytes())).0[0].confidence,
        Ratio::ZERO
    );
}
