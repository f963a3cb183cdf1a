//! A report is checked against the listing, the time and the tape before it; accepted, it is the tape.

use crate::state::{CONFIG, listed, save_tape, tape};
use crate::{ContractError, svi};
use cosmwasm_std::{Addr, DepsMut, Response};
use hedgerow_interface::event::Reported;
use hedgerow_interface::oracle::{MAX_EXPIRIES, Report, Timing};
use hedgerow_interface::tape::{Tape, years_between};
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::market::{Expiry, Perpetual, Svi, Underlying};
use hedgerow_risk::number::{Price, Ratio};

/// What the quote token's price may be, in steps: 0.01 to 10. It should be worth one.
const QUOTE_PRICE_STEPS: (u64, u64) = (1_000_000, 1_000_000_000);
/// The largest magnitude of a discount rate: 1,000% a year.
const MAX_RATE: Ratio = Ratio::TEN;

/// Checks a publisher's report and makes it the tape.
///
/// Mutates: the tape of the underlying. Emits: `hedgerow_report`. Fails: `unlisted`, `unauthorised`, and as [`accept`].
pub fn report(deps: DepsMut<'_>, now: u64, sender: &Addr, report: Report) -> Result<Response, ContractError> {
    // load
    let underlying = report.underlying;
    let listed = listed(deps.storage, underlying)?;
    publisher(sender, &listed.publishers, underlying)?;
    let timing = CONFIG.load(deps.storage)?.timing;
    let previous = tape(deps.storage, underlying)?;

    // compute
    let tape = accept(report, previous.as_ref(), listed.contract_size, now, timing)?;

    // apply
    save_tape(deps.storage, underlying, &tape)?;
    Ok(Response::new().add_event(Reported {
        underlying,
        publisher: sender.to_string(),
        time: tape.time,
        index: tape.market.index,
    }))
}

/// The tape that a report becomes.
///
/// An expiry is over when the later of the block's time and the report's has reached it. One that is over stays as the
/// previous tape has it, until its settlement price is fixed and takes it off.
///
/// Fails: `report_too_far_ahead`, `report_too_old`, `report_not_newer`; `other_contract_size`, `quote_price`,
/// `confidence`; `perp_missing`; `expiry_time`, `expiry_order`, `expiry_over`, `expiry_missing`, `too_many_expiries`;
/// `vols`, `rate`, `slice_missing`, `svi_b`, `svi_rho`, `svi_sigma`, `svi_wing`, `svi_a`, `svi_years`.
pub fn accept(
    report: Report,
    previous: Option<&Tape>,
    contract_size: Price,
    now: u64,
    timing: Timing,
) -> Result<Tape, ContractError> {
    check_time(report.time, previous.map(|tape| tape.time), now, timing)?;
    check_prices(&report, contract_size)?;
    let known = previous.map(|tape| &tape.market);
    if report.market.perp.is_none() && known.is_some_and(|market| market.perp.is_some()) {
        return Err(ContractError::PerpMissing {
            underlying: report.underlying,
        });
    }
    let known = known.map_or(&[][..], |market| &market.expiries);
    let expiries = expiries(report.market.expiries, known, report.time, now)?;
    Ok(Tape {
        time: report.time,
        quote_price: report.quote_price,
        quote_confidence: report.quote_confidence,
        market: Underlying {
            expiries,
            ..report.market
        },
    })
}

fn publisher(sender: &Addr, publishers: &[Addr], underlying: Symbol) -> Result<(), ContractError> {
    if publishers.contains(sender) {
        return Ok(());
    }
    Err(ContractError::Unauthorised {
        sender: sender.clone(),
        needed: format!("a publisher of {underlying}"),
    })
}

fn check_time(time: u64, tape: Option<u64>, now: u64, timing: Timing) -> Result<(), ContractError> {
    let latest = now.saturating_add(timing.max_ahead);
    if time > latest {
        return Err(ContractError::TooFarAhead { time, latest });
    }
    let earliest = now.saturating_sub(timing.max_age);
    if time < earliest {
        return Err(ContractError::TooOld { time, earliest });
    }
    match tape {
        Some(tape) if time <= tape => Err(ContractError::NotNewer { time, tape }),
        _ => Ok(()),
    }
}

fn check_prices(report: &Report, contract_size: Price) -> Result<(), ContractError> {
    let market = &report.market;
    if market.contract_size != contract_size {
        return Err(ContractError::OtherContractSize {
            value: market.contract_size,
            listed: contract_size,
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

/// The new tape's expiries: those that are over and not settled, then the report's.
fn expiries(reported: Vec<Expiry>, known: &[Expiry], time: u64, now: u64) -> Result<Vec<Expiry>, ContractError> {
    let over = now.max(time);
    let (mut expiries, live): (Vec<Expiry>, Vec<&Expiry>) = split(known, over);
    let mut before: Option<Day> = None;
    for expiry in reported {
        let day = day(expiry.expiry)?;
        if let Some(before) = before.filter(|before| *before >= day) {
            return Err(ContractError::ExpiryOrder { expiry: day, before });
        }
        before = Some(day);
        let listed = known.iter().find(|known| known.expiry == expiry.expiry);
        if expiry.expiry > over {
            expiries.push(checked(expiry, day, listed, time)?);
        } else if listed.is_none() {
            return Err(ContractError::ExpiryOver { expiry: day, now: over });
        }
    }
    for known in live {
        if !expiries.iter().any(|expiry| expiry.expiry == known.expiry) {
            return Err(ContractError::ExpiryMissing {
                expiry: day(known.expiry)?,
            });
        }
    }
    match expiries.len() {
        found if found > MAX_EXPIRIES => Err(ContractError::TooManyExpiries { found }),
        _ => Ok(expiries),
    }
}

/// Expiries that are over, and the rest.
fn split(known: &[Expiry], over: u64) -> (Vec<Expiry>, Vec<&Expiry>) {
    let (past, live): (Vec<&Expiry>, _) = known.iter().partition(|expiry| expiry.expiry <= over);
    (past.into_iter().cloned().collect(), live)
}

/// The day of an expiry that is at 08:00 UTC.
fn day(expiry: u64) -> Result<Day, ContractError> {
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
#[path = "report_tests.rs"]
mod tests;
