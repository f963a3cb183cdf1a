//! Skip's Connect, formerly Slinky: prices that the validators agree on in every block.
//!
//! ```text
//! request   GetPriceRequest  { currency_pair: string = 1 }                                     protobuf
//! answer    GetPriceResponse { price: QuotePrice = 1, nonce: uint64 = 2, decimals: uint64 = 3, id: uint64 = 4 }
//!           QuotePrice       { price: string = 1, block_timestamp: Timestamp = 2, block_height: uint64 = 3 }
//!           Timestamp        { seconds: int64 = 1, nanos: int32 = 2 }
//! ```
//! A price is `price * 10^-decimals`. Source: github.com/skip-mev/connect, proto/connect/oracle/v2. The chain must allow
//! contracts this query.

use super::{Quote, Reading, price, raw};
use cosmwasm_std::Binary;
use hedgerow_risk::number::Ratio;

/// The pair's price.
pub fn quote(reading: &Reading<'_>, pair: &str) -> Option<Quote> {
    let length = u8::try_from(pair.len()).ok().filter(|length| *length < 128)?;
    let question = [&[0x0a, length], pair.as_bytes()].concat();
    let data = Binary::from(question).to_base64();
    let request = [
        r#"{"grpc":{"path":"/connect.oracle.v2.Query/GetPrice","data":""#,
        &data,
        r#""}}"#,
    ]
    .concat();
    let answer = raw(&reading.deps.querier, &request)?;
    let said = field(&answer, 1)?.bytes()?;
    let mantissa = std::str::from_utf8(field(said, 1)?.bytes()?).ok()?;
    let time = field(field(said, 2)?.bytes()?, 1)?.number()?;
    // Left out it would be zero, which is no price's.
    let decimals = field(&answer, 3)?.number()?;
    let exponent = i32::try_from(decimals).ok()?.checked_neg()?;
    Some(Quote {
        time,
        price: price(mantissa.parse().ok()?, exponent, reading.listed.contract_size)?,
        confidence: Ratio::ONE,
    })
}

/// A field of a protobuf message.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn number(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Bytes(_) => None,
        }
    }

    fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Number(_) => None,
            Self::Bytes(bytes) => Some(bytes),
        }
    }
}

/// The first field of a number; none where there is none, or the bytes are no message.
fn field(mut message: &[u8], wanted: u64) -> Option<Field<'_>> {
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let value = match key & 7 {
            0 => Field::Number(varint(&mut message)?),
            1 => Field::Bytes(take(&mut message, 8)?),
            2 => {
                let length = varint(&mut message)?;
                Field::Bytes(take(&mut message, usize::try_from(length).ok()?)?)
            }
            5 => Field::Bytes(take(&mut message, 4)?),
            _ => return None,
        };
        if key >> 3 == wanted {
            return Some(value);
        }
    }
    None
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?.first()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}
