//! The numeric kernel against 80-digit arithmetic, and the laws that prices obey.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod elementary;
mod exact;
mod golden;
mod laws;
