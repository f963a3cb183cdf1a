//! What must hold for any bytes: one function for each fuzz target.
//!
//! The targets in the folder `fuzz` call these with what libFuzzer makes up, the test `replay` with the corpus in
//! `fuzz/corpus`. A panic, an overflow included, is what they look for; besides, each says what must be true.
//!
//! | target | what it reads |
//! |---|---|
//! | [`codec::tape`], [`codec::account`], [`codec::packed`] | the packed records of the contracts |
//! | [`json::model`], [`json::market`], [`json::portfolio`] | the files of the command line, valued by the engine |
//! | [`messages::messages`] | messages and queries, sent to both contracts on a chain in the process |
//! | [`kernel::kernel`] | arguments of the numeric kernel, at the edges of their ranges |

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what breaks an assumption is found"
)]

pub mod codec;
pub mod json;
pub mod kernel;
pub mod messages;

/// A target: panics on a finding, answers whether it understood the bytes.
pub type Target = fn(&[u8]) -> bool;

/// Every target by the name of its corpus.
pub const TARGETS: [(&str, Target); 8] = [
    ("account", codec::account),
    ("kernel", kernel::kernel),
    ("market", json::market),
    ("messages", messages::messages),
    ("model", json::model),
    ("packed", codec::packed),
    ("portfolio", json::portfolio),
    ("tape", codec::tape),
];
