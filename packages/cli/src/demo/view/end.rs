//! Where everybody ended, whether the money is all there, and whether the invariants held.

use std::fmt::Write;

use super::layout::{Side, Table, Tint, WIDTH, amount, tint, wrapped};
use super::{heading, paragraph};
use crate::demo::report::{Amount, EndView};
use crate::margin::text::Paint;

/// Writes the end.
pub fn write(out: &mut String, end: &EndView, paint: Paint) {
    heading(out, paint, "The end");
    out.push_str(&people(end).text(paint));
    out.push('\n');
    paragraph(out, &remark(end));
    let books = &end.books;
    let parts = [
        (
            "cash of the accounts less the cost of their futures and perpetuals",
            books.accounts,
        ),
        ("settlement pools", books.pools),
        ("insurance fund", books.insurance),
        ("recorded debt, taken off", Amount(-books.debt.0)),
        ("tokens in the contract", books.held),
    ];
    let mut table = Table::new(&[("the books, to the base unit", Side::Left), ("", Side::Right)]);
    for (what, units) in parts {
        table.row([what.to_owned(), exact(units)]);
    }
    out.push_str(&table.text(paint));
    let balance = if books.difference == Amount(0) {
        tint(
            paint,
            Tint::Good,
            "They balance: the first four sum to the last exactly.",
        )
    } else {
        tint(
            paint,
            Tint::Bad,
            &format!("They do not balance: {} too much is owed.", books.difference),
        )
    };
    let _ = writeln!(out, "  {balance}\n");
    out.push_str("Invariants, checked after every message and every tape:\n\n");
    for invariant in &end.invariants {
        let verdict = match &invariant.broken {
            None => tint(paint, Tint::Good, "held"),
            Some(_) => tint(paint, Tint::Bad, "BROKEN"),
        };
        let line = format!(
            "{}. {verdict} in {} checks: {}",
            invariant.number, invariant.checks, invariant.rule
        );
        let _ = write!(out, "  {}", wrapped(&line, WIDTH - 2, 5));
        if let Some(reason) = &invariant.broken {
            paragraph(out, reason);
        }
    }
}

/// What the figures do not say by themselves.
fn remark(end: &EndView) -> String {
    let keeper = "The keeper earned the discounts and rewards; the street is the other side of every trade.";
    let fund = match (end.insurance_end < end.insurance_start, end.debt == Amount(0)) {
        (false, _) => "No account fell below zero before it was taken over: the insurance fund was not needed.",
        (true, true) => "The insurance fund paid for what accounts could not.",
        (true, false) => {
            "The insurance fund paid for what accounts could not, up to its cap; the rest is recorded debt."
        }
    };
    format!("{keeper} {fund}")
}

fn people(end: &EndView) -> Table {
    let mut table = Table::new(&[
        ("", Side::Left),
        ("began with", Side::Right),
        ("ends with", Side::Right),
        ("change", Side::Right),
        ("legs left", Side::Right),
    ]);
    let colour = |negative: bool| Some(if negative { Tint::Bad } else { Tint::Good });
    for account in &end.accounts {
        table.tinted(vec![
            (account.name.to_owned(), None),
            (amount(account.start.value(), 2), None),
            (amount(account.end, 2), None),
            (amount(account.change, 2), colour(account.change.is_negative())),
            (account.legs.to_string(), None),
        ]);
    }
    let (start, ended) = (end.insurance_start, end.insurance_end);
    let change = Amount(ended.0 - start.0);
    table.tinted(vec![
        ("insurance fund".to_owned(), None),
        (amount(start.value(), 2), None),
        (amount(ended.value(), 2), None),
        (amount(change.value(), 2), colour(change.0 < 0)),
        (String::new(), None),
    ]);
    table
}

/// Base units with separators: all six decimals.
fn exact(units: Amount) -> String {
    let text = format!("{:0>7}", units.0.unsigned_abs());
    let (whole, fraction) = text.split_at(text.len().saturating_sub(6));
    let whole: i128 = whole.parse().unwrap_or(0);
    let sign = if units.0 < 0 { "-" } else { "" };
    let whole = hedgerow_risk::number::Value::from_decimal_floor(whole, 0).unwrap_or_default();
    format!("{sign}{}.{fraction}", amount(whole, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_units_are_all_shown() {
        for (units, expected) in [
            (0, "0.000000"),
            (-1, "-0.000001"),
            (1_234_567_890_123, "1,234,567.890123"),
        ] {
            assert_eq!(exact(Amount(units)), expected);
        }
    }
}
