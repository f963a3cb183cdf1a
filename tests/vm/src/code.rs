//! The optimised wasm files, translated once.

use cosmwasm_vm::internals::compile_module;
use cosmwasm_vm::{Size, VmError};
use std::path::{Path, PathBuf};
use thiserror::Error;
use wasmer::{Engine, Module};

/// Memory of an instance, as wasmd gives it.
const MEMORY: Size = Size::mebi(32);

/// A translated contract.
pub struct Code {
    pub(crate) module: Module,
    pub(crate) engine: Engine,
    /// Bytes of the file.
    pub size: usize,
}

/// A contract that cannot be run.
#[derive(Debug, Error)]
pub enum CodeError {
    /// The file cannot be read.
    #[error("{path}: {source} (scripts/build-wasm makes it)")]
    Missing {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The VM refuses it.
    #[error("{path}: {source}")]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        source: VmError,
    },
}

impl Code {
    /// Reads and translates a wasm file.
    pub fn load(path: &Path) -> Result<Self, CodeError> {
        let missing = |source| CodeError::Missing {
            path: path.to_owned(),
            source,
        };
        let wasm = std::fs::read(path).map_err(missing)?;
        let (module, engine) = compile_module(&wasm, Some(MEMORY)).map_err(|source| CodeError::Refused {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            module,
            engine,
            size: wasm.len(),
        })
    }
}
