//! What a market from outside must satisfy before it is valued. A tape was checked when it was reported.
//!
//! ```text
//! confidences in [0, 1];  contract size a power of ten;  expiries of different days, ascending, with svi or vols, not both
//! svi: b >= 0, |rho| < 1, sigma > 0, years > 0, a + b sigma sqrt(1 - rho^2) >= 0, b (1 + |rho|) <= 2
//! ```

use crate::instrument::Day;
use crate::market::{Expiry, Market, Svi, Underlying};
use crate::number::Ratio;
use std::fmt;
use thiserror::Error;

/// A market that was refused: the field, its value and the limit it broke.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field} {value}: must be {limit}")]
pub struct MarketError {
    /// The path of the field, like `underlyings.BTC.expiries[0].svi.rho`.
    pub field: String,
    /// Its value.
    pub value: String,
    /// What is accepted.
    pub limit: &'static str,
}

impl MarketError {
    /// The stable code of the error.
    pub const fn code(&self) -> &'static str {
        "market_limit"
    }
}

/// One, in steps of [`Fine`].
const ONE: i128 = 1_000_000_000_000;
/// The largest volatility: 1,600%.
const MAX_VOL: Ratio = match Ratio::ONE.times(16) {
    Some(most) => most,
    None => Ratio::ONE,
};

fn require(holds: bool, field: &str, value: impl fmt::Display, limit: &'static str) -> Result<(), MarketError> {
    if holds {
        return Ok(());
    }
    Err(MarketError {
        field: field.to_owned(),
        value: value.to_string(),
        limit,
    })
}

fn confidence(field: &str, value: Ratio) -> Result<(), MarketError> {
    require(
        (Ratio::ZERO..=Ratio::ONE).contains(&value),
        field,
        value,
        "within 0 and 1",
    )
}

/// Checks a market.
pub fn check_market(market: &Market) -> Result<(), MarketError> {
    require(market.time < 1 << 33, "time", market.time, "below 2^33")?;
    confidence("quote_confidence", market.quote_confidence)?;
    for (name, asset) in &market.assets {
        confidence(&format!("assets.{name}.confidence"), asset.confidence)?;
    }
    for symbol in market.stable.keys() {
        let known = market.underlyings.contains_key(symbol);
        require(known, "stable", symbol, "an underlying of the market")?;
    }
    for (symbol, underlying) in &market.underlyings {
        check_underlying(&format!("underlyings.{symbol}"), underlying)?;
    }
    Ok(())
}

fn check_underlying(path: &str, underlying: &Underlying) -> Result<(), MarketError> {
    confidence(&format!("{path}.confidence"), underlying.confidence)?;
    if let Some(perpetual) = underlying.perp {
        confidence(&format!("{path}.perp.confidence"), perpetual.confidence)?;
    }
    let size = underlying.contract_size;
    let is_power = (0..19).any(|digits| 10_u64.checked_pow(digits) == Some(size.steps()));
    require(is_power, &format!("{path}.contract_size"), size, "a power of ten")?;
    let mut last: Option<Day> = None;
    for (index, expiry) in underlying.expiries.iter().enumerate() {
        let path = format!("{path}.expiries[{index}]");
        let day = Day::of(expiry.expiry);
        let later = day.is_some() && (last.is_none() || day > last);
        require(
            later,
            &format!("{path}.expiry"),
            expiry.expiry,
            "of 2000 to 2099 and on a day after the one before",
        )?;
        last = day;
        check_expiry(&path, expiry)?;
    }
    Ok(())
}

fn check_expiry(path: &str, expiry: &Expiry) -> Result<(), MarketError> {
    let parts = expiry.confidence;
    for (name, value) in [("forward", parts.forward), ("rate", parts.rate), ("vol", parts.vol)] {
        confidence(&format!("{path}.confidence.{name}"), value)?;
    }
    let one = expiry.svi.is_none() || expiry.vols.is_none();
    require(one, &format!("{path}.vols"), "beside svi", "the only surface")?;
    for (strike, vol) in expiry.vols.iter().flatten() {
        let sane = (Ratio::ZERO..=MAX_VOL).contains(vol);
        require(sane, &format!("{path}.vols.{strike}"), vol, "within 0 and 16")?;
    }
    expiry.svi.map_or(Ok(()), |svi| check_svi(&format!("{path}.svi"), &svi))
}

fn check_svi(path: &str, svi: &Svi) -> Result<(), MarketError> {
    let [a, b, rho, sigma] = [svi.a, svi.b, svi.rho, svi.sigma].map(|fine| i128::from(fine.steps()));
    require(b >= 0, &format!("{path}.b"), svi.b, "at least 0")?;
    require(rho.abs() < ONE, &format!("{path}.rho"), svi.rho, "above -1 and below 1")?;
    require(sigma > 0, &format!("{path}.sigma"), svi.sigma, "above 0")?;
    if let Some(years) = svi.years {
        require(years.steps() > 0, &format!("{path}.years"), years, "above 0")?;
    }
    require(
        b * (ONE + rho.abs()) <= 2 * ONE * ONE,
        &format!("{path}.b"),
        svi.b,
        "at most 2 / (1 + |rho|)",
    )?;
    // The root rounds up by one step: a slice whose least variance is zero passes. b sigma / 1e6 < 2^80, the root <= 2^40.
    let root = (ONE * ONE - rho * rho).unsigned_abs().isqrt() + 1;
    let bottom = (b * sigma / 1_000_000 + 1) * root as i128;
    let least = a * 1_000_000_000_000_000_000 + bottom;
    require(
        least >= 0,
        &format!("{path}.a"),
        svi.a,
        "at least -b sigma sqrt(1 - rho^2)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(expiry: &str) -> Market {
        let text = format!(
            r#"{{"time":1739934748,"underlyings":{{"BTC":{{"index":"95663.5","expiries":[
                {{"expiry":1743148800,"forward":"96000"{expiry}}}]}}}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_is_refused_names_the_field() {
        let svi = |a: &str, b: &str, rho: &str, sigma: &str| {
            market(&format!(
                r#","svi":{{"a":"{a}","b":"{b}","rho":"{rho}","m":"0","sigma":"{sigma}"}}"#
            ))
        };
        for (market, field) in [
            (svi("0.02", "-0.1", "0", "0.2"), "svi.b"),
            (svi("0.02", "0.1", "-1", "0.2"), "svi.rho"),
            (svi("0.02", "0.1", "0", "0"), "svi.sigma"),
            (svi("0.02", "1.5", "0.5", "0.2"), "svi.b"),
            (svi("-0.021", "0.1", "0", "0.2"), "svi.a"),
            (market(r#","confidence":{"vol":"1.1"}"#), "confidence.vol"),
            (market(r#","vols":{"96000":"-0.1"}"#), "vols.96000"),
        ] {
            let error = check_market(&market).unwrap_err();
            assert_eq!(error.field, format!("underlyings.BTC.expiries[0].{field}"));
        }
        assert_eq!(check_market(&svi("-0.02", "0.1", "0", "0.2")), Ok(()));
        let mut twice = market("");
        let btc = twice.underlyings.values_mut().next().unwrap();
        btc.expiries.extend(btc.expiries.clone());
        assert_eq!(
            check_market(&twice).unwrap_err().field,
            "underlyings.BTC.expiries[1].expiry"
        );
    }
}
