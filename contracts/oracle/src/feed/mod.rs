//! Prices that other contracts and modules say: one small room each, with the wire format of its source.
//!
//! | room | source |
//! |---|---|
//! | [`pyth`] | Pyth's CosmWasm contract, query `price_feed` |
//! | [`connect`] | Skip's Connect module, query `/connect.oracle.v2.Query/GetPrice` |
//! | [`band`] | Band's standard reference contract, query `get_reference_data` |
//! | [`redemption`] | Stride's oracle contract, query `redemption_rate` |
//!
//! A feed never fails a report: whatever cannot be read, is too old or ahead of the block, or lies at an edge of the band
//! is left out. A source's price is quote per unit; a tape's is per contract.

pub mod band;
pub mod connect;
pub mod pyth;
pub mod redemption;

use crate::state::Listed;
use cosmwasm_std::{Binary, Deps, QuerierWrapper, from_json};
use hedgerow_interface::oracle::{Band, Feed, Rules};
use hedgerow_interface::tape::{Tape, power_of_ten};
use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::number::{Price, Ratio};
use serde::de::DeserializeOwned;

/// What a source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// When, in seconds since 1970.
    pub time: u64,
    /// Quote per contract.
    pub price: Price,
    /// How far the source trusts it: one minus its own error over the dispersion at which confidence is nil.
    pub confidence: Ratio,
}

/// What a feed is read with.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations)] // What reads the chain has none.
pub struct Reading<'a> {
    /// The chain.
    pub deps: Deps<'a>,
    /// The underlying.
    pub underlying: Symbol,
    /// Its listing.
    pub listed: &'a Listed,
    /// Its tape; none before the first.
    pub tape: Option<&'a Tape>,
    /// What every price must satisfy.
    pub rules: &'a Rules,
    /// The block's time.
    pub now: u64,
}

/// What the feeds of an underlying say now.
pub fn quotes(reading: &Reading<'_>) -> Vec<Quote> {
    let Reading { listed, rules, now, .. } = *reading;
    let timely = |quote: &Quote| {
        quote.time.saturating_add(rules.max_age) >= now && quote.time <= now.saturating_add(rules.max_ahead)
    };
    let quotes = listed.feeds.iter().filter_map(|feed| quote(feed, reading));
    quotes
        .filter(timely)
        .filter(|quote| inside(quote.price, listed.band))
        .collect()
}

fn quote(feed: &Feed, reading: &Reading<'_>) -> Option<Quote> {
    match feed {
        Feed::Fixed { price } => Some(Quote {
            time: reading.now,
            price: *price,
            confidence: Ratio::ONE,
        }),
        Feed::Pyth { contract, id, average } => pyth::quote(reading, contract, id, *average),
        Feed::Connect { pair } => connect::quote(reading, pair),
        Feed::Band { contract, base, quote } => band::quote(reading, contract, base, quote),
        Feed::Redemption { contract, denom, of } => redemption::quote(reading, contract, denom, *of),
    }
}

fn inside(price: Price, band: Option<Band>) -> bool {
    band.is_none_or(|band| band.min < price && price < band.max)
        && (Price::MIN + 1..Price::MAX).contains(&price.steps())
}

/// `mantissa * 10^exponent` quote per unit as a price per contract, rounded down; none beyond the range of prices.
///
/// Worked: 1,234 with exponent -8 and contracts of 1,000,000 units: 12.34 quote per contract.
fn price(mantissa: u128, exponent: i32, contract_size: Price) -> Option<Price> {
    // A contract size of 10^n steps is 10^(n - 8) units, and a step of a price is 10^-8.
    let power = exponent.checked_add(i32::from(power_of_ten(contract_size)?))?;
    let factor = 10u128.checked_pow(power.unsigned_abs())?;
    let steps = if power < 0 {
        mantissa.checked_div(factor)?
    } else {
        mantissa.checked_mul(factor)?
    };
    Price::new(u64::try_from(steps).ok()?).ok()
}

/// The JSON answer of a contract to a question in JSON.
fn ask<T: DeserializeOwned>(querier: &QuerierWrapper<'_>, contract: &str, question: &str) -> Option<T> {
    let question = Binary::from(question.as_bytes()).to_base64();
    let parts = [
        r#"{"wasm":{"smart":{"contract_addr":""#,
        contract,
        r#"","msg":""#,
        &question,
        r#""}}}"#,
    ];
    from_json(raw(querier, &parts.concat())?).ok()
}

/// The answer to a query of the chain in its own JSON.
fn raw(querier: &QuerierWrapper<'_>, request: &str) -> Option<Binary> {
    querier
        .raw_query(request.as_bytes())
        .into_result()
        .ok()?
        .into_result()
        .ok()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
