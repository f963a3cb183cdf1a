//! The oracle contract: the reports of several publishers become one market tape per underlying.
//!
//! Messages, queries and the tape's codec are in [`hedgerow_interface`].
//!
//! | room | what lives there |
//! |---|---|
//! | [`contract`] | entry points: they only dispatch |
//! | [`report`] | a report comes in and makes the tape anew |
//! | [`check`] | what one report must satisfy |
//! | [`svi`], [`calendar`] | what volatility slices must satisfy, alone and together |
//! | [`round`] | which reports take part, and the quorum |
//! | [`aggregate`], [`median`] | one tape from several reports |
//! | [`feed`] | prices that other contracts and modules say |
//! | [`jump`] | far prices wait for a second round |
//! | [`history`] | averages and the stable price |
//! | [`settlement`] | settlement prices of expiries that are over |
//! | [`listing`] | underlyings and their publishers |
//! | [`admin`] | set-up, rules, administration in two steps, migration |
//! | [`query`] | answers |
//! | [`state`] | what is stored and where |
//! | [`error`] | what can be wrong |

#![deny(clippy::float_arithmetic)]

pub mod admin;
pub mod aggregate;
pub mod calendar;
pub mod check;
pub mod contract;
pub mod error;
pub mod feed;
pub mod history;
pub mod jump;
pub mod listing;
pub mod median;
pub mod query;
pub mod report;
pub mod round;
pub mod settlement;
pub mod state;
pub mod svi;

pub use error::ContractError;
