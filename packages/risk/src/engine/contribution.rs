//! Who is to blame for the initial requirement, to the last step.
//!
//! The scan is linear in the legs once its binding scenarios are known, and so is each charge once the sign of its delta is:
//! a holding's contribution is its own part of the binding terms. A charge that is not homogeneous (concentration) is split
//! by the magnitude of delta. What roundings leave goes to the holding with the largest contribution.

use crate::assessment::{Charge, Contribution, Holding};
use crate::charges::{confidence, haircut};
use crate::engine::book::{Holdings, net};
use crate::engine::exposure::Exposure;
use crate::engine::grid::Grid;
use crate::engine::leg_charges::LegCharges;
use crate::engine::requirement::{Requirement, total_exposure};
use crate::engine::scale::{grains_of_value, value_ceil};
use crate::engine::scan::{Scan, Scanned, credited};
use crate::engine::setup::Setup;
use crate::engine::underlying::{Legs, UnderlyingRisk, value_underlying};
use crate::error::RiskError;
use crate::instrument::{Instrument, Symbol};
use crate::market::{Market, Underlying};
use crate::number::{Quantity, Value};
use crate::portfolio::Portfolio;

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
    market: &'a Market,
    scan: &'s Scan<'a>,
    required: &'s Requirement,
    binding: Binding,
    /// All legs of the account, netted.
    legs: &'s [(Instrument, Quantity)],
    /// The underlyings of the scan.
    parts: &'s [Part<'s>],
}

/// An underlying in the scenarios that count.
struct Part<'s> {
    grid: &'s Grid,
    /// Its expiries, with what they decided.
    setups: Vec<Setup<'s>>,
    /// What its charges look at, with all legs.
    total: Exposure,
}

/// One contribution a holding: legs in the order of instruments, collateral, vectors. They sum to the initial margin.
pub(crate) fn contributions(
    market: &Market,
    portfolio: &Portfolio,
    scan: &Scan<'_>,
    required: &Requirement,
) -> Result<Vec<Contribution>, RiskError> {
    let binding = Binding::of(required);
    let counted = match binding {
        Binding::Scan if required.scan > Value::ZERO => scan.aggregate.counted(),
        _ => Vec::new(),
    };
    let grids: Vec<Grid> = scan.underlyings.iter().map(|u| u.grid.only(&counted)).collect();
    let parts: Vec<Part<'_>> = scan
        .underlyings
        .iter()
        .zip(&grids)
        .map(|(scanned, grid)| part(scanned, grid, market.time, &counted))
        .collect();
    let legs = net(&portfolio.legs)?;
    let blame = Blame {
        market,
        scan,
        required,
        binding,
        legs: &legs,
        parts: &parts,
    };
    let mut list = Vec::with_capacity(legs.len());
    for (instrument, quantity) in &legs {
        list.push(Contribution {
            holding: Holding::Leg(*instrument),
            netted: blame.leg(*instrument, *quantity)?,
        });
    }
    for index in 0..scan.collateral.len() {
        list.extend(blame.collateral(index));
    }
    for (index, vector) in portfolio.vectors.iter().enumerate() {
        let pnl: Vec<i128> = counted
            .iter()
            .map(|scenario| vector.pnl.get(*scenario).map_or(0, |value| grains_of_value(*value)))
            .collect();
        let part = blame
            .find(vector.underlying)
            .map_or(Value::ZERO, |(scanned, _)| blame.scan_part(scanned, &pnl));
        list.push(Contribution {
            holding: Holding::Vector(index),
            netted: blame.of_risk(part),
        });
    }
    settle(&mut list, required.initial);
    Ok(list)
}

/// Sets an underlying up for the scenarios that count.
fn part<'s>(scanned: &'s Scanned<'_>, grid: &'s Grid, time: u64, counted: &[usize]) -> Part<'s> {
    let frame = scanned.frame(grid, time);
    let setups = scanned.risk.series.iter().map(|own| Setup {
        decided: counted.iter().filter_map(|at| own.choices.get(*at).copied()).collect(),
        ..Setup::of(own.expiry, frame)
    });
    Part {
        grid,
        setups: setups.collect(),
        total: total_exposure(&scanned.risk),
    }
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
    fn find(&self, symbol: Symbol) -> Option<(&Scanned<'_>, &Part<'_>)> {
        let mut all = self.scan.underlyings.iter().zip(self.parts);
        all.find(|(scanned, _)| scanned.symbol == symbol)
    }

    /// A part of the risk in the initial margin.
    fn of_risk(&self, part: Value) -> Value {
        part.mul_floor(self.required.charges.initial_factor)
    }

    /// The part of the scan of some P&L on an underlying, in the scenarios that count.
    fn scan_part(&self, scanned: &Scanned<'_>, pnl: &[i128]) -> Value {
        if pnl.is_empty() {
            return Value::ZERO;
        }
        // Where the underlying gains, everything on it counts by its credit.
        let credit = scanned.rules.gain_credit;
        let all = self
            .scan
            .aggregate
            .parts
            .iter()
            .map(|(scenario, _)| scanned.risk.pnl.get(*scenario));
        let credited = all.zip(pnl).map(|(all, own)| match all.is_some_and(|all| *all > 0) {
            true => own.signum() * credited(own.abs(), credit),
            false => *own,
        });
        value_ceil(self.scan.aggregate.loss_of(credited))
    }

    fn leg(&self, instrument: Instrument, quantity: Quantity) -> Result<Value, RiskError> {
        let symbol = instrument.underlying;
        let unknown = || RiskError::UnknownUnderlying { symbol };
        let (scanned, part) = self.find(symbol).ok_or_else(unknown)?;
        let market = scanned.market.ok_or_else(unknown)?;
        let alone = self.alone(scanned, part, market, instrument, quantity)?;
        let charges = LegCharges {
            instrument,
            quantity,
            legs: self.legs,
            market,
            quote: self.market.quote_confidence,
            rules: &scanned.rules.charges,
            all: &scanned.risk,
            all_total: &part.total,
            own: &alone,
            own_total: &total_exposure(&alone),
        };
        let scan = self.scan_part(scanned, &alone.pnl);
        let competing = charges.competing(self.binding);
        let inside = scan.saturating_add(competing).saturating_add(charges.inside());
        Ok(self.of_risk(inside).saturating_add(charges.beside()))
    }

    /// The risk of a leg alone, with what its expiry decided taken over.
    fn alone<'b>(
        &self,
        scanned: &'b Scanned<'_>,
        part: &'b Part<'_>,
        market: &'b Underlying,
        instrument: Instrument,
        quantity: Quantity,
    ) -> Result<UnderlyingRisk<'b>, RiskError> {
        let frame = scanned.frame(part.grid, self.market.time);
        let mut holdings = Holdings::of(instrument.underlying, market);
        holdings.add(&instrument, quantity.steps())?;
        let expiry = holdings.series.first().map(|series| series.expiry.expiry);
        let setup = part.setups.iter().find(|setup| Some(setup.expiry.expiry) == expiry);
        let legs = Legs {
            perpetual: holdings.perpetual,
            series: &holdings.series,
        };
        Ok(value_underlying(legs, &mut setup.into_iter(), 0, &frame))
    }

    fn collateral(&self, index: usize) -> Option<Contribution> {
        let holding = self.scan.collateral.get(index)?;
        let Charge { maintenance, initial } = haircut(holding.value, holding.above, holding.rule);
        let confidence = holding.rule.confidence.map_or(Charge::default(), |rule| {
            confidence(holding.value, holding.confidence, &rule)
        });
        let scan = holding
            .hedges()
            .and_then(|symbol| self.find(symbol))
            .map(|(scanned, part)| {
                let hedge = grains_of_value(holding.value);
                let frame = scanned.frame(part.grid, self.market.time);
                let alone = value_underlying(Legs::default(), &mut std::iter::empty(), hedge, &frame);
                self.of_risk(self.scan_part(scanned, &alone.pnl))
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
