//! From a model as written to one that may be run.

use super::{
    Aggregation, BasisRule, ChargeRules, CollateralRule, ConcentrationRule, ConfidenceRule, Discount, Factors,
    MinDeltaRule, Model, ModelError, Scenario, Shock, Skew, Tail, UnderlyingModel, VolMove, VolShock,
};
use crate::number::{Ratio, Value};
use crate::record::{Record, Walker};
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

/// For models that were validated before they were stored: reading does not check again. The engine stays free of panics
/// whatever the model, but its answers mean something only for a valid one.
impl Record for ValidModel {
    fn blank() -> Self {
        Self(Model::blank())
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        self.0.walk(walker);
    }
}

impl ValidModel {
    /// Back to what can be edited.
    pub fn into_inner(self) -> Model {
        self.0
    }

    /// The fingerprint: sha256 of the canonical JSON.
    pub fn hash(&self) -> [u8; 32] {
        super::hash_of(&self.0)
    }
}

/// Where a number stands in the model. Written out only when it is refused.
#[derive(Clone, Copy)]
struct Path<'a> {
    above: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    Key(&'a dyn fmt::Display),
    Index(usize),
}

/// Boxed: every check hands it on.
type Checked = Result<(), Box<ModelError>>;

/// A number's place, itself, and the most it may be.
type Rule<'a> = (&'a str, Ratio, Ratio);

impl Model {
    /// Checks every number of the model. An error names the field, its value and the limit.
    pub fn validate(self) -> Result<ValidModel, ModelError> {
        self.check().map_err(|error| *error)?;
        Ok(ValidModel(self))
    }

    fn check(&self) -> Checked {
        let scenarios = Path::to("scenarios");
        scenarios.count(self.scenarios.len(), 1, MAX_SCENARIOS)?;
        for (index, scenario) in self.scenarios.iter().enumerate() {
            check_scenario(scenarios.then(Step::Index(index)), scenario)?;
        }
        if !self.scenarios.iter().any(is_flat) {
            return Err(ModelError::NoFlatScenario.into());
        }
        check_aggregation(self)?;
        check_factors(Path::to("factors"), self.factors)?;
        let underlyings = Path::to("underlyings");
        underlyings.count(self.underlyings.len(), 0, MAX_NAMES)?;
        for (symbol, underlying) in &self.underlyings {
            check_underlying(underlyings.then(Step::Key(symbol)), underlying)?;
        }
        let collateral = Path::to("collateral");
        collateral.count(self.collateral.len(), 0, MAX_NAMES)?;
        for (asset, rule) in &self.collateral {
            check_collateral(collateral.then(Step::Key(asset)), rule)?;
        }
        Path::to("quote").within(&[
            ("peg_threshold", self.quote.peg_threshold, MAX_RATE),
            ("peg_factor", self.quote.peg_factor, MAX_RATE),
        ])?;
        Ok(())
    }
}

fn is_flat(scenario: &Scenario) -> bool {
    scenario.spot == Ratio::ONE && scenario.vol.is_flat() && scenario.shocks.is_empty()
}

fn check_scenario(path: Path<'_>, scenario: &Scenario) -> Checked {
    let own = Shock {
        spot: scenario.spot,
        vol: scenario.vol,
    };
    check_shock(path, &own)?;
    path.within(&[("weight", scenario.weight, MAX_SHOCK)])?;
    let shocks = path.field("shocks");
    shocks.count(scenario.shocks.len(), 0, MAX_NAMES)?;
    for (symbol, shock) in &scenario.shocks {
        check_shock(shocks.then(Step::Key(symbol)), shock)?;
    }
    Ok(())
}

fn check_shock(path: Path<'_>, shock: &Shock) -> Checked {
    path.within(&[("spot", shock.spot, MAX_SHOCK)])?;
    if let VolMove::Times(multiple) = shock.vol {
        path.within(&[("vol", multiple, MAX_SHOCK)])?;
    }
    if shock.vol.is_skew() && shock.spot != Ratio::ONE {
        return path.field("spot").refuse(&shock.spot, "1 where vol is linear or abs");
    }
    Ok(())
}

fn check_aggregation(model: &Model) -> Checked {
    let (name, tail) = match &model.aggregation {
        Aggregation::Worst {} => return Ok(()),
        Aggregation::ExpectedShortfall(tail) => ("expected_shortfall", tail),
        Aggregation::ValueAtRisk(tail) => ("value_at_risk", tail),
    };
    check_tail(Path::to("aggregation").field(name), tail, model.scenarios.len())
}

fn check_tail(path: Path<'_>, tail: &Tail, scenarios: usize) -> Checked {
    if tail.confidence <= Ratio::ZERO || tail.confidence >= Ratio::ONE {
        return path.field("confidence").refuse(&tail.confidence, "above 0 and below 1");
    }
    let field = path.field("probabilities");
    if tail.probabilities.is_empty() {
        return Ok(());
    }
    field.count(tail.probabilities.len(), scenarios, scenarios)?;
    for (index, probability) in tail.probabilities.iter().enumerate() {
        field
            .then(Step::Index(index))
            .one(*probability, Ratio::ZERO, Ratio::ONE)?;
    }
    // At most 512 of at most 1e9 steps.
    let sum: i64 = tail.probabilities.iter().map(|p| p.steps()).sum();
    if (sum - Ratio::ONE.steps()).abs() > PROBABILITY_SLACK {
        let shown = crate::number::format_decimal(i128::from(sum), Ratio::DECIMALS);
        return field.refuse(&shown, "a sum of 1");
    }
    Ok(())
}

fn check_factors(path: Path<'_>, factors: Factors) -> Checked {
    let Factors { initial, maintenance } = factors;
    path.within(&[("initial", initial, MAX_RATE), ("maintenance", maintenance, MAX_RATE)])?;
    path.at_most("maintenance", maintenance, "factors.initial", initial)
}

fn check_underlying(path: Path<'_>, model: &UnderlyingModel) -> Checked {
    let VolShock {
        up,
        down,
        short_power,
        long_power,
        floor_days,
        min_up,
        min_vol,
    } = model.vol_shock;
    path.field("vol_shock").within(&[
        ("up", up, MAX_SHOCK),
        ("down", down, MAX_SHOCK),
        ("short_power", short_power, MAX_POWER),
        ("long_power", long_power, MAX_POWER),
        ("floor_days", floor_days, MAX_DAYS),
        ("min_up", min_up, MAX_VOL),
        ("min_vol", min_vol, MAX_VOL),
    ])?;
    path.within(&[("gain_credit", model.gain_credit, Ratio::ONE)])?;
    if let Some(discount) = &model.discount {
        check_discount(path.field("discount"), discount)?;
    }
    if let Some(skew) = &model.skew {
        check_skew(path.field("skew"), skew)?;
    }
    check_charges(path.field("charges"), &model.charges)
}

fn check_discount(path: Path<'_>, discount: &Discount) -> Checked {
    path.within(&[
        ("long_base", discount.long_base, MAX_SHOCK),
        ("short_base", discount.short_base, MAX_SHOCK),
        ("rate_mult", discount.rate_mult, MAX_SHOCK),
        ("rate_add", discount.rate_add, MAX_SHOCK),
        (
            "short_rate_mult",
            discount.short_rate_mult.unwrap_or(Ratio::ZERO),
            MAX_SHOCK,
        ),
        (
            "short_rate_add",
            discount.short_rate_add.unwrap_or(Ratio::ZERO),
            MAX_SHOCK,
        ),
    ])?;
    path.at_most("long_base", discount.long_base, "short_base", discount.short_base)
}

fn check_skew(path: Path<'_>, skew: &Skew) -> Checked {
    path.within(&[
        ("linear_cap_base", skew.linear_cap_base, MAX_SHOCK),
        ("abs_cap_base", skew.abs_cap_base, MAX_SHOCK),
        ("min_k_star", skew.min_k_star, MAX_SHOCK),
        ("width", skew.width, MAX_SHOCK),
        ("vol_static", skew.vol_static, MAX_SHOCK),
    ])?;
    // Caps and deviations may fall with time.
    let steepest = Ratio::new(-MAX_VOL.steps()).unwrap_or(Ratio::ZERO);
    for (field, value) in [
        ("linear_cap_slope", skew.linear_cap_slope),
        ("abs_cap_slope", skew.abs_cap_slope),
        ("vol_scale", skew.vol_scale),
    ] {
        path.field(field).one(value, steepest, MAX_VOL)?;
    }
    Ok(())
}

fn check_charges(path: Path<'_>, rules: &ChargeRules) -> Checked {
    if let Some(BasisRule {
        spot_up,
        spot_down,
        add,
        per_year,
    }) = rules.basis
    {
        path.field("basis").within(&[
            ("spot_up", spot_up, MAX_SHOCK),
            ("spot_down", spot_down, MAX_SHOCK),
            ("add", add, MAX_RATE),
            ("per_year", per_year, MAX_RATE),
        ])?;
    }
    if let Some(roll) = rules.roll {
        path.field("roll").within(&[
            ("min_move", roll.min_move, MAX_RATE),
            ("annual_move", roll.annual_move, MAX_RATE),
        ])?;
    }
    for (field, rule) in [("perp", rules.perp), ("naked_short", rules.naked_short)] {
        if let Some(rule) = rule {
            path.field(field).within(&[
                ("maintenance", rule.maintenance, MAX_RATE),
                ("initial", rule.initial, MAX_RATE),
            ])?;
        }
    }
    if let Some(minimum) = rules.short_option_minimum {
        path.field("short_option_minimum")
            .within(&[("rate", minimum.rate, MAX_RATE)])?;
    }
    if let Some(MinDeltaRule { net, hedged }) = rules.min_delta {
        let path = path.field("min_delta");
        path.within(&[("net", net, MAX_RATE), ("hedged", hedged, MAX_RATE)])?;
        // Else hedging a delta would raise the minimum.
        if i128::from(net.steps()) * 2 < i128::from(hedged.steps()) {
            return path.field("net").refuse(&net, "at least half of hedged");
        }
    }
    if let Some(ConcentrationRule { threshold, cap, .. }) = rules.delta_concentration {
        let path = path.field("delta_concentration");
        if threshold < Value::ZERO {
            return path.field("threshold").refuse(&threshold, "at least 0");
        }
        path.within(&[("cap", cap, MAX_RATE)])?;
    }
    check_confidence(path.field("confidence"), rules.confidence)
}

fn check_collateral(path: Path<'_>, rule: &CollateralRule) -> Checked {
    path.within(&[
        ("maintenance_haircut", rule.maintenance_haircut, Ratio::ONE),
        ("initial_haircut", rule.initial_haircut, Ratio::ONE),
    ])?;
    check_confidence(path.field("confidence"), rule.confidence)
}

fn check_confidence(path: Path<'_>, rule: Option<ConfidenceRule>) -> Checked {
    let Some(ConfidenceRule { threshold, factor }) = rule else {
        return Ok(());
    };
    path.within(&[("threshold", threshold, Ratio::ONE), ("factor", factor, MAX_RATE)])
}

impl<'a> Path<'a> {
    const fn to(name: &'a str) -> Self {
        Self {
            above: None,
            step: Step::Field(name),
        }
    }

    const fn then(&'a self, step: Step<'a>) -> Self {
        Self {
            above: Some(self),
            step,
        }
    }

    const fn field(&'a self, name: &'a str) -> Self {
        self.then(Step::Field(name))
    }

    /// Each of these numbers is at least 0 and at most what stands beside it.
    fn within(&self, rules: &[Rule<'_>]) -> Checked {
        for (name, value, most) in rules {
            self.field(name).one(*value, Ratio::ZERO, *most)?;
        }
        Ok(())
    }

    fn one(&self, value: Ratio, least: Ratio, most: Ratio) -> Checked {
        if (least..=most).contains(&value) {
            return Ok(());
        }
        self.refuse(&value, &format!("within {least} and {most}"))
    }

    fn at_most(&self, name: &str, value: Ratio, other: &str, most: Ratio) -> Checked {
        if value <= most {
            return Ok(());
        }
        self.field(name).refuse(&value, &format!("at most {other} {most}"))
    }

    fn count(&self, found: usize, least: usize, most: usize) -> Checked {
        if (least..=most).contains(&found) {
            return Ok(());
        }
        self.refuse(&format!("of {found} entries"), &format!("within {least} and {most}"))
    }

    fn refuse(&self, value: &dyn fmt::Display, limit: &str) -> Checked {
        Err(Box::new(ModelError::Limit {
            field: self.to_string(),
            value: value.to_string(),
            limit: limit.to_owned(),
        }))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match self.step {
            Step::Field(name) if self.above.is_none() => f.write_str(name),
            Step::Field(name) => write!(f, ".{name}"),
            Step::Key(name) => write!(f, ".{name}"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}
