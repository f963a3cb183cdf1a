//! What one publisher's report must satisfy, whoever brings it.

use crate::state::{Listed, Stored};
use crate::{ContractError, calendar, svi};
use hedgerow_interface::oracle::{Band, MAX_EXPIRIES, Report, Rules};
use hedgerow_interface::tape::{Tape, years_between};
use hedgerow_risk::instrument::Day;
use hedgerow_risk::market::{Expiry, Perpetual, Svi, Underlying};
use hedgerow_risk::number::{Price, Ratio};

/// What the quote token's price may be, in steps: 0.01 to 10. It should be worth one.
const QUOTE_PRICE_STEPS: (u64, u64) = (1_000_000, 1_000_000_000);
/// The largest magnitude of a discount rate: 1,000% a year.
const MAX_RATE: Ratio = Ratio::TEN;

/// What a report is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The underlying's listing.
    pub listed: &'a Listed,
    /// What every report must satisfy.
    pub rules: &'a Rules,
    /// The tape; none before the first.
    pub tape: Option<&'a Tape>,
    /// The publisher's last report; none before its first.
    pub last: Option<&'a Stored>,
    /// The block's time.
    pub now: u64,
}

/// The report as it is stored: without what is over, every slice with the forward and the time at which it was fitted.
///
/// An expiry is over when the later of the block's time and the report's has reached it.
///
/// Fails: `report_too_far_ahead`, `report_too_old`, `report_not_newer`; `other_contract_size`, `quote_price`,
/// `confidence`, `band_edge`, `feed_frozen`; `perp_missing`; `expiry_time`, `expiry_order`, `expiry_missing`,
/// `too_many_expiries`; `vols`, `rate`, `slice_missing`, `svi_b`, `svi_rho`, `svi_sigma`, `svi_wing`, `svi_a`, `svi_years`,
/// `svi_calendar`.
pub fn accept(report: Report, context: &Context<'_>) -> Result<Stored, ContractError> {
    check_time(report.time, context)?;
    check_prices(&report, context.listed)?;
    check_band(&report.market, context.listed.band)?;
    let unchanged_since = check_moving(&report, context)?;
    let known = context.tape.map(|tape| &tape.market);
    if report.market.perp.is_none() && known.is_some_and(|market| market.perp.is_some()) {
        return Err(ContractError::PerpMissing {
            underlying: report.underlying,
        });
    }
    let known = known.map_or(&[][..], |market| &market.expiries);
    let over = context.now.max(report.time);
    let expiries = expiries(report.market.expiries, known, report.time, over)?;
    calendar::check(&expiries, report.time)?;
    Ok(Stored {
        unchanged_since,
        tape: Tape {
            time: report.time,
            quote_price: report.quote_price,
            quote_confidence: report.quote_confidence,
            market: Underlying {
                expiries,
                ..report.market
            },
            history: None,
            development: false,
        },
    })
}

fn check_time(time: u64, context: &Context<'_>) -> Result<(), ContractError> {
    let latest = context.now.saturating_add(context.rules.max_ahead);
    if time > latest {
        return Err(ContractError::TooFarAhead { time, latest });
    }
    let earliest = context.now.saturating_sub(context.rules.max_age);
    if time < earliest {
        return Err(ContractError::TooOld { time, earliest });
    }
    match context.last.map(|last| last.tape.time) {
        Some(last) if time <= last => Err(ContractError::NotNewer { time, last }),
        _ => Ok(()),
    }
}

fn check_prices(report: &Report, listed: &Listed) -> Result<(), ContractError> {
    let market = &report.market;
    if market.contract_size != listed.contract_size {
        return Err(ContractError::OtherContractSize {
            value: market.contract_size,
            listed: listed.contract_size,
        });
    }
    let (min, max) = QUOTE_PRICE_STEPS;
    if !(min..=max).contains(&report.quote_price.steps()) {
        let bound = |steps| Price::new(steps).unwrap_or(report.quote_price);
        return Err(ContractError::QuotePrice {
            value: report.quote_price,
            min: bound(min),
            max: bound(max),
        });
    }
    confidence(report.quote_confidence, || "quote_confidence".to_owned())?;
    confidence(market.confidence, || "market.confidence".to_owned())?;
    match &market.perp {
        Some(Perpetual { confidence: value, .. }) => confidence(*value, || "market.perp.confidence".to_owned()),
        None => Ok(()),
    }
}

/// Refuses prices at an edge of what a source can show: it is clamped there, whatever the market does.
fn check_band(market: &Underlying, band: Option<Band>) -> Result<(), ContractError> {
    let (min, max) = match band {
        Some(Band { min, max }) => (min.steps(), max.steps()),
        None => (Price::MIN, Price::MAX),
    };
    let mark = market.perp.iter().map(|perp| ("perp.mark", perp.mark));
    let forwards = market
        .expiries
        .iter()
        .map(|expiry| ("expiries.forward", expiry.forward));
    for (field, value) in [("index", market.index)].into_iter().chain(mark).chain(forwards) {
        if value.steps() <= min || value.steps() >= max {
            let bound = |steps| Price::new(steps).unwrap_or(value);
            return Err(ContractError::BandEdge {
                field,
                value,
                min: bound(min),
                max: bound(max),
            });
        }
    }
    Ok(())
}

/// Since when the index has been the same to the last digit; refused when that is too long ago.
fn check_moving(report: &Report, context: &Context<'_>) -> Result<u64, ContractError> {
    let value = report.market.index;
    let since = match context.last {
        Some(last) if last.tape.market.index == value => last.unchanged_since,
        _ => report.time,
    };
    let limit = context.rules.max_frozen;
    if report.time.saturating_sub(since) > limit {
        return Err(ContractError::FeedFrozen { value, since, limit });
    }
    Ok(since)
}

/// The report's expiries that are not over; none that the tape has may be missing.
fn expiries(reported: Vec<Expiry>, known: &[Expiry], time: u64, over: u64) -> Result<Vec<Expiry>, ContractError> {
    let mut expiries = Vec::with_capacity(reported.len().min(MAX_EXPIRIES));
    let mut before: Option<Day> = None;
    for expiry in reported {
        let day = day(expiry.expiry)?;
        if let Some(before) = before.filter(|before| *before >= day) {
            return Err(ContractError::ExpiryOrder { expiry: day, before });
        }
        before = Some(day);
        if expiry.expiry > over {
            let listed = known.iter().find(|known| known.expiry == expiry.expiry);
            expiries.push(checked(expiry, day, listed, time)?);
        }
    }
    let mut unsettled = 0usize;
    for known in known {
        if known.expiry <= over {
            unsettled = unsettled.saturating_add(1);
        } else if !expiries.iter().any(|expiry| expiry.expiry == known.expiry) {
            return Err(ContractError::ExpiryMissing {
                expiry: day(known.expiry)?,
            });
        }
    }
    match expiries.len().saturating_add(unsettled) {
        found if found > MAX_EXPIRIES => Err(ContractError::TooManyExpiries { found }),
        _ => Ok(expiries),
    }
}

/// The day of an expiry that is at 08:00 UTC.
pub(crate) fn day(expiry: u64) -> Result<Day, ContractError> {
    Day::of(expiry)
        .filter(|day| day.expiry_time() == expiry)
        .ok_or(ContractError::ExpiryTime { expiry })
}
/// One expiry of the report, its slice with the forward and the time at which it was fitted.
fn checked(expiry: Expiry, day: Day, listed: Option<&Expiry>, time: u64) -> Result<Expiry, ContractError> {
    if expiry.vols.is_some() {
        return Err(ContractError::Vols { expiry: day });
    }
    if expiry.rate.steps().unsigned_abs() > MAX_RATE.steps().unsigned_abs() {
        return Err(ContractError::Rate {
            expiry: day,
            value: expiry.rate,
            limit: MAX_RATE,
        });
    }
    let trust = &expiry.confidence;
    for (part, value) in [("forward", trust.forward), ("rate", trust.rate), ("vol", trust.vol)] {
        confidence(value, || format!("market.expiries[{day}].confidence.{part}"))?;
    }
    if expiry.svi.is_none() && listed.is_some_and(|listed| listed.svi.is_some()) {
        return Err(ContractError::SliceMissing { expiry: day });
    }
    let svi = expiry
        .svi
        .as_ref()
        .map(|svi| fitted(svi, &expiry, day, time))
        .transpose()?;
    Ok(Expiry { svi, ..expiry })
}

fn fitted(slice: &Svi, expiry: &Expiry, day: Day, time: u64) -> Result<Svi, ContractError> {
    svi::check(day, slice)?;
    // The expiry is after the report's time and before 2100: there are years between them, at most 130.
    let years = slice.years.or_else(|| years_between(time, expiry.expiry));
    if let Some(value) = years.filter(|years| years.steps() <= 0) {
        return Err(ContractError::SviYears { expiry: day, value });
    }
    Ok(Svi {
        forward: slice.forward.or(Some(expiry.forward)),
        years,
        ..*slice
    })
}

fn confidence(value: Ratio, field: impl FnOnce() -> String) -> Result<(), ContractError> {
    if (Ratio::ZERO..=Ratio::ONE).contains(&value) {
        return Ok(());
    }
    Err(ContractError::Confidence { field: field(), value })
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
