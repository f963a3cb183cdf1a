//! Tokens of staked tokens: what they can be redeemed for, unless their own market says less.
//!
//! ```text
//! price = min(average of the own tape's index over 30 minutes, redemption rate * index of what is staked)
//! {"redemption_rate":{"denom":"stuatom","params":null}}       {"redemption_rate":"1.25","update_time":1700000000}
//! ```
//! A redemption takes weeks, so a market below the rate is no mistake; a market above it is. Nothing is said while there is
//! no unbroken average, and when the rate is older than a day. Source: github.com/Stride-Labs/ica-oracle, README.
//!
//! Worked: a rate of 1.25 and an index of 8 give 10; a market average of 9.9 gives 9.9.

use super::{Quote, Reading, ask};
use crate::history::average;
use crate::state;
use hedgerow_interface::oracle::SETTLEMENT_WINDOW;
use hedgerow_interface::tape::power_of_ten;
use hedgerow_risk::instrument::{DAY_SECONDS, Symbol};
use hedgerow_risk::number::{Price, parse_decimal};
use serde::Deserialize;

/// Decimals of a redemption rate.
const DECIMALS: u32 = 18;

#[derive(Deserialize)]
struct Answer {
    redemption_rate: String,
    update_time: u64,
}

/// The lower of both.
pub fn quote(reading: &Reading<'_>, contract: &str, denom: &str, of: Symbol) -> Option<Quote> {
    let storage = reading.deps.storage;
    let own = reading.tape?;
    let from = own.time.checked_sub(SETTLEMENT_WINDOW)?;
    if own.history?.unbroken_since > from {
        return None;
    }
    let market = average(storage, reading.underlying, own, from, own.time).ok()?;
    let staked = state::tape(storage, of).ok()??;
    let question = [r#"{"redemption_rate":{"denom":""#, denom, r#"","params":null}}"#].concat();
    let answer: Answer = ask(&reading.deps.querier, contract, &question)?;
    if answer.update_time.saturating_add(DAY_SECONDS) < reading.now {
        return None;
    }
    let redeemed = redeemed(&answer.redemption_rate, staked.market.index)?;
    let redeemed = resized(redeemed, staked.market.contract_size, own.market.contract_size)?;
    Some(Quote {
        time: staked.time.min(own.time),
        price: market.min(redeemed),
        confidence: staked.market.confidence,
    })
}

/// The rate times the index, in steps of a price, rounded down.
fn redeemed(rate: &str, index: Price) -> Option<u128> {
    let rate = u128::try_from(parse_decimal("redemption rate", rate, DECIMALS).ok()?).ok()?;
    rate.checked_mul(u128::from(index.steps()))?
        .checked_div(10u128.pow(DECIMALS))
}

/// A price per contract of one size as one per contract of another.
fn resized(steps: u128, from: Price, to: Price) -> Option<Price> {
    let (from, to) = (power_of_ten(from)?, power_of_ten(to)?);
    let steps = if to >= from {
        steps.checked_mul(10u128.checked_pow(u32::from(to - from))?)?
    } else {
        steps.checked_div(10u128.checked_pow(u32::from(from - to))?)?
    };
    Price::new(u64::try_from(steps).ok()?).ok()
}
