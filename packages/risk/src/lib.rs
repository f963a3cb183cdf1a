//! Hedgerow's margin engine: the arithmetic that the contract, keepers, frontends and auditors share.
//!
//! | room | what lives there |
//! |---|---|
//! | [`number`] | a type for every unit, decimal strings, rounding directions |
//! | [`instrument`] | symbols, days, instruments and their names |
//! | [`market`] | prices: the oracle's tape and the market file |
//! | [`rules`] | what a market from outside must satisfy |
//! | [`surface`] | the volatility that a slice gives at a moneyness |
//! | [`portfolio`] | cash, collateral, legs, foreign vectors |
//! | [`model`] | the margin model as data, and its validation |
//! | [`assess`](mod@assess) | the engine's entry points: from model, market and portfolio to an assessment |
//! | [`assessment`] | equity, requirements, scenarios, charges, contributions |
//! | `engine` | how these come about, step by step |
//! | [`charges`] | what the requirements ask for beside the scan: one file a charge |
//! | [`answer`] | an assessment as JSON |
//! | [`gate`](mod@gate) | which changes an account may make |
//! | [`trade`] | a proposed trade: the account before and after it |
//! | [`liquidation`] | health, slices and their price, the fund's payout |
//! | [`liquidation_price`] | how far an underlying may move before an account is liquidatable |
//! | [`record`](mod@record) | how structs are read, written and packed |
//! | [`named`] | the small map of models and markets |
//! | [`codec`] | the bytes of packed records |
//! | [`error`] | what the engine cannot value |
//! | [`kernel`] | ln, exp, square root, normal distribution and Black-76 on integers |

#![deny(clippy::float_arithmetic)]

pub mod answer;
pub mod assess;
pub mod assessment;
pub mod charges;
pub mod codec;
mod engine;
pub mod error;
pub mod gate;
pub mod instrument;
pub mod kernel;
pub mod liquidation;
pub mod liquidation_price;
pub mod market;
pub mod model;
pub mod named;
pub mod number;
pub mod portfolio;
pub mod record;
pub mod rules;
pub mod surface;
pub mod trade;
