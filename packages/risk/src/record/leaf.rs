//! What has no fields: numbers, texts, decimals.

use super::{Record, Walker};
use std::fmt::Display;
use std::str::FromStr;

/// A unit whose values are 64-bit integers.
#[derive(Debug)]
pub struct DecimalUnit {
    /// What it is called in errors.
    pub name: &'static str,
    /// Number of decimals.
    pub decimals: u32,
    /// The least value, in steps.
    pub min: i64,
    /// The greatest value, in steps.
    pub max: i64,
}

/// A unit whose values are 128-bit integers.
#[derive(Debug)]
pub struct WideUnit {
    /// Appends the text of a value.
    pub show: fn(i128, &mut Vec<u8>),
    /// The value of a text, or what is wrong with it.
    pub read: fn(&str) -> Result<i128, String>,
    /// Is this a value of the unit?
    pub holds: fn(i128) -> bool,
}

macro_rules! whole_numbers {
    ($($int:ident)*) => {$(
        impl Record for $int {
            fn blank() -> Self {
                0
            }

            fn walk(&mut self, walker: &mut dyn Walker) {
                let mut wide = u64::from(*self);
                walker.number(&mut wide, u64::from($int::MAX));
                // The walker keeps to the bound: nothing is cut off.
                *self = wide as $int;
            }
        }
    )*};
}

whole_numbers!(u8 u16 u32 u64);

impl Record for bool {
    fn blank() -> Self {
        false
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        walker.bool(self);
    }
}

impl Record for String {
    fn blank() -> Self {
        Self::new()
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        walker.text(self);
    }
}

/// Walks a type that is written as a string.
pub fn walk_text<T: FromStr<Err: Display> + Display>(value: &mut T, walker: &mut dyn Walker) {
    let mut text = if walker.reads() {
        String::new()
    } else {
        value.to_string()
    };
    walker.text(&mut text);
    if walker.reads() && !walker.has_failed() {
        match text.parse() {
            Ok(read) => *value = read,
            Err(error) => walker.fail(&error),
        }
    }
}
