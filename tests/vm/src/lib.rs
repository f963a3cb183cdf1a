//! What needs the chain's own virtual machine, kept apart because that takes minutes to compile.
//!
//! - [`check`]: would a chain take this wasm file, and is it free of float arithmetic?
//! - [`functions`]: the functions of a wasm file, by name and crate

pub mod check;
pub mod functions;
