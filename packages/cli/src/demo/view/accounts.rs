//! One account: its legs alone and together, and the heat map of what scenarios would do to it.

use std::fmt::Write;

use hedgerow_risk::model::Scenario;
use hedgerow_risk::number::Value;

use super::layout::{Side, Table, Tint, WIDTH, amount, wrapped};
use super::{heading, paragraph, price};
use crate::demo::report::{AccountView, GateView, LegRow};
use crate::margin::heat::{self, Heat};
use crate::margin::text::Paint;

/// Writes an account.
pub fn write(out: &mut String, account: &AccountView, gate: &GateView, scenarios: &[Scenario], paint: Paint) {
    heading(out, paint, &format!("{} (account {})", account.name, account.account));
    let story = format!(
        "A {}. It pays in {}; after its trades its equity is {}.",
        account.story,
        amount(account.deposit.value(), 2),
        amount(account.equity, 2),
    );
    paragraph(out, &story);
    if gate.name == account.name {
        paragraph(
            out,
            &format!(
                "The gate is exact: with {} the trade was refused ({}), with {} it passed.",
                gate.refused, gate.code, gate.admitted
            ),
        );
    }
    out.push_str(&legs(account).text(paint));
    out.push('\n');
    out.push_str(&wrapped(&verdict(account), WIDTH, 0));
    let pnl: Vec<Value> = account.scenarios.iter().map(|scenario| scenario.pnl).collect();
    let heat = Heat {
        scenarios,
        pnl: &pnl,
        worst: usize::try_from(account.worst_scenario).unwrap_or(usize::MAX),
    };
    let mut map = Vec::new();
    // Writing to memory cannot fail.
    let _ = heat::write(heat, paint, &mut map);
    out.push_str(&String::from_utf8_lossy(&map));
}

fn legs(account: &AccountView) -> Table {
    let mut table = Table::new(&[
        ("leg", Side::Left),
        ("contracts", Side::Right),
        ("price", Side::Right),
        ("IM alone", Side::Right),
        ("MM alone", Side::Right),
        ("adds to netted IM", Side::Right),
    ]);
    for leg in &account.legs {
        table.tinted(row(leg));
    }
    let [alone, netted] = [&account.alone, &account.netted];
    let total = |name: &str, first: String, second: String, last: String| {
        let cell = |text: String| (text, Some(Tint::Bold));
        vec![
            cell(name.to_owned()),
            cell(String::new()),
            cell(String::new()),
            cell(first),
            cell(second),
            cell(last),
        ]
    };
    table.tinted(total(
        "sum of the legs alone",
        amount(alone.initial_margin, 2),
        amount(alone.maintenance_margin, 2),
        String::new(),
    ));
    table.tinted(total(
        "netted",
        amount(netted.initial_margin, 2),
        amount(netted.maintenance_margin, 2),
        amount(netted.initial_margin, 2),
    ));
    table
}

fn row(leg: &LegRow) -> Vec<(String, Option<Tint>)> {
    let tint = leg.contribution.is_negative().then_some(Tint::Good);
    vec![
        (leg.instrument.to_string(), None),
        (leg.quantity.to_string(), None),
        (price(leg.price), None),
        (amount(leg.alone.initial_margin, 2), None),
        (amount(leg.alone.maintenance_margin, 2), None),
        (amount(leg.contribution, 2), tint),
    ]
}

/// What netting saves, and what the requirement is made of.
fn verdict(account: &AccountView) -> String {
    let mut text = format!(
        "Netting saves {} of {}, {}.",
        amount(account.saving, 2),
        amount(account.alone.initial_margin, 2),
        percent(&account.saving_fraction),
    );
    let _ = write!(text, " The worst scenario loses {}", amount(account.scan, 2));
    for charge in &account.charges {
        let _ = write!(
            text,
            "; {} {}",
            charge.name.replace('_', " "),
            amount(charge.initial, 2)
        );
    }
    text.push('.');
    text
}

/// `0.612` as `61.2%`.
fn percent(fraction: &str) -> String {
    let steps = hedgerow_risk::number::parse_decimal("fraction", fraction, 3).unwrap_or(0);
    format!("{}%", hedgerow_risk::number::format_decimal(steps, 1))
}

#[cfg(test)]
mod tests {
    #[test]
    fn fractions_in_percent() {
        for (fraction, expected) in [("0.612", "61.2%"), ("0", "0%"), ("1", "100%"), ("-0.05", "-5%")] {
            assert_eq!(super::percent(fraction), expected);
        }
    }
}
