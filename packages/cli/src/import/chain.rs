//! Rows of quotes sorted into underlyings and expiries, with one index, one forward and one time for each.
//!
//! Quotes of one file may differ by minutes, so index, forward and rate are medians of what the rows tell. Time is the
//! latest row's.

use std::collections::{BTreeMap, BTreeSet};

use hedgerow_risk::instrument::{Day, Symbol};

use super::deribit::name::Kind;
use super::deribit::row::Row;
use super::error::ImportError;
use super::fit::{MIN_STRIKES, Point};

/// Seconds of a year.
pub const YEAR_SECONDS: u64 = 31_536_000;
/// In the last half hour before an expiry the venue's index field holds an average instead.
const AVERAGING_SECONDS: u64 = 1_800;
/// An index below this is told in contracts of more than one unit.
const SMALL_INDEX: f64 = 0.01;

/// Everything in one file.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Seconds since 1970 of the latest row.
    pub time: u64,
    /// The underlyings in alphabetical order.
    pub chains: Vec<Chain>,
}

/// One underlying.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Its symbol.
    pub symbol: Symbol,
    /// The index, per contract as every price here.
    pub index: f64,
    /// The perpetual's mark, where it is quoted.
    pub perp: Option<f64>,
    /// Units per contract, a power of ten.
    pub contract_size: f64,
    /// Expiries in the order of time.
    pub series: Vec<Series>,
    /// Rows that were passed over because their expiry is not after the snapshot's time.
    pub expired: usize,
}

/// One expiry.
#[derive(Clone, Debug)]
pub struct Series {
    /// Underlying and day, for messages.
    pub label: String,
    /// Seconds since 1970.
    pub expiry: u64,
    /// The expected settlement price.
    pub forward: f64,
    /// The interest rate.
    pub rate: f64,
    /// Years from the snapshot's time.
    pub years: f64,
    /// The quoted volatilities; none where only a future trades.
    pub points: Vec<Point>,
}

/// Sorts rows, which are not empty, into chains.
pub fn snapshot(rows: &[Row]) -> Result<Snapshot, ImportError> {
    let time = rows.iter().map(|row| row.time).max().ok_or(ImportError::Empty)? / 1_000;
    let mut seen = BTreeSet::new();
    let mut by_symbol: BTreeMap<Symbol, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        if !seen.insert(&row.instrument) {
            return Err(ImportError::Repeated {
                place: row.place,
                name: row.instrument.clone(),
            });
        }
        by_symbol.entry(row.name.symbol).or_default().push(row);
    }
    let chains = by_symbol
        .into_iter()
        .map(|(symbol, rows)| chain(symbol, time, &rows))
        .collect::<Result<_, _>>()?;
    Ok(Snapshot { time, chains })
}

fn chain(symbol: Symbol, time: u64, rows: &[&Row]) -> Result<Chain, ImportError> {
    one_family(symbol, rows)?;
    let index = index(time, rows).ok_or_else(|| ImportError::NoIndex {
        symbol: symbol.to_string(),
        field: "estimated_delivery_price, index",
    })?;
    let contract_size = contract_size(index);
    let mut by_day: BTreeMap<Day, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        if let Some(day) = row.name.kind.day() {
            by_day.entry(day).or_default().push(row);
        }
    }
    let dated = !by_day.is_empty();
    let mut expired = 0;
    let mut found = Vec::new();
    for (day, rows) in by_day {
        let label = format!("{symbol} {day}");
        let expiry = expiry(&label, day, &rows)?;
        if expiry <= time {
            expired += rows.len();
        } else {
            found.push(series(label, expiry, time, contract_size, &rows)?);
        }
    }
    if dated && found.is_empty() {
        return Err(ImportError::NoExpiry {
            symbol: symbol.to_string(),
            time,
        });
    }
    let perp = rows
        .iter()
        .filter(|row| row.name.kind == Kind::Perpetual)
        .find_map(|row| row.mark)
        .map(|mark| mark * contract_size);
    Ok(Chain {
        symbol,
        index: index * contract_size,
        perp,
        contract_size,
        series: found,
        expired,
    })
}

/// All rows of an underlying must be of one family: BTC and BTC_USDC have forwards of their own.
fn one_family(symbol: Symbol, rows: &[&Row]) -> Result<(), ImportError> {
    let families: BTreeSet<&str> = rows.iter().map(|row| row.name.family.as_str()).collect();
    let mut families = families.into_iter();
    match (families.next(), families.next()) {
        (Some(one), Some(other)) => Err(ImportError::Clash {
            symbol: symbol.to_string(),
            one: one.to_owned(),
            other: other.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The quoted index, or the underlying price of options that refer to the index.
fn index(time: u64, rows: &[&Row]) -> Option<f64> {
    let live = |row: &&&Row| {
        let end = row
            .expiry
            .map(|ms| ms / 1_000)
            .or(row.name.kind.day().map(Day::expiry_time));
        end.is_none_or(|end| end > time + AVERAGING_SECONDS)
    };
    let quoted = || rows.iter().filter(live).filter_map(|row| row.index).collect();
    let any = || rows.iter().filter_map(|row| row.index).collect();
    let referred = || {
        rows.iter()
            .filter(|row| row.on_index)
            .filter_map(|row| row.underlying)
            .collect()
    };
    median(quoted())
        .or_else(|| median(referred()))
        .or_else(|| median(any()))
}

/// One unit, or where that is worth almost nothing the power of ten that is worth at least one.
fn contract_size(index: f64) -> f64 {
    let mut size = 1.0;
    if index < SMALL_INDEX {
        while index * size < 1.0 && size < 1e12 {
            size *= 10.0;
        }
    }
    size
}

fn expiry(label: &str, day: Day, rows: &[&Row]) -> Result<u64, ImportError> {
    let times: BTreeSet<u64> = rows
        .iter()
        .map(|row| row.expiry.map_or(day.expiry_time(), |ms| ms / 1_000))
        .collect();
    match (times.first(), times.len()) {
        (Some(expiry), 1) => Ok(*expiry),
        _ => Err(ImportError::SameDay {
            series: label.to_owned(),
        }),
    }
}

fn series(label: String, expiry: u64, time: u64, size: f64, rows: &[&Row]) -> Result<Series, ImportError> {
    let years = (expiry - time) as f64 / YEAR_SECONDS as f64;
    let forward = forward(rows, years).ok_or_else(|| ImportError::NoForward {
        series: label.clone(),
        field: "underlying_price, forward or a future's mark_price",
    })?;
    let options = rows.iter().filter_map(|row| match row.name.kind {
        Kind::Option { strike, .. } => Some((row, strike)),
        _ => None,
    });
    let marked: Vec<_> = options
        .clone()
        .filter_map(|(row, strike)| row.vol.map(|vol| (strike, vol, row.two_sided)))
        .collect();
    let strikes: BTreeSet<u64> = marked.iter().map(|(strike, ..)| strike.to_bits()).collect();
    if options.count() > 0 && strikes.len() < MIN_STRIKES {
        return Err(ImportError::FewStrikes {
            series: label,
            strikes: strikes.len(),
            least: MIN_STRIKES,
        });
    }
    Ok(Series {
        points: marked
            .into_iter()
            .map(|(strike, vol, two_sided)| Point::new(strike, forward, years, vol, two_sided))
            .collect(),
        label,
        expiry,
        forward: forward * size,
        rate: median(rows.iter().filter_map(|row| row.rate).collect()).unwrap_or_default(),
        years,
    })
}

/// The median underlying price of the options, carried to the expiry where it is the index's; else the future's mark.
fn forward(rows: &[&Row], years: f64) -> Option<f64> {
    let carried = |row: &&Row| {
        let growth = if row.on_index {
            (row.rate.unwrap_or_default() * years).exp()
        } else {
            1.0
        };
        row.underlying.map(|price| price * growth)
    };
    let future = |row: &&Row| {
        row.mark
            .filter(|mark| matches!(row.name.kind, Kind::Future(_)) && *mark > 0.0)
    };
    median(rows.iter().filter_map(carried).collect()).or_else(|| rows.iter().find_map(future))
}

/// The middle of the values, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.len() / 2;
    let lower = values.len().checked_sub(1)? / 2;
    Some((values.get(lower)? + values.get(upper)?) / 2.0)
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
