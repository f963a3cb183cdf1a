//! JSON out: without blanks, fields in the order of the type, map entries in the order of their keys.

use super::{DecimalUnit, Node, Record, Walker, WideUnit};
use crate::number::push_decimal;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use std::fmt::Display;

/// The JSON of a record.
pub fn json(record: &mut dyn Record) -> Vec<u8> {
    let mut writer = Writer { out: Vec::new() };
    record.walk(&mut writer);
    writer.out
}

/// Writes any record by serde.
pub fn serialize<S: Serializer, T: Record + Clone>(record: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let text = json(&mut record.clone());
    let tree: Node = serde_json::from_slice(&text).map_err(S::Error::custom)?;
    tree.serialize(serializer)
}

struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// A comma, unless something has just been opened or named, or nothing is there yet.
    fn next(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }

    fn named(&mut self, name: &str) {
        self.next();
        self.plain(name);
        self.out.push(b':');
    }

    /// Text without quotes, backslashes and control characters: names and numbers.
    fn plain(&mut self, text: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'"');
    }

    fn quoted(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        if !text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
            return self.plain(text);
        }
        self.out.push(b'"');
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', byte]),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                0x08 => self.out.extend_from_slice(b"\\b"),
                0x0c => self.out.extend_from_slice(b"\\f"),
                ..0x20 => {
                    self.out.extend_from_slice(b"\\u00");
                    let half = |half: u8| HEX.get(usize::from(half)).copied().unwrap_or(b'0');
                    self.out.extend([half(byte >> 4), half(byte & 15)]);
                }
                _ => self.out.push(byte),
            }
        }
        self.out.push(b'"');
    }
}

impl Walker for Writer {
    fn reads(&self) -> bool {
        false
    }

    fn is_packed(&self) -> bool {
        false
    }

    fn fail(&mut self, _: &dyn Display) {}

    fn has_failed(&self) -> bool {
        false
    }

    fn bool(&mut self, value: &mut bool) {
        self.out.extend_from_slice(if *value { b"true" } else { b"false" });
    }

    fn number(&mut self, value: &mut u64, _: u64) {
        push_decimal(&mut self.out, i128::from(*value), 0);
    }

    fn text(&mut self, value: &mut String) {
        self.quoted(value);
    }

    fn decimal(&mut self, steps: &mut i64, unit: &'static DecimalUnit) {
        self.out.push(b'"');
        push_decimal(&mut self.out, i128::from(*steps), unit.decimals);
        self.out.push(b'"');
    }

    fn wide(&mut self, steps: &mut i128, unit: &'static WideUnit) {
        self.out.push(b'"');
        (unit.show)(*steps, &mut self.out);
        self.out.push(b'"');
    }

    fn name(&mut self, names: &[&'static str], place: &mut usize) {
        self.plain(names.get(*place).copied().unwrap_or_default());
    }

    fn some(&mut self, is_some: bool) -> bool {
        if !is_some {
            self.out.extend_from_slice(b"null");
        }
        is_some
    }

    fn open(&mut self) {
        self.out.push(b'{');
    }

    fn field(&mut self, name: &'static str, value: &mut dyn Record, _: bool) {
        self.named(name);
        value.walk(self);
    }

    fn close(&mut self) {
        self.out.push(b'}');
    }

    fn open_list(&mut self, length: usize) -> usize {
        self.out.push(b'[');
        length
    }

    fn entry(&mut self, value: &mut dyn Record) {
        self.next();
        value.walk(self);
    }

    fn close_list(&mut self) {
        self.out.push(b']');
    }

    fn open_map(&mut self, length: usize) -> usize {
        self.out.push(b'{');
        length
    }

    fn pair(&mut self, key: &mut dyn Record, value: &mut dyn Record) {
        self.next();
        key.walk(self);
        self.out.push(b':');
        value.walk(self);
    }

    fn close_map(&mut self) {
        self.out.push(b'}');
    }

    fn open_choice(&mut self, names: &[&'static str], place: usize) -> usize {
        self.out.push(b'{');
        self.named(names.get(place).copied().unwrap_or_default());
        place
    }

    fn close_choice(&mut self) {
        self.out.push(b'}');
    }
}
