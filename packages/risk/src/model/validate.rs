//! From a model as written to one that may be run.

use super::{
    Aggregation, BasisRule, ChargeRules, CollateralRule, ConcentrationRule, ConfidenceRule, Discount, MinDeltaRule,
    Model, ModelError, Scenario, Shock, Skew, Tail, UnderlyingModel, VolMove, VolShock,
};
use crate::number::{Ratio, Value};
use std::fmt;
use std::ops::Deref;

/// The most scenarios of a model.
pub const MAX_SCENARIOS: usize = 512;
/// The largest multiple of spot or volatility, and the largest weight.
pub const MAX_SHOCK: Ratio = whole(16);
/// The largest factor or rate of a charge.
pub const MAX_RATE: Ratio = whole(100);
/// The largest power of the term scaling.
const MAX_POWER: Ratio = whole(10);
/// The largest floor under a volatility, and the steepest slope of a skew.
const MAX_VOL: Ratio = whole(20);
/// The longest floor under the days to expiry.
const MAX_DAYS: Ratio = whole(3_650);
/// The most underlyings and the most collateral assets.
const MAX_NAMES: usize = 256;
/// How far the sum of the probabilities may be from one: they have nine decimals.
const PROBABILITY_SLACK: i64 = 1_000;

const fn whole(n: i64) -> Ratio {
    match Ratio::ONE.times(n) {
        Some(ratio) => ratio,
        None => Ratio::ONE,
    }
}

/// A model that passed [`Model::validate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidModel(Model);

impl Deref for ValidModel {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.0
    }
}

impl ValidModel {
    /// A model that was validated before it was stored. The engine stays free of panics whatever the model, but its
    /// answers mean something only for a valid one.
    pub const fn trusted(model: Model) -> Self {
        Self(model)
    }

    /// Back to what can be edited.
    pub fn into_inner(self) -> Model {
        self.0
    }

    /// The fingerprint: sha256 of the canonical JSON.
    pub fn hash(&self) -> [u8; 32] {
        super::hash_of(&self.0)
    }
}

impl Model {
    /// Checks every number of the model. An error names the field, its value and the limit.
    pub fn validate(self) -> Result<ValidModel, ModelError> {
        count("scenarios", self.scenarios.len(), 1, MAX_SCENARIOS)?;
        for (index, scenario) in self.scenarios.iter().enumerate() {
            check_scenario(&format!("scenarios[{index}]"), scenario)?;
        }
        if !self.scenarios.iter().any(is_flat) {
            return Err(ModelError::NoFlatScenario);
        }
        check_aggregation(&self)?;
        let factors = self.factors;
        within("factors.initial", factors.initial, Ratio::ZERO, MAX_RATE)?;
        at_least("factors.maintenance", factors.maintenance, Ratio::ZERO)?;
        at_most(
            "factors.maintenance",
            factors.maintenance,
            factors.initial,
            "factors.initial",
        )?;
        count("underlyings", self.underlyings.len(), 0, MAX_NAMES)?;
        for (symbol, underlying) in &self.underlyings {
            check_underlying(&format!("underlyings.{symbol}"), underlying)?;
        }
        count("collateral", self.collateral.len(), 0, MAX_NAMES)?;
        for (asset, rule) in &self.collateral {
            check_collateral(&format!("collateral.{asset}"), rule)?;
        }
        within("quote.peg_threshold", self.quote.peg_threshold, Ratio::ZERO, MAX_RATE)?;
        within("quote.peg_factor", self.quote.peg_factor, Ratio::ZERO, MAX_RATE)?;
        Ok(ValidModel(self))
    }
}

fn is_flat(scenario: &Scenario) -> bool {
    scenario.spot == Ratio::ONE && scenario.vol.is_flat() && scenario.shocks.is_empty()
}

fn check_scenario(path: &str, scenario: &Scenario) -> Result<(), ModelError> {
    let own = Shock {
        spot: scenario.spot,
        vol: scenario.vol,
    };
    check_shock(path, &own)?;
    within(&format!("{path}.weight"), scenario.weight, Ratio::ZERO, MAX_SHOCK)?;
    count(&format!("{path}.shocks"), scenario.shocks.len(), 0, MAX_NAMES)?;
    for (symbol, shock) in &scenario.shocks {
        check_shock(&format!("{path}.shocks.{symbol}"), shock)?;
    }
    Ok(())
}

fn check_shock(path: &str, shock: &Shock) -> Result<(), ModelError> {
    within(&format!("{path}.spot"), shock.spot, Ratio::ZERO, MAX_SHOCK)?;
    if let VolMove::Times(multiple) = shock.vol {
        within(&format!("{path}.vol"), multiple, Ratio::ZERO, MAX_SHOCK)?;
    }
    if shock.vol.is_skew() && shock.spot != Ratio::ONE {
        return Err(limit(
            &format!("{path}.spot"),
            shock.spot,
            "1 where vol is linear or abs",
        ));
    }
    Ok(())
}

fn check_aggregation(model: &Model) -> Result<(), ModelError> {
    match &model.aggregation {
        Aggregation::Worst {} => Ok(()),
        Aggregation::ExpectedShortfall(tail) => {
            check_tail("aggregation.expected_shortfall", tail, model.scenarios.len())
        }
        Aggregation::ValueAtRisk(tail) => check_tail("aggregation.value_at_risk", tail, model.scenarios.len()),
    }
}

fn check_tail(path: &str, tail: &Tail, scenarios: usize) -> Result<(), ModelError> {
    if tail.confidence <= Ratio::ZERO || tail.confidence >= Ratio::ONE {
        return Err(limit(
            &format!("{path}.confidence"),
            tail.confidence,
            "above 0 and below 1",
        ));
    }
    let field = format!("{path}.probabilities");
    if tail.probabilities.is_empty() {
        return Ok(());
    }
    count(&field, tail.probabilities.len(), scenarios, scenarios)?;
    for (index, probability) in tail.probabilities.iter().enumerate() {
        within(&format!("{field}[{index}]"), *probability, Ratio::ZERO, Ratio::ONE)?;
    }
    // At most 512 of at most 1e9 steps.
    let sum: i64 = tail.probabilities.iter().map(|p| p.steps()).sum();
    if (sum - Ratio::ONE.steps()).abs() > PROBABILITY_SLACK {
        let shown = crate::number::format_decimal(i128::from(sum), Ratio::DECIMALS);
        return Err(limit(&field, shown, "a sum of 1"));
    }
    Ok(())
}

fn check_underlying(path: &str, model: &UnderlyingModel) -> Result<(), ModelError> {
    let VolShock {
        up,
        down,
        short_power,
        long_power,
        floor_days,
        min_up,
        min_vol,
    } = model.vol_shock;
    for (field, value, most) in [
        ("up", up, MAX_SHOCK),
        ("down", down, MAX_SHOCK),
        ("short_power", short_power, MAX_POWER),
        ("long_power", long_power, MAX_POWER),
        ("floor_days", floor_days, MAX_DAYS),
        ("min_up", min_up, MAX_VOL),
        ("min_vol", min_vol, MAX_VOL),
    ] {
        within(&format!("{path}.vol_shock.{field}"), value, Ratio::ZERO, most)?;
    }
    within(
        &format!("{path}.gain_credit"),
        model.gain_credit,
        Ratio::ZERO,
        Ratio::ONE,
    )?;
    if let Some(discount) = &model.discount {
        check_discount(&format!("{path}.discount"), discount)?;
    }
    if let Some(skew) = &model.skew {
        check_skew(&format!("{path}.skew"), skew)?;
    }
    check_charges(&format!("{path}.charges"), &model.charges)
}

fn check_discount(path: &str, discount: &Discount) -> Result<(), ModelError> {
    for (field, value) in [
        ("long_base", Some(discount.long_base)),
        ("short_base", Some(discount.short_base)),
        ("rate_mult", Some(discount.rate_mult)),
        ("rate_add", Some(discount.rate_add)),
        ("short_rate_mult", discount.short_rate_mult),
        ("short_rate_add", discount.short_rate_add),
    ] {
        if let Some(value) = value {
            within(&format!("{path}.{field}"), value, Ratio::ZERO, MAX_SHOCK)?;
        }
    }
    at_most(
        &format!("{path}.long_base"),
        discount.long_base,
        discount.short_base,
        "short_base",
    )
}

fn check_skew(path: &str, skew: &Skew) -> Result<(), ModelError> {
    for (field, value) in [
        ("linear_cap_base", skew.linear_cap_base),
        ("abs_cap_base", skew.abs_cap_base),
        ("min_k_star", skew.min_k_star),
        ("width", skew.width),
        ("vol_static", skew.vol_static),
    ] {
        within(&format!("{path}.{field}"), value, Ratio::ZERO, MAX_SHOCK)?;
    }
    // Caps and deviations may fall with time.
    let steepest = Ratio::new(-MAX_VOL.steps()).unwrap_or(Ratio::ZERO);
    for (field, value) in [
        ("linear_cap_slope", skew.linear_cap_slope),
        ("abs_cap_slope", skew.abs_cap_slope),
        ("vol_scale", skew.vol_scale),
    ] {
        within(&format!("{path}.{field}"), value, steepest, MAX_VOL)?;
    }
    Ok(())
}

fn check_charges(path: &str, rules: &ChargeRules) -> Result<(), ModelError> {
    let rate = |field: &str, value: Ratio| within(&format!("{path}.{field}"), value, Ratio::ZERO, MAX_RATE);
    if let Some(BasisRule {
        spot_up,
        spot_down,
        add,
        per_year,
    }) = rules.basis
    {
        within(&format!("{path}.basis.spot_up"), spot_up, Ratio::ZERO, MAX_SHOCK)?;
        within(&format!("{path}.basis.spot_down"), spot_down, Ratio::ZERO, MAX_SHOCK)?;
        rate("basis.add", add)?;
        rate("basis.per_year", per_year)?;
    }
    if let Some(roll) = rules.roll {
        rate("roll.min_move", roll.min_move)?;
        rate("roll.annual_move", roll.annual_move)?;
    }
    for (field, rule) in [("perp", rules.perp), ("naked_short", rules.naked_short)] {
        if let Some(rule) = rule {
            rate(&format!("{field}.maintenance"), rule.maintenance)?;
            rate(&format!("{field}.initial"), rule.initial)?;
        }
    }
    if let Some(minimum) = rules.short_option_minimum {
        rate("short_option_minimum.rate", minimum.rate)?;
    }
    if let Some(MinDeltaRule { net, hedged }) = rules.min_delta {
        rate("min_delta.net", net)?;
        rate("min_delta.hedged", hedged)?;
        // Else hedging a delta would raise the minimum.
        if i128::from(net.steps()) * 2 < i128::from(hedged.steps()) {
            return Err(limit(&format!("{path}.min_delta.net"), net, "at least half of hedged"));
        }
    }
    if let Some(ConcentrationRule { threshold, cap, .. }) = rules.delta_concentration {
        if threshold < Value::ZERO {
            return Err(limit(
                &format!("{path}.delta_concentration.threshold"),
                threshold,
                "at least 0",
            ));
        }
        rate("delta_concentration.cap", cap)?;
    }
    check_confidence(&format!("{path}.confidence"), rules.confidence)
}

fn check_collateral(path: &str, rule: &CollateralRule) -> Result<(), ModelError> {
    for (field, haircut) in [
        ("maintenance_haircut", rule.maintenance_haircut),
        ("initial_haircut", rule.initial_haircut),
    ] {
        within(&format!("{path}.{field}"), haircut, Ratio::ZERO, Ratio::ONE)?;
    }
    check_confidence(&format!("{path}.confidence"), rule.confidence)
}

fn check_confidence(path: &str, rule: Option<ConfidenceRule>) -> Result<(), ModelError> {
    let Some(ConfidenceRule { threshold, factor }) = rule else {
        return Ok(());
    };
    within(&format!("{path}.threshold"), threshold, Ratio::ZERO, Ratio::ONE)?;
    within(&format!("{path}.factor"), factor, Ratio::ZERO, MAX_RATE)
}

fn limit(field: &str, value: impl fmt::Display, limit: &str) -> ModelError {
    ModelError::Limit {
        field: field.to_owned(),
        value: value.to_string(),
        limit: limit.to_owned(),
    }
}

fn count(field: &str, found: usize, least: usize, most: usize) -> Result<(), ModelError> {
    if (least..=most).contains(&found) {
        Ok(())
    } else {
        Err(limit(
            field,
            format!("of {found} entries"),
            &format!("within {least} and {most}"),
        ))
    }
}

fn within(field: &str, value: Ratio, least: Ratio, most: Ratio) -> Result<(), ModelError> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(limit(field, value, &format!("within {least} and {most}")))
    }
}

fn at_least(field: &str, value: Ratio, least: Ratio) -> Result<(), ModelError> {
    if value >= least {
        Ok(())
    } else {
        Err(limit(field, value, &format!("at least {least}")))
    }
}

fn at_most(field: &str, value: Ratio, most: Ratio, of: &str) -> Result<(), ModelError> {
    if value <= most {
        Ok(())
    } else {
        Err(limit(field, value, &format!("at most {of} {most}")))
    }
}
