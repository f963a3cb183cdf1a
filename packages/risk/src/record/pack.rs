//! Packed bytes: the parts in their order, without names.
//!
//! | part | bytes |
//! |---|---|
//! | whole numbers, names, choices | base 128, as in [`crate::codec`] |
//! | decimals | `m * 16 + e` for `m * 10^e` steps with `e` as large as it gets, signed |
//! | wide decimals | their steps, signed |
//! | texts, lists, maps | their length, then their entries |
//! | options, truth values | 0, or 1 and the value |

use super::{DecimalUnit, Record, Walker, WideUnit};
use crate::codec::{self, CodecError, add_zeros, strip_zeros};
use std::fmt::Display;

/// The packed bytes of a record, behind a byte for their format.
pub fn pack(format: u8, record: &mut dyn Record) -> Vec<u8> {
    let mut writer = Writer(codec::Writer::new(format));
    record.walk(&mut writer);
    writer.0.finish()
}

/// A record from its packed bytes; `what` is its name in errors.
pub fn unpack<T: Record>(what: &'static str, format: u8, bytes: &[u8]) -> Result<T, CodecError> {
    let mut record = T::blank();
    fill(what, format, bytes, &mut record)?;
    Ok(record)
}

/// One function for all types: only the blank differs.
fn fill(what: &'static str, format: u8, bytes: &[u8], record: &mut dyn Record) -> Result<(), CodecError> {
    let mut reader = Reader {
        bytes: codec::Reader::open(what, bytes, format)?,
        error: None,
    };
    record.walk(&mut reader);
    match reader.error {
        Some(error) => Err(error),
        None => reader.bytes.finish(),
    }
}

struct Writer(codec::Writer);

impl Walker for Writer {
    fn reads(&self) -> bool {
        false
    }

    fn is_packed(&self) -> bool {
        true
    }

    fn fail(&mut self, _: &dyn Display) {}

    fn has_failed(&self) -> bool {
        false
    }

    fn bool(&mut self, value: &mut bool) {
        self.0.byte(u8::from(*value));
    }

    fn number(&mut self, value: &mut u64, _: u64) {
        self.0.varint(*value);
    }

    fn text(&mut self, value: &mut String) {
        self.0.text(value);
    }

    fn decimal(&mut self, steps: &mut i64, _: &'static DecimalUnit) {
        let (mantissa, exponent) = strip_zeros(steps.unsigned_abs());
        let signed = i128::from(mantissa) * i128::from(steps.signum());
        self.0.wide(signed * 16 + i128::from(exponent));
    }

    fn wide(&mut self, steps: &mut i128, _: &'static WideUnit) {
        self.0.wide(*steps);
    }

    fn name(&mut self, _: &[&'static str], place: &mut usize) {
        self.0.varint(*place as u64);
    }

    fn some(&mut self, is_some: bool) -> bool {
        self.0.byte(u8::from(is_some));
        is_some
    }

    fn open(&mut self) {}

    fn field(&mut self, _: &'static str, value: &mut dyn Record, _: bool) {
        value.walk(self);
    }

    fn close(&mut self) {}

    fn open_list(&mut self, length: usize) -> usize {
        self.0.varint(length as u64);
        length
    }

    fn entry(&mut self, value: &mut dyn Record) {
        value.walk(self);
    }

    fn close_list(&mut self) {}

    fn open_map(&mut self, length: usize) -> usize {
        self.open_list(length)
    }

    fn pair(&mut self, key: &mut dyn Record, value: &mut dyn Record) {
        key.walk(self);
        value.walk(self);
    }

    fn close_map(&mut self) {}

    fn open_choice(&mut self, _: &[&'static str], place: usize) -> usize {
        self.0.varint(place as u64);
        place
    }

    fn close_choice(&mut self) {}
}

struct Reader<'a> {
    bytes: codec::Reader<'a>,
    error: Option<CodecError>,
}

impl Reader<'_> {
    /// The value that was read; none after an error.
    fn kept<T>(&mut self, read: Result<T, CodecError>) -> Option<T> {
        if self.error.is_some() {
            return None;
        }
        read.map_err(|error| self.error = Some(error)).ok()
    }

    #[cold]
    fn out_of_range(&mut self, what: &'static str) {
        let error = self.bytes.range(what);
        self.error.get_or_insert(error);
    }

    /// An index below `count`.
    fn place(&mut self, count: usize) -> usize {
        let read = self.bytes.varint("a choice");
        match self.kept(read) {
            Some(place) if place < count as u64 => place as usize,
            Some(_) => {
                self.out_of_range("a choice");
                0
            }
            None => 0,
        }
    }
}

impl Walker for Reader<'_> {
    fn reads(&self) -> bool {
        true
    }

    fn is_packed(&self) -> bool {
        true
    }

    fn fail(&mut self, _: &dyn Display) {
        self.out_of_range("a text");
    }

    fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    fn bool(&mut self, value: &mut bool) {
        *value = self.some(false);
    }

    fn number(&mut self, value: &mut u64, most: u64) {
        let read = self.bytes.varint("a number");
        match self.kept(read) {
            Some(read) if read <= most => *value = read,
            Some(_) => self.out_of_range("a number"),
            None => {}
        }
    }

    fn text(&mut self, value: &mut String) {
        let read = self.bytes.text("a text");
        if let Some(text) = self.kept(read) {
            *value = text.to_owned();
        }
    }

    fn decimal(&mut self, steps: &mut i64, unit: &'static DecimalUnit) {
        let read = self.bytes.wide("a decimal");
        let Some(packed) = self.kept(read) else { return };
        let read = i64::try_from(packed >> 4).ok().and_then(|mantissa| {
            let magnitude = add_zeros(mantissa.unsigned_abs(), (packed & 15) as u8)?;
            let magnitude = i64::try_from(magnitude).ok()?;
            Some(if mantissa < 0 { -magnitude } else { magnitude })
        });
        match read {
            Some(read) if (unit.min..=unit.max).contains(&read) => *steps = read,
            _ => self.out_of_range(unit.name),
        }
    }

    fn wide(&mut self, steps: &mut i128, unit: &'static WideUnit) {
        let read = self.bytes.wide("an amount");
        match self.kept(read) {
            Some(read) if (unit.holds)(read) => *steps = read,
            Some(_) => self.out_of_range("an amount"),
            None => {}
        }
    }

    fn name(&mut self, names: &[&'static str], place: &mut usize) {
        *place = self.place(names.len());
    }

    fn some(&mut self, _: bool) -> bool {
        let read = self.bytes.byte("an option");
        match self.kept(read) {
            Some(1) => true,
            Some(2..) => {
                self.out_of_range("an option");
                false
            }
            _ => false,
        }
    }

    fn open(&mut self) {}

    fn field(&mut self, _: &'static str, value: &mut dyn Record, _: bool) {
        value.walk(self);
    }

    fn close(&mut self) {}

    fn open_list(&mut self, _: usize) -> usize {
        let read = self.bytes.varint("a list");
        match self.kept(read) {
            // Every entry has a byte at least: a count that promises more is not believed.
            Some(length) if length <= self.bytes.left() as u64 => length as usize,
            Some(_) => {
                self.out_of_range("a list");
                0
            }
            None => 0,
        }
    }

    fn entry(&mut self, value: &mut dyn Record) {
        value.walk(self);
    }

    fn close_list(&mut self) {}

    fn open_map(&mut self, length: usize) -> usize {
        self.open_list(length)
    }

    fn pair(&mut self, key: &mut dyn Record, value: &mut dyn Record) {
        key.walk(self);
        value.walk(self);
    }

    fn close_map(&mut self) {}

    fn open_choice(&mut self, names: &[&'static str], _: usize) -> usize {
        self.place(names.len())
    }

    fn close_choice(&mut self) {}
}
