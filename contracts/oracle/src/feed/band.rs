//! Band's standard reference contract.
//!
//! ```text
//! {"get_reference_data":{"base_symbol":"BTC","quote_symbol":"USD"}}
//! {"rate":"60000123456780000000000","last_updated_base":"1700000000","last_updated_quote":"1700000003"}
//! ```
//! The rate is in 1e-18; the older of both times counts. Source: github.com/bandprotocol, the README of its CosmWasm standard
//! reference contracts, `ReferenceData`.

use super::{Quote, Reading, ask, price};
use cosmwasm_std::{Uint64, Uint128};
use hedgerow_risk::number::Ratio;
use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    rate: Uint128,
    last_updated_base: Uint64,
    last_updated_quote: Uint64,
}

/// The pair's rate.
pub fn quote(reading: &Reading<'_>, contract: &str, base: &str, quote: &str) -> Option<Quote> {
    let parts = [
        r#"{"get_reference_data":{"base_symbol":""#,
        base,
        r#"","quote_symbol":""#,
        quote,
        r#""}}"#,
    ];
    let answer: Answer = ask(&reading.deps.querier, contract, &parts.concat())?;
    Some(Quote {
        time: answer.last_updated_base.min(answer.last_updated_quote).u64(),
        price: price(answer.rate.u128(), -18, reading.listed.contract_size)?,
        confidence: Ratio::ONE,
    })
}
