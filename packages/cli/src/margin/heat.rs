//! The heat map: P&L by spot and volatility, the worst cell marked.

use std::io::{self, Write};

use hedgerow_risk::model::{Scenario, VolMove};
use hedgerow_risk::number::{Ratio, Value, format_decimal};

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
        .filter(|(_, scenario)| scenario.shocks.is_empty())
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
    writeln!(out, "{:>10} {:>6}{heads}", "spot", "weight")?;
    for (spot, weight) in spots {
        write!(out, "{:>10} {:>6}", move_of(spot), weight.to_string())?;
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
        let own: Vec<String> = scenario
            .shocks
            .iter()
            .map(|(symbol, shock)| format!("{symbol} {} vol {}", move_of(shock.spot), shock.vol))
            .collect();
        let (others, vol) = (move_of(scenario.spot), scenario.vol);
        writeln!(out, "{cell}  {}, others {others} vol {vol}", own.join(", "))?;
    }
    Ok(())
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
