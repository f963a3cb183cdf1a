//! Which functions the VM's gas goes to: runs a contract with a counter in every function.
//!
//! The counts are of units, 115 gas of the VM each: an operator is one unit; a loop, a block's end, a branch, a call and a return
//! are 14. What the VM charges for its own functions and for functions with many locals is not in them. A function's count
//! is its own, without those that it calls.

use crate::chain::Failure;
use crate::core::Core;
use crate::functions::functions;
use crate::layout::api;
use crate::querier::Querier;
use crate::store::View;
use cosmwasm_std::Order;
use cosmwasm_vm::{BackendApi, Querier as _, Storage};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use wasmer::sys::{
    CompilerConfig, FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware, Singlepass,
};
use wasmer::wasmparser::Operator;
use wasmer::{
    AsStoreMut, Engine, ExportIndex, Exports, Function, FunctionEnv, FunctionEnvMut, GlobalInit, GlobalType, Imports,
    Instance, LocalFunctionIndex, Memory, MemoryView, Module, ModuleInfo, Mutability, RuntimeError, Store, Type,
    TypedFunction, Value,
};

/// What a unit is in gas of the VM.
pub const UNIT: u64 = 115;

/// Units by function.
pub type Profile = BTreeMap<String, u64>;

/// A contract with counters.
pub struct Counted {
    module: Module,
    engine: Engine,
    names: Vec<String>,
}

impl Counted {
    /// Translates a wasm file that still has the names of its functions.
    pub fn new(wasm: &[u8]) -> Result<Self, String> {
        let names = functions(wasm).map_err(|error| error.to_string())?;
        let mut compiler = Singlepass::new();
        compiler.push_middleware(Arc::new(Counters::default()));
        let engine: Engine = compiler.into();
        let module = Module::new(&engine, wasm).map_err(|error| error.to_string())?;
        Ok(Self {
            module,
            engine,
            names: names.into_iter().map(|function| function.name).collect(),
        })
    }
}

fn counter(function: u32) -> String {
    format!("counter {function}")
}

/// Gives every function a global that counts.
#[derive(Debug, Default)]
struct Counters {
    first: AtomicU32,
}

impl ModuleMiddleware for Counters {
    fn generate_function_middleware<'a>(&self, function: LocalFunctionIndex) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        let global = self.first.load(Ordering::Relaxed) + function.as_u32();
        Box::new(Counter { global, units: 0 })
    }

    fn transform_module_info(&self, module: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        self.first.store(module.globals.len() as u32, Ordering::Relaxed);
        for function in 0..module.functions.len() - module.num_imported_functions {
            let global = module.globals.push(GlobalType::new(Type::I64, Mutability::Var));
            module.global_initializers.push(GlobalInit::I64Const(0));
            module
                .exports
                .insert(counter(function as u32), ExportIndex::Global(global));
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Counter {
    global: u32,
    /// Since the last branch.
    units: i64,
}

impl<'a> FunctionMiddleware<'a> for Counter {
    fn feed(&mut self, operator: Operator<'a>, state: &mut MiddlewareReaderState<'a>) -> Result<(), MiddlewareError> {
        let branches = matches!(
            operator,
            Operator::Loop { .. }
                | Operator::End
                | Operator::If { .. }
                | Operator::Else
                | Operator::Br { .. }
                | Operator::BrTable { .. }
                | Operator::BrIf { .. }
                | Operator::Call { .. }
                | Operator::CallIndirect { .. }
                | Operator::Return
        );
        self.units += if branches { 14 } else { 1 };
        if branches {
            let global_index = self.global;
            let value = std::mem::take(&mut self.units);
            state.extend(&[
                Operator::GlobalGet { global_index },
                Operator::I64Const { value },
                Operator::I64Add,
                Operator::GlobalSet { global_index },
            ]);
        }
        state.push_operator(operator);
        Ok(())
    }
}

thread_local! {
    /// The running contracts, the innermost last.
    static RUNNING: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
}

/// What a running contract reaches of the chain.
struct Running {
    view: View,
    querier: Rc<Querier>,
}

/// What the chain reaches of a running contract.
#[derive(Default)]
struct Guest {
    memory: Option<Memory>,
    allocate: Option<TypedFunction<u32, u32>>,
}

/// Calls an entry point.
pub(crate) fn call(
    core: &Rc<Core>,
    view: View,
    counted: &Counted,
    entry: &str,
    arguments: &[&[u8]],
) -> Result<(Vec<u8>, Profile), Failure> {
    let querier = Rc::new(Querier::new(core.clone()));
    RUNNING.with_borrow_mut(|running| running.push(Running { view, querier }));
    let outcome = inside(counted, entry, arguments);
    RUNNING.with_borrow_mut(Vec::pop);
    outcome.map_err(Failure::Trap)
}

fn inside(counted: &Counted, entry: &str, arguments: &[&[u8]]) -> Result<(Vec<u8>, Profile), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let mut store = Store::new(counted.engine.clone());
    let env = FunctionEnv::new(&mut store, Guest::default());
    let imports = imports(&mut store, &env);
    let instance = Instance::new(&mut store, &counted.module, &imports).map_err(|e| text(&e))?;
    let exports = &instance.exports;
    let memory = exports.get_memory("memory").map_err(|e| text(&e))?.clone();
    let allocate = exports.get_typed_function(&store, "allocate").map_err(|e| text(&e))?;
    let guest = env.as_mut(&mut store);
    guest.memory = Some(memory);
    guest.allocate = Some(allocate);
    let mut guest = env.into_mut(&mut store);
    let regions = arguments
        .iter()
        .map(|bytes| give(&mut guest, bytes).map(|at| Value::I32(at as i32)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| text(&e))?;
    let function = exports.get_function(entry).map_err(|e| text(&e))?;
    let answer = function.call(&mut store, &regions).map_err(|e| text(&e))?;
    let answer = match answer.first() {
        Some(Value::I32(at)) => *at as u32,
        _ => return Err("no answer".to_owned()),
    };
    let memory = exports.get_memory("memory").map_err(|e| text(&e))?;
    let answer = read(&memory.view(&store), answer).map_err(|e| text(&e))?;
    let mut profile = Profile::new();
    for (at, name) in counted.names.iter().enumerate() {
        let global = exports.get_global(&counter(at as u32)).map_err(|e| text(&e))?;
        if let Value::I64(units @ 1..) = global.get(&mut store) {
            *profile.entry(name.clone()).or_default() += units as u64;
        }
    }
    Ok((answer, profile))
}

type Env<'a> = FunctionEnvMut<'a, Guest>;

fn imports(store: &mut Store, env: &FunctionEnv<Guest>) -> Imports {
    let mut exports = Exports::new();
    let mut add = |name: &str, function: Function| exports.insert(name, function);
    add(
        "db_read",
        Function::new_typed_with_env(store, env, |mut env: Env<'_>, key: u32| {
            let key = take(&env, key)?;
            let value = chain(|running| running.view.get(&key).0)?;
            value.map_or(Ok(0), |value| give(&mut env, &value))
        }),
    );
    add(
        "db_write",
        Function::new_typed_with_env(store, env, |env: Env<'_>, key: u32, value: u32| {
            let (key, value) = (take(&env, key)?, take(&env, value)?);
            chain(|running| running.view.set(&key, &value).0)
        }),
    );
    add(
        "db_remove",
        Function::new_typed_with_env(store, env, |env: Env<'_>, key: u32| {
            let key = take(&env, key)?;
            chain(|running| running.view.remove(&key).0)
        }),
    );
    add(
        "db_scan",
        Function::new_typed_with_env(store, env, |env: Env<'_>, from: u32, to: u32, order: i32| {
            let bound = |at: u32| if at == 0 { Ok(None) } else { take(&env, at).map(Some) };
            let (from, to) = (bound(from)?, bound(to)?);
            let order = if order == 1 {
                Order::Ascending
            } else {
                Order::Descending
            };
            chain(|running| running.view.scan(from.as_deref(), to.as_deref(), order).0)
        }),
    );
    add(
        "db_next",
        Function::new_typed_with_env(store, env, |mut env: Env<'_>, id: u32| {
            let (key, value) = chain(|running| running.view.next(id).0)?.unwrap_or_default();
            let sections = [
                &key,
                &(key.len() as u32).to_be_bytes()[..],
                &value,
                &(value.len() as u32).to_be_bytes()[..],
            ];
            give(&mut env, &sections.concat())
        }),
    );
    add(
        "db_next_key",
        Function::new_typed_with_env(store, env, |mut env: Env<'_>, id: u32| {
            let record = chain(|running| running.view.next(id).0)?;
            record.map_or(Ok(0), |(key, _)| give(&mut env, &key))
        }),
    );
    add(
        "db_next_value",
        Function::new_typed_with_env(store, env, |mut env: Env<'_>, id: u32| {
            let record = chain(|running| running.view.next(id).0)?;
            record.map_or(Ok(0), |(_, value)| give(&mut env, &value))
        }),
    );
    add(
        "addr_validate",
        Function::new_typed_with_env(store, env, |mut env: Env<'_>, address: u32| {
            let address = String::from_utf8_lossy(&take(&env, address)?).into_owned();
            match api().addr_validate(&address).0 {
                Ok(()) => Ok(0),
                Err(error) => give(&mut env, error.to_string().as_bytes()),
            }
        }),
    );
    add(
        "addr_canonicalize",
        Function::new_typed_with_env(store, env, |mut env: Env<'_>, address: u32, out: u32| {
            let address = String::from_utf8_lossy(&take(&env, address)?).into_owned();
            match api().addr_canonicalize(&address).0 {
                Ok(bytes) => put(&mut env, out, &bytes).map(|()| 0),
                Err(error) => give(&mut env, error.to_string().as_bytes()),
            }
        }),
    );
    add(
        "addr_humanize",
        Function::new_typed_with_env(store, env, |mut env: Env<'_>, bytes: u32, out: u32| {
            let bytes = take(&env, bytes)?;
            match api().addr_humanize(&bytes).0 {
                Ok(address) => put(&mut env, out, address.as_bytes()).map(|()| 0),
                Err(error) => give(&mut env, error.to_string().as_bytes()),
            }
        }),
    );
    add(
        "query_chain",
        Function::new_typed_with_env(store, env, |mut env: Env<'_>, request: u32| {
            let request = take(&env, request)?;
            let querier = RUNNING.with_borrow(|running| running.last().map(|last| last.querier.clone()));
            let querier = querier.ok_or_else(|| RuntimeError::new("nothing runs"))?;
            let answer = querier
                .query_raw(&request, 0)
                .0
                .map_err(|error| RuntimeError::new(error.to_string()))?;
            let json = cosmwasm_std::to_json_vec(&answer).map_err(|error| RuntimeError::new(error.to_string()))?;
            give(&mut env, &json)
        }),
    );
    for name in ["debug", "abort"] {
        add(
            name,
            Function::new_typed_with_env(store, env, |env: Env<'_>, text: u32| {
                let text = String::from_utf8_lossy(&take(&env, text)?).into_owned();
                Err::<(), _>(RuntimeError::new(text))
            }),
        );
    }
    for name in ["secp256k1_verify", "ed25519_verify", "ed25519_batch_verify"] {
        let none = |_: Env<'_>, _: u32, _: u32, _: u32| Err::<u32, _>(RuntimeError::new("no signatures here"));
        add(name, Function::new_typed_with_env(store, env, none));
    }
    let none = |_: Env<'_>, _: u32, _: u32, _: u32| Err::<u64, _>(RuntimeError::new("no signatures here"));
    add(
        "secp256k1_recover_pubkey",
        Function::new_typed_with_env(store, env, none),
    );
    let mut imports = Imports::new();
    imports.register_namespace("env", exports);
    imports
}

/// Lets the innermost contract reach its part of the chain.
fn chain<T>(call: impl FnOnce(&mut Running) -> Result<T, cosmwasm_vm::BackendError>) -> Result<T, RuntimeError> {
    RUNNING.with_borrow_mut(|running| {
        let last = running.last_mut().ok_or_else(|| RuntimeError::new("nothing runs"))?;
        call(last).map_err(|error| RuntimeError::new(error.to_string()))
    })
}

/// A region's place, capacity and length.
fn region(view: &MemoryView<'_>, at: u32) -> Result<[u32; 3], RuntimeError> {
    let mut fields = [0; 3];
    for (number, field) in fields.iter_mut().enumerate() {
        let mut bytes = [0; 4];
        view.read(u64::from(at) + 4 * number as u64, &mut bytes)?;
        *field = u32::from_le_bytes(bytes);
    }
    Ok(fields)
}

fn read(view: &MemoryView<'_>, at: u32) -> Result<Vec<u8>, RuntimeError> {
    let [offset, _, length] = region(view, at)?;
    let mut bytes = vec![0; length as usize];
    view.read(u64::from(offset), &mut bytes)?;
    Ok(bytes)
}

/// What a contract hands over.
fn take(env: &Env<'_>, at: u32) -> Result<Vec<u8>, RuntimeError> {
    let memory = env
        .data()
        .memory
        .as_ref()
        .ok_or_else(|| RuntimeError::new("no memory"))?;
    read(&memory.view(env), at)
}

/// Hands bytes over in a new region.
fn give(env: &mut Env<'_>, bytes: &[u8]) -> Result<u32, RuntimeError> {
    let (guest, mut store) = env.data_and_store_mut();
    let allocate = guest
        .allocate
        .clone()
        .ok_or_else(|| RuntimeError::new("no allocator"))?;
    let at = allocate.call(&mut store.as_store_mut(), bytes.len() as u32)?;
    put(env, at, bytes)?;
    Ok(at)
}

/// Fills a region.
fn put(env: &mut Env<'_>, at: u32, bytes: &[u8]) -> Result<(), RuntimeError> {
    let memory = env
        .data()
        .memory
        .clone()
        .ok_or_else(|| RuntimeError::new("no memory"))?;
    let view = memory.view(env);
    let [offset, ..] = region(&view, at)?;
    view.write(u64::from(offset), bytes)?;
    view.write(u64::from(at) + 8, &(bytes.len() as u32).to_le_bytes())?;
    Ok(())
}
