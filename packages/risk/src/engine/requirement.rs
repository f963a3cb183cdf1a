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
    let mut charges = Charges::default();
    for scanned in &scan.underlyings {
        if let Some(own) = scanned.market {
            add_charges(&mut charges, scanned, own, market.quote_confidence);
        }
    }
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
    let beside = add(
        add(charges.perp, charges.naked_short),
        add(charges.confidence, charges.collateral),
    );
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

/// What the charges look at, over all expiries of an underlying.
pub(crate) fn total_exposure(risk: &UnderlyingRisk<'_>) -> Exposure {
    let perpetual = risk.perpetual.map(|(quantity, _)| Exposure::of_perpetual(quantity));
    let mut sum = perpetual.unwrap_or_default();
    for expiry in &risk.series {
        sum.add(&expiry.exposure);
    }
    sum
}

/// Adds the charges of one underlying. None is negative.
fn add_charges(charges: &mut Charges, scanned: &Scanned<'_>, market: &Underlying, quote: Ratio) {
    let rules = &scanned.rules.charges;
    let risk = &scanned.risk;
    let total = total_exposure(risk);
    let index = market.index;
    let index_value = price_ceil(index);
    let net_delta = total.net();
    let perpetuals = risk.perpetual.map_or(0, |(quantity, _)| i128::from(quantity));
    let raise = |charge: &mut Value, by: Value| *charge = charge.saturating_add(by);
    if let Some(rule) = &rules.basis {
        for e in &risk.series {
            raise(&mut charges.basis, basis(&basis_pnl(e), e.exposure.seconds, rule));
        }
    }
    if let Some(rule) = &rules.short_option_minimum {
        let minimum = short_option_minimum(total.short_options, index, rule);
        raise(&mut charges.short_option_minimum, minimum);
    }
    if let Some(rule) = &rules.min_delta {
        let charge = min_delta(net_delta, total.gross(), index_value, rule);
        raise(&mut charges.min_delta, charge);
    }
    if let Some(rule) = &rules.roll {
        for (own, price) in priced_exposures(risk) {
            raise(&mut charges.roll, roll(own.net(), price_ceil(price), own.seconds, rule));
        }
    }
    if let Some(rule) = &rules.delta_concentration {
        let charge = delta_concentration(net_delta, index_value, rule);
        raise(&mut charges.delta_concentration, charge);
    }
    if let Some(rule) = &rules.perp {
        charges.perp = add(charges.perp, perp(perpetuals, index, rule));
    }
    if let Some(rule) = &rules.naked_short {
        charges.naked_short = add(charges.naked_short, naked_short(total.naked, index, rule));
    }
    if let Some(rule) = &rules.confidence {
        let perpetual = confidence(notional(perpetuals, index), perpetual_confidence(market, quote), rule);
        charges.confidence = add(charges.confidence, perpetual);
        for e in &risk.series {
            let sure = expiry_confidence(e, market, perpetuals != 0, quote);
            let options = confidence(notional(e.exposure.options, index), sure, rule);
            charges.confidence = add(charges.confidence, options);
        }
    }
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

/// A price in quote, rounded up.
pub(crate) fn price_ceil(price: Price) -> Value {
    notional(100_000_000, price)
}
