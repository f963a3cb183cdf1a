//! Hedgerow's margin engine: the arithmetic that the contract, keepers, frontends and auditors share.
//!
//! | room | what lives there |
//! |---|---|
//! | [`number`] | a type for every unit, decimal strings, rounding directions |
//! | [`kernel`] | ln, exp, square root, normal distribution and Black-76 on integers |

#![deny(clippy::float_arithmetic)]

pub mod kernel;
pub mod number;
