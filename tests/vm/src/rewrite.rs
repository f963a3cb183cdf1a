//! Rewrites functions of a wasm file as the compiler wrote it, before wasm-opt: they need their names.
//!
//! What never runs is taken out: the printing of backtraces, of floats and of what errors are made of, and the hook for
//! panics. cosmwasm-std's errors carry a backtrace, which is always disabled in a contract, and with it the standard
//! library's demangler of names: 20 KB that never run. The two entrances, `Backtrace`'s `Display` and `Debug`, are made to
//! write nothing and say so, as is the `Display` of floats, which only serde's texts for values of the wrong type name, and
//! serde_json writes by itself: 5 KB. So are the `Debug` of the errors that cosmwasm-std's error is made from, which only a
//! programmer reads, and the text of an I/O error, of which there is none in memory. The hook that cosmwasm-std installs for
//! panics is not: a panic is a trap at once. What only these lead to is made a trap, since wasm-opt keeps whatever a table
//! of functions names.
//!
//! `memcpy` gets a body that copies eight bytes at a time wherever they lie ([`crate::copy`]): the compiler's own takes four,
//! and single ones below sixteen.
//!
//! Bodies keep their length, so the file needs no new layout; wasm-opt then drops what is left of them.

use crate::copy;
use crate::functions::{Function, functions};

/// The entrances to backtraces.
const BACKTRACE: [&str; 2] = [
    "<std::backtrace::Backtrace as core::fmt::Display>::fmt",
    "<std::backtrace::Backtrace as core::fmt::Debug>::fmt",
];
/// Functions that are made to do nothing: `fn(&self, &mut Formatter) -> fmt::Result`.
const ENTRANCES: [&str; 7] = [
    BACKTRACE[0],
    BACKTRACE[1],
    "<f64 as core::fmt::Display>::fmt",
    "<std::io::error::Error as core::fmt::Display>::fmt",
    "<serde_json::error::Error as core::fmt::Debug>::fmt",
    "<base64::decode::DecodeError as core::fmt::Debug>::fmt",
    "<alloc::string::FromUtf8Error as core::fmt::Debug>::fmt",
];
/// Made to do nothing: `fn()`.
const HOOK: &str = "cosmwasm_std::exports::panic::install_panic_handler";
/// What only they lead to.
const BEHIND: [&str; 4] = [
    "<std::backtrace::Backtrace as core::fmt::Display>::fmt::{",
    "rustc_demangle::",
    "std::backtrace_rs::",
    "exports::panic::install_panic_handler::{closure",
];
/// The runtime's copy.
const COPY: &str = "compiler_builtins::mem::memcpy";

/// What every contract has of these.
const EVERYWHERE: [&str; 4] = [BACKTRACE[0], BACKTRACE[1], HOOK, COPY];

/// No locals; the constant 0, `Ok(())`.
const OK: &[u8] = &[0x00, 0x41, 0x00];
/// No locals; unreachable.
const TRAP: &[u8] = &[0x00, 0x00, NOP];
/// No locals; nothing.
const NOTHING: &[u8] = &[0x00, NOP, NOP];
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// The file with those functions rewritten, and how many they were. Fails where one is not there that every contract has: a
/// compiler that names it otherwise would leave it as it is.
pub fn rewritten(mut wasm: Vec<u8>) -> Result<(Vec<u8>, usize), String> {
    let mut count = 0;
    let mut missing = EVERYWHERE.to_vec();
    for function in functions(&wasm).map_err(|error| error.to_string())? {
        let Some(new) = replacement(&function) else { continue };
        let body = function.body.start as usize..function.body.end as usize;
        if let Some([start @ .., last]) = wasm.get_mut(body)
            && start.len() >= new.len()
        {
            start.fill(NOP);
            *last = END;
            start.iter_mut().zip(new).for_each(|(byte, new)| *byte = *new);
            missing.retain(|name| *name != function.name);
            count += 1;
        }
    }
    match missing.first() {
        Some(name) => Err(format!("no function {name}, or a shorter one than its new body")),
        None => Ok((wasm, count)),
    }
}

fn replacement(function: &Function) -> Option<&'static [u8]> {
    if ENTRANCES.contains(&function.name.as_str()) {
        Some(OK)
    } else if function.name == HOOK {
        Some(NOTHING)
    } else if BEHIND.iter().any(|room| function.name.contains(room)) {
        Some(TRAP)
    } else if function.name == COPY {
        Some(copy::BODY)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Function {
        Function {
            name: name.to_owned(),
            bytes: 0,
            body: 0..0,
            floats: Default::default(),
        }
    }

    #[test]
    fn a_file_without_them_is_refused() {
        let error = rewritten(b"\0asm\x01\0\0\0".to_vec()).unwrap_err();
        assert!(error.contains(EVERYWHERE[0]), "{error}");
    }

    #[test]
    fn the_entrances_answer_and_the_rest_traps() {
        for entrance in ENTRANCES {
            assert_eq!(replacement(&named(entrance)), Some(OK));
        }
        assert_eq!(replacement(&named(HOOK)), Some(NOTHING));
        for behind in [
            "<rustc_demangle::DemangleStyle as core::fmt::Display>::fmt",
            "<std::backtrace::Backtrace as core::fmt::Display>::fmt::{closure#0}",
            "cosmwasm_std::exports::panic::install_panic_handler::{closure#0}",
        ] {
            assert_eq!(replacement(&named(behind)), Some(TRAP));
        }
        assert_eq!(replacement(&named(COPY)), Some(copy::BODY));
        assert_eq!(replacement(&named("hedgerow_margin::contract::execute")), None);
    }
}
