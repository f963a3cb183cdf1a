//! The byte-level pieces that the account record and the tape are packed with.
//!
//! Variable-length integers are little-endian base 128 (seven bits a byte, the high bit says that more follow), at most as
//! long as their type needs, never padded; signed ones are zigzag. A reader never panics: what does not decode is a
//! [`CodecError`].

use crate::number::power_of_ten;
use thiserror::Error;

/// Bytes that are not a record of this kind.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// The record's first byte is another format's.
    #[error("{record}: format {found} is not known, this build reads format {known}")]
    Format {
        /// The kind of record.
        record: &'static str,
        /// The first byte.
        found: u8,
        /// The format that this build reads.
        known: u8,
    },
    /// The bytes end too early.
    #[error("{record}: the bytes end inside {field}")]
    Truncated {
        /// The kind of record.
        record: &'static str,
        /// What was being read.
        field: &'static str,
    },
    /// A field holds a value that it cannot have.
    #[error("{record}: {field} holds a value out of its range")]
    Range {
        /// The kind of record.
        record: &'static str,
        /// The field.
        field: &'static str,
    },
    /// Bytes are left over.
    #[error("{record}: {left} bytes are left over")]
    Trailing {
        /// The kind of record.
        record: &'static str,
        /// How many.
        left: usize,
    },
}

impl CodecError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format { .. } => "record_format",
            _ => "record_corrupt",
        }
    }
}

/// Appends packed fields to a byte vector.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Starts a record with its format byte.
    pub fn new(format: u8) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.push(format);
        Self { bytes }
    }

    /// The record.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes as they are: a record inside the record, which must be its last field.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// One byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// The `count` low bytes, least significant first.
    pub fn low_bytes(&mut self, value: u64, count: usize) {
        self.bytes.extend(value.to_le_bytes().into_iter().take(count));
    }

    /// A variable-length integer.
    pub fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value as u8) | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// A signed variable-length integer.
    pub fn signed(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)) as u64);
    }

    /// A text: its length, then its bytes.
    pub fn text(&mut self, text: &str) {
        self.varint(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    /// A signed 128-bit variable-length integer.
    pub fn wide(&mut self, value: i128) {
        let mut rest = ((value << 1) ^ (value >> 127)) as u128;
        while rest >= 0x80 {
            self.bytes.push((rest as u8) | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }
}

/// Takes packed fields from the front of a byte slice.
#[derive(Debug)]
pub struct Reader<'a> {
    record: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Opens a record and checks its format byte.
    pub fn open(record: &'static str, bytes: &'a [u8], known: u8) -> Result<Self, CodecError> {
        let mut reader = Self { record, rest: bytes };
        match reader.byte("the format")? {
            found if found == known => Ok(reader),
            found => Err(CodecError::Format { record, found, known }),
        }
    }

    /// The bytes that are not read yet: a record inside the record.
    pub fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// How many bytes are left.
    pub const fn left(&self) -> usize {
        self.rest.len()
    }

    /// True when all bytes are read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Ends the record: nothing may be left.
    pub fn finish(self) -> Result<(), CodecError> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(CodecError::Trailing {
                record: self.record,
                left,
            }),
        }
    }

    /// The error for a field that holds an impossible value.
    pub fn range(&self, field: &'static str) -> CodecError {
        CodecError::Range {
            record: self.record,
            field,
        }
    }

    /// One byte.
    pub fn byte(&mut self, field: &'static str) -> Result<u8, CodecError> {
        let (first, rest) = self.rest.split_first().ok_or(CodecError::Truncated {
            record: self.record,
            field,
        })?;
        self.rest = rest;
        Ok(*first)
    }

    /// `count` bytes, least significant first; at most eight.
    pub fn low_bytes(&mut self, field: &'static str, count: usize) -> Result<u64, CodecError> {
        (0..count).try_fold(0u64, |value, at| {
            let byte = u64::from(self.byte(field)?);
            Ok(value | byte.checked_shl(8 * at as u32).ok_or(self.range(field))?)
        })
    }

    /// A variable-length integer.
    pub fn varint(&mut self, field: &'static str) -> Result<u64, CodecError> {
        u64::try_from(self.base128(field)?).map_err(|_| self.range(field))
    }

    /// A signed variable-length integer.
    pub fn signed(&mut self, field: &'static str) -> Result<i64, CodecError> {
        let zigzag = self.varint(field)?;
        Ok(((zigzag >> 1) as i64) ^ -((zigzag & 1) as i64))
    }

    /// A signed 128-bit variable-length integer.
    pub fn wide(&mut self, field: &'static str) -> Result<i128, CodecError> {
        let zigzag = self.base128(field)?;
        Ok(((zigzag >> 1) as i128) ^ -((zigzag & 1) as i128))
    }

    /// A text.
    pub fn text(&mut self, field: &'static str) -> Result<&'a str, CodecError> {
        let length = self.varint(field)?;
        let (text, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length))
            .ok_or(CodecError::Truncated {
                record: self.record,
                field,
            })?;
        self.rest = rest;
        std::str::from_utf8(text).map_err(|_| self.range(field))
    }

    fn base128(&mut self, field: &'static str) -> Result<u128, CodecError> {
        // The first nine groups fill 63 bits: one word, which nearly always is enough.
        let mut low = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte(field)?;
            if shift > 0 && byte == 0 {
                return Err(self.range(field));
            }
            low |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(u128::from(low));
            }
        }
        self.base128_beyond(field, low)
    }

    /// The groups after the ninth.
    #[cold]
    fn base128_beyond(&mut self, field: &'static str, low: u64) -> Result<u128, CodecError> {
        let mut value = u128::from(low);
        let mut shift = 63u32;
        loop {
            let byte = self.byte(field)?;
            let part = u128::from(byte & 0x7f);
            // 18 groups fill 126 bits; the 19th may hold two more. A last group of zeros would be a second spelling.
            if shift > 126 || (shift == 126 && part > 3) || byte == 0 {
                return Err(self.range(field));
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }
}

/// Takes off trailing decimal zeros, at most 15: what is left and how many they were.
pub fn strip_zeros(mut mantissa: u64) -> (u64, u8) {
    let mut exponent = 0;
    while exponent < 15 && mantissa != 0 && mantissa.is_multiple_of(10) {
        mantissa /= 10;
        exponent += 1;
    }
    (mantissa, exponent)
}

/// Puts trailing zeros back: what [`strip_zeros`] takes apart into these two, none of another spelling and beyond 64 bits.
pub fn add_zeros(mantissa: u64, exponent: u8) -> Option<u64> {
    let shortest = match exponent {
        0..15 => !mantissa.is_multiple_of(10) || (mantissa == 0 && exponent == 0),
        15 => mantissa != 0,
        _ => false,
    };
    let power = power_of_ten(u32::from(exponent)).filter(|_| shortest)?;
    mantissa.checked_mul(power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_numbers_take_one_byte() {
        let mut writer = Writer::new(1);
        writer.varint(127);
        writer.signed(-64);
        writer.wide(63);
        assert_eq!(writer.finish(), [1, 127, 127, 126]);
    }

    #[test]
    fn a_reader_names_what_is_wrong() {
        let error = Reader::open("tape", &[7], 1).unwrap_err();
        assert_eq!(error.code(), "record_format");
        assert_eq!(
            error.to_string(),
            "tape: format 7 is not known, this build reads format 1"
        );
        assert!(Reader::open("tape", &[], 1).is_err());
        let endless = [1u8; 1].into_iter().chain([0xff; 40]).collect::<Vec<_>>();
        let mut reader = Reader::open("tape", &endless, 1).unwrap();
        assert!(matches!(reader.wide("index"), Err(CodecError::Range { .. })));
        let mut reader = Reader::open("tape", &endless, 1).unwrap();
        assert!(matches!(reader.varint("index"), Err(CodecError::Range { .. })));
        let mut reader = Reader::open("tape", &[1, 0x81, 0], 1).unwrap();
        assert!(
            matches!(reader.varint("index"), Err(CodecError::Range { .. })),
            "padded"
        );
        let reader = Reader::open("tape", &[1, 2], 1).unwrap();
        assert!(matches!(reader.finish(), Err(CodecError::Trailing { left: 1, .. })));
    }

    proptest! {
        #[test]
        fn integers_round_trip(a in any::<u64>(), b in any::<i64>(), c in any::<i128>(), d in any::<u32>()) {
            let mut writer = Writer::new(1);
            writer.varint(a);
            writer.signed(b);
            writer.wide(c);
            writer.low_bytes(u64::from(d), 4);
            let bytes = writer.finish();
            let mut reader = Reader::open("test", &bytes, 1).unwrap();
            prop_assert_eq!(reader.varint("a"), Ok(a));
            prop_assert_eq!(reader.signed("b"), Ok(b));
            prop_assert_eq!(reader.wide("c"), Ok(c));
            prop_assert_eq!(reader.low_bytes("d", 4), Ok(u64::from(d)));
            prop_assert_eq!(reader.finish(), Ok(()));
        }
    }
}
