//! The answer of `public/get_book_summary_by_currency`: the JSON-RPC envelope or the bare array in it.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::MAX_ROWS;
use super::row::{Fields, Row};
use crate::import::error::{ImportError, Place, shown};

/// An `underlying_index` that is the index itself, not a future.
const ON_INDEX: &str = "index_price";

/// Reads the rows of the instruments that are wanted.
pub fn read(text: &str, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Row>, ImportError> {
    let Answer(answer) = serde_json::from_str(text).map_err(|error| ImportError::Json(error.to_string()))?;
    if let Some(error) = answer.error {
        return Err(ImportError::Answer(shown(&error.to_string())));
    }
    let summaries = answer
        .result
        .ok_or_else(|| ImportError::Json("an object without \"result\"".to_owned()))?;
    if summaries.count > MAX_ROWS {
        return Err(ImportError::TooManyRows(MAX_ROWS));
    }
    summaries
        .kept
        .iter()
        .enumerate()
        .filter_map(|(i, summary)| row(Place::Row(i + 1), summary, wanted).transpose())
        .collect()
}

/// The fields that are used; each may be anything until it is looked at, so that an error can name its row.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "a book summary")]
struct Summary {
    instrument_name: Value,
    creation_timestamp: Value,
    estimated_delivery_price: Value,
    mark_price: Value,
    mark_iv: Value,
    underlying_price: Value,
    underlying_index: Value,
    interest_rate: Value,
    bid_price: Value,
    ask_price: Value,
}

fn row(place: Place, summary: &Summary, wanted: &dyn Fn(&str) -> bool) -> Result<Option<Row>, ImportError> {
    let instrument = summary.instrument_name.as_str().unwrap_or_default();
    if !wanted(instrument) {
        return Ok(None);
    }
    let fields = Fields { place, instrument };
    if instrument.is_empty() {
        let value = summary.instrument_name.to_string();
        return Err(fields.refuse("instrument_name", &value, "an instrument's name"));
    }
    let Some(name) = fields.name()? else {
        return Ok(None);
    };
    let number = |field, value: &Value| match value {
        Value::Null => Ok(None),
        Value::Number(number) => Ok(number.as_f64()),
        other => Err(fields.refuse(field, &other.to_string(), "a number")),
    };
    let stamp = number("creation_timestamp", &summary.creation_timestamp)?;
    let time = fields.time("creation_timestamp", stamp)?;
    let side = |field, value| {
        Ok(fields
            .amount(field, number(field, value)?)?
            .is_some_and(|price| price > 0.0))
    };
    let price = |field, value| fields.price(field, number(field, value)?);
    Ok(Some(Row {
        place,
        instrument: instrument.to_owned(),
        time: fields.needed("creation_timestamp", time)?,
        expiry: None,
        index: price("estimated_delivery_price", &summary.estimated_delivery_price)?,
        mark: fields.amount("mark_price", number("mark_price", &summary.mark_price)?)?,
        underlying: price("underlying_price", &summary.underlying_price)?,
        on_index: summary.underlying_index.as_str() == Some(ON_INDEX),
        rate: fields.rate("interest_rate", number("interest_rate", &summary.interest_rate)?)?,
        vol: fields.vol("mark_iv", number("mark_iv", &summary.mark_iv)?)?,
        two_sided: side("bid_price", &summary.bid_price)? && side("ask_price", &summary.ask_price)?,
        name,
    }))
}

/// What is read of the envelope.
#[derive(Deserialize)]
#[serde(expecting = "an array of book summaries, or an answer that holds one as \"result\"")]
struct Envelope {
    result: Option<Summaries>,
    error: Option<Value>,
}

/// The envelope, or what stands for it where only the array is there.
struct Answer(Envelope);

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnswerVisitor).map(Self)
    }
}

struct AnswerVisitor;

impl<'de> Visitor<'de> for AnswerVisitor {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of book summaries, or an answer that holds one as \"result\"")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Envelope, A::Error> {
        SummariesVisitor.visit_seq(seq).map(|result| Envelope {
            result: Some(result),
            error: None,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Envelope, A::Error> {
        Envelope::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Rows up to the limit; the rest is only counted, so that a hostile file does not fill the memory.
struct Summaries {
    kept: Vec<Summary>,
    count: usize,
}

impl<'de> Deserialize<'de> for Summaries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SummariesVisitor)
    }
}

struct SummariesVisitor;

impl<'de> Visitor<'de> for SummariesVisitor {
    type Value = Summaries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of book summaries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Summaries, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < MAX_ROWS {
            match seq.next_element()? {
                Some(summary) => kept.push(summary),
                None => break,
            }
        }
        let mut count = kept.len();
        while count >= MAX_ROWS && seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Summaries { kept, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Row>, ImportError> {
        read(text, &|_| true)
    }

    #[test]
    fn the_envelope_and_the_bare_array_read_the_same() {
        let array = r#"[{"instrument_name":"SOL_USDC-28MAR25-0d5-C","creation_timestamp":1740000000123,"mark_iv":61.5,
            "underlying_price":150.25,"underlying_index":"index_price","interest_rate":0.05,"mark_price":0.0,
            "estimated_delivery_price":149.5,"bid_price":null,"ask_price":0.01,"volume":7}, {"instrument_name":"SOL_USDC"}]"#;
        let bare = rows(array).unwrap();
        let row = bare.first().unwrap();
        assert_eq!(bare.len(), 1);
        assert_eq!(row.place, Place::Row(1));
        assert_eq!(
            (row.time, row.index, row.mark),
            (1_740_000_000_123, Some(149.5), Some(0.0))
        );
        assert_eq!(
            (row.vol, row.underlying, row.rate),
            (Some(61.5), Some(150.25), Some(0.05))
        );
        assert!(row.on_index && !row.two_sided);
        let envelope = format!(r#"{{"jsonrpc":"2.0","usIn":1,"result":{array},"testnet":false}}"#);
        assert_eq!(rows(&envelope).unwrap(), bare);
        assert_eq!(read(array, &|name| name.starts_with("BTC")), Ok(vec![]));
    }

    #[test]
    fn refusals_name_the_row_and_the_field() {
        let with = |fields: &str| {
            format!(r#"[{{"instrument_name":"BTC-PERPETUAL","creation_timestamp":1740000000000{fields}}}]"#)
        };
        for (text, message) in [
            ("{", "not a book summary: EOF"),
            (
                "[1]",
                "not a book summary: invalid type: integer `1`, expected a book summary",
            ),
            ("7", "not a book summary: invalid type: integer `7`, expected an array"),
            ("{}", "not a book summary: an object without \"result\""),
            (
                r#"{"result":5}"#,
                "not a book summary: invalid type: integer `5`, expected an array",
            ),
            (
                r#"{"error":{"code":-32602,"message":"Invalid params"}}"#,
                "the venue's answer is an error: {\"code\":-32602",
            ),
            (r#"[{"instrument_name":7}]"#, "row 1 (): instrument_name is 7"),
            (r#"[{"mark_iv":7}]"#, "row 1 (): instrument_name is null"),
            (
                r#"[{"instrument_name":"BTC-PERPETUAL"}]"#,
                "row 1 (BTC-PERPETUAL): creation_timestamp is missing",
            ),
            (
                r#"[{"instrument_name":"BTC-31FEB25-1-C"}]"#,
                "row 1: instrument \"BTC-31FEB25-1-C\": expiry \"31FEB25\"",
            ),
            (
                &with(r#","mark_iv":"80""#),
                "row 1 (BTC-PERPETUAL): mark_iv is \"80\", must be a number",
            ),
            (
                &with(r#","mark_iv":[1]"#),
                "row 1 (BTC-PERPETUAL): mark_iv is [1], must be a number",
            ),
            (
                &with(r#","mark_iv":-80"#),
                "row 1 (BTC-PERPETUAL): mark_iv is -80, must be a percentage",
            ),
            (&with(r#","mark_iv":1e999"#), "not a book summary: number out of range"),
            (&with(r#","mark_iv":NaN"#), "not a book summary: expected value"),
            (
                &with(r#","underlying_price":0"#),
                "row 1 (BTC-PERPETUAL): underlying_price is 0, must be a number above 0",
            ),
            (
                &with(r#","bid_price":-1"#),
                "row 1 (BTC-PERPETUAL): bid_price is -1, must be a number of at least 0",
            ),
            (
                &with(r#","interest_rate":1.1"#),
                "row 1 (BTC-PERPETUAL): interest_rate is 1.1, must be a rate",
            ),
        ] {
            let found = rows(text).unwrap_err().to_string();
            assert!(found.starts_with(message), "{text}: {found}");
        }
    }

    #[test]
    fn rows_are_capped() {
        let many = |n: usize| format!("[{}]", vec![r#"{"instrument_name":"ETH_BTC"}"#; n].join(","));
        assert_eq!(rows(&many(MAX_ROWS)), Ok(vec![]));
        assert_eq!(rows(&many(MAX_ROWS + 1)), Err(ImportError::TooManyRows(MAX_ROWS)));
        let nested = "[".repeat(100_000);
        assert!(rows(&nested).unwrap_err().to_string().contains("not a book summary"));
    }
}
