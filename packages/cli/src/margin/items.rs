//! The requirement item by item: charges, and legs alone and netted.

use std::io::{self, Write};
use std::path::Path;

use hedgerow_risk::answer::name;
use hedgerow_risk::assess::standing;
use hedgerow_risk::assessment::{Assessment, Charge, Holding};
use hedgerow_risk::error::RiskError;
use hedgerow_risk::liquidation::{Health, health};
use hedgerow_risk::liquidation_price::LiquidationPrices;
use hedgerow_risk::market::Market;
use hedgerow_risk::number::{Price, Quantity, Value, format_decimal};
use hedgerow_risk::portfolio::{Leg, Portfolio};

use super::Question;
use super::heat::{named, seen_by};
use super::text::{grouped, money};
use crate::error::CliError;

/// Equity and the two requirements.
pub fn write_standing(found: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let now = &found.standing;
    let state = match health(now) {
        Health::Healthy => "healthy",
        Health::MarginCall => "margin call: may only reduce",
        Health::Liquidatable => "may be liquidated",
        Health::Insolvent => "insolvent",
    };
    line(out, "equity", now.equity, state)?;
    line(out, "  options", now.option_value, "")?;
    line(out, "  collateral", now.collateral_value, "")?;
    line(out, "  unrealised", now.unrealised, "")?;
    line(out, "initial margin", now.initial_margin, "")?;
    line(out, "maintenance margin", now.maintenance_margin, "")
}

/// How far each underlying may move, the others staying where they are; rounded towards the index.
pub fn write_liquidation_prices(market: &Market, prices: &[LiquidationPrices], out: &mut dyn Write) -> io::Result<()> {
    for own in prices {
        let index = market.underlyings.get(&own.underlying).map(|tape| tape.index);
        let text = if index.is_some() && own.below == index && own.above == index {
            "now".to_owned()
        } else {
            format!("below {}, above {}", shown(own.below, true), shown(own.above, false))
        };
        writeln!(out, "{:<28}{text}", format!("{} liquidation", own.underlying))?;
    }
    Ok(())
}

/// A price rounded to what a person reads: two decimals, six below 1,000.
fn shown(price: Option<Price>, up: bool) -> String {
    let Some(steps) = price.map(Price::steps) else {
        return "none".to_owned();
    };
    let keep = if steps < 100_000_000_000 { 100 } else { 1_000_000 };
    let rounded = if up { steps.div_ceil(keep) } else { steps / keep } * keep;
    let plain = format_decimal(i128::from(rounded), Price::DECIMALS);
    let (whole, fraction) = plain
        .split_once('.')
        .map_or((&*plain, String::new()), |(w, f)| (w, format!(".{f}")));
    format!("{}{fraction}", grouped(whole))
}

fn line(out: &mut dyn Write, name: &str, value: Value, note: &str) -> io::Result<()> {
    let text = format!("{name:<28}{:>20}  {note}", money(value));
    writeln!(out, "{}", text.trim_end())
}

/// The scan and every charge that is not zero.
pub fn write_charges(question: &Question, found: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let model = &question.model;
    let charges = &found.charges;
    writeln!(out)?;
    let seen = seen_by(model, &question.portfolio);
    let worst = seen.get(found.worst_scenario);
    let note = worst.map_or_else(String::new, |scenario| format!("worst: {}", named(scenario)));
    line(out, "scan", found.scan, &note)?;
    let some = |value: Value| value != Value::ZERO;
    for (name, value) in [
        ("basis", charges.basis),
        ("short option minimum", charges.short_option_minimum),
        ("minimum on delta", charges.min_delta),
    ] {
        if some(value) {
            line(
                out,
                name,
                value,
                if value > found.scan {
                    "instead of the scan"
                } else {
                    "below the scan"
                },
            )?;
        }
    }
    for (name, value) in [
        ("+ roll", charges.roll),
        ("+ delta concentration", charges.delta_concentration),
    ] {
        if some(value) {
            line(out, name, value, "")?;
        }
    }
    let note = format!(
        "times {} initial, {} maintenance",
        charges.initial_factor, model.factors.maintenance
    );
    line(out, "= risk", charges.risk, &note)?;
    for (name, charge) in [
        ("+ perpetuals", charges.perp),
        ("+ naked short options", charges.naked_short),
        ("+ confidence", charges.confidence),
        ("+ haircuts", charges.collateral),
    ] {
        let Charge { maintenance, initial } = charge;
        if some(maintenance) || some(initial) {
            let note = format!("and {} initial", money(initial));
            line(out, name, maintenance, if some(initial) { &note } else { "" })?;
        }
    }
    Ok(())
}

/// Why the legs could not be written.
pub enum LegsError {
    /// The writer failed.
    Write(io::Error),
    /// A leg could not be valued.
    Risk(RiskError),
}

impl LegsError {
    /// As the command tells it.
    pub fn told(self, portfolio: &Path) -> CliError {
        match self {
            Self::Write(error) => CliError::Write(error),
            Self::Risk(error) => CliError::input(portfolio, error),
        }
    }
}

impl From<io::Error> for LegsError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<RiskError> for LegsError {
    fn from(error: RiskError) -> Self {
        Self::Risk(error)
    }
}

/// What each holding needs alone, and what it adds to the account.
pub fn write_legs(question: &Question, found: &Assessment, out: &mut dyn Write) -> Result<(), LegsError> {
    if found.contributions.is_empty() {
        return Ok(());
    }
    let portfolio = &question.portfolio;
    writeln!(
        out,
        "\n{:<28}{:>16}{:>20}{:>20}",
        "initial margin of", "quantity", "alone", "netted"
    )?;
    let mut sum = Value::ZERO;
    for contribution in &found.contributions {
        let (quantity, alone) = alone(question, &contribution.holding)?;
        sum = sum.saturating_add(alone);
        let name = name(contribution, &portfolio.vectors);
        let (alone, netted) = (money(alone), money(contribution.netted));
        writeln!(out, "{name:<28}{quantity:>16}{alone:>20}{netted:>20}")?;
    }
    let (sum, all) = (money(sum), money(found.standing.initial_margin));
    writeln!(out, "{:<28}{:>16}{sum:>20}{all:>20}", "sum", "")?;
    Ok(())
}

fn alone(question: &Question, holding: &Holding) -> Result<(String, Value), RiskError> {
    let all = &question.portfolio;
    let mut one = Portfolio::default();
    let quantity = match holding {
        Holding::Leg(instrument) => {
            let same = all.legs.iter().filter(|leg| leg.instrument == *instrument);
            one.legs = same.map(|leg| Leg { cost: None, ..*leg }).collect();
            let steps = one
                .legs
                .iter()
                .fold(0_i64, |sum, leg| sum.saturating_add(leg.quantity.steps()));
            Quantity::new(steps).map_or_else(|_| String::new(), |quantity| quantity.to_string())
        }
        Holding::Collateral(asset) => {
            one.collateral = all
                .collateral
                .iter()
                .filter(|held| held.asset == *asset)
                .cloned()
                .collect();
            one.collateral
                .first()
                .map_or_else(String::new, |held| held.amount.to_string())
        }
        Holding::Vector(index) => {
            one.vectors = all.vectors.get(*index).cloned().into_iter().collect();
            String::new()
        }
    };
    let standing = standing(&question.model, &question.market, &one)?;
    Ok((quantity, standing.initial_margin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_rounded_as_they_are_told_to() {
        let of = |text: &str, up| shown(Some(text.parse().unwrap()), up);
        assert_eq!(of("52500.00000001", true), "52,500.01");
        assert_eq!(of("52500.00000001", false), "52,500");
        assert_eq!(of("0.00123456", true), "0.001235");
        assert_eq!(of("0.00123456", false), "0.001234");
        assert_eq!(shown(None, true), "none");
    }
}
