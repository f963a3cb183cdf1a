//! The unit types of the engine: one newtype for every unit, exact decimals at the boundary.
//!
//! | type | integer | one step | range |
//! |---|---|---|---|
//! | [`Quantity`] | `i64` | 1e-8 contract | +-[`Quantity::MAX`] |
//! | [`Price`] | `u64` | 1e-8 quote | [1e-3, 1e10] |
//! | [`Ratio`] | `i64` | 1e-9 | volatility, rate, shock, factor, haircut, confidence |
//! | [`Fine`] | `i64` | 1e-12 | SVI parameters, years |
//! | [`Slope`] | `i64` | 1e-18 | a rate that grows with an amount of quote, [0, 1] |
//! | [`Cash`] | `i128` | one base unit of the quote token | exact books |
//! | [`Value`] | `I64F64` | 2^-64 quote | computed values, rounded in the direction a function names |
//!
//! On the wire each is a decimal string (`"0.62"`), never a JSON number: 0.1 contract must be exact.

mod cash;
mod decimal;
mod error;
mod units;
mod value;
mod wide;

pub use cash::{Cash, QuoteDecimals};
pub use decimal::{format_decimal, parse_decimal, push_decimal};
pub use error::{NumberError, OutOfRange};
pub(crate) use units::parse_within;
pub use units::{Fine, Price, Quantity, Ratio, Slope};
pub use value::Value;
pub(crate) use wide::div_floor;
pub use wide::power_of_ten;
