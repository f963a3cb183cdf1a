//! The numeric kernel: elementary functions and Black-76 on 64-bit integers.
//!
//! | file | what |
//! |---|---|
//! | [`black76`] | the price of one option in one scenario, and its set-up per volatility |
//! | [`normal`] | the normal distribution function |
//! | [`log`] | logarithms of integers and ratios |
//! | [`mod@exp`] | exponentials and powers |
//! | [`root`] | square roots, sqrt(T), sigma*sqrt(T) |
//! | [`wide`] | products and quotients of more than 64 bits |
//! | `tables` | generated: `scripts/tables.py` |
//!
//! No floats, no 128-bit types, no panics, no allocation. Arithmetic is explicitly wrapping where a range is proven in a
//! comment beside it: the release profile checks overflow, which would make a price eleven times as dear.
//!
//! # Formats
//!
//! An integer "in 2^-n" stands for itself times 2^-n.
//!
//! | quantity | format | range |
//! |---|---|---|
//! | forward, strike, price | one unit shared by an underlying | [0, 2^62) |
//! | x = ln(F/K) and every logarithm | 2^-57 | x: [-8, 8]; ln of a 64-bit integer: below 44.4 |
//! | v = sigma*sqrt(T), sigma, sqrt(T) | 2^-57 | v: [0, 16) |
//! | d2, rounded | grid points of 33/2^31 | [-33/4, 33/4) |
//! | d as an argument of [`normal_cdf`] | 2^-57 | any |
//! | Phi | 2^-62; [`delta_call`] 2^-60 | [0, 1] |
//! | exponent of e | 2^-55 | [-255, 255] |
//! | power p of [`pow_ratio`] | 2^-60 | [0, 4] |
//! | results of [`exp`](exp()) and [`pow_ratio`] | a mantissa and a power of two | |

pub mod black76;
pub mod exp;
pub mod log;
pub mod normal;
pub mod root;
mod tables;
pub mod wide;

pub use black76::{Level, call, call_error, delta_call, level};
pub use exp::{Scaled, exp, pow_ratio};
pub use log::{MAX_LOG_RATIO, ln, ln_ratio};
pub use normal::normal_cdf;
pub use root::{MAX_VOL_TIME, sqrt, sqrt_years, vol_time};
pub use wide::{div_wide, mul_full, mul_hi, mul_shift};
