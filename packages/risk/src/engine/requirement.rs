//! From the scan to the two requirements.
//!
//! ```text
//! risk = max(scan, sum basis, sum short_option_minimum, sum min_delta) + roll + delta_concentration
//! MM = maintenance_factor * risk + charges(maintenance)
//! IM = (initial_factor + peg term) * risk + charges(maintenance) + charges(initial)
//! ```

use crate::assessment::{Charge, Charges};
use crate::charges::{
    basis, confidence, delta_concentration, haircut, least, min_delta, naked_short, notional, peg_term, perp, roll,
    short_option_minimum,
};
use crate::engine::exposure::Exposure;
use crate::engine::scale::{value_ceil, value_floor};
use crate::engine::scan::{Scan, Scanned};
use crate::engine::underlying::{ExpiryRisk, UnderlyingRisk};
use crate::market::{Market, Underlying};
use crate::model::ValidModel;
use crate::number::{Price, Ratio, Value};

/// The requirements and what they consist of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub scan: Value,
    pub charges: Charges,
    pub initial: Value,
    pub maintenance: Value,
}

/// Adds up the charges of every underlying and of the collateral.
pub(crate) fn requirement(model: &ValidModel, market: &Market, scan: &Scan<'_>) -> Requirement {
    let loss = value_ceil(scan.aggregate.loss.max(0));
    let mut charges = scan
        .underlyings
        .iter()
        .filter_map(|u| Some(underlying_charges(u, u.market?, market.quote_confidence)))
        .fold(Charges::default(), add_charges);
    for holding in &scan.collateral {
        charges.collateral = add(charges.collateral, haircut(holding.value, holding.above, holding.rule));
        if let Some(rule) = &holding.rule.confidence {
            charges.confidence = add(charges.confidence, confidence(holding.value, holding.confidence, rule));
        }
    }
    let peg = peg_term(market.quote_price, &model.quote);
    charges.initial_factor = Value::from_ratio_ceil(model.factors.initial).saturating_add(peg);
    charges.risk = loss
        .max(charges.basis)
        .max(charges.short_option_minimum)
        .max(charges.min_delta)
        .saturating_add(charges.roll)
        .saturating_add(charges.delta_concentration);
    let beside = [
        charges.perp,
        charges.naked_short,
        charges.confidence,
        charges.collateral,
    ]
    .into_iter()
    .fold(Charge::default(), add);
    let initial = charges
        .risk
        .mul_ratio_ceil(model.factors.initial)
        .saturating_add(charges.risk.mul_ceil(peg));
    Requirement {
        scan: loss,
        charges,
        initial: initial
            .saturating_add(beside.maintenance)
            .saturating_add(beside.initial),
        maintenance: charges
            .risk
            .mul_ratio_ceil(model.factors.maintenance)
            .saturating_add(beside.maintenance),
    }
}

fn add(a: Charge, b: Charge) -> Charge {
    Charge {
        maintenance: a.maintenance.saturating_add(b.maintenance),
        initial: a.initial.saturating_add(b.initial),
    }
}

fn add_charges(a: Charges, b: Charges) -> Charges {
    Charges {
        basis: a.basis.saturating_add(b.basis),
        short_option_minimum: a.short_option_minimum.saturating_add(b.short_option_minimum),
        min_delta: a.min_delta.saturating_add(b.min_delta),
        roll: a.roll.saturating_add(b.roll),
        delta_concentration: a.delta_concentration.saturating_add(b.delta_concentration),
        perp: add(a.perp, b.perp),
        naked_short: add(a.naked_short, b.naked_short),
        confidence: add(a.confidence, b.confidence),
        ..a
    }
}

/// What the charges look at, over all expiries of an underlying.
pub(crate) fn total_exposure(risk: &UnderlyingRisk<'_>) -> Exposure {
    let perpetual = risk.perpetual.map(|(quantity, _)| Exposure::of_perpetual(quantity));
    let mut sum = perpetual.unwrap_or_default();
    for expiry in &risk.series {
        sum.add(&expiry.exposure);
    }
    sum
}

/// The charges of one underlying.
fn underlying_charges(scanned: &Scanned<'_>, market: &Underlying, quote: Ratio) -> Charges {
    let rules = &scanned.rules.charges;
    let risk = &scanned.risk;
    let total = total_exposure(risk);
    let index = market.index;
    let index_value = price_ceil(index);
    let net_delta = total.net();
    let perpetuals = risk.perpetual.map_or(0, |(quantity, _)| i128::from(quantity));
    let mut charges = Charges::default();
    if let Some(rule) = &rules.basis {
        charges.basis = sum_of(
            risk.series
                .iter()
                .map(|e| basis(&basis_pnl(e), e.exposure.seconds, rule)),
        );
    }
    if let Some(rule) = &rules.short_option_minimum {
        charges.short_option_minimum = short_option_minimum(total.short_options, index, rule);
    }
    if let Some(rule) = &rules.min_delta {
        charges.min_delta = min_delta(net_delta, total.gross(), index_value, rule);
    }
    if let Some(rule) = &rules.roll {
        charges.roll =
            sum_of(priced_exposures(risk).map(|(own, price)| roll(own.net(), price_ceil(price), own.seconds, rule)));
    }
    if let Some(rule) = &rules.delta_concentration {
        charges.delta_concentration = delta_concentration(net_delta, index_value, rule);
    }
    if let Some(rule) = &rules.perp {
        charges.perp = perp(perpetuals, index, rule);
    }
    if let Some(rule) = &rules.naked_short {
        charges.naked_short = naked_short(total.naked, index, rule);
    }
    if let Some(rule) = &rules.confidence {
        let perpetual = confidence(notional(perpetuals, index), perpetual_confidence(market, quote), rule);
        let options = risk.series.iter().map(|e| {
            let sure = expiry_confidence(e, market, perpetuals != 0, quote);
            confidence(notional(e.exposure.options, index), sure, rule)
        });
        charges.confidence = options.fold(perpetual, add);
    }
    charges
}

/// P&L of an expiry at the moves of the basis charge.
pub(crate) fn basis_pnl(expiry: &ExpiryRisk<'_>) -> Vec<Value> {
    expiry.basis.iter().map(|grains| value_floor(*grains)).collect()
}

/// Exposure and price of the perpetual and of every expiry.
pub(crate) fn priced_exposures(risk: &UnderlyingRisk<'_>) -> impl Iterator<Item = (Exposure, Price)> {
    let perpetual = risk
        .perpetual
        .map(|(quantity, mark)| (Exposure::of_perpetual(quantity), mark));
    let expiries = risk.series.iter().map(|e| (e.exposure, e.expiry.forward));
    perpetual.into_iter().chain(expiries)
}

/// How far the perpetual's value is to be trusted.
pub(crate) fn perpetual_confidence(market: &Underlying, quote: Ratio) -> Ratio {
    let own = market.perp.map_or(Ratio::ONE, |perp| perp.confidence);
    least([own, market.confidence, quote])
}

/// How far an expiry's values are to be trusted.
pub(crate) fn expiry_confidence(expiry: &ExpiryRisk<'_>, market: &Underlying, with_perp: bool, quote: Ratio) -> Ratio {
    let own = expiry.expiry.confidence;
    let perpetual = market
        .perp
        .filter(|_| with_perp)
        .map_or(Ratio::ONE, |perp| perp.confidence);
    least([own.forward, own.rate, own.vol, market.confidence, quote, perpetual])
}

fn sum_of(values: impl Iterator<Item = Value>) -> Value {
    values.fold(Value::ZERO, Value::saturating_add)
}

/// A price in quote, rounded up.
pub(crate) fn price_ceil(price: Price) -> Value {
    notional(100_000_000, price)
}
