//! Who is to blame for the initial requirement, to the last step.
//!
//! The scan is linear in the legs once its binding scenarios are known, and so is each charge once the sign of its delta is:
//! a holding's contribution is its own part of the binding terms. A charge that is not homogeneous (concentration) is split
//! by the magnitude of delta. What roundings leave goes to the holding with the largest contribution.

use crate::assessment::{Charge, Contribution, Holding};
use crate::charges::{confidence, haircut};
use crate::engine::book::{book, net};
use crate::engine::leg_charges::LegCharges;
use crate::engine::requirement::Requirement;
use crate::engine::scale::{grains_of_value, value_ceil};
use crate::engine::scan::{Scan, Scanned, credited};
use crate::engine::series::Choice;
use crate::engine::underlying::{Legs, Setting, UnderlyingRisk, value_underlying};
use crate::error::RiskError;
use crate::instrument::{Instrument, Symbol};
use crate::market::Market;
use crate::model::ValidModel;
use crate::number::{Quantity, Value};
use crate::portfolio::{Leg, Portfolio};

/// What the largest term of the risk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    Scan,
    Basis,
    ShortOptions,
    MinDelta,
}

impl Binding {
    fn of(required: &Requirement) -> Self {
        let charges = &required.charges;
        [
            (Self::Scan, required.scan),
            (Self::Basis, charges.basis),
            (Self::ShortOptions, charges.short_option_minimum),
            (Self::MinDelta, charges.min_delta),
        ]
        .into_iter()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map_or(Self::Scan, |(binding, _)| binding)
    }
}

/// Everything that a holding's contribution is computed from.
struct Blame<'s, 'a> {
    model: &'a ValidModel,
    market: &'a Market,
    scan: &'s Scan<'a>,
    required: &'s Requirement,
    binding: Binding,
}

/// One contribution a holding: legs in the order of instruments, collateral, vectors. They sum to the initial margin.
pub(crate) fn contributions(
    model: &ValidModel,
    market: &Market,
    portfolio: &Portfolio,
    scan: &Scan<'_>,
    required: &Requirement,
) -> Result<Vec<Contribution>, RiskError> {
    let blame = Blame {
        model,
        market,
        scan,
        required,
        binding: Binding::of(required),
    };
    let legs = net(&portfolio.legs)?;
    let mut list = Vec::with_capacity(legs.len());
    for (instrument, quantity) in &legs {
        list.push(Contribution {
            holding: Holding::Leg(*instrument),
            netted: blame.leg(*instrument, *quantity, &legs)?,
        });
    }
    for index in 0..scan.collateral.len() {
        list.extend(blame.collateral(index));
    }
    for (index, vector) in portfolio.vectors.iter().enumerate() {
        let pnl: Vec<i128> = vector.pnl.iter().map(|value| grains_of_value(*value)).collect();
        list.push(Contribution {
            holding: Holding::Vector(index),
            netted: blame.of_risk(blame.scan_part(vector.underlying, &pnl)),
        });
    }
    settle(&mut list, required.initial);
    Ok(list)
}

/// Gives what roundings left to the largest contribution, the first of several.
fn settle(list: &mut [Contribution], whole: Value) {
    let sum = list.iter().fold(Value::ZERO, |sum, c| sum.saturating_add(c.netted));
    let largest = list
        .iter_mut()
        .reduce(|best, next| if next.netted > best.netted { next } else { best });
    if let Some(largest) = largest {
        largest.netted = largest.netted.saturating_add(whole.saturating_sub(sum));
    }
}

impl Blame<'_, '_> {
    fn scanned(&self, symbol: Symbol) -> Option<&Scanned<'_>> {
        self.scan.underlyings.iter().find(|u| u.symbol == symbol)
    }

    /// A part of the risk in the initial margin.
    fn of_risk(&self, part: Value) -> Value {
        part.mul_floor(self.required.charges.initial_factor)
    }

    /// The part of the scan of some P&L on an underlying.
    fn scan_part(&self, symbol: Symbol, pnl: &[i128]) -> Value {
        let Some(scanned) = self.scanned(symbol).filter(|_| self.binds(Binding::Scan)) else {
            return Value::ZERO;
        };
        // Where the underlying gains, everything on it counts by its credit.
        let credited: Vec<i128> = scanned
            .risk
            .pnl
            .iter()
            .zip(pnl)
            .map(|(all, own)| match *all > 0 {
                true => own.signum() * credited(own.abs(), scanned.rules.gain_credit),
                false => *own,
            })
            .collect();
        value_ceil(self.scan.aggregate.loss_of(&credited))
    }

    fn binds(&self, term: Binding) -> bool {
        self.binding == term && (term != Binding::Scan || self.required.scan > Value::ZERO)
    }

    fn leg(
        &self,
        instrument: Instrument,
        quantity: Quantity,
        legs: &[(Instrument, Quantity)],
    ) -> Result<Value, RiskError> {
        let symbol = instrument.underlying;
        let unknown = RiskError::UnknownUnderlying { symbol };
        let scanned = self.scanned(symbol).ok_or(unknown.clone())?;
        let market = scanned.market.ok_or(unknown)?;
        let alone = self.alone(scanned, instrument, quantity)?;
        let charges = LegCharges {
            instrument,
            quantity,
            legs,
            market,
            quote: self.market.quote_confidence,
            rules: &scanned.rules.charges,
            all: &scanned.risk,
            own: &alone,
        };
        let scan = self.scan_part(symbol, &alone.pnl);
        let competing = charges.competing(self.binding);
        let inside = scan.saturating_add(competing).saturating_add(charges.inside());
        Ok(self.of_risk(inside).saturating_add(charges.beside()))
    }

    /// The risk of a leg alone, with what its expiry decided taken over.
    fn alone(
        &self,
        scanned: &Scanned<'_>,
        instrument: Instrument,
        quantity: Quantity,
    ) -> Result<UnderlyingRisk<'_>, RiskError> {
        let leg = Leg {
            instrument,
            quantity,
            cost: None,
        };
        let holdings = book(self.market, &[leg])?;
        let legs = holdings.first().map_or(Legs::default(), |holdings| Legs {
            perpetual: holdings.perpetual,
            series: &holdings.series,
        });
        let expiry = legs.series.first().map(|series| series.expiry.expiry);
        let decided = scanned.risk.series.iter().find(|own| Some(own.expiry.expiry) == expiry);
        let decided: &[Choice] = decided.map_or(&[], |own| &own.choices);
        Ok(value_underlying(legs, 0, &self.setting(scanned), &[decided]))
    }

    fn setting<'b>(&'b self, scanned: &'b Scanned<'_>) -> Setting<'b> {
        Setting {
            model: self.model,
            rules: scanned.rules,
            grid: &scanned.grid,
            scale: scanned.scale(),
            time: self.market.time,
        }
    }

    fn collateral(&self, index: usize) -> Option<Contribution> {
        let holding = self.scan.collateral.get(index)?;
        let Charge { maintenance, initial } = haircut(holding.value, holding.rule);
        let confidence = holding.rule.confidence.map_or(Charge::default(), |rule| {
            confidence(holding.value, holding.confidence, &rule)
        });
        let scan = holding.hedges().and_then(|symbol| self.scanned(symbol)).map(|scanned| {
            let hedge = grains_of_value(holding.value);
            let alone = value_underlying(Legs::default(), hedge, &self.setting(scanned), &[]);
            self.of_risk(self.scan_part(scanned.symbol, &alone.pnl))
        });
        Some(Contribution {
            holding: Holding::Collateral(holding.asset.to_owned()),
            netted: maintenance
                .saturating_add(initial)
                .saturating_add(confidence.initial)
                .saturating_add(scan.unwrap_or(Value::ZERO)),
        })
    }
}
