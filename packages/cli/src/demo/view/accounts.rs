//! One account: its legs alone and together, and the heat map of what scenarios would do to it.

use hedgerow_interface::margin::ChargeView;
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
    format!(
        "Netting saves {} of {}, {}. The netted IM is made of {}.",
        amount(account.saving, 2),
        amount(account.alone.initial_margin, 2),
        percent(&account.saving_fraction),
        made_of(account.scan, &account.charges),
    )
}

/// The largest of the scan and what competes with it, and the charges inside and beside the factor.
fn made_of(scan: Value, charges: &[ChargeView]) -> String {
    let mut most = ("the worst scenario".to_owned(), scan);
    let (mut inside, mut beside) = (Vec::new(), Vec::new());
    for charge in charges {
        let name = charge.name.replace('_', " ");
        match charge.name.as_str() {
            "basis" | "short_option_minimum" | "min_delta" if charge.initial > most.1 => most = (name, charge.initial),
            "basis" | "short_option_minimum" | "min_delta" => {}
            "roll" | "delta_concentration" => inside.push((name, charge.initial)),
            _ => beside.push((name, charge.initial)),
        }
    }
    inside.insert(0, most);
    let told = |parts: &[(String, Value)]| {
        let parts = parts
            .iter()
            .map(|(name, value)| format!("{name} ({})", amount(*value, 2)));
        parts.collect::<Vec<_>>().join(" and ")
    };
    let factored = format!("{}, times the initial factor", told(&inside));
    if beside.is_empty() {
        return factored;
    }
    format!("{factored}, and {}", told(&beside))
}

/// `0.612` as `61.2%`.
fn percent(fraction: &str) -> String {
    let steps = hedgerow_risk::number::parse_decimal("fraction", fraction, 3).unwrap_or(0);
    format!("{}%", hedgerow_risk::number::format_decimal(steps, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirement_in_words() {
        let charge = |name: &str, initial: &str| ChargeView {
            name: name.to_owned(),
            maintenance: Value::ZERO,
            initial: initial.parse().unwrap(),
        };
        let all = [
            charge("basis", "90"),
            charge("roll", "3"),
            charge("naked_short", "4"),
            charge("perp", "5"),
        ];
        for (scan, charges, expected) in [
            (
                "100",
                &all[..0],
                "the worst scenario (100.00), times the initial factor",
            ),
            (
                "100",
                &all[..],
                "the worst scenario (100.00) and roll (3.00), times the initial factor, and naked short (4.00) and perp (5.00)",
            ),
            ("80", &all[..1], "basis (90.00), times the initial factor"),
        ] {
            assert_eq!(made_of(scan.parse().unwrap(), charges), expected);
        }
    }

    #[test]
    fn fractions_in_percent() {
        for (fraction, expected) in [("0.612", "61.2%"), ("0", "0%"), ("1", "100%"), ("-0.05", "-5%")] {
            assert_eq!(percent(fraction), expected);
        }
    }
}
