//! Deribit: book summaries as its API gives them, or a chain in a table.

mod json;
pub mod name;
pub mod row;
mod table;

use row::Row;

use super::error::{ImportError, shown};

/// The most rows that are read: several times what the venue lists.
pub const MAX_ROWS: usize = 20_000;

/// Reads the quotes of a file, JSON or CSV; `only` keeps one family of names, like `BTC` or `SOL_USDC`.
pub fn read(text: &str, only: Option<&str>) -> Result<Vec<Row>, ImportError> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let wanted = |instrument: &str| only.is_none_or(|only| name::family(instrument) == only);
    let rows = match text.chars().next() {
        None => Vec::new(),
        Some('{' | '[') => json::read(text, &wanted)?,
        Some(_) => table::read(text, &wanted)?,
    };
    match (rows.is_empty(), only) {
        (false, _) => Ok(rows),
        (true, None) => Err(ImportError::Empty),
        (true, Some(only)) => Err(ImportError::NotThere(shown(only))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_recognised() {
        let json = r#"[{"instrument_name":"BTC-PERPETUAL","creation_timestamp":1740000000000}]"#;
        let csv = "instrument,ts_ms,forward,index,mark_iv_pct\nBTC-28MAR25-9-C,1740000000000,9,9,80\n";
        for text in [
            json.to_owned(),
            format!("\u{feff}\n {json}"),
            csv.to_owned(),
            format!("\u{feff}{csv}"),
        ] {
            assert_eq!(read(&text, None).unwrap().len(), 1, "{text}");
            assert_eq!(read(&text, Some("BTC")).unwrap().len(), 1, "{text}");
            assert_eq!(read(&text, Some("ETH")), Err(ImportError::NotThere("ETH".to_owned())));
        }
        for text in [
            "",
            " \n",
            "[]",
            r#"{"result":[]}"#,
            "instrument,ts_ms,forward,index,mark_iv_pct\n",
        ] {
            assert_eq!(read(text, None), Err(ImportError::Empty), "{text}");
        }
    }
}
