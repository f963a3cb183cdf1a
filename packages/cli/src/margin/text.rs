//! Numbers for people, and colours for terminals.

use anstyle::{Ansi256Color, Color, Style};
use hedgerow_risk::number::{Value, format_decimal};

/// Colours, where they are wanted.
#[derive(Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// Only on a terminal, unless `NO_COLOR` is set or the terminal is dumb.
    pub fn new(terminal: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self(terminal && !unwanted && !dumb)
    }

    /// Text in a style, where colours are wanted.
    pub fn styled(self, style: Style, text: &str) -> String {
        if self.0 {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// Text on a background between red (-1) and green (1) by tenths, `heat` in tenths.
    pub fn heat(self, text: &str, heat: i64, bold: bool) -> String {
        // The darker half of the 256-colour cube's reds and greens: readable under white.
        let shade = match heat {
            ..=-8 => 124,
            -7..=-4 => 88,
            -3..=-1 => 52,
            0 => return text.to_owned(),
            1..=3 => 22,
            4..=7 => 28,
            8.. => 34,
        };
        let style = Style::new()
            .bg_color(Some(Color::Ansi256(Ansi256Color(shade))))
            .fg_color(Some(Color::Ansi256(Ansi256Color(231))));
        let style = if bold { style.bold().underline() } else { style };
        self.styled(style, text)
    }
}

/// To the nearest step of so many decimals, for people; the JSON has every digit.
pub fn nearest(value: Value, decimals: u32) -> Option<i128> {
    let finer = value.to_decimal_floor(decimals + 1).ok()?;
    Some((finer + 5).div_euclid(10))
}

/// A value with thousands separated: two decimals, six below one.
pub fn money(value: Value) -> String {
    let small = value.abs() < Value::from_bits(1 << 64);
    let decimals = if small { 6 } else { 2 };
    let steps = nearest(value, decimals).unwrap_or(0);
    let plain = format_decimal(steps.abs(), decimals);
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let sign = if steps < 0 { "-" } else { "" };
    let shown = if fraction.is_empty() && small {
        String::new()
    } else {
        format!(".{fraction:0<width$}", width = if small { 6 } else { 2 })
    };
    format!("{sign}{}{shown}", grouped(whole))
}

/// Digits with a comma between thousands.
pub fn grouped(digits: &str) -> String {
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = Vec::new();
    let (head, mut rest) = digits.split_at(first);
    if !head.is_empty() {
        groups.push(head);
    }
    while let Some((group, more)) = rest.split_at_checked(3) {
        groups.push(group);
        rest = more;
        if rest.is_empty() {
            break;
        }
    }
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_readable() {
        for (value, shown) in [
            ("0", "0"),
            ("1234567.891", "1,234,567.89"),
            ("-123456", "-123,456.00"),
            ("999", "999.00"),
            ("-0.5", "-0.500000"),
            ("0.0000004", "0"),
        ] {
            assert_eq!(money(value.parse().unwrap()), shown);
        }
    }
}
