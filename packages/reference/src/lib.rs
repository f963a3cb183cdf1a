//! The margin model once more, in doubles: what the engine's tests and benches compare it with.
//!
//! Shares nothing with the engine, neither code nor types nor method: it reads the JSON by itself, prices by `erfc`, puts by
//! their own formula instead of parity, and adds up in doubles. It is written to be read and to be fast enough for a fair
//! race: logarithms once a strike, volatilities once an expiry and move.
//!
//! | room | what lives there |
//! |---|---|
//! | [`read`] | models, markets and portfolios from their JSON |
//! | [`black76`] | one price, one delta |
//! | [`margin`](mod@margin) | equity and requirements of a portfolio |
//! | [`charges`] | what the requirements ask for beside the scan |
//! | [`random`] | models, markets and portfolios from a seed, as JSON |
//!
//! It trusts its input: what is malformed stops it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a reference stops at the first surprise"
)]

pub mod black76;
pub mod charges;
pub mod margin;
pub mod random;
pub mod read;

pub use margin::{Margin, margin};
pub use read::{Market, Model, Portfolio};
