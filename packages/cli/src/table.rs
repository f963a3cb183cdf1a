//! Columns for people: as wide as their widest cell.

use std::io::{self, Write};

/// Rows of cells: the first column and notes to the left, numbers to the right.
pub struct Table {
    left: &'static [usize],
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a heading; the columns in `left` are aligned there.
    pub fn new(heading: &[&str], left: &'static [usize]) -> Self {
        Self {
            left,
            rows: vec![heading.iter().map(|cell| (*cell).to_owned()).collect()],
        }
    }

    /// Adds a row. It may be shorter than the heading: what stands in its last cell does not widen a column.
    pub fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// Writes it below something else, a blank line between them, where it has a row.
    pub fn write_below(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.len() < 2 {
            return Ok(());
        }
        writeln!(out)?;
        self.write(out)
    }

    /// Writes it.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let full = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self
                .rows
                .iter()
                .filter(|row| row.len() == full || column + 1 < row.len());
            cells
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..full).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if column > 0 {
                    line.push_str("  ");
                }
                if self.left.contains(&column) || row.len() < full {
                    line.push_str(&format!("{cell:<width$}"));
                } else {
                    line.push_str(&format!("{cell:>width$}"));
                }
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
