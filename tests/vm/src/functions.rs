//! The functions of a wasm file with their names: which crates the bytes come from, and which do float arithmetic.
//!
//! Floats: the JSON reader that comes with cosmwasm-std parses numbers with a fraction, if only to refuse them, and
//! `fmt` and serde's visitors carry `f64` around. None of that reaches a result. Arithmetic on floats anywhere else
//! is refused, so the file must still have its names: it is checked as the compiler wrote it, before wasm-opt.

use std::collections::BTreeMap;
use std::ops::Range;

use rustc_demangle::demangle;
use wasmparser::{BinaryReaderError, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

/// The crate that may do float arithmetic.
const MAY_COMPUTE: &str = "serde_json";

/// One function of a wasm file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Demangled path, or its number where the file has no names.
    pub name: String,
    /// Size of its body.
    pub bytes: u64,
    /// Where its body lies in the file.
    pub body: Range<u64>,
    /// Float operators that compute, with their number.
    pub floats: BTreeMap<String, usize>,
}

impl Function {
    /// The crate it comes from: the first in its path, so that a trait's function counts for the implementing type.
    pub fn origin(&self) -> &str {
        let path = self
            .name
            .trim_start_matches(['<', '&', '*', '(', '['])
            .trim_start_matches("mut ");
        path.split([':', '<', '>', ' ', '[']).next().unwrap_or(path)
    }

    /// True when float arithmetic in it reaches no result of the contract.
    pub fn may_compute(&self) -> bool {
        self.origin() == MAY_COMPUTE
    }
}

/// Reads all functions.
pub fn functions(wasm: &[u8]) -> Result<Vec<Function>, BinaryReaderError> {
    let mut imported = 0;
    let mut found = Vec::new();
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => {
                let mut floats = BTreeMap::new();
                for operator in body.get_operators_reader()? {
                    if let Some(name) = float_arithmetic(&operator?) {
                        *floats.entry(name).or_default() += 1;
                    }
                }
                let name = format!("function {}", imported + found.len());
                found.push(Function {
                    name,
                    bytes: length(&body.range()),
                    body: body.range(),
                    floats,
                });
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(parts) = section.as_known() {
                    for part in parts {
                        if let Name::Function(functions) = part? {
                            for naming in functions {
                                let naming = naming?;
                                names.insert(naming.index as usize, format!("{:#}", demangle(naming.name)));
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    for (index, function) in found.iter_mut().enumerate() {
        if let Some(name) = names.remove(&(imported + index)) {
            function.name = name;
        }
    }
    Ok(found)
}

/// Bytes of code by crate, largest first.
pub fn by_crate(functions: &[Function]) -> Vec<(&str, u64)> {
    let mut sums = BTreeMap::<&str, u64>::new();
    for function in functions {
        *sums.entry(function.origin()).or_default() += function.bytes;
    }
    let mut sorted: Vec<_> = sums.into_iter().collect();
    sorted.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    sorted
}

/// The operator's name if it computes with floats. Operators that carry, compare or take apart a float do not count:
/// they are the same bit for bit on every machine. Whatever is not listed counts.
fn float_arithmetic(operator: &Operator<'_>) -> Option<String> {
    let shown = format!("{operator:?}");
    let name = shown.split([' ', '(', '{']).next().unwrap_or_default();
    let is_float = name.contains("F32") || name.contains("F64");
    (is_float && !moves_only(name)).then(|| name.to_owned())
}

fn moves_only(name: &str) -> bool {
    let plain = name.trim_start_matches("F32").trim_start_matches("F64");
    let moves = [
        "Load", "Store", "Const", "Abs", "Neg", "Copysign", "Eq", "Ne", "Lt", "Gt", "Le", "Ge",
    ];
    moves.contains(&plain) || name.contains("Reinterpret")
}

/// Bytes in a range of the file.
pub(crate) fn length(range: &Range<u64>) -> u64 {
    range.end - range.start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::tests::binary;

    #[test]
    fn finds_float_arithmetic() {
        let add = functions(&binary(0xa0)).unwrap();
        assert_eq!(add[0].name, "function 0");
        assert_eq!(add[0].floats, BTreeMap::from([("F64Add".to_owned(), 1)]));
        let copysign = functions(&binary(0xa6)).unwrap();
        assert!(copysign[0].floats.is_empty());
    }

    #[test]
    fn arithmetic_is_what_is_not_a_move() {
        for name in [
            "F64Const",
            "F32Load",
            "F64Store",
            "F64Lt",
            "I64ReinterpretF64",
            "F64Abs",
            "F64Copysign",
        ] {
            assert!(moves_only(name), "{name}");
        }
        for name in [
            "F64Add",
            "F32Mul",
            "F64Sqrt",
            "F64ConvertI64S",
            "I64TruncSatF64U",
            "F64PromoteF32",
            "F64Max",
        ] {
            assert!(!moves_only(name), "{name}");
        }
    }

    #[test]
    fn a_function_belongs_to_the_first_crate_of_its_path() {
        for (name, origin) in [
            ("serde_json::de::from_slice", "serde_json"),
            (
                "<&mut serde_json::de::Deserializer<R> as serde_core::Deserializer>::deserialize_u64",
                "serde_json",
            ),
            (
                "<hedgerow_risk::number::Value as core::fmt::Display>::fmt",
                "hedgerow_risk",
            ),
            ("memcpy", "memcpy"),
        ] {
            let function = Function {
                name: name.to_owned(),
                bytes: 0,
                body: 0..0,
                floats: BTreeMap::new(),
            };
            assert_eq!(function.origin(), origin);
        }
    }
}
