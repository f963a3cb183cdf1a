//! `memcpy(to, from, count) -> to` in the VM's terms: an operator costs one unit whatever the width of its operand and wherever
//! that lies, a branch fourteen. So words are of eight bytes, four in a round, and the last one may overlap the one before
//! instead of being made of pieces.

/// The body: locals, then operators. 0 to, 1 from, 2 count; 3 at, 4 the last word's place, 5 the last four words'.
#[rustfmt::skip]
pub const BODY: &[u8] = &[
    1, 3, I32,
    GET, 0, SET, 3,
    BLOCK, VOID, GET, 2, CONST, 8, LESS, BR_IF, 0,                 // a word or more
        GET, 0, GET, 2, ADD, CONST, 8, SUB, SET, 4,
        BLOCK, VOID, GET, 2, CONST, 32, LESS, BR_IF, 0,            // four words or more
            GET, 4, CONST, 24, SUB, SET, 5,
            LOOP, VOID,
                GET, 3, GET, 1, LOAD_64, 0, 0, STORE_64, 0, 0,
                GET, 3, GET, 1, LOAD_64, 0, 8, STORE_64, 0, 8,
                GET, 3, GET, 1, LOAD_64, 0, 16, STORE_64, 0, 16,
                GET, 3, GET, 1, LOAD_64, 0, 24, STORE_64, 0, 24,
                GET, 1, CONST, 32, ADD, SET, 1,
                GET, 3, CONST, 32, ADD, TEE, 3,
                GET, 5, LESS, BR_IF, 0,
            END,
        END,
        BLOCK, VOID, GET, 3, GET, 4, NOT_LESS, BR_IF, 0,           // more than the last word is left
            LOOP, VOID,
                GET, 3, GET, 1, LOAD_64, 0, 0, STORE_64, 0, 0,
                GET, 1, CONST, 8, ADD, SET, 1,
                GET, 3, CONST, 8, ADD, TEE, 3,
                GET, 4, LESS, BR_IF, 0,
            END,
        END,
        GET, 4, GET, 1, GET, 4, ADD, GET, 3, SUB, LOAD_64, 0, 0, STORE_64, 0, 0,
        GET, 0, RETURN,
    END,
    BLOCK, VOID, GET, 2, CONST, 4, LESS, BR_IF, 0,                 // 4 to 7 bytes
        GET, 0, GET, 1, LOAD_32, 0, 0, STORE_32, 0, 0,
        GET, 0, GET, 2, ADD, CONST, 4, SUB,
        GET, 1, GET, 2, ADD, CONST, 4, SUB, LOAD_32, 0, 0, STORE_32, 0, 0,
        GET, 0, RETURN,
    END,
    BLOCK, VOID, GET, 2, NONE, BR_IF, 0,                           // 1 to 3: the first, the middle, the last
        GET, 0, GET, 1, LOAD_8, 0, 0, STORE_8, 0, 0,
        GET, 0, GET, 2, CONST, 1, SHIFT, ADD,
        GET, 1, GET, 2, CONST, 1, SHIFT, ADD, LOAD_8, 0, 0, STORE_8, 0, 0,
        GET, 0, GET, 2, ADD, CONST, 1, SUB,
        GET, 1, GET, 2, ADD, CONST, 1, SUB, LOAD_8, 0, 0, STORE_8, 0, 0,
    END,
    GET, 0, RETURN,
];

const I32: u8 = 0x7f;
const VOID: u8 = 0x40;
const BLOCK: u8 = 0x02;
const LOOP: u8 = 0x03;
const END: u8 = 0x0b;
const BR_IF: u8 = 0x0d;
const RETURN: u8 = 0x0f;
const GET: u8 = 0x20;
const SET: u8 = 0x21;
const TEE: u8 = 0x22;
const LOAD_32: u8 = 0x28;
const LOAD_64: u8 = 0x29;
const LOAD_8: u8 = 0x2d;
const STORE_32: u8 = 0x36;
const STORE_64: u8 = 0x37;
const STORE_8: u8 = 0x3a;
const CONST: u8 = 0x41;
/// True of zero.
const NONE: u8 = 0x45;
/// Of addresses, so unsigned.
const LESS: u8 = 0x49;
const NOT_LESS: u8 = 0x4f;
const ADD: u8 = 0x6a;
const SUB: u8 = 0x6b;
const SHIFT: u8 = 0x76;

#[cfg(test)]
mod tests {
    use super::*;
    use wasmer::sys::{EngineBuilder, Singlepass};
    use wasmer::{Instance, Memory, Module, Store, TypedFunction, imports};

    /// A module with a page of memory and the function.
    fn module() -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        let mut section = |id: u8, content: &[u8]| {
            wasm.push(id);
            let size = content.len();
            wasm.extend([(size & 127) as u8 | 128, (size >> 7) as u8]);
            wasm.extend(content);
        };
        section(1, &[1, 0x60, 3, I32, I32, I32, 1, I32]);
        section(3, &[1, 0]);
        section(5, &[1, 0, 1]);
        section(7, b"\x02\x06memory\x02\0\x04copy\0\0");
        let size = BODY.len() + 1;
        let mut code = vec![1, (size & 127) as u8 | 128, (size >> 7) as u8];
        code.extend(BODY);
        code.push(END);
        section(10, &code);
        wasm
    }

    struct Machine {
        store: Store,
        memory: Memory,
        copy: TypedFunction<(u32, u32, u32), u32>,
    }

    fn machine() -> Machine {
        let mut store = Store::new(EngineBuilder::new(Singlepass::new()));
        let module = Module::new(&store, module()).unwrap();
        let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
        Machine {
            memory: instance.exports.get_memory("memory").unwrap().clone(),
            copy: instance.exports.get_typed_function(&store, "copy").unwrap(),
            store,
        }
    }

    #[test]
    fn every_length_at_every_alignment_is_copied_and_nothing_else() {
        let mut machine = machine();
        let pattern: Vec<u8> = (0..1_024_u32).map(|at| (at * 37 + at / 256) as u8).collect();
        for count in (0..140).chain([255, 256, 257, 300]) {
            for (from, to) in (0..9).flat_map(|from| (0..9).map(move |to| (from, 512 + to))) {
                machine.memory.view(&machine.store).write(0, &pattern).unwrap();
                let answer = machine.copy.call(&mut machine.store, to, from, count).unwrap();
                assert_eq!(answer, to);
                let mut expected = pattern.clone();
                expected.copy_within(from as usize..(from + count) as usize, to as usize);
                let mut found = vec![0; pattern.len()];
                machine.memory.view(&machine.store).read(0, &mut found).unwrap();
                assert!(found == expected, "{count} bytes from {from} to {to}");
            }
        }
    }

    #[test]
    fn the_ends_of_memory_are_in_reach() {
        let mut machine = machine();
        for count in [0, 1, 3, 7, 8, 31, 32, 40, 64] {
            let end = 65_536 - count;
            assert_eq!(machine.copy.call(&mut machine.store, end, 0, count).unwrap(), end);
            assert_eq!(machine.copy.call(&mut machine.store, 0, end, count).unwrap(), 0);
            assert!(machine.copy.call(&mut machine.store, end + 1, 0, count).is_err() || count == 0);
        }
    }
}
