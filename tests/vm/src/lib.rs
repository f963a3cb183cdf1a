//! What needs the chain's own virtual machine, kept apart because that takes minutes to compile.
//!
//! - [`check`]: would a chain take this wasm file, and is it free of float arithmetic?
//! - [`functions`]: the functions of a wasm file, by name and crate
//! - [`cost`], [`meter`], [`store`], [`querier`], [`code`], [`chain`]: the optimised wasm files run together, for wasmd's gas
//! - [`exchange`]: both contracts set up, with traders and portfolios
//! - [`sources`]: an oracle with several publishers
//! - [`operations`]: what the table of gas consists of
//! - [`profile`]: which functions the gas goes to
//! - [`rewrite`], [`copy`]: functions of a wasm file that are rewritten before wasm-opt
//! - [`limits`]: how much of what grows fits in a query's and a message's gas

pub mod chain;
pub mod check;
pub mod code;
pub mod copy;
mod core;
pub mod cost;
pub mod exchange;
pub mod functions;
mod layout;
pub mod limits;
pub mod meter;
pub mod operations;
pub mod profile;
pub mod querier;
pub mod rewrite;
pub mod sources;
pub mod store;
