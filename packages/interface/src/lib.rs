//! What bots, frontends and other contracts import: the messages and queries of both contracts, their typed events, and
//! the codecs of the records that are worth reading raw.
//!
//! | room | what lives there |
//! |---|---|
//! | [`margin`] | the margin contract: messages, queries, answers, parameters |
//! | [`oracle`] | the oracle contract: reports, messages, queries |
//! | [`event`] | typed events, written by the contracts and read back by bots |
//! | [`account`] | the packed account record, one storage key an account |
//! | [`tape`] | the packed market tape, one storage key an underlying |
//! | [`keys`] | where those records lie in storage |
//! | [`signing`] | texts signed off chain, as wallets do it |
//! | [`fill`] | the text of a traded leg, `BTC-28MAR25-100000-C 1.5@1200` |

#![deny(clippy::float_arithmetic)]

pub mod account;
pub mod event;
pub mod fill;
pub mod keys;
pub mod margin;
pub mod oracle;
pub mod schema;
pub mod signing;
pub mod tape;

pub use account::AccountId;
pub use hedgerow_risk::codec;
