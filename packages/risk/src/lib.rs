//! Hedgerow's margin engine: the arithmetic that the contract, keepers, frontends and auditors share.
//!
//! | room | what lives there |
//! |---|---|
//! | [`number`] | a type for every unit, decimal strings, rounding directions |
//! | [`instrument`] | symbols, days, instruments and their names |
//! | [`market`] | prices: the oracle's tape and the market file |
//! | [`portfolio`] | cash, collateral, legs, foreign vectors |
//! | [`kernel`] | ln, exp, square root, normal distribution and Black-76 on integers |

#![deny(clippy::float_arithmetic)]

pub mod instrument;
pub mod kernel;
pub mod market;
pub mod number;
pub mod portfolio;
