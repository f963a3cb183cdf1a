//! The verdict on one wasm file: what a chain checks at upload, plus our own rules on size and floats.

use std::collections::BTreeSet;

use cosmwasm_vm::internals::{Logger, check_wasm};
use cosmwasm_vm::{VmError, WasmLimits, capabilities_from_csv};
use thiserror::Error;
use wasmparser::{BinaryReaderError, Parser, Payload};

use crate::functions::{Function, length};

/// What a chain with wasmd 0.61 offers.
const CAPABILITIES: &str = "iterator,staking,stargate,cosmwasm_1_1,cosmwasm_1_2,cosmwasm_1_3,cosmwasm_1_4,\
                            cosmwasm_2_0,cosmwasm_2_1,cosmwasm_2_2,cosmwasm_3_0,ibc2";

/// Exports with these prefixes mark a capability or the interface; they are not calls.
const REQUIRES: &str = "requires_";
const INTERFACE: &str = "interface_version_";

/// Why a wasm file is refused.
#[derive(Debug, Error)]
pub enum CheckError {
    /// The chain's own check.
    #[error("the VM refuses it: {0}")]
    Vm(#[from] VmError),
    /// Larger than allowed.
    #[error("{size} bytes, {limit} allowed")]
    TooLarge {
        /// Bytes in the file.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Float arithmetic where none may be.
    #[error("float arithmetic in {name}: {operators}")]
    Floats {
        /// The function.
        name: String,
        /// Operators and how often each occurs.
        operators: String,
    },
}

/// What is inside a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Capabilities the chain must offer.
    pub capabilities: BTreeSet<String>,
    /// Functions the chain may call.
    pub exports: BTreeSet<String>,
    /// Bytes of code.
    pub code: u64,
    /// Bytes of constants: tables and texts.
    pub data: u64,
}

/// Checks the bytes that go to the chain: the chain's rules, then the size.
pub fn check(wasm: &[u8], limit: usize) -> Result<(), CheckError> {
    check_wasm(
        wasm,
        &capabilities_from_csv(CAPABILITIES),
        &WasmLimits::default(),
        Logger::Off,
    )?;
    if wasm.len() > limit {
        return Err(CheckError::TooLarge {
            size: wasm.len(),
            limit,
        });
    }
    Ok(())
}

/// Refuses float arithmetic outside the JSON reader.
pub fn check_floats(functions: &[Function]) -> Result<(), CheckError> {
    match functions
        .iter()
        .find(|function| !function.floats.is_empty() && !function.may_compute())
    {
        None => Ok(()),
        Some(Function { name, floats, .. }) => {
            let operators: Vec<_> = floats
                .iter()
                .map(|(operator, count)| format!("{operator} {count}"))
                .collect();
            Err(CheckError::Floats {
                name: name.clone(),
                operators: operators.join(", "),
            })
        }
    }
}

/// Reads exports and sizes, without judging them.
pub fn contents(wasm: &[u8]) -> Result<Contents, BinaryReaderError> {
    let mut found = Contents::default();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ExportSection(exports) => {
                for export in exports {
                    let name = export?.name;
                    if let Some(capability) = name.strip_prefix(REQUIRES) {
                        found.capabilities.insert(capability.to_owned());
                    } else if !name.starts_with(INTERFACE) && name != "memory" {
                        found.exports.insert(name.to_owned());
                    }
                }
            }
            Payload::CodeSectionStart { range, .. } => found.code = length(&range),
            Payload::DataSection(data) => found.data = length(&data.range()),
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::functions::functions;

    /// `(func (param f64 f64) (result f64) local.get 0 local.get 1 <operator>)`
    pub(crate) fn binary(operator: u8) -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend([1, 7, 1, 0x60, 2, 0x7c, 0x7c, 1, 0x7c]); // type
        wasm.extend([3, 2, 1, 0]); // function
        wasm.extend([10, 9, 1, 7, 0, 0x20, 0, 0x20, 1, operator, 0x0b]); // code
        wasm
    }

    #[test]
    fn refuses_what_is_no_contract() {
        assert!(contents(b"no wasm").is_err());
        assert!(matches!(check(b"no wasm", 100), Err(CheckError::Vm(_))));
        assert!(matches!(check(&binary(0xa0), 100), Err(CheckError::Vm(_))));
    }

    #[test]
    fn only_the_json_reader_may_compute_with_floats() {
        let mut functions = functions(&binary(0xa0)).unwrap();
        let refused = check_floats(&functions).unwrap_err();
        assert_eq!(refused.to_string(), "float arithmetic in function 0: F64Add 1");

        functions[0].name = "serde_json::de::Deserializer<R>::f64_from_parts".to_owned();
        assert!(check_floats(&functions).is_ok());
    }
}
