//! The crash as a table: a row a step, what happened in between underneath.

use std::fmt::Write;

use hedgerow_interface::margin::Health;
use hedgerow_risk::number::{Price, Value};

use super::layout::{Tint, WIDTH, amount, tint, wrapped};
use super::{clock, heading, paragraph, price, short};
use crate::demo::ledger::percent;
use crate::demo::path::{ANCHORS, TICK};
use crate::demo::report::{Action, Amount, DemoReport, HealthView, StepView};
use crate::margin::text::Paint;

/// Writes the crash.
pub fn write(out: &mut String, report: &DemoReport, paint: Paint) {
    heading(out, paint, "The crash");
    let falls: Vec<String> = ANCHORS
        .iter()
        .skip(1)
        .map(|anchor| fall(anchor.minutes, anchor.spot))
        .collect();
    paragraph(
        out,
        &format!(
            "Prices fall as bitcoin's did on 12 and 13 March 2020: {}. At-the-money volatility rises to three times, most \
             of it in the first hour. The oracle takes a report every {TICK} minutes; after each, the keeper looks at \
             every account. It starts the clock of one below its maintenance margin, lets the price of its risk fall, and \
             takes slices when 0.9 of their equity is asked for; an insolvent account it takes whole, paid by the \
             fund. What it took it sells on to the street at the mark.",
            falls.join(", ")
        ),
    );
    paragraph(
        out,
        "eq equity, IM initial and MM maintenance margin, after the keeper's work; ok: eq >= IM, call: eq >= MM, liq: eq \
         below MM, neg: eq below 0, flat: no legs; * a liquidation clock runs. fund: the insurance fund; debt: what it owes.",
    );
    let _ = writeln!(out, "{}", tint(paint, Tint::Bold, &names(report)));
    let _ = writeln!(out, "{}", tint(paint, Tint::Dim, &headings(report)));
    for step in &report.steps {
        for actions in step.actions.chunk_by(|a, b| place(a) == place(b)) {
            let text = format!(
                "{}{}",
                " ".repeat(INDENT),
                wrapped(&sentence(actions), WIDTH - INDENT, INDENT + 6)
            );
            let _ = writeln!(out, "{}", tint(paint, Tint::Dim, text.trim_end()));
        }
        let _ = writeln!(out, "{}", row(step, paint));
    }
}

/// Blanks before what the keeper did.
const INDENT: usize = 8;

fn fall(minutes: u64, spot: i64) -> String {
    let factor = hedgerow_risk::number::Ratio::new(spot).unwrap_or_default();
    format!("{} after {} h", percent(factor), minutes / 60)
}

/// The accounts' names over their columns.
fn names(report: &DemoReport) -> String {
    let accounts = report.steps.first().into_iter().flat_map(|step| &step.accounts);
    let names = accounts.fold(" ".repeat(13), |line, account| format!("{line} {:^23}", account.name));
    names.trim_end().to_owned()
}

fn headings(report: &DemoReport) -> String {
    let accounts = report.steps.first().into_iter().flat_map(|step| &step.accounts);
    let columns = accounts.map(|_| format!(" {:>6} {:>5} {:>5} {:<4}", "eq", "IM", "MM", ""));
    format!(
        "{:>5} {:>7}{} {:>5} {:>5}",
        "time",
        "index",
        columns.collect::<String>(),
        "fund",
        "debt"
    )
}

fn row(step: &StepView, paint: Paint) -> String {
    let mut line = format!("{:>5} {:>7}", clock(step.minutes), index(step.index));
    for account in &step.accounts {
        let (word, colour) = state(account);
        let figures = [account.equity, account.initial_margin, account.maintenance_margin].map(short);
        let [equity, initial, maintenance] = figures;
        let word = tint(paint, colour, &format!("{word:<4}"));
        let _ = write!(line, " {equity:>6} {initial:>5} {maintenance:>5} {word}");
    }
    let _ = write!(line, " {:>5}", short(step.insurance.value()));
    let debt = format!("{:>5}", short(step.debt.value()));
    let debt = if step.debt == Amount(0) {
        debt
    } else {
        tint(paint, Tint::Bad, &debt)
    };
    format!("{line} {debt}")
}

/// An index in at most six columns.
fn index(index: Price) -> String {
    if index.steps() >= 1_000 * Price::ONE.steps() {
        return short_price(index);
    }
    price(index)
}

fn short_price(index: Price) -> String {
    let whole = index.steps() / Price::ONE.steps();
    let value = Value::from_decimal_floor(i128::from(whole), 0).unwrap_or(Value::MAX);
    if whole < 1_000_000 {
        amount(value, 0)
    } else {
        short(value)
    }
}

/// A word for an account's health; with `*` while a clock runs.
fn state(account: &HealthView) -> (String, Tint) {
    let (word, tint) = match account.health {
        _ if account.legs == 0 => ("flat", Tint::Dim),
        Health::Healthy => ("ok", Tint::Good),
        Health::MarginCall => ("call", Tint::Warn),
        Health::Liquidatable => ("liq", Tint::Bad),
        Health::Insolvent => ("neg", Tint::Bad),
    };
    let mark = if account.clock.is_some() { "*" } else { "" };
    (format!("{word}{mark}"), tint)
}

/// When and to whom: what was done to one account after one tape is told together.
fn place(action: &Action) -> (u64, &str) {
    match action {
        Action::StartClock { minutes, account, .. }
        | Action::Take { minutes, account, .. }
        | Action::HandOn { minutes, account, .. }
        | Action::EndClock { minutes, account }
        | Action::Refused { minutes, account, .. } => (*minutes, account),
        Action::Settle { minutes, .. } => (*minutes, ""),
    }
}

/// What was done, in words.
fn sentence(actions: &[Action]) -> String {
    let parts = actions.chunk_by(|a, b| matches!((a, b), (Action::Take { .. }, Action::Take { .. })));
    let parts: Vec<String> = parts.map(part).collect();
    let time = actions.first().map_or(0, |action| place(action).0);
    format!("{:>5} {}", clock(time), parts.join("; "))
}

fn part(actions: &[Action]) -> String {
    match actions.first() {
        None => String::new(),
        Some(Action::StartClock { account, reward, .. }) if *reward == Amount(0) => {
            format!("keeper starts the clock of {account}, unpaid: no equity is left, or it was paid within the hour")
        }
        Some(Action::StartClock { account, reward, .. }) => {
            format!(
                "keeper starts the clock of {account} and is paid {}",
                amount(reward.value(), 2)
            )
        }
        Some(Action::HandOn { .. }) => "sold on at the mark".to_owned(),
        Some(Action::EndClock { .. }) => "above MM, the clock ends".to_owned(),
        Some(Action::Refused { account, code, .. }) => format!("keeper's call on {account} is refused: {code}"),
        Some(Action::Settle { expiry, price: at, .. }) => {
            format!("{expiry} is over: every leg on it settles at {}", price(*at))
        }
        Some(Action::Take { account, elapsed, .. }) => slices(actions, account, *elapsed),
    }
}

fn slices(actions: &[Action], account: &str, elapsed: u64) -> String {
    let (mut parts, mut sums) = (Vec::new(), [0i128; 3]);
    for action in actions {
        if let Action::Take {
            fraction,
            paid,
            insurance,
            debt,
            ..
        } = action
        {
            let tenths = fraction.steps() / 1_000_000;
            parts.push(format!("{}.{}%", tenths / 10, tenths % 10));
            for (sum, part) in sums.iter_mut().zip([paid, insurance, debt]) {
                *sum += part.0;
            }
        }
    }
    let [paid, insurance, debt] = sums.map(|units| Amount(units).value());
    let mut text = format!("keeper takes {} of {account}", parts.join(", "));
    let _ = if paid.is_negative() {
        write!(text, " and is paid {} out of it", amount(-paid, 2))
    } else {
        write!(text, " for {}", amount(paid, 2))
    };
    let _ = write!(text, ", {} min in", elapsed / 60);
    for (who, part) in [("the fund pays", insurance), ("recorded as debt:", debt)] {
        if part != Value::ZERO {
            let _ = write!(text, "; {who} {}", amount(part, 2));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use hedgerow_risk::number::Ratio;

    fn take(fraction: &str, paid: i128, insurance: i128, debt: i128) -> Action {
        Action::Take {
            minutes: 35,
            account: "naked",
            elapsed: 300,
            fraction: fraction.parse::<Ratio>().unwrap(),
            legs: 4,
            paid: Amount(paid),
            insurance: Amount(insurance),
            debt: Amount(debt),
        }
    }

    #[test]
    fn what_was_done_in_words() {
        let ended = Action::EndClock {
            minutes: 35,
            account: "naked",
        };
        let start = |units| Action::StartClock {
            minutes: 5,
            account: "naked",
            reward: Amount(units),
        };
        for (actions, expected) in [
            (
                vec![start(2_500_000)],
                " 0:05 keeper starts the clock of naked and is paid 2.50",
            ),
            (
                vec![start(0)],
                " 0:05 keeper starts the clock of naked, unpaid: no equity is left, or it was paid within the hour",
            ),
            (
                vec![take("0.25", 1_000_000, 0, 0), take("0.1234", 500_000, 0, 0), ended],
                " 0:35 keeper takes 25.0%, 12.3% of naked for 1.50, 5 min in; above MM, the \
                 clock ends",
            ),
            (
                vec![take("1", -2_000_000, 3_000_000, 4_000_000)],
                " 0:35 keeper takes 100.0% of naked and is paid 2.00 out of it, 5 min in; the fund pays 3.00; \
                 recorded as debt: 4.00",
            ),
        ] {
            assert_eq!(sentence(&actions), expected);
        }
    }
}
