//! What the requirements ask for beside the scan.

use crate::margin::{Held, Series, Valued};
use crate::read::{Contract, Rules, Underlying};

/// Every charge, summed over underlyings. Pairs are the maintenance part and the initial one on top.
#[derive(Clone, Copy, Debug, Default)]
pub struct Charges {
    /// Competes with the scan.
    pub basis: f64,
    /// Competes with the scan.
    pub short_option_minimum: f64,
    /// Competes with the scan.
    pub min_delta: f64,
    /// Inside the factors.
    pub roll: f64,
    /// Inside the factors.
    pub delta_concentration: f64,
    /// Beside the factors.
    pub perp: [f64; 2],
    /// Beside the factors.
    pub naked_short: [f64; 2],
    /// Beside the factors.
    pub confidence: [f64; 2],
    /// Haircuts.
    pub collateral: [f64; 2],
}

impl Rules {
    /// Does any charge look at deltas?
    pub(crate) fn needs_delta(&self) -> bool {
        self.roll.is_some() || self.min_delta.is_some() || self.delta_concentration.is_some()
    }
}

fn add(sum: &mut [f64; 2], rates: [f64; 2], amount: f64) {
    sum[0] += rates[0] * amount;
    sum[1] += rates[1] * amount;
}

fn unsure([threshold, factor]: [f64; 2], confidence: f64, notional: f64) -> f64 {
    if confidence >= threshold {
        0.0
    } else {
        (1.0 - confidence) * factor * notional
    }
}

pub(crate) fn collateral_charges(charges: &mut Charges, holdings: &[Valued<'_>]) {
    for held in holdings {
        add(&mut charges.collateral, held.rule.haircuts, held.value);
        // To open, what the stable price does not bear counts for nothing: it is charged whole, its haircuts within.
        charges.collateral[1] += held.above * (1.0 - held.rule.haircuts[0] - held.rule.haircuts[1]);
        let rule = held.rule.confidence;
        charges.confidence[1] += rule.map_or(0.0, |rule| unsure(rule, held.confidence, held.value));
    }
}

pub(crate) fn underlying_charges(
    charges: &mut Charges,
    series: &[Series<'_>],
    underlying: &Underlying,
    rules: &Rules,
    quote_confidence: f64,
) {
    let index = underlying.index;
    let legs = || series.iter().flat_map(|s| &s.legs);
    let options = || legs().filter(|leg| matches!(leg.contract, Contract::Option { .. }));
    let perpetuals: f64 = legs()
        .filter(|leg| leg.contract == Contract::Perpetual)
        .map(|leg| leg.quantity)
        .sum();
    if let Some([_, _, at_once, per_year]) = rules.basis {
        let of = |s: &Series<'_>| (-s.basis[0]).max(-s.basis[1]).max(0.0) * (at_once + per_year * s.years);
        charges.basis += series.iter().map(of).sum::<f64>();
    }
    if let Some(rate) = rules.short_option_minimum {
        charges.short_option_minimum += rate * index * options().map(|leg| (-leg.quantity).max(0.0)).sum::<f64>();
    }
    if rules.needs_delta() {
        delta_charges(charges, series, underlying, rules);
    }
    if let Some(rates) = rules.perp {
        add(&mut charges.perp, rates, perpetuals.abs() * index);
    }
    if let Some(rates) = rules.naked_short {
        add(
            &mut charges.naked_short,
            rates,
            index * series.iter().map(naked).sum::<f64>(),
        );
    }
    if let Some(rule) = rules.confidence {
        let common = underlying.confidence.min(quote_confidence);
        let perp = underlying.perp.map_or(1.0, |[_, confidence]| confidence);
        charges.confidence[1] += unsure(rule, common.min(perp), perpetuals.abs() * index);
        for (s, expiry) in series.iter().filter_map(|s| Some((s, s.expiry?))) {
            let held = if perpetuals == 0.0 { 1.0 } else { perp };
            let gross: f64 = s
                .legs
                .iter()
                .filter(|leg| matches!(leg.contract, Contract::Option { .. }))
                .map(|leg| leg.quantity.abs())
                .sum();
            charges.confidence[1] += unsure(rule, common.min(held).min(expiry.confidence), gross * index);
        }
    }
}

fn delta_charges(charges: &mut Charges, series: &[Series<'_>], underlying: &Underlying, rules: &Rules) {
    let index = underlying.index;
    let nets: Vec<f64> = series
        .iter()
        .map(|s| s.legs.iter().map(|leg| leg.quantity * leg.delta).sum())
        .collect();
    let net: f64 = nets.iter().sum();
    let legs = series.iter().flat_map(|s| &s.legs);
    let gross: f64 = legs.map(|leg| (leg.quantity * leg.delta).abs()).sum();
    if let Some([unhedged, hedged]) = rules.min_delta {
        charges.min_delta += (unhedged * net.abs() + hedged * (gross - net.abs()) / 2.0) * index;
    }
    if let Some([least, yearly]) = rules.roll {
        for (s, delta) in series.iter().zip(&nets) {
            let mark = || underlying.perp.map_or(0.0, |[mark, _]| mark);
            let price = s.expiry.map_or_else(mark, |expiry| expiry.forward);
            charges.roll += delta.abs() * price * least.max(yearly * s.years);
        }
    }
    if let Some([threshold, slope, cap]) = rules.delta_concentration {
        let exposure = net.abs() * index;
        charges.delta_concentration += cap.min(slope * (exposure - threshold).max(0.0)) * exposure;
    }
}

/// Short options without a long one of the other kind at their strike.
fn naked(series: &Series<'_>) -> f64 {
    let strike = |leg: &Held| match leg.contract {
        Contract::Option { strike, .. } => strike,
        _ => f64::NAN,
    };
    // Sorted by strike; what is no option is alone, as nothing equals what is no number.
    let pairs = series.legs.chunk_by(|a, b| strike(a) == strike(b));
    let left = |pair: &[Held]| {
        let options = pair.iter().filter(|leg| !strike(leg).is_nan());
        let (short, long) = options.fold((0.0, 0.0), |(short, long), leg| {
            (short - leg.quantity.min(0.0), long + leg.quantity.max(0.0))
        });
        f64::max(short - long, 0.0)
    };
    pairs.map(left).sum()
}
