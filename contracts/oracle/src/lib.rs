//! The oracle contract: publishers post reports, and the last accepted report of an underlying is its market tape.
//!
//! Messages, queries and the tape's codec are in [`hedgerow_interface`].
//!
//! | room | what lives there |
//! |---|---|
//! | [`contract`] | entry points: they only dispatch |
//! | [`report`] | a report is checked and becomes the tape |
//! | [`svi`] | what a volatility slice must satisfy |
//! | [`settlement`] | settlement prices of expiries that are over |
//! | [`listing`] | underlyings and their publishers |
//! | [`admin`] | set-up, timing, administration in two steps, migration |
//! | [`query`] | answers |
//! | [`state`] | what is stored and where |
//! | [`error`] | what can be wrong |

#![deny(clippy::float_arithmetic)]

pub mod admin;
pub mod contract;
pub mod error;
pub mod listing;
pub mod query;
pub mod report;
pub mod settlement;
pub mod state;
pub mod svi;

pub use error::ContractError;
