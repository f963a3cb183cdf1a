//! How values are read and written: each type lists its fields once, and every form follows that list.
//!
//! | form | walker | used for |
//! |---|---|---|
//! | JSON in | [`read`], by way of a tree of [`Node`]s | messages, queries, files |
//! | JSON out | [`json`] | answers, files, fingerprints |
//! | packed bytes | [`pack`], [`unpack`] | what a contract stores |
//!
//! A [`Walker`] visits the fields of a [`Record`] in their order and takes values out of them or puts values in. The macros
//! [`record!`](crate::record!), [`record_enum!`](crate::record_enum!), [`record_names!`](crate::record_names!) and
//! [`record_text!`](crate::record_text!) write the visits. A type costs a contract some twenty bytes a field and each form
//! a kilobyte; what serde derives for every pair of type and format was half of a contract's code. serde's traits are
//! implemented on top, so `serde_json` and all that builds on it work as ever.
//!
//! Reading is strict: a field that is not known or comes twice, a list for an object, a number for a decimal string are
//! errors that name the path and the reason ([`ReadError`]). The first error ends the walk: what comes after it is
//! neither looked at nor changed.

mod collection;
mod error;
mod leaf;
mod macros;
mod node;
mod pack;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use collection::{Entries, show_all};
pub use error::ReadError;
pub use leaf::{DecimalUnit, WideUnit, walk_text};
pub use node::Node;
pub use pack::{pack, unpack};
pub use read::{deserialize, read};
pub use write::{json, serialize};

#[doc(hidden)]
pub use serde;

/// A type whose values can be walked.
pub trait Record {
    /// A value to read into. What is not read over is never looked at.
    fn blank() -> Self
    where
        Self: Sized;

    /// Shows every part to the walker, in order.
    fn walk(&mut self, walker: &mut dyn Walker);

    /// May a field of this type be missing?
    fn may_be_missing(&self) -> bool {
        false
    }

    /// Is there nothing to write?
    fn is_nothing(&self) -> bool {
        false
    }
}

/// Reads or writes the parts of a record in one format. A writer changes nothing.
pub trait Walker {
    /// Are values put into the record?
    fn reads(&self) -> bool;

    /// Is the format packed, without names?
    fn is_packed(&self) -> bool;

    /// Ends the walk with an error at the present place; the first one counts.
    fn fail(&mut self, reason: &dyn std::fmt::Display);

    /// Did it fail?
    fn has_failed(&self) -> bool;

    /// A truth value.
    fn bool(&mut self, value: &mut bool);

    /// A whole number; `most` is the largest that is taken.
    fn number(&mut self, value: &mut u64, most: u64);

    /// A text.
    fn text(&mut self, value: &mut String);

    /// A decimal of a unit, in its steps.
    fn decimal(&mut self, steps: &mut i64, unit: &'static DecimalUnit);

    /// A decimal of a unit with more bits.
    fn wide(&mut self, steps: &mut i128, unit: &'static WideUnit);

    /// One of these names, by its place among them.
    fn name(&mut self, names: &[&'static str], place: &mut usize);

    /// Is there a value? For options: true is followed by the value.
    fn some(&mut self, is_some: bool) -> bool;

    /// An object opens.
    fn open(&mut self);

    /// A field of it. A reader leaves the value alone when the field is missing, if that is allowed.
    fn field(&mut self, name: &'static str, value: &mut dyn Record, may_be_missing: bool);

    /// The object ends.
    fn close(&mut self);

    /// A list opens, this long; the answer is how many entries follow.
    fn open_list(&mut self, length: usize) -> usize;

    /// An entry of the list.
    fn entry(&mut self, value: &mut dyn Record);

    /// The list ends.
    fn close_list(&mut self);

    /// A map opens, with so many entries; the answer is how many follow.
    fn open_map(&mut self, length: usize) -> usize;

    /// An entry of the map; the key has a text form.
    fn pair(&mut self, key: &mut dyn Record, value: &mut dyn Record);

    /// The map ends.
    fn close_map(&mut self);

    /// The variant of an enum, by its place among the names; what it holds follows.
    fn open_choice(&mut self, names: &[&'static str], place: usize) -> usize;

    /// The enum ends.
    fn close_choice(&mut self);
}
