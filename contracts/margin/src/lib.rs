//! The margin contract: accounts that hold many positions, margined as one portfolio.
//!
//! | room | what lives there |
//! |---|---|
//! | [`contract`] | entry points, nothing but dispatch |
//! | `account` | create, deposit, withdraw, transfer |
//! | `delegation` | who may act for an account |
//! | `trade` | matches by registered venues |
//! | `settle` | expired legs, on request |
//! | `liquidate` | clocks and slices |
//! | `insurance` | the fund |
//! | `admin` | parameters, venues, ownership |
//! | `query` | every answer |
//! | `desk` | one message's working set: accounts, prices, the gate, what is written |
//! | `payment` | the coins sent along |
//! | `position` | how legs change; pure |
//! | `tape` | prices out of the oracle's storage |
//! | [`state`] | what is stored |
//! | [`error`] | why a message was refused |
//!
//! Every handler reads as load, compute, apply. The engine is [`hedgerow_risk`], the messages [`hedgerow_interface`].

#![deny(clippy::float_arithmetic)]

mod account;
mod admin;
pub mod contract;
mod delegation;
mod desk;
pub mod error;
mod insurance;
mod liquidate;
mod payment;
mod position;
mod query;
mod settle;
#[allow(missing_docs)] // Fields are named as in the messages that set them.
pub mod state;
mod tape;
mod trade;

pub use error::ContractError;
