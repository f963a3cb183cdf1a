//! The report as a text for people, laid out for 100 columns.

mod accounts;
mod crash;
mod end;
mod layout;

use std::fmt::Write;

use hedgerow_risk::model::Scenario;
use hedgerow_risk::number::{Price, Value};

use super::report::{DemoReport, MarketView};
use crate::margin::text::{Paint, nearest};
use layout::{Tint, WIDTH, amount, tint, wrapped};

/// All of it; `scenarios` are the model's.
pub fn text(report: &DemoReport, scenarios: &[Scenario], paint: Paint) -> String {
    let mut out = String::new();
    opening(&mut out, report, paint);
    for account in &report.accounts {
        accounts::write(&mut out, account, &report.gate, scenarios, paint);
    }
    crash::write(&mut out, report, paint);
    end::write(&mut out, &report.end, paint);
    out
}

fn opening(out: &mut String, report: &DemoReport, paint: Paint) {
    heading(out, paint, "Hedgerow: portfolio margin on a simulated chain");
    let market = &report.market;
    let with_options = market.expiries.iter().filter(|expiry| expiry.options).count();
    let mut about = format!(
        "The market is {}: {} at {}, {} {} ({with_options} with options){}.",
        market.source,
        market.underlying,
        price(market.index),
        market.expiries.len(),
        if market.expiries.len() == 1 {
            "expiry"
        } else {
            "expiries"
        },
        perp(market)
    );
    if !market.others.is_empty() {
        let others: Vec<String> = market.others.iter().map(ToString::to_string).collect();
        let _ = write!(
            about,
            " {} is the first with enough option expiries; not played: {}.",
            market.underlying,
            others.join(", ")
        );
    }
    if let Some(of) = market.rules_of {
        let _ = write!(
            about,
            " The model has no rules for {}: those of {of} are taken.",
            market.underlying
        );
    }
    paragraph(out, &about);
    paragraph(
        out,
        &format!(
            "Both contracts run as they would on a chain: the oracle takes reports, the margin contract holds the accounts \
             and asks for collateral by the model \"{}\" ({} scenarios). A venue trades for the accounts that delegated to \
             it; a street account takes the other side.",
            market.model,
            report.accounts.first().map_or(0, |account| account.scenarios.len()),
        ),
    );
}

fn perp(market: &MarketView) -> String {
    market.perp.map_or_else(
        || "; no perpetual is listed".to_owned(),
        |mark| format!(", a perpetual at {}", price(mark)),
    )
}

/// A heading between two blank lines.
fn heading(out: &mut String, paint: Paint, text: &str) {
    let gap = if out.is_empty() { "" } else { "\n" };
    let _ = writeln!(out, "{gap}{}\n", tint(paint, Tint::Bold, text));
}

/// Sentences.
fn paragraph(out: &mut String, text: &str) {
    out.push_str(&wrapped(text, WIDTH, 0));
    out.push('\n');
}

/// A price: two decimals where it has five digits or more, else five significant digits.
fn price(price: Price) -> String {
    let value = Value::from_price_floor(price);
    let whole = (price.steps() / Price::ONE.steps())
        .checked_ilog10()
        .map_or(0, |digits| digits + 1);
    if whole >= 3 {
        // A price is a whole number of steps: its value in 2^-64 may fall a hair short of it.
        let cents = price.steps() / 1_000_000;
        let exact = Value::from_decimal_floor(i128::from(cents), 2).unwrap_or(value);
        return amount(exact.saturating_add(HAIR), 2);
    }
    let steps = price.steps();
    let scale = 10u64.pow(steps.checked_ilog10().unwrap_or(0).saturating_sub(4));
    hedgerow_risk::number::format_decimal(i128::from(steps / scale * scale), Price::DECIMALS)
}

/// More than what is lost when a decimal becomes a value, less than a cent.
const HAIR: Value = Value::from_bits(1 << 20);

/// Five columns for an amount: `9,999`, `12.3k`, `-123k`, `1.23M`.
fn short(value: Value) -> String {
    let whole = nearest(value, 0).unwrap_or(0);
    let sign = if whole < 0 { "-" } else { "" };
    let size = whole.unsigned_abs();
    match size {
        0..10_000 => amount(value, 0),
        10_000..100_000 => format!("{sign}{}.{}k", size / 1_000, size / 100 % 10),
        100_000..1_000_000 => format!("{sign}{}k", size / 1_000),
        1_000_000..1_000_000_000 => format!("{sign}{}.{:02}M", size / 1_000_000, size / 10_000 % 100),
        _ => format!("{sign}{}M", size / 1_000_000),
    }
}

/// `75` minutes as `1:15`.
fn clock(minutes: u64) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_amounts() {
        for (value, expected) in [
            ("0", "0"),
            ("9999.4", "9,999"),
            ("9999.9", "10.0k"),
            ("-9999.9", "-10.0k"),
            ("12345", "12.3k"),
            ("-123456", "-123k"),
            ("1234567", "1.23M"),
            ("1234567890", "1234M"),
        ] {
            assert_eq!(short(value.parse().unwrap()), expected, "{value}");
        }
    }

    #[test]
    fn prices_keep_what_matters() {
        for (text, expected) in [
            ("95663.5", "95,663.50"),
            ("9061.92", "9,061.92"),
            ("100.1", "100.10"),
            ("12.345678", "12.345"),
            ("0.00123456", "0.0012345"),
        ] {
            assert_eq!(price(text.parse().unwrap()), expected);
        }
    }

    #[test]
    fn times_of_day() {
        assert_eq!([clock(0), clock(75), clock(1_440)], ["0:00", "1:15", "24:00"]);
    }
}
