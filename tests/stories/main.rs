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
mod attacks;
mod bad_input;
mod bad_params;
mod batches;
mod delegation;
mod gate;
mod insolvency;
mod liquidation;
mod margins;
mod modes;
mod previews;
mod queries;
mod relays;
mod settlement;
mod stale;
mod trades;
mod walk;

use hedgerow_risk::number::Value;

/// The value is this to 1e-9: the engine's precision on numbers of some thousands, far below a base unit.
fn near(found: Value, expected: &str) {
    let off = found.saturating_sub(expected.parse().unwrap()).abs();
    assert!(off < "0.000000001".parse().unwrap(), "{found} is not {expected}");
}
