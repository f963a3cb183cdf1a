//! One leg's parts of the charges. Each file of [`crate::charges`] has the formula; here is its slope in one leg.

use crate::assessment::Charge;
use crate::charges::{
    basis_rate, confidence, delta_concentration, naked_short, notional, perp, roll_rate, short_option_minimum,
};
use crate::engine::contribution::Binding;
use crate::engine::exposure::{Exposure, contracts};
use crate::engine::requirement::{basis_pnl, expiry_confidence, perpetual_confidence, price_ceil, priced_exposures};
use crate::engine::underlying::{ExpiryRisk, UnderlyingRisk};
use crate::instrument::Instrument;
use crate::market::Underlying;
use crate::model::ChargeRules;
use crate::number::{Quantity, Ratio, Value};

/// A leg, and the underlying with all legs.
pub(crate) struct LegCharges<'b, 'a> {
    pub instrument: Instrument,
    pub quantity: Quantity,
    /// All legs of the account, netted.
    pub legs: &'b [(Instrument, Quantity)],
    pub market: &'b Underlying,
    pub quote: Ratio,
    pub rules: &'b ChargeRules,
    /// With all legs.
    pub all: &'b UnderlyingRisk<'a>,
    pub all_total: &'b Exposure,
    /// With this leg alone.
    pub own: &'b UnderlyingRisk<'b>,
    pub own_total: &'b Exposure,
}

/// `a * b / c` for magnitudes with `b <= c`; nothing of nothing.
fn share(a: Value, b: Value, c: Value) -> Value {
    b.div_floor(c).map_or(Value::ZERO, |part| a.mul_floor(part))
}

fn signed(value: Value, sign: i128) -> Value {
    if sign < 0 { -value } else { value }
}

impl LegCharges<'_, '_> {
    /// The part of the term that competes with the scan and wins.
    pub(crate) fn competing(&self, binding: Binding) -> Value {
        match binding {
            Binding::Scan => Value::ZERO,
            Binding::Basis => self.basis(),
            Binding::ShortOptions => self.rules.short_option_minimum.map_or(Value::ZERO, |rule| {
                short_option_minimum(self.own_total.short_options, self.market.index, &rule)
            }),
            Binding::MinDelta => self.min_delta(),
        }
    }

    /// The expiry of the leg, with all legs and alone.
    fn expiries(&self) -> Option<(&ExpiryRisk<'_>, &ExpiryRisk<'_>)> {
        let own = self.own.series.first()?;
        let all = self
            .all
            .series
            .iter()
            .find(|all| all.expiry.expiry == own.expiry.expiry)?;
        Some((all, own))
    }

    fn basis(&self) -> Value {
        let Some(((all, own), rule)) = self.expiries().zip(self.rules.basis) else {
            return Value::ZERO;
        };
        let seconds = all.exposure.seconds;
        let pnl = basis_pnl(all);
        let least = pnl.iter().zip(basis_pnl(own)).min_by_key(|(all, _)| **all);
        least
            .filter(|(all, _)| all.is_negative())
            .map_or(Value::ZERO, |(_, own)| (-own).mul_floor(basis_rate(seconds, &rule)))
    }

    /// `net * sign * delta + hedged * (|delta| - sign * delta) / 2`, times the index.
    fn min_delta(&self) -> Value {
        let Some(rule) = self.rules.min_delta else {
            return Value::ZERO;
        };
        let sign = self.all_total.net_delta.signum();
        let own = self.own_total.net_delta;
        let worth = contracts(own).mul_floor(price_ceil(self.market.index));
        let net = signed(worth, own.signum() * sign);
        let hedged = worth.saturating_sub(net).mul_ratio_floor(Ratio::HALF);
        net.mul_ratio_floor(rule.net)
            .saturating_add(hedged.mul_ratio_floor(rule.hedged))
    }

    /// The parts of roll and concentration.
    pub(crate) fn inside(&self) -> Value {
        self.roll().saturating_add(self.concentration())
    }

    fn roll(&self) -> Value {
        let Some(rule) = self.rules.roll else {
            return Value::ZERO;
        };
        // The leg's own expiry is the one of the same price and time; a perpetual's is the perpetual.
        let all = match self.expiries() {
            Some((all, _)) => all.exposure.net_delta,
            None => self.own_total.net_delta,
        };
        priced_exposures(self.own).fold(Value::ZERO, |sum, (own, price)| {
            let delta = own.net_delta;
            let worth = contracts(delta)
                .mul_floor(price_ceil(price))
                .mul_floor(roll_rate(own.seconds, &rule));
            sum.saturating_add(signed(worth, delta.signum() * all.signum()))
        })
    }

    fn concentration(&self) -> Value {
        let Some(rule) = self.rules.delta_concentration else {
            return Value::ZERO;
        };
        let all = self.all_total;
        let charge = delta_concentration(all.net(), price_ceil(self.market.index), &rule);
        if charge == Value::ZERO {
            return charge;
        }
        let own = contracts(self.own_total.net_delta);
        share(charge, own, contracts(all.gross_delta))
    }

    /// The charges beside the factors, both parts.
    pub(crate) fn beside(&self) -> Value {
        let index = self.market.index;
        let steps = i128::from(self.quantity.steps());
        let is_option = self.instrument.as_option().is_some();
        let is_perpetual = self.instrument.day().is_none();
        let both = |charge: Charge| charge.maintenance.saturating_add(charge.initial);
        let perpetual = self.rules.perp.filter(|_| is_perpetual);
        let naked = self.rules.naked_short.filter(|_| is_option);
        let unsure = self.rules.confidence.filter(|_| is_option || is_perpetual).map(|rule| {
            let held = self.all.perpetual.is_some_and(|(quantity, _)| quantity != 0);
            let sure = match self.expiries() {
                Some((all, _)) => expiry_confidence(all, self.market, held, self.quote),
                None => perpetual_confidence(self.market, self.quote),
            };
            both(confidence(notional(steps, index), sure, &rule))
        });
        perpetual
            .map_or(Value::ZERO, |rule| both(perp(steps, index, &rule)))
            .saturating_add(naked.map_or(Value::ZERO, |rule| both(naked_short(self.unpaired(), index, &rule))))
            .saturating_add(unsure.unwrap_or(Value::ZERO))
    }

    /// What of a short option has no long opposite at its strike.
    fn unpaired(&self) -> i128 {
        let short = -i128::from(self.quantity.steps()).min(0);
        let opposite = self.instrument.opposite().filter(|_| short > 0);
        let paired = opposite.and_then(|other| {
            let at = self.legs.binary_search_by(|(leg, _)| leg.cmp(&other)).ok()?;
            self.legs.get(at)
        });
        let long = paired.map_or(0, |(_, quantity)| i128::from(quantity.steps()).max(0));
        (short - long).max(0)
    }
}
