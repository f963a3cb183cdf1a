//! A traded leg as text that is readable in a wallet: `BTC-28MAR25-100000-C 1.5@1200`.

use hedgerow_risk::instrument::{Instrument, InstrumentError};
use hedgerow_risk::number::{NumberError, Price, Quantity};
use hedgerow_risk::record::Record;
use hedgerow_risk::record_text;
use schemars::JsonSchema;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// One leg of a trade: the taker's signed quantity (positive buys) and the price per contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegFill {
    /// What is traded.
    pub instrument: Instrument,
    /// Contracts that the taker buys; negative when it sells. Never zero.
    pub quantity: Quantity,
    /// Quote per contract.
    pub price: Price,
}

/// A text that is no leg.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FillError {
    /// Not `INSTRUMENT QUANTITY@PRICE`.
    #[error("leg {0:?}: must look like \"BTC-28MAR25-100000-C 1.5@1200\"")]
    Form(String),
    /// Its instrument is none.
    #[error("leg {text:?}: {source}")]
    Instrument {
        /// The leg.
        text: String,
        /// What is wrong.
        source: InstrumentError,
    },
    /// Its quantity or price is none.
    #[error("leg {text:?}: {source}")]
    Number {
        /// The leg.
        text: String,
        /// What is wrong.
        source: NumberError,
    },
    /// Nothing is traded.
    #[error("leg {0:?}: quantity must not be 0")]
    Zero(String),
}

impl FromStr for LegFill {
    type Err = FillError;

    fn from_str(text: &str) -> Result<Self, FillError> {
        let shown = || text.chars().take(60).collect::<String>();
        let (instrument, rest) = text.split_once(' ').ok_or_else(|| FillError::Form(shown()))?;
        let (quantity, price) = rest.split_once('@').ok_or_else(|| FillError::Form(shown()))?;
        let number = |source| FillError::Number { text: shown(), source };
        let fill = Self {
            instrument: instrument
                .parse()
                .map_err(|source| FillError::Instrument { text: shown(), source })?,
            quantity: quantity.parse().map_err(number)?,
            price: price.parse().map_err(number)?,
        };
        if fill.quantity.is_zero() {
            return Err(FillError::Zero(shown()));
        }
        Ok(fill)
    }
}

impl fmt::Display for LegFill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}@{}", self.instrument, self.quantity, self.price)
    }
}

record_text! { LegFill = LegFill {
    instrument: Record::blank(), quantity: Quantity::ZERO, price: Price::ONE,
} }

impl JsonSchema for LegFill {
    fn schema_name() -> String {
        "LegFill".to_owned()
    }

    fn json_schema(_: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
        schemars::schema::SchemaObject {
            metadata: Some(Box::new(schemars::schema::Metadata {
                description: Some(
                    "A traded leg, \"INSTRUMENT QUANTITY@PRICE\"; the quantity is the taker's, negative when it sells"
                        .to_owned(),
                ),
                ..Default::default()
            })),
            instance_type: Some(schemars::schema::InstanceType::String.into()),
            ..Default::default()
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        for text in ["BTC-28MAR25-100000-C 1.5@1200", "BTC-PERP -0.00000001@95663.5"] {
            assert_eq!(text.parse::<LegFill>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "BTC-PERP",
            "BTC-PERP 1",
            "BTC-PERP 0@1",
            "BTC-PERP 1@0",
            "BTC-PERP 1@-5",
            "BTC-PERP  1@5",
            "BTC-PERP 1@5 ",
            "BTC-PERP 0.000000001@5",
            "BTC-28MAR25-0-C 1@5",
            "BTC-PERP 99999999999@5",
        ] {
            assert!(text.parse::<LegFill>().is_err(), "{text}");
        }
    }
}
