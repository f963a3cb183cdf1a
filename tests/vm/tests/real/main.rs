//! The optimised wasm files on the real VM: what only it can show. `scripts/build-wasm` makes the files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a broken assumption is a failed test"
)]

mod bits;
mod chain;
mod out_of_gas;

use hedgerow_vm::exchange::Codes;
use std::path::Path;

/// The files in `artifacts/`.
fn codes() -> Codes {
    let artifacts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../artifacts");
    Codes::load(&artifacts).expect("scripts/build-wasm has run")
}
