//! A chain as a table: one line an option, in CSV.
//!
//! | column | |
//! |---|---|
//! | `instrument` | Deribit's name |
//! | `ts_ms` | time of the quote, milliseconds since 1970 |
//! | `forward` | the underlying price that the mark volatility refers to |
//! | `index` | the index |
//! | `mark_iv_pct` | mark volatility in percent |
//! | `expiry_ms` | may be absent: 08:00 UTC of the day in the name |
//! | `best_bid`, `best_ask` | may be absent: every quote then counts as one-sided |
//!
//! Other columns are passed over.

use csv::{ReaderBuilder, StringRecord};
use hedgerow_risk::instrument::Day;

use super::MAX_ROWS;
use super::row::{Fields, Row};
use crate::import::error::{ImportError, Place};

/// Positions of the columns.
struct Columns {
    instrument: usize,
    time: usize,
    forward: usize,
    index: usize,
    vol: usize,
    expiry: Option<usize>,
    bid: Option<usize>,
    ask: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, ImportError> {
        let find = |name: &str| header.iter().position(|column| column == name);
        let needed = |name: &'static str| find(name).ok_or(ImportError::Column(name));
        Ok(Self {
            instrument: needed("instrument")?,
            time: needed("ts_ms")?,
            forward: needed("forward")?,
            index: needed("index")?,
            vol: needed("mark_iv_pct")?,
            expiry: find("expiry_ms"),
            bid: find("best_bid"),
            ask: find("best_ask"),
        })
    }
}

/// Reads the rows of the instruments that are wanted.
pub fn read(text: &str, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Row>, ImportError> {
    let refused = |error: csv::Error| ImportError::Csv(error.to_string());
    let mut reader = ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers().map_err(refused)?)?;
    let mut rows = Vec::new();
    for (count, record) in reader.records().enumerate() {
        if count >= MAX_ROWS {
            return Err(ImportError::TooManyRows(MAX_ROWS));
        }
        rows.extend(row(&columns, &record.map_err(refused)?, wanted)?);
    }
    Ok(rows)
}

fn row(columns: &Columns, record: &StringRecord, wanted: &dyn Fn(&str) -> bool) -> Result<Option<Row>, ImportError> {
    let cell = |column: usize| record.get(column).unwrap_or_default();
    let instrument = cell(columns.instrument);
    if !wanted(instrument) {
        return Ok(None);
    }
    let fields = Fields {
        place: Place::Line(record.position().map_or(0, csv::Position::line)),
        instrument,
    };
    let Some(name) = fields.name()? else {
        return Ok(None);
    };
    let number = |field, column: usize| match cell(column) {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| fields.refuse(field, text, "a number")),
    };
    let maybe = |field, column: Option<usize>| column.map_or(Ok(None), |column| number(field, column));
    let side = |field, column| {
        Ok(fields
            .amount(field, maybe(field, column)?)?
            .is_some_and(|price| price > 0.0))
    };
    let time = fields.time("ts_ms", number("ts_ms", columns.time)?)?;
    let expiry = fields.time("expiry_ms", maybe("expiry_ms", columns.expiry)?)?;
    if let Some(expiry) = expiry.filter(|expiry| Day::of(expiry / 1_000) != name.kind.day()) {
        return Err(fields.refuse("expiry_ms", &expiry.to_string(), "on the day in the instrument's name"));
    }
    Ok(Some(Row {
        place: fields.place,
        instrument: instrument.to_owned(),
        time: fields.needed("ts_ms", time)?,
        expiry,
        index: fields.price("index", number("index", columns.index)?)?,
        mark: None,
        underlying: fields.price("forward", number("forward", columns.forward)?)?,
        on_index: false,
        rate: None,
        vol: fields.vol("mark_iv_pct", number("mark_iv_pct", columns.vol)?)?,
        two_sided: side("best_bid", columns.bid)? && side("best_ask", columns.ask)?,
        name,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "instrument,expiry_ms,ts_ms,forward,index,mark_iv_pct,best_bid,best_ask,note\n";

    fn rows(lines: &str) -> Result<Vec<Row>, ImportError> {
        read(&format!("{HEADER}{lines}"), &|_| true)
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let rows = read(
            "index, mark_iv_pct ,instrument,forward,ts_ms\n101.5,80.5,BTC-28MAR25-100-C,102,1740000000000\r\n",
            &|_| true,
        )
        .unwrap();
        let row = rows.first().unwrap();
        assert_eq!(
            (row.index, row.vol, row.underlying),
            (Some(101.5), Some(80.5), Some(102.0))
        );
        assert_eq!(
            (row.place, row.time, row.expiry),
            (Place::Line(2), 1_740_000_000_000, None)
        );
        assert!(!row.two_sided);
    }

    #[test]
    fn bids_and_asks_make_a_quote_two_sided() {
        let side = |bid: &str, ask: &str| {
            let line = format!("BTC-28MAR25-100-C,1743148800000,1740000000000,102,101.5,80.5,{bid},{ask},");
            rows(&line).unwrap().first().unwrap().two_sided
        };
        assert!(side("0.1", "0.2"));
        assert!(!side("0", "0.2"));
        assert!(!side("0.1", ""));
    }

    #[test]
    fn refusals_name_the_line_and_the_field() {
        for (line, message) in [
            (
                "BTC-28MAR25-100-C,,,102,101,80,,,",
                "line 2 (BTC-28MAR25-100-C): ts_ms is missing",
            ),
            (
                "BTC-28MAR25-100-C,,x,102,101,80,,,",
                "line 2 (BTC-28MAR25-100-C): ts_ms is x, must be a number",
            ),
            (
                "BTC-28MAR25-100-C,,1740000000000,102,101,NaN,,,",
                "line 2 (BTC-28MAR25-100-C): mark_iv_pct is NaN",
            ),
            (
                "BTC-28MAR25-100-C,,1740000000000,inf,101,80,,,",
                "line 2 (BTC-28MAR25-100-C): forward is inf",
            ),
            (
                "BTC-28MAR25-100-C,,1740000000000,102,0,80,,,",
                "line 2 (BTC-28MAR25-100-C): index is 0, must be a number above 0",
            ),
            (
                "BTC-28MAR25-100-C,,1740000000000,102,101,-80,,,",
                "line 2 (BTC-28MAR25-100-C): mark_iv_pct is -80",
            ),
            (
                "BTC-28MAR25-0-C,,1740000000000,102,101,80,,,",
                "line 2: instrument \"BTC-28MAR25-0-C\": strike \"0\"",
            ),
            (",,1740000000000,102,101,80,,,", "line 2: instrument \"\""),
            (
                "BTC-28MAR25-100-C,1743235200000,1740000000000,102,101,80,,,",
                "line 2 (BTC-28MAR25-100-C): expiry_ms is 1743235200000, must be on the day",
            ),
            ("BTC-28MAR25-100-C,1", "not a CSV file: CSV error: record 1 (line: 2"),
        ] {
            let found = rows(line).unwrap_err().to_string();
            assert!(found.starts_with(message), "{line}: {found}");
        }
        assert_eq!(
            read("instrument,ts_ms,forward,index\n", &|_| true),
            Err(ImportError::Column("mark_iv_pct"))
        );
    }

    #[test]
    fn rows_are_capped() {
        let lines = "ETH_BTC,,,,,,,,\n".repeat(MAX_ROWS + 1);
        assert_eq!(rows(&lines), Err(ImportError::TooManyRows(MAX_ROWS)));
    }
}
