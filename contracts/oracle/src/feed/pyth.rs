//! Pyth's CosmWasm contract.
//!
//! ```text
//! {"price_feed":{"id":"<64 hexadecimal digits>"}}
//! {"price_feed":{"id":"..","price":{"price":"6000012345678","conf":"2500000000","expo":-8,"publish_time":1700000000},
//!                "ema_price":{..}}}
//! ```
//! A price is `price * 10^expo`, its error `conf * 10^expo`: about a standard deviation. Source: docs.pyth.network and the
//! schema of the crate pyth-sdk 0.8, `PriceFeed`.

use super::{Quote, Reading, ask, price};
use hedgerow_risk::number::Ratio;
use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    price_feed: PriceFeed,
}

#[derive(Deserialize)]
struct PriceFeed {
    price: Said,
    ema_price: Said,
}

#[derive(Deserialize)]
struct Said {
    price: String,
    conf: String,
    expo: i32,
    publish_time: u64,
}

/// The price, or its exponential moving average.
pub fn quote(reading: &Reading<'_>, contract: &str, id: &str, average: bool) -> Option<Quote> {
    let question = [r#"{"price_feed":{"id":""#, id, r#""}}"#].concat();
    let Answer { price_feed } = ask(&reading.deps.querier, contract, &question)?;
    let said = if average {
        price_feed.ema_price
    } else {
        price_feed.price
    };
    let (mantissa, error): (u64, u64) = (said.price.parse().ok()?, said.conf.parse().ok()?);
    Some(Quote {
        time: said.publish_time,
        price: price(u128::from(mantissa), said.expo, reading.listed.contract_size)?,
        confidence: confidence(error, mantissa, reading.rules.price_dispersion)?,
    })
}

/// `1 - (error/price)/limit`, rounded down, at least 0.
fn confidence(error: u64, mantissa: u64, limit: Ratio) -> Option<Ratio> {
    let one = u128::from(Ratio::ONE.steps().unsigned_abs());
    // Below 2^124.
    let lost = u128::from(error) * one * one;
    let lost = lost.div_ceil(u128::from(mantissa.max(1)) * u128::from(limit.steps().unsigned_abs().max(1)));
    Ratio::new(i64::try_from(one.saturating_sub(lost)).ok()?).ok()
}
