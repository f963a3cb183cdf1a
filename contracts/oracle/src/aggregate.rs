//! One tape from the reports in use.
//!
//! Numbers that stand alone are medians: index, mark, quote price, rates, confidences. Forwards and slices are those of
//! one report, the **medoid**: the one from which the distance to a majority of the reports, itself included, is least. So
//! the surface is one that somebody published, free of arbitrage as it was checked, and every part of it fits the others.
//!
//! ```text
//! features   = by expiry: forward/index, and sigma at k = -1/2, -1/4, -1/8, 0, 1/8, 1/4, 1/2;  in 1e-9
//! distance   = the largest difference of a feature
//! radius     = the distance within which a majority lies (floor(q/2) + 1 reports, itself included)
//! medoid     = least (radius, sum of distances, order of publishers)
//! ```
//! With at most `(q - 1)/2` of `q` reports arbitrary, an honest report's radius is at most the largest distance between
//! honest ones; so is the medoid's, and its majority holds an honest report: the surface is no farther from some honest one
//! than honest ones are from each other. (The least *sum* of distances would let f colluders draw it f times as far.)
//!
//! Confidence is the median of the reports', times what dispersion and age leave of it, rounded down:
//!
//! ```text
//! (1 - dispersion/limit) * (1 - age/(2*max_age)),  never below 0
//! ```
//! Dispersion is the distance from the median within which a majority of the reports lies: relative for prices, in
//! volatility for slices (the medoid's, by expiry). Age is the block's time less the tape's, when the tape is made: how old
//! it may be when it is read is the reader's own rule, and what a liquidator must hold does not rise while sources are silent.
//!
//! Worked: indices 60,000, 60,300 and 600 with a price limit of 5%. The median is 60,000, a majority lies within 300 of it:
//! 0.5% of 5% leave nine tenths of the confidence.

use crate::feed::Quote;
use crate::median::{majority, median};
use crate::round::{Common, Round, at};
use hedgerow_interface::oracle::Rules;
use hedgerow_interface::tape::Tape;
use hedgerow_risk::market::{Expiry, ExpiryConfidence, Perpetual, Underlying};
use hedgerow_risk::number::{Price, Ratio};
use hedgerow_risk::surface::Surface;

/// The log-moneyness of a slice's features, in 2^-57.
const MONEYNESS: [i64; 7] = [-(1 << 56), -(1 << 55), -(1 << 54), 0, 1 << 54, 1 << 55, 1 << 56];
/// Features of an expiry: the forward, then the volatilities.
const FEATURES: usize = 1 + MONEYNESS.len();
/// One, in steps of [`Ratio`].
const ONE: u64 = 1_000_000_000;

/// The tape of a round, without history and without expiries that are over. None of a round without reports.
///
/// What feeds say is one more price each in the median of the index, with its confidence.
pub fn aggregate(round: &Round, feeds: &[Quote], now: u64, rules: &Rules) -> Option<Tape> {
    let trust = Trust {
        age: now.saturating_sub(round.time).min(rules.max_age),
        rules,
    };
    let reports = &round.reports;
    let quote = prices(reports, |report| Some(report.quote_price))?;
    let said = reports
        .iter()
        .map(|report| (report.market.index, report.market.confidence));
    let said: Vec<(Price, Ratio)> = said
        .chain(feeds.iter().map(|feed| (feed.price, feed.confidence)))
        .collect();
    let index = spread(said.iter().map(|(price, _)| *price).collect())?;
    let trusted = median(said.iter().map(|(_, confidence)| confidence.steps()))?;
    let perp = match round.perp {
        true => Some(perpetual(reports, &trust)?),
        false => None,
    };
    let features: Vec<Vec<u64>> = reports
        .iter()
        .map(|report| features(report, &round.expiries, index.median, round.time))
        .collect();
    let medoid = medoid(&features);
    let (surface, own) = (reports.get(medoid)?, features.get(medoid)?);
    let expiries = round.expiries.iter().enumerate().map(|(place, common)| {
        let vols = features.iter().map(|other| vol_distance(own, other, place)).collect();
        expiry(reports, surface, *common, majority(vols), &trust)
    });
    Some(Tape {
        time: round.time,
        quote_price: quote.median,
        quote_confidence: trust.in_price(reports, &quote, |report| Some(report.quote_confidence))?,
        market: Underlying {
            index: index.median,
            confidence: trust.lowered(trusted, index.dispersion, rules.price_dispersion)?,
            contract_size: surface.market.contract_size,
            perp,
            expiries: expiries.collect::<Option<_>>()?,
        },
        history: None,
        development: false,
    })
}

/// The medoid's forward and slice, with the median rate.
fn expiry(reports: &[Tape], surface: &Tape, common: Common, vols: u64, trust: &Trust<'_>) -> Option<Expiry> {
    let own = at(&surface.market, common.expiry)?;
    let forwards = prices(reports, |report| part(report, common, |e| e.forward))?;
    let rates = reports
        .iter()
        .filter_map(|report| part(report, common, |e| e.rate.steps()));
    let vol_limit = trust.rules.vol_dispersion;
    Some(Expiry {
        expiry: common.expiry,
        forward: own.forward,
        rate: Ratio::new(median(rates)?).ok()?,
        confidence: ExpiryConfidence {
            forward: trust.in_price(reports, &forwards, |report| {
                part(report, common, |e| e.confidence.forward)
            })?,
            rate: trust.after(0, vol_limit, reports, |report| {
                part(report, common, |e| e.confidence.rate)
            })?,
            vol: trust.after(vols, vol_limit, reports, |report| {
                part(report, common, |e| e.confidence.vol)
            })?,
        },
        svi: own.svi.filter(|_| common.slice),
        vols: None,
    })
}

fn perpetual(reports: &[Tape], trust: &Trust<'_>) -> Option<Perpetual> {
    let marks = prices(reports, |report| report.market.perp.map(|perp| perp.mark))?;
    Some(Perpetual {
        mark: marks.median,
        confidence: trust.in_price(reports, &marks, |report| report.market.perp.map(|perp| perp.confidence))?,
    })
}

fn part<T>(report: &Tape, common: Common, get: impl Fn(&Expiry) -> T) -> Option<T> {
    at(&report.market, common.expiry).map(get)
}

/// A price from several sources.
struct Prices {
    median: Price,
    /// The distance within which a majority lies, as a part of the median, in steps of [`Ratio`], rounded up.
    dispersion: u64,
}

fn prices(reports: &[Tape], get: impl Fn(&Tape) -> Option<Price>) -> Option<Prices> {
    spread(reports.iter().filter_map(get).collect())
}

fn spread(prices: Vec<Price>) -> Option<Prices> {
    // At most 10^18 steps.
    let steps = || prices.iter().map(|price| price.steps().cast_signed());
    let middle = median(steps())?.unsigned_abs();
    let spread = majority(steps().map(|steps| steps.unsigned_abs().abs_diff(middle)).collect());
    Some(Prices {
        median: Price::new(middle).ok()?,
        dispersion: part_of(spread, middle),
    })
}

/// `part/whole` in steps of [`Ratio`], rounded up.
fn part_of(part: u64, whole: u64) -> u64 {
    let steps = (u128::from(part) * u128::from(ONE)).div_ceil(u128::from(whole.max(1)));
    u64::try_from(steps).unwrap_or(u64::MAX)
}

/// What dispersion and age leave of confidence.
struct Trust<'a> {
    age: u64,
    rules: &'a Rules,
}

impl Trust<'_> {
    fn in_price(&self, reports: &[Tape], prices: &Prices, get: impl Fn(&Tape) -> Option<Ratio>) -> Option<Ratio> {
        self.after(prices.dispersion, self.rules.price_dispersion, reports, get)
    }

    /// The median confidence, lowered.
    fn after(
        &self,
        dispersion: u64,
        limit: Ratio,
        reports: &[Tape],
        get: impl Fn(&Tape) -> Option<Ratio>,
    ) -> Option<Ratio> {
        self.lowered(
            median(reports.iter().filter_map(get).map(Ratio::steps))?,
            dispersion,
            limit,
        )
    }

    /// A confidence in steps, lowered.
    fn lowered(&self, confidence: i64, dispersion: u64, limit: Ratio) -> Option<Ratio> {
        let limit = limit.steps().unsigned_abs().max(1);
        let whole_age = self.rules.max_age.saturating_mul(2).max(1);
        // Each factor is below 2^64, and the confidence at most 10^9.
        let left =
            u128::from(confidence.unsigned_abs()) * u128::from(limit.saturating_sub(dispersion)) / u128::from(limit);
        let left = left * u128::from(whole_age.saturating_sub(self.age)) / u128::from(whole_age);
        Ratio::new(i64::try_from(left).ok()?).ok()
    }
}

/// What a report says about every common expiry, one after the other.
fn features(report: &Tape, expiries: &[Common], index: Price, time: u64) -> Vec<u64> {
    let mut features = Vec::with_capacity(expiries.len().saturating_mul(FEATURES));
    for common in expiries {
        let Some(expiry) = at(&report.market, common.expiry) else {
            continue;
        };
        features.push(part_of(expiry.forward.steps(), index.steps()));
        let surface = Surface::of(expiry, common.expiry.saturating_sub(time));
        let sigma = |k| if common.slice { surface.sigma(k) } else { 0 };
        features.extend(MONEYNESS.into_iter().map(sigma));
    }
    features
}

/// The place of the report that is nearest to a majority of all.
fn medoid(features: &[Vec<u64>]) -> usize {
    let rank = |own: &Vec<u64>| {
        let distances: Vec<u64> = features.iter().map(|other| distance(own, other)).collect();
        let sum = distances
            .iter()
            .fold(0u64, |sum, distance| sum.saturating_add(*distance));
        (majority(distances), sum)
    };
    let ranks = features.iter().map(rank).enumerate();
    ranks.min_by_key(|(_, rank)| *rank).map_or(0, |(place, _)| place)
}

/// The largest difference of a feature.
fn distance(a: &[u64], b: &[u64]) -> u64 {
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

/// The largest difference of a volatility of one expiry.
fn vol_distance(a: &[u64], b: &[u64], place: usize) -> u64 {
    let vols = |features: &[u64]| -> Vec<u64> {
        features
            .iter()
            .copied()
            .skip(place.saturating_mul(FEATURES))
            .take(FEATURES)
            .skip(1)
            .collect()
    };
    distance(&vols(a), &vols(b))
}

#[cfg(test)]
#[allow(clippy::float_arithmetic, reason = "the comparison is in doubles")]
#[path = "aggregate_tests.rs"]
mod tests;
