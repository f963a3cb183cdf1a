//! What tests of Hedgerow stand on: markets, a simulated chain with both contracts, stories, invariants.
//!
//! | room | what lives there |
//! |---|---|
//! | [`market`] | the fixture market, the loader of market files, moves of spot and volatility |
//! | [`setup`] | models and parameters that worlds are made with |
//! | [`world`] | the simulated chain: both contracts, publisher, venue, clock, queries |
//! | [`story`] | tests that read like a story; every step checks the invariants |
//! | [`actions`] | the verbs of a story |
//! | [`replay`] | margins recomputed off chain from what the contract says of itself |
//! | [`invariants`] | what must hold after every step, one function each |
//! | [`audit`] | the invariants counted and told instead of asserted |
//! | [`refusal`] | refused messages and their stable codes |
//!
//! ```
//! use hedgerow_testing::{Story, minutes};
//!
//! let mut story = Story::new();
//! let alice = story.trader("alice", 100_000);
//! let maker = story.trader("maker", 1_000_000);
//! story.buys(alice, maker, "BTC-PERP 1@60000");
//! story.spot("BTC", "0.95");
//! story.later(minutes(5));
//! story.sells(alice, maker, "BTC-PERP 1@57000");
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a broken assumption is a failed test"
)]

pub mod actions;
pub mod audit;
pub mod invariants;
pub mod market;
pub mod refusal;
pub mod replay;
pub mod setup;
pub mod story;
pub mod world;

pub use refusal::Refusal;
pub use setup::Setup;
pub use story::{Story, Trader, days, hours, minutes};
pub use world::{World, pages};
