//! What the engine finds out about a portfolio.

use crate::instrument::Instrument;
use crate::number::Value;

/// The three numbers that decide what an account may do, and what they are made of. The cheap answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Cash, collateral, unrealised P&L of linear legs, options at their value.
    pub equity: Value,
    /// What opening asks for.
    pub initial_margin: Value,
    /// What staying asks for.
    pub maintenance_margin: Value,
    /// Net value of the options.
    pub option_value: Value,
    /// Value of the collateral, before haircuts.
    pub collateral_value: Value,
    /// P&L of the linear legs that has not reached cash.
    pub unrealised: Value,
}

impl Standing {
    /// Equity above the initial requirement; negative when opening is closed.
    pub fn initial_health(&self) -> Value {
        self.equity.saturating_sub(self.initial_margin)
    }

    /// Equity above the maintenance requirement; negative when the account may be liquidated.
    pub fn maintenance_health(&self) -> Value {
        self.equity.saturating_sub(self.maintenance_margin)
    }
}

/// A standing and everything behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The numbers that decide.
    pub standing: Standing,
    /// The scan: the aggregated loss of the scenarios, zero at least.
    pub scan: Value,
    /// The scenario with the largest loss that counts, gains taken by their credit; the first of several.
    pub worst_scenario: usize,
    /// Weighted P&L by scenario, added up over underlyings as it is: additive over portfolios. The scan takes gains by
    /// their credit.
    pub scenarios: Vec<Value>,
    /// Beside the scan.
    pub charges: Charges,
    /// Who is to blame for the initial requirement, to the last step: these sum to it.
    pub contributions: Vec<Contribution>,
}

/// Every charge of an assessment, summed over underlyings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charges {
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
    /// Beside the factors, by requirement.
    pub perp: Charge,
    /// Beside the factors, by requirement.
    pub naked_short: Charge,
    /// Beside the factors, by requirement.
    pub confidence: Charge,
    /// Haircuts on collateral.
    pub collateral: Charge,
    /// The largest of the scan and what competes with it, plus what is inside the factors.
    pub risk: Value,
    /// The factor that the initial requirement took of the risk, peg term included.
    pub initial_factor: Value,
}

/// One charge in the two requirements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// In both.
    pub maintenance: Value,
    /// In the initial one only, on top.
    pub initial: Value,
}

/// What one holding adds to the initial requirement. A hedge adds a negative amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The holding.
    pub holding: Holding,
    /// Netted with everything else in the account.
    pub netted: Value,
}

/// What an account can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holding {
    /// A leg.
    Leg(Instrument),
    /// Collateral, by asset.
    Collateral(String),
    /// A foreign vector, by index.
    Vector(usize),
}
