//! The heat map: P&L by spot and volatility, the worst cell marked.

use std::io::{self, Write};

use hedgerow_risk::instrument::Symbol;
use hedgerow_risk::model::{Scenario, Shock, ValidModel, VolMove};
use hedgerow_risk::number::{Ratio, Value, format_decimal};
use hedgerow_risk::portfolio::Portfolio;

use super::text::{Paint, money};

/// A row of the table: a spot and a weight.
type Spot = (Ratio, Ratio);

/// What the table shows.
#[derive(Clone, Copy)]
pub struct Heat<'a> {
    /// The model's.
    pub scenarios: &'a [Scenario],
    /// By scenario.
    pub pnl: &'a [Value],
    /// The worst scenario, by index.
    pub worst: usize,
}

/// Writes the table; scenarios in which underlyings move by themselves follow as lines.
pub fn write(found: Heat<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let joint: Vec<(usize, &Scenario)> = found
        .scenarios
        .iter()
        .enumerate()
        // A point of another coin's tail says nothing here.
        .filter(|(_, s)| s.shocks.is_empty() && (s.weight == Ratio::ONE || s.spot != Ratio::ONE || !s.vol.is_flat()))
        .collect();
    let mut spots: Vec<Spot> = joint.iter().map(|(_, s)| (s.spot, s.weight)).collect();
    spots.sort_unstable();
    spots.dedup();
    let vols = distinct(joint.iter().map(|(_, s)| s.vol));
    let shown: Vec<String> = found.pnl.iter().map(|pnl| money(*pnl)).collect();
    let width = shown.iter().map(|text| text.len() + 2).max().unwrap_or(0).max(10);
    let most = found.pnl.iter().fold(Value::ZERO, |most, pnl| most.max(pnl.abs()));

    writeln!(out, "\nP&L by spot and volatility (* the worst)")?;
    let heads: String = vols.iter().map(|vol| format!("{:>width$}", vol.to_string())).collect();
    let weights = spots.iter().map(|(_, weight)| weight.to_string().len());
    let wide = weights.max().unwrap_or(0).max("weight".len());
    writeln!(out, "{:>10} {:>wide$}{heads}", "spot", "weight")?;
    for (spot, weight) in spots {
        write!(out, "{:>10} {:>wide$}", move_of(spot), weight.to_string())?;
        for vol in &vols {
            let cell = joint
                .iter()
                .find(|(_, s)| s.spot == spot && s.weight == weight && s.vol == *vol);
            let Some((pnl, text)) = cell.and_then(|(i, _)| found.pnl.get(*i).zip(shown.get(*i))) else {
                write!(out, "{:>width$}", "")?;
                continue;
            };
            let worst = cell.is_some_and(|(index, _)| *index == found.worst);
            let mark = if worst { "*" } else { " " };
            let padded = format!("{:>width$}", format!("{text}{mark}"));
            write!(out, "{}", paint.heat(&padded, tenths(*pnl, most), worst))?;
        }
        writeln!(out)?;
    }
    write_lines(found, &shown, paint, most, out)
}

fn write_lines(found: Heat<'_>, shown: &[String], paint: Paint, most: Value, out: &mut dyn Write) -> io::Result<()> {
    let scenarios = found.scenarios.iter().zip(found.pnl).zip(shown).enumerate();
    for (index, ((scenario, pnl), text)) in scenarios.filter(|(_, ((s, _), _))| !s.shocks.is_empty()) {
        let worst = index == found.worst;
        let mark = if worst { "*" } else { " " };
        let cell = paint.heat(&format!("{text:>18}{mark}"), tenths(*pnl, most), worst);
        writeln!(out, "{cell}  {}", named(scenario))?;
    }
    Ok(())
}

/// `-18% vol up`, or `BTC +18% vol up, others -18% vol up`.
pub fn named(scenario: &Scenario) -> String {
    let own = scenario.shocks.iter();
    let own: String = own
        .map(|(symbol, shock)| format!("{symbol} {} vol {}, ", move_of(shock.spot), shock.vol))
        .collect();
    let others = if own.is_empty() { "" } else { "others " };
    format!("{own}{others}{} vol {}", move_of(scenario.spot), scenario.vol)
}

/// The scenarios as a portfolio sees them: on a single underlying its own moves take the place of the joint ones.
pub fn seen_by(model: &ValidModel, portfolio: &Portfolio) -> Vec<Scenario> {
    let underlyings = underlyings(model, portfolio);
    let [only] = underlyings.as_slice() else {
        return model.scenarios.clone();
    };
    let seen = |scenario: &Scenario| {
        let Shock { spot, vol } = scenario.shock(*only);
        Scenario {
            spot,
            vol,
            weight: scenario.weight,
            shocks: Default::default(),
        }
    };
    model.scenarios.iter().map(seen).collect()
}

/// What moves a portfolio: the underlyings of legs, of vectors, and of collateral that hedges.
fn underlyings(model: &ValidModel, portfolio: &Portfolio) -> Vec<Symbol> {
    let legs = portfolio.legs.iter().map(|leg| leg.instrument.underlying);
    let vectors = portfolio.vectors.iter().map(|vector| vector.underlying);
    let rules = portfolio
        .collateral
        .iter()
        .filter_map(|held| model.collateral.get(&held.asset));
    let mut symbols: Vec<Symbol> = legs
        .chain(vectors)
        .chain(rules.filter_map(|rule| rule.hedges))
        .collect();
    symbols.sort_unstable();
    symbols.dedup();
    symbols
}

/// The moves in the order in which they first come, down before none before up.
fn distinct(moves: impl Iterator<Item = VolMove>) -> Vec<VolMove> {
    let place = |vol: &VolMove| match vol {
        VolMove::Down => 0,
        VolMove::None => 1,
        VolMove::Up => 2,
        VolMove::Linear => 3,
        VolMove::Abs => 4,
        VolMove::Times(_) => 5,
    };
    let mut list: Vec<VolMove> = moves.collect();
    list.sort_unstable_by_key(|vol| (place(vol), *vol));
    list.dedup();
    list
}

/// `-18%` for 0.82.
fn move_of(spot: Ratio) -> String {
    let percent = i128::from(spot.steps() - Ratio::ONE.steps());
    let sign = if percent > 0 { "+" } else { "" };
    format!("{sign}{}%", format_decimal(percent, Ratio::DECIMALS - 2))
}

/// P&L in tenths of the largest.
fn tenths(pnl: Value, most: Value) -> i64 {
    let share = pnl.div_floor(most).unwrap_or(Value::ZERO);
    share.to_decimal_floor(1).map_or(0, |tenths| tenths as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_read_as_percents() {
        for (spot, shown) in [("0.82", "-18%"), ("1", "0%"), ("6", "+500%"), ("1.035", "+3.5%")] {
            assert_eq!(move_of(spot.parse().unwrap()), shown);
        }
    }
}
