//! The engine: from model, market and portfolio to equity and requirements.
//!
//! | step | file |
//! |---|---|
//! | net the legs, group them, find their prices | `book`, `collateral` |
//! | compile the scenarios for an underlying, and what an expiry's time does to them | `grid`, `term`, `skew`, `setup` |
//! | the volatility of a strike | `svi` |
//! | value one strike in every scenario (the hot loop), one expiry, one underlying | `part`, `series`, `underlying` |
//! | what several portfolios have in common, computed once | `shared` |
//! | add up underlyings, aggregate scenarios | `scan`, `aggregate` |
//! | charges (in [`crate::charges`]) and requirements | `exposure`, `requirement` |
//! | who is to blame | `contribution`, `leg_charges` |
//!
//! # Canonical arithmetic
//!
//! Per instrument and scenario there is an integer unit P&L u and an integer error e >= 0, at a scale fixed by the
//! underlying's index alone; a position q counts with `q u - |q| e`. Sums are exact in 128 bits (see `scale`), so the order
//! of the legs cannot matter; what is rounded afterwards is rounded against the account. Hence `M(A + B) <= M(A) + M(B)`,
//! and every build of this code gives the same bits. A revaluation does not fail, however extreme the prices are: what
//! cannot be priced is bounded, and what leaves the range of a value is held at its end.

mod aggregate;
pub(crate) mod book;
mod collateral;
pub(crate) mod contribution;
mod exposure;
pub(crate) mod grid;
mod leg_charges;
mod part;
pub(crate) mod requirement;
pub(crate) mod scale;
pub(crate) mod scan;
pub(crate) mod series;
pub(crate) mod setup;
pub(crate) mod shared;
mod skew;
pub(crate) mod sum;
pub(crate) mod svi;
mod term;
mod underlying;

pub(crate) use svi::YEAR_SECONDS;
