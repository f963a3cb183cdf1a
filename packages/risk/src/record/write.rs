//! JSON out: without blanks, fields in the order of the type, map entries in the order of their keys.

use super::{DecimalUnit, Node, Record, Walker, WideUnit};
use crate::number::format_decimal;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use std::fmt::Display;

/// The JSON of a record.
pub fn json(record: &mut dyn Record) -> String {
    let mut writer = Writer { out: String::new() };
    record.walk(&mut writer);
    writer.out
}

/// Writes any record by serde.
pub fn serialize<S: Serializer, T: Record + Clone>(record: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let text = json(&mut record.clone());
    let tree: Node = serde_json::from_str(&text).map_err(S::Error::custom)?;
    tree.serialize(serializer)
}

struct Writer {
    out: String,
}

impl Writer {
    /// A comma, unless something has just been opened or named, or nothing is there yet.
    fn next(&mut self) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(',');
        }
    }

    fn named(&mut self, name: &str) {
        self.next();
        self.plain(name);
        self.out.push(':');
    }

    /// Text without quotes, backslashes and control characters: names and numbers.
    fn plain(&mut self, text: &str) {
        self.out.push('"');
        self.out.push_str(text);
        self.out.push('"');
    }

    fn quoted(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        if !text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
            return self.plain(text);
        }
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '\0'..='\u{1f}' => {
                    self.out.push_str("\\u00");
                    for half in [c as usize >> 4, c as usize & 15] {
                        self.out.push(HEX.get(half).copied().map_or('0', char::from));
                    }
                }
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
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
        self.out.push_str(if *value { "true" } else { "false" });
    }

    fn number(&mut self, value: &mut u64, _: u64) {
        self.out.push_str(&value.to_string());
    }

    fn text(&mut self, value: &mut String) {
        self.quoted(value);
    }

    fn decimal(&mut self, steps: &mut i64, unit: &'static DecimalUnit) {
        self.plain(&format_decimal(i128::from(*steps), unit.decimals));
    }

    fn wide(&mut self, steps: &mut i128, unit: &'static WideUnit) {
        self.plain(&(unit.show)(*steps));
    }

    fn name(&mut self, names: &[&'static str], place: &mut usize) {
        self.plain(names.get(*place).copied().unwrap_or_default());
    }

    fn some(&mut self, is_some: bool) -> bool {
        if !is_some {
            self.out.push_str("null");
        }
        is_some
    }

    fn open(&mut self) {
        self.out.push('{');
    }

    fn field(&mut self, name: &'static str, value: &mut dyn Record, _: bool) {
        self.named(name);
        value.walk(self);
    }

    fn close(&mut self) {
        self.out.push('}');
    }

    fn open_list(&mut self, length: usize) -> usize {
        self.out.push('[');
        length
    }

    fn entry(&mut self, value: &mut dyn Record) {
        self.next();
        value.walk(self);
    }

    fn close_list(&mut self) {
        self.out.push(']');
    }

    fn open_map(&mut self, length: usize) -> usize {
        self.out.push('{');
        length
    }

    fn pair(&mut self, key: &mut dyn Record, value: &mut dyn Record) {
        self.next();
        key.walk(self);
        self.out.push(':');
        value.walk(self);
    }

    fn close_map(&mut self) {
        self.out.push('}');
    }

    fn open_choice(&mut self, names: &[&'static str], place: usize) -> usize {
        self.out.push('{');
        self.named(names.get(place).copied().unwrap_or_default());
        place
    }

    fn close_choice(&mut self) {
        self.out.push('}');
    }
}
