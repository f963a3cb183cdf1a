//! Text for people: colours with a meaning, amounts with separators, aligned columns, wrapped sentences.

use anstyle::{AnsiColor, Style};
use hedgerow_risk::number::Value;

use crate::margin::text::{Paint, grouped, nearest};

/// Columns that a text for people is laid out for.
pub const WIDTH: usize = 100;

/// A colour with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    /// Headings.
    Bold,
    /// What stands back.
    Dim,
    /// Gains, health.
    Good,
    /// Losses, a margin call.
    Warn,
    /// Large losses, below maintenance.
    Bad,
}

impl Tint {
    fn style(self) -> Style {
        match self {
            Self::Bold => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
        }
    }
}

/// The text in a colour, where colours are wanted.
pub fn tint(paint: Paint, tint: Tint, text: &str) -> String {
    paint.styled(tint.style(), text)
}

/// An amount to the nearest of some decimals, with a comma between thousands: `-1,234.50`.
pub fn amount(value: Value, decimals: u32) -> String {
    let digits = decimals as usize;
    let Some(steps) = nearest(value, decimals) else {
        return value.to_string();
    };
    let text = format!("{:0>width$}", steps.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = text.split_at(text.len().saturating_sub(digits));
    let sign = if steps < 0 { "-" } else { "" };
    let point = if digits == 0 { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

/// Breaks a text into lines of at most `width` columns, the later ones indented.
pub fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        let length = line.chars().count() + word.chars().count() + 1;
        if length > width && !line.trim().is_empty() {
            lines.push_str(&line);
            lines.push('\n');
            line = " ".repeat(indent);
        } else if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push_str(&line);
    lines.push('\n');
    lines
}

/// Which side of its column a text keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of aligned columns, two blanks apart.
#[derive(Clone, Debug)]
pub struct Table {
    sides: Vec<Side>,
    rows: Vec<Vec<(String, Option<Tint>)>>,
}

impl Table {
    /// A table whose columns keep to these sides, under these headings.
    pub fn new(columns: &[(&str, Side)]) -> Self {
        let headings = columns.iter().map(|(name, _)| ((*name).to_owned(), Some(Tint::Dim)));
        Self {
            sides: columns.iter().map(|(_, side)| *side).collect(),
            rows: vec![headings.collect()],
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into_iter().map(|text| (text, None)).collect());
    }

    /// Adds a row with colours.
    pub fn tinted(&mut self, cells: Vec<(String, Option<Tint>)>) {
        self.rows.push(cells);
    }

    /// The lines, each indented by two blanks.
    pub fn lines(&self, paint: Paint) -> Vec<String> {
        let widths: Vec<usize> = (0..self.sides.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|(text, _)| text.chars().count()).max().unwrap_or(0)
            })
            .collect();
        let line = |row: &Vec<(String, Option<Tint>)>| {
            let cells = row
                .iter()
                .zip(&widths)
                .zip(&self.sides)
                .map(|(((text, tint), width), side)| {
                    let gap = " ".repeat(width.saturating_sub(text.chars().count()));
                    let painted = match tint {
                        Some(colour) if !text.is_empty() => super::layout::tint(paint, *colour, text),
                        _ => text.clone(),
                    };
                    match side {
                        Side::Left => format!("{painted}{gap}"),
                        Side::Right => format!("{gap}{painted}"),
                    }
                });
            format!("  {}", cells.collect::<Vec<_>>().join("  "))
                .trim_end()
                .to_owned()
        };
        self.rows.iter().map(line).collect()
    }

    /// The table as text.
    pub fn text(&self, paint: Paint) -> String {
        self.lines(paint).into_iter().map(|line| line + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_and_grouped() {
        for (value, decimals, expected) in [
            ("0", 0, "0"),
            ("0", 2, "0.00"),
            ("999.999", 2, "1,000.00"),
            ("1000", 0, "1,000"),
            ("-1234567.891", 2, "-1,234,567.89"),
            ("-0.001", 2, "0.00"),
        ] {
            assert_eq!(amount(value.parse().unwrap(), decimals), expected, "{value}");
        }
    }

    #[test]
    fn sentences_break_between_words() {
        assert_eq!(wrapped("one two three four", 9, 2), "one two\n  three\n  four\n");
        assert_eq!(wrapped("", 9, 2), "\n");
        assert_eq!(wrapped("unbreakable", 3, 2), "unbreakable\n");
    }

    #[test]
    fn columns_align() {
        let mut table = Table::new(&[("leg", Side::Left), ("margin", Side::Right)]);
        table.row(["BTC-PERP".to_owned(), "1".to_owned()]);
        table.row(["x".to_owned(), "12,345".to_owned()]);
        assert_eq!(
            table.text(Paint::new(false)),
            "  leg       margin\n  BTC-PERP       1\n  x         12,345\n"
        );
    }
}
