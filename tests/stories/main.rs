//! Stories over both contracts: one file a message or capability. The invariants are checked after every step.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a broken assumption is a failed test"
)]

mod accounts;
mod admin;
mod delegation;
mod queries;
mod settlement;
mod trades;
