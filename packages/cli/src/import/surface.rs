//! From chains to the market file: a slice for every expiry, exact decimals for every price.

use hedgerow_oracle::calendar;
use hedgerow_risk::market::{Expiry, ExpiryConfidence, Market, Perpetual, Svi, Underlying};
use hedgerow_risk::number::{Fine, NumberError, Price, Ratio};

use super::chain::{Chain, Series, Snapshot, YEAR_SECONDS};
use super::error::ImportError;
use super::fit::{self, Quality};
use super::svi::{self, Rule, Slice};

/// A slice, how well it fits, and the expiry as the market file holds it.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The slice, rounded as the market file holds it.
    pub slice: Slice,
    /// Measured on the rounded slice.
    pub quality: Quality,
    expiry: Expiry,
}

/// How far apart two slices are tried to be kept, as multiples of the usual margin. The oracle's check of the calendar is
/// conservative between its points: where the quotes press two slices together, the usual margin may not do.
const MARGINS: [f64; 6] = [1.0, 4.0, 10.0, 20.0, 40.0, 80.0];

/// Fits the expiries of a chain in the order of time; `None` where there are no options. A slice that breaks a rule of
/// the market tape, rounded, or the calendar order that the oracle asks for, is refused.
pub fn fit_chain(chain: &Chain, time: u64) -> Result<Vec<Option<Fitted>>, ImportError> {
    let mut before: Option<Fitted> = None;
    chain
        .series
        .iter()
        .map(|series| {
            if series.points.is_empty() {
                return Ok(None);
            }
            let fitted = fit_in_order(series, time, before.as_ref())?;
            before = Some(fitted.clone());
            Ok(Some(fitted))
        })
        .collect()
}

/// The best slice that the oracle takes after the one before.
fn fit_in_order(series: &Series, time: u64, before: Option<&Fitted>) -> Result<Fitted, ImportError> {
    let mut refusal = String::new();
    for margin in MARGINS {
        let fitted = fit_series(
            series,
            time,
            before.map(|before| &before.slice),
            margin * fit::CALENDAR_MARGIN,
        )?;
        let pair: Vec<Expiry> = before
            .into_iter()
            .chain([&fitted])
            .map(|own| own.expiry.clone())
            .collect();
        match calendar::check(&pair, time) {
            Ok(()) => return Ok(fitted),
            Err(error) => refusal = error.to_string(),
        }
    }
    Err(ImportError::Calendar {
        series: series.label.clone(),
        refusal,
    })
}

fn fit_series(series: &Series, time: u64, before: Option<&Slice>, margin: f64) -> Result<Fitted, ImportError> {
    let slice = fit::fit(&series.points, series.years, before, margin).ok_or_else(|| ImportError::NoFit {
        series: series.label.clone(),
        quotes: series.points.len(),
    })?;
    let slice = slice.rounded();
    slice.check().map_err(|rule| refused(series, rule))?;
    Ok(Fitted {
        slice,
        quality: fit::quality(&slice, &series.points, series.years, before),
        expiry: expiry(series, time, Some(&slice))?,
    })
}

fn refused(series: &Series, rule: Rule) -> ImportError {
    ImportError::Refused {
        series: series.label.clone(),
        rule,
    }
}

/// The market file of a snapshot and its fits, which are in the order of its chains.
pub fn market(snapshot: &Snapshot, fits: &[Vec<Option<Fitted>>]) -> Result<Market, ImportError> {
    let underlyings = snapshot
        .chains
        .iter()
        .zip(fits)
        .map(|(chain, fits)| Ok((chain.symbol, underlying(chain, snapshot.time, fits)?)))
        .collect::<Result<_, ImportError>>()?;
    Ok(Market {
        time: snapshot.time,
        quote_price: Price::ONE,
        quote_confidence: Ratio::ONE,
        assets: Default::default(),
        underlyings,
        stable: Default::default(),
    })
}

fn underlying(chain: &Chain, time: u64, fits: &[Option<Fitted>]) -> Result<Underlying, ImportError> {
    let of = |what: &str| format!("{} {what}", chain.symbol);
    let expiries = chain
        .series
        .iter()
        .zip(fits)
        .map(|(series, fitted)| match fitted {
            Some(fitted) => Ok(fitted.expiry.clone()),
            None => expiry(series, time, None),
        })
        .collect::<Result<_, _>>()?;
    Ok(Underlying {
        index: price(of("index"), chain.index)?,
        confidence: Ratio::ONE,
        contract_size: price(of("contract size"), chain.contract_size)?,
        perp: Some(Perpetual {
            mark: price(of("perpetual"), chain.perp.unwrap_or(chain.index))?,
            confidence: Ratio::ONE,
        }),
        expiries,
    })
}

fn expiry(series: &Series, time: u64, slice: Option<&Slice>) -> Result<Expiry, ImportError> {
    let forward = price(format!("{} forward", series.label), series.forward)?;
    Ok(Expiry {
        expiry: series.expiry,
        forward,
        rate: rate(format!("{} rate", series.label), series.rate)?,
        confidence: ExpiryConfidence::default(),
        svi: slice
            .map(|slice| parameters(slice, forward, series.expiry - time))
            .transpose()
            .map_err(|rule| refused(series, rule))?,
        vols: None,
    })
}

fn parameters(slice: &Slice, forward: Price, seconds: u64) -> Result<Svi, Rule> {
    Ok(Svi {
        a: svi::fine("a", slice.a)?,
        b: svi::fine("b", slice.b)?,
        rho: svi::fine("rho", slice.rho)?,
        m: svi::fine("m", slice.m)?,
        sigma: svi::fine("s", slice.s)?,
        forward: Some(forward),
        years: Some(years(seconds)?),
    })
}

/// Rounded down, as on the tape, which then leaves them out while they are those to the expiry.
fn years(seconds: u64) -> Result<Fine, Rule> {
    let steps = u128::from(seconds) * 10u128.pow(Fine::DECIMALS) / u128::from(YEAR_SECONDS);
    let held = i64::try_from(steps).ok().and_then(|steps| Fine::new(steps).ok());
    held.ok_or(Rule::Range {
        parameter: "years",
        value: steps as f64 / 1e12,
    })
}

/// The decimal that was in the file, rounded only where a price cannot hold it.
fn price(what: String, value: f64) -> Result<Price, ImportError> {
    decimal(what, value, Price::DECIMALS as usize)
}

fn rate(what: String, value: f64) -> Result<Ratio, ImportError> {
    decimal(what, value, Ratio::DECIMALS as usize)
}

fn decimal<T: std::str::FromStr<Err = NumberError>>(
    what: String,
    value: f64,
    decimals: usize,
) -> Result<T, ImportError> {
    let shortest = value.to_string();
    let long = shortest
        .split_once('.')
        .is_some_and(|(_, fraction)| fraction.len() > decimals);
    let text = if long { format!("{value:.decimals$}") } else { shortest };
    text.parse().map_err(|reason| ImportError::Number { what, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_keep_the_decimals_of_the_file() {
        for (value, text) in [
            (9_085.195, "9085.195"),
            (0.65, "0.65"),
            (95_663.5, "95663.5"),
            (1.2299999999999998, "1.23"),
            (1.0 / 3.0, "0.33333333"),
            (1e10, "10000000000"),
        ] {
            assert_eq!(price("BTC index".to_owned(), value).unwrap().to_string(), text);
        }
        for value in [0.0, -1.0, 0.0009, 1e10 + 1.0, 1e300, f64::INFINITY, f64::NAN] {
            let error = price("BTC index".to_owned(), value).unwrap_err().to_string();
            assert!(error.starts_with("BTC index: price \""), "{error}");
        }
        assert_eq!(
            rate("rate".to_owned(), -0.012_345_678_91).unwrap().to_string(),
            "-0.012345679"
        );
    }

    /// The market file that tests and the demo use: it reads back, and every slice keeps the rules and the order.
    #[test]
    fn the_shipped_market_keeps_the_rules() {
        let text = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../testing/markets/btc-2020-05-21.json"
        ));
        let market: Market = serde_json::from_str(text).unwrap();
        let btc = market.underlyings.values().next().unwrap();
        assert_eq!((market.underlyings.len(), btc.expiries.len()), (1, 7));
        let float = |fine: Fine| fine.steps() as f64 / 1e12;
        let mut before: Option<Slice> = None;
        for expiry in &btc.expiries {
            let svi = expiry.svi.unwrap();
            let slice = Slice {
                a: float(svi.a),
                b: float(svi.b),
                rho: float(svi.rho),
                m: float(svi.m),
                s: float(svi.sigma),
            };
            assert_eq!(slice.check(), Ok(()));
            for i in -150..=150 {
                let k = f64::from(i) / 100.0;
                assert!(slice.durrleman(k) > 0.0, "{} {k}", expiry.expiry);
                assert!(before.is_none_or(|before| before.engine_variance(k) < slice.engine_variance(k)));
            }
            before = Some(slice);
        }
    }
}
