//! What a demo finds out: the JSON document, and what the text for people is written from.
//!
//! Field names are stable. Prices, quantities, factors and amounts are decimal strings; amounts are in quote, times in
//! seconds since 1970, minutes counted from the beginning of the crash.

use std::fmt;

use hedgerow_interface::margin::{ChargeView, Health};
use hedgerow_risk::instrument::{Day, Instrument, Symbol};
use hedgerow_risk::number::{Cash, Price, Quantity, Ratio, Value, format_decimal};
use hedgerow_testing::setup::DECIMALS;
use serde::{Serialize, Serializer};

/// An exact amount of the quote token; on the wire in quote, not in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub i128);

impl From<Cash> for Amount {
    fn from(cash: Cash) -> Self {
        Self(cash.units())
    }
}

impl Amount {
    /// In quote, rounded down to a step.
    pub fn value(self) -> Value {
        Value::from_decimal_floor(self.0, DECIMALS).unwrap_or(Value::ZERO)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(self.0, DECIMALS))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub struct DemoReport {
    /// What was played on.
    pub market: MarketView,
    /// The three accounts, as they opened.
    pub accounts: Vec<AccountView>,
    /// How the gate judged the least collateral.
    pub gate: GateView,
    /// The crash, a row of the table each.
    pub steps: Vec<StepView>,
    /// Where everybody ended.
    pub end: EndView,
}

/// What was played on.
#[derive(Clone, Debug, Serialize)]
pub struct MarketView {
    /// A path, or words for the shipped market.
    pub source: String,
    /// The underlying that played.
    pub underlying: Symbol,
    /// Underlyings of the file that did not.
    pub others: Vec<Symbol>,
    /// The market's and the first block's time.
    pub time: u64,
    /// The index.
    pub index: Price,
    /// Units of the underlying per contract.
    pub contract_size: Price,
    /// The perpetual's mark.
    pub perp: Option<Price>,
    /// Expiries by time.
    pub expiries: Vec<ExpiryView>,
    /// The margin model's name.
    pub model: &'static str,
    /// Its fingerprint, as the contract answers it.
    pub model_hash: String,
    /// The underlying whose rules were taken, when the model does not know the one that played.
    pub rules_of: Option<Symbol>,
}

/// An expiry.
#[derive(Clone, Debug, Serialize)]
pub struct ExpiryView {
    /// Its day, at 08:00 UTC.
    pub expiry: Day,
    /// Its forward.
    pub forward: Price,
    /// Options are listed on it, beside the future.
    pub options: bool,
}

/// An account, as it opened.
#[derive(Clone, Debug, Serialize)]
pub struct AccountView {
    /// One word.
    pub name: &'static str,
    /// Its number in the contract.
    pub account: u64,
    /// What it does.
    pub story: String,
    /// What it paid in.
    pub deposit: Amount,
    /// After its trades.
    pub equity: Value,
    /// Requirements of all legs together.
    pub netted: MarginView,
    /// The sum of what each leg asks for in an account of its own.
    pub alone: MarginView,
    /// The initial margin that netting saves.
    pub saving: Value,
    /// As a part of the sum, rounded down to a thousandth.
    pub saving_fraction: String,
    /// By instrument.
    pub legs: Vec<LegRow>,
    /// The scan: the loss of the worst scenario.
    pub scan: Value,
    /// Charges that are not zero.
    pub charges: Vec<ChargeView>,
    /// By index in `scenarios`.
    pub worst_scenario: u32,
    /// The P&L of every scenario of the model.
    pub scenarios: Vec<ScenarioView>,
}

/// The two requirements.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MarginView {
    /// To open.
    pub initial_margin: Value,
    /// To stay.
    pub maintenance_margin: Value,
}

/// One leg.
#[derive(Clone, Debug, Serialize)]
pub struct LegRow {
    /// What.
    pub instrument: Instrument,
    /// Contracts, positive when long.
    pub quantity: Quantity,
    /// What it was traded at.
    pub price: Price,
    /// What it asks for in an account of its own.
    pub alone: MarginView,
    /// What it adds to the initial margin of the account; a hedge adds less than nothing. They sum to it.
    pub contribution: Value,
}

/// One scenario of the model.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioView {
    /// Multiple of spot.
    pub spot: Ratio,
    /// What volatility does.
    pub vol: String,
    /// The part of the P&L that counts.
    pub weight: Ratio,
    /// What counts.
    pub pnl: Value,
}

/// How the gate judged the account that pays in the least.
#[derive(Clone, Debug, Serialize)]
pub struct GateView {
    /// Its name.
    pub name: &'static str,
    /// A deposit that was refused ...
    pub refused: Amount,
    /// ... with this code ...
    pub code: String,
    /// ... and the least one that was not.
    pub admitted: Amount,
}

/// A row of the crash.
#[derive(Clone, Debug, Serialize)]
pub struct StepView {
    /// Since the beginning.
    pub minutes: u64,
    /// The block's time.
    pub time: u64,
    /// The index.
    pub index: Price,
    /// As a multiple of the first one.
    pub spot: Ratio,
    /// At-the-money volatility of up to 30 days, as a multiple of the first one.
    pub vol: Ratio,
    /// After the keeper's work.
    pub accounts: Vec<HealthView>,
    /// In the fund.
    pub insurance: Amount,
    /// Recorded debt.
    pub debt: Amount,
    /// What happened since the row before.
    pub actions: Vec<Action>,
}

/// Where an account stands.
#[derive(Clone, Debug, Serialize)]
pub struct HealthView {
    /// Its name.
    pub name: &'static str,
    /// Equity.
    pub equity: Value,
    /// Requirement.
    pub initial_margin: Value,
    /// Requirement.
    pub maintenance_margin: Value,
    /// What the contract says of it.
    pub health: Health,
    /// When the running clock began; none when none runs.
    pub clock: Option<u64>,
    /// Legs that it holds.
    pub legs: usize,
}

/// Something that the keeper did, or the oracle.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// A clock began.
    StartClock {
        /// When.
        minutes: u64,
        /// Whose.
        account: &'static str,
        /// What the keeper was paid for it.
        reward: Amount,
    },
    /// The keeper took a slice.
    Take {
        /// When.
        minutes: u64,
        /// Whose.
        account: &'static str,
        /// Seconds of the clock.
        elapsed: u64,
        /// The part of the account that moved.
        fraction: Ratio,
        /// Legs that moved.
        legs: usize,
        /// What the keeper paid the account; negative when the account paid.
        paid: Amount,
        /// What the fund paid the keeper.
        insurance: Amount,
        /// What was recorded as debt for the keeper.
        debt: Amount,
    },
    /// The keeper traded what it took to the street, at the mark.
    HandOn {
        /// When.
        minutes: u64,
        /// Whose it was.
        account: &'static str,
        /// Legs that moved.
        legs: usize,
    },
    /// A clock ended: the account is above its maintenance margin.
    EndClock {
        /// When.
        minutes: u64,
        /// Whose.
        account: &'static str,
    },
    /// The keeper's call was refused.
    Refused {
        /// When.
        minutes: u64,
        /// Whose.
        account: &'static str,
        /// The contract's code.
        code: String,
    },
    /// An expiry was settled.
    Settle {
        /// When.
        minutes: u64,
        /// Which.
        expiry: Day,
        /// At.
        price: Price,
    },
}

/// Where everybody ended.
#[derive(Clone, Debug, Serialize)]
pub struct EndView {
    /// Every account of the contract.
    pub accounts: Vec<EndAccount>,
    /// The insurance fund at the beginning.
    pub insurance_start: Amount,
    /// At the end.
    pub insurance_end: Amount,
    /// Recorded debt at the end.
    pub debt: Amount,
    /// Whether the money is all there.
    pub books: BooksView,
    /// The invariants, and how often each was checked.
    pub invariants: Vec<InvariantView>,
    /// Whether all of them held.
    pub sound: bool,
}

/// Where an account ended.
#[derive(Clone, Debug, Serialize)]
pub struct EndAccount {
    /// Its name.
    pub name: &'static str,
    /// What it was paid in all.
    pub start: Amount,
    /// Its equity on the last tape.
    pub end: Value,
    /// The difference.
    pub change: Value,
    /// What the contract says of it.
    pub health: Health,
    /// Legs that it holds.
    pub legs: usize,
}

/// The money: what is owed to whom, and what is there.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BooksView {
    /// Cash of all accounts less the cost of their linear legs.
    pub accounts: Amount,
    /// What settled legs have paid in and not been paid.
    pub pools: Amount,
    /// The fund.
    pub insurance: Amount,
    /// Recorded debt: taken off.
    pub debt: Amount,
    /// Tokens that the contract holds.
    pub held: Amount,
    /// The sum less what is held: zero.
    pub difference: Amount,
}

/// An invariant, see `hedgerow_testing::invariants`.
#[derive(Clone, Debug, Serialize)]
pub struct InvariantView {
    /// Its number there.
    pub number: u32,
    /// What it says.
    pub rule: &'static str,
    /// How often it was checked.
    pub checks: u64,
    /// What broke it first; none when it held.
    pub broken: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (units, expected) in [(0, "0"), (1, "0.000001"), (-1_500_000, "-1.5"), (10_000_000, "10")] {
            assert_eq!(
                serde_json::to_string(&Amount(units)).unwrap(),
                format!("\"{expected}\"")
            );
        }
    }
}
