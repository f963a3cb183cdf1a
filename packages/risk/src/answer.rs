//! The answer of `hedgerow margin --json`: an assessment as decimal strings.

use crate::assessment::{Assessment, Charge, Charges, Contribution, Holding};
use crate::liquidation_price::LiquidationPrices;
use crate::market::Market;
use crate::model::{ValidModel, market_hash};
use crate::number::{Value, format_decimal};
use crate::portfolio::Vector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a portfolio is worth and must hold, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Cash, collateral, unrealised P&L, options.
    pub equity: Value,
    /// To open.
    pub initial_margin: Value,
    /// To stay.
    pub maintenance_margin: Value,
    /// The aggregated loss of the scenarios.
    pub scan: Value,
    /// Index of the scenario with the largest loss.
    pub worst_scenario: usize,
    /// Net value of the options.
    pub option_value: Value,
    /// Value of the collateral before haircuts.
    pub collateral_value: Value,
    /// Every scenario, in the order of the model.
    pub scenarios: Vec<ScenarioAnswer>,
    /// Beside the scan.
    pub charges: ChargesAnswer,
    /// Parts of the initial margin: they sum to it exactly.
    pub legs: Vec<LegAnswer>,
    /// How far each underlying may move before the account is liquidatable.
    pub liquidation_prices: Vec<LiquidationPrices>,
    /// sha256 of the model.
    pub model_hash: String,
    /// sha256 of the market.
    pub market_hash: String,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioAnswer {
    /// Multiple of spot.
    pub spot: String,
    /// Where volatility goes.
    pub vol: String,
    /// The part of the P&L that counts.
    pub weight: String,
    /// Weighted P&L.
    pub pnl: Value,
}

/// The charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargesAnswer {
    /// Competes with the scan.
    pub basis: Value,
    /// Competes with the scan.
    pub short_option_minimum: Value,
    /// Competes with the scan.
    pub min_delta: Value,
    /// Inside the factors.
    pub roll: Value,
    /// Inside the factors.
    pub delta_concentration: Value,
    /// Beside the factors.
    pub perp: ChargeAnswer,
    /// Beside the factors.
    pub naked_short: ChargeAnswer,
    /// Beside the factors.
    pub confidence: ChargeAnswer,
    /// Haircuts.
    pub collateral: ChargeAnswer,
}

/// A charge by requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargeAnswer {
    /// In both.
    pub maintenance: Value,
    /// On top in the initial one.
    pub initial: Value,
}

/// What one holding contributes to the initial margin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LegAnswer {
    /// The instrument; the asset of a collateral; the underlying of a vector.
    pub instrument: String,
    /// A hedge has a negative one.
    pub contribution: String,
}

impl Answer {
    /// The answer about a portfolio with these vectors.
    pub fn new(
        model: &ValidModel,
        market: &Market,
        vectors: &[Vector],
        found: &Assessment,
        liquidation_prices: Vec<LiquidationPrices>,
    ) -> Self {
        let scenarios = model.scenarios.iter().zip(&found.scenarios);
        Self {
            equity: found.standing.equity,
            initial_margin: found.standing.initial_margin,
            maintenance_margin: found.standing.maintenance_margin,
            scan: found.scan,
            worst_scenario: found.worst_scenario,
            option_value: found.standing.option_value,
            collateral_value: found.standing.collateral_value,
            scenarios: scenarios
                .map(|(scenario, pnl)| ScenarioAnswer {
                    spot: scenario.spot.to_string(),
                    vol: scenario.vol.to_string(),
                    weight: scenario.weight.to_string(),
                    pnl: *pnl,
                })
                .collect(),
            charges: ChargesAnswer::from(&found.charges),
            legs: legs(found, vectors),
            liquidation_prices,
            model_hash: hex(&model.hash()),
            market_hash: hex(&market_hash(market)),
        }
    }
}

impl From<&Charges> for ChargesAnswer {
    fn from(charges: &Charges) -> Self {
        let both = |charge: Charge| ChargeAnswer {
            maintenance: charge.maintenance,
            initial: charge.initial,
        };
        Self {
            basis: charges.basis,
            short_option_minimum: charges.short_option_minimum,
            min_delta: charges.min_delta,
            roll: charges.roll,
            delta_concentration: charges.delta_concentration,
            perp: both(charges.perp),
            naked_short: both(charges.naked_short),
            confidence: both(charges.confidence),
            collateral: both(charges.collateral),
        }
    }
}

/// Contributions in 18 decimals that sum to the printed requirement: the largest takes what rounding each leaves.
fn legs(found: &Assessment, vectors: &[Vector]) -> Vec<LegAnswer> {
    let mut parts: Vec<i128> = found.contributions.iter().map(|c| c.netted.to_wire()).collect();
    let sum = parts.iter().fold(0_i128, |sum, part| sum.saturating_add(*part));
    let left = found.standing.initial_margin.to_wire().saturating_sub(sum);
    if let Some(largest) = parts
        .iter_mut()
        .reduce(|best, next| if *next > *best { next } else { best })
    {
        *largest = largest.saturating_add(left);
    }
    let names = found
        .contributions
        .iter()
        .map(|contribution| name(contribution, vectors));
    names
        .zip(parts)
        .map(|(instrument, part)| LegAnswer {
            instrument,
            contribution: format_decimal(part, Value::WIRE_DECIMALS),
        })
        .collect()
}

/// How a holding is called.
pub fn name(contribution: &Contribution, vectors: &[Vector]) -> String {
    match &contribution.holding {
        Holding::Leg(instrument) => instrument.to_string(),
        Holding::Collateral(asset) => asset.clone(),
        Holding::Vector(index) => vectors
            .get(*index)
            .map_or_else(String::new, |vector| vector.underlying.to_string()),
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
