//! The optimised wasm files, translated once.

use crate::profile::Counted;
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
    /// With counters, when the functions are of interest.
    pub(crate) counted: Option<Counted>,
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
    /// A file with names that cannot be used.
    #[error("{path}: {problem}")]
    Named {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
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
    /// Also translates a file that still has the names of its functions, with counters: that one will run.
    pub fn counting(path: &Path, named: &Path) -> Result<Self, CodeError> {
        let refused = |problem: String| CodeError::Named {
            path: named.to_owned(),
            problem,
        };
        let wasm = std::fs::read(named).map_err(|error| refused(error.to_string()))?;
        let counted = Counted::new(&wasm).map_err(refused)?;
        Ok(Self {
            counted: Some(counted),
            ..Self::load(path)?
        })
    }

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
            counted: None,
            size: wasm.len(),
        })
    }
}
