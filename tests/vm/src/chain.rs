//! A chain of one process: contracts on the real VM, a bank, blocks, and wasmd's gas.
//!
//! Every call stands alone: it gets a fresh instance, reads contract info and code info as wasmd does, and when it fails or
//! runs out of gas, nothing of it is left in the store.

use crate::code::Code;
use crate::meter::{Bill, Meter, OutOfGas, Part};
use crate::profile::{self, Counted, Profile};
use crate::querier::Querier;
use crate::store::{State, View};
use cosmwasm_std::{
    Addr, BankMsg, Binary, BlockInfo, Coin, ContractInfo, ContractResult, CosmosMsg, Empty, Env, Event, MessageInfo,
    QueryRequest, Response, SystemResult, Timestamp, TransactionInfo, Uint256, from_json, to_json_vec,
};
use cosmwasm_vm::internals::instance_from_module;
use cosmwasm_vm::testing::MockApi;
use cosmwasm_vm::{Backend, BackendApi, Instance, VmError, call_execute_raw, call_instantiate_raw, call_query_raw};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use thiserror::Error;
use wasmer::Store;

/// The prefix of addresses.
const PREFIX: &str = "wasm";
/// Gas that a call may spend unless [`Chain::limit`] says otherwise: more than anything needs.
const PLENTY: u64 = 1_000_000_000;

/// A chain.
#[derive(Clone)]
pub struct Chain {
    core: Rc<Core>,
}

/// What the chain and the backends of running contracts share.
pub(crate) struct Core {
    codes: Vec<Rc<Code>>,
    pub(crate) state: RefCell<State>,
    pub(crate) meter: RefCell<Meter>,
    block: RefCell<BlockInfo>,
    limit: Cell<u64>,
    pinned: Cell<bool>,
    /// Of the last call, by contracts that count.
    profile: RefCell<Profile>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// The contract's own error.
    #[error("{0}")]
    Refused(String),
    /// The limit was passed.
    #[error("out of gas")]
    OutOfGas,
    /// A trap, or something that the VM or this chain does not do.
    #[error("the VM: {0}")]
    Trap(String),
}

impl From<OutOfGas> for Failure {
    fn from(_: OutOfGas) -> Self {
        Self::OutOfGas
    }
}

impl From<VmError> for Failure {
    fn from(error: VmError) -> Self {
        Self::Trap(error.to_string())
    }
}

/// What came of a call that changes state.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// What it cost.
    pub bill: Bill,
    /// The contract's events.
    pub events: Vec<Event>,
}

/// Which call.
enum Call<'a> {
    Instantiate(&'a MessageInfo),
    Execute(&'a MessageInfo),
    Query,
}

impl Chain {
    /// A chain with these codes stored, at this time.
    pub fn new(codes: &[Rc<Code>], time: u64) -> Self {
        let core = Core {
            codes: codes.to_vec(),
            state: RefCell::default(),
            meter: RefCell::new(Meter::new(PLENTY)),
            block: RefCell::new(BlockInfo {
                height: 12_345_678,
                time: Timestamp::from_seconds(time),
                chain_id: "hedgerow-1".to_owned(),
            }),
            limit: Cell::new(PLENTY),
            pinned: Cell::new(false),
            profile: RefCell::default(),
        };
        let chain = Self { core: Rc::new(core) };
        let creator = chain.user("creator");
        for (id, code) in codes.iter().enumerate() {
            let info = code_info(code, &creator);
            chain.core.state.borrow_mut().set(&code_key(id as u64 + 1), Some(&info));
        }
        chain.core.state.borrow_mut().keep();
        chain
    }

    /// SDK gas that each call may spend from now on.
    pub fn limit(&self, gas: u64) {
        self.core.limit.set(gas);
    }

    /// Calls may spend all they need from now on.
    pub fn no_limit(&self) {
        self.limit(PLENTY);
    }

    /// Codes are kept in memory from now on.
    pub fn pin(&self, pinned: bool) {
        self.core.pinned.set(pinned);
    }

    /// The address of somebody: 20 bytes, as a key's.
    pub fn user(&self, name: &str) -> Addr {
        human(Sha256::digest(name).get(..20).unwrap_or_default())
    }

    /// The block's time, in seconds.
    pub fn now(&self) -> u64 {
        self.core.block.borrow().time.seconds()
    }

    /// The next block, some seconds later.
    pub fn advance(&self, seconds: u64) {
        let mut block = self.core.block.borrow_mut();
        block.height += 1;
        block.time = block.time.plus_seconds(seconds);
    }

    /// Puts tokens into somebody's purse.
    pub fn mint(&self, to: &Addr, denom: &str, units: u128) {
        let held = self.core.balance(to.as_str(), denom);
        self.core.set_balance(to.as_str(), denom, held + Uint256::from(units));
        self.core.state.borrow_mut().keep();
    }

    /// Units of a token in a purse.
    pub fn balance(&self, of: &Addr, denom: &str) -> Uint256 {
        self.core.balance(of.as_str(), denom)
    }

    /// Every key and value of the chain: equal before and after a call that failed.
    pub fn dump(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let state = self.core.state.borrow();
        state.entries().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// A value of a contract's store.
    pub fn raw(&self, contract: &Addr, key: &[u8]) -> Option<Vec<u8>> {
        let key = [store_prefix(contract.as_str()).ok()?, key.to_vec()].concat();
        self.core.state.borrow().get(&key).cloned()
    }

    /// Writes a value into a contract's store past the contract, for scenes that no trader could set up.
    pub fn put(&self, contract: &Addr, key: &[u8], value: &[u8]) -> Result<(), Failure> {
        let key = [store_prefix(contract.as_str())?, key.to_vec()].concat();
        let mut state = self.core.state.borrow_mut();
        state.set(&key, Some(value));
        state.keep();
        Ok(())
    }

    /// What a running contract would be answered.
    pub fn answer(&self, request: &QueryRequest<Empty>) -> Result<SystemResult<ContractResult<Binary>>, Failure> {
        let request = json(request)?;
        self.whole(|core| Querier::new(core.clone()).answer(&request))
    }

    /// Makes a contract of the code with this number, counted from 1; answers its address.
    pub fn instantiate(
        &self,
        code: u64,
        sender: &Addr,
        message: &impl Serialize,
        label: &str,
    ) -> Result<Addr, Failure> {
        let address = human(&Sha256::digest(format!("contract {code} {label}")));
        self.whole(|core| {
            let key = info_key(address.as_str())?;
            let info = contract_info(code, sender, label);
            core.state.borrow_mut().set(&key, Some(&info));
            let info = MessageInfo {
                sender: sender.clone(),
                funds: Vec::new(),
            };
            core.run(address.as_str(), &json(message)?, &Call::Instantiate(&info))
        })?;
        Ok(address)
    }

    /// Sends a message to a contract.
    pub fn execute(
        &self,
        sender: &Addr,
        contract: &Addr,
        message: &impl Serialize,
        funds: &[Coin],
    ) -> Result<Receipt, Failure> {
        self.execute_json(sender, contract, &json(message)?, funds)
    }

    /// What would come of a message: nothing stays.
    pub fn rehearse(
        &self,
        sender: &Addr,
        contract: &Addr,
        message: &impl Serialize,
        funds: &[Coin],
    ) -> Result<Receipt, Failure> {
        let info = MessageInfo {
            sender: sender.clone(),
            funds: funds.to_vec(),
        };
        let message = json(message)?;
        let run = |core: &Rc<Core>| core.run(contract.as_str(), &message, &Call::Execute(&info));
        let events = self.metered(run, State::undo)?;
        let bill = self.spent();
        Ok(Receipt { bill, events })
    }

    /// Sends JSON to a contract.
    pub fn execute_json(
        &self,
        sender: &Addr,
        contract: &Addr,
        message: &[u8],
        funds: &[Coin],
    ) -> Result<Receipt, Failure> {
        let info = MessageInfo {
            sender: sender.clone(),
            funds: funds.to_vec(),
        };
        let events = self.whole(|core| core.run(contract.as_str(), message, &Call::Execute(&info)))?;
        Ok(Receipt {
            bill: self.spent(),
            events,
        })
    }

    /// Asks a contract.
    pub fn query<T: DeserializeOwned>(&self, contract: &Addr, question: &impl Serialize) -> Result<(T, Bill), Failure> {
        let (answer, bill) = self.query_json(contract, &json(question)?)?;
        let answer = from_json(&answer).map_err(|error| Failure::Trap(error.to_string()))?;
        Ok((answer, bill))
    }

    /// Asks a contract in JSON.
    pub fn query_json(&self, contract: &Addr, question: &[u8]) -> Result<(Binary, Bill), Failure> {
        let answer = self.whole(|core| match core.ask(contract.as_str(), question)? {
            ContractResult::Ok(answer) => Ok(answer),
            ContractResult::Err(refusal) => Err(Failure::Refused(refusal)),
        })?;
        Ok((answer, self.spent()))
    }

    /// What the last call has spent, also one that failed.
    pub fn spent(&self) -> Bill {
        Bill {
            profile: self.core.profile.borrow().clone(),
            ..self.core.meter.borrow().bill()
        }
    }

    /// A call from outside: all of it or nothing.
    fn whole<T>(&self, call: impl FnOnce(&Rc<Core>) -> Result<T, Failure>) -> Result<T, Failure> {
        self.metered(call, State::keep)
    }

    /// A call from outside, and what becomes of its writes when it succeeds.
    fn metered<T>(
        &self,
        call: impl FnOnce(&Rc<Core>) -> Result<T, Failure>,
        then: fn(&mut State),
    ) -> Result<T, Failure> {
        *self.core.meter.borrow_mut() = Meter::new(self.core.limit.get());
        self.core.profile.borrow_mut().clear();
        let outcome = call(&self.core);
        let mut state = self.core.state.borrow_mut();
        match outcome {
            Ok(_) => then(&mut state),
            Err(_) => state.undo(),
        }
        outcome
    }
}

impl Core {
    /// What wasmd does before a call: contract info, code info, whether it is pinned; loads the contract.
    fn open(&self, contract: &str) -> Result<Rc<Code>, Failure> {
        let no_contract = || Failure::Refused(format!("no such contract: {contract}"));
        let key = info_key(contract)?;
        let info = self.state.borrow().get(&key).cloned().ok_or_else(no_contract)?;
        let mut meter = self.meter.borrow_mut();
        meter.read(&key, info.len())?;
        // The first field is the code's number: one byte each while there are few codes.
        let id = u64::from(*info.get(1).ok_or_else(no_contract)?);
        let key = code_key(id);
        meter.read(&key, self.state.borrow().get(&key).map_or(0, Vec::len))?;
        meter.charge(Part::Read, crate::cost::HAS)?;
        meter.load(id, self.pinned.get())?;
        let code = (id as usize).checked_sub(1).and_then(|at| self.codes.get(at));
        code.cloned().ok_or_else(no_contract)
    }

    /// A fresh instance with the gas that is left.
    fn instance(self: &Rc<Self>, contract: &str, code: &Code) -> Result<Instance<MockApi, View, Querier>, Failure> {
        let backend = Backend {
            api: api(),
            storage: View::new(self.clone(), store_prefix(contract)?),
            querier: Querier::new(self.clone()),
        };
        let left = self.meter.borrow().left();
        let store = Store::new(code.engine.clone());
        Ok(instance_from_module(store, &code.module, backend, left, None)?)
    }

    /// Runs a call, charges what the VM computed and the JSON that it answered.
    fn metered(self: &Rc<Self>, contract: &str, call: &Call<'_>, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let code = self.open(contract)?;
        let env = json(&self.env(contract))?;
        if let Some(counted) = &code.counted {
            return self.counted(contract, counted, call, &env, message);
        }
        let mut instance = self.instance(contract, &code)?;
        let outcome = match call {
            Call::Instantiate(info) => call_instantiate_raw(&mut instance, &env, &json(info)?, message),
            Call::Execute(info) => call_execute_raw(&mut instance, &env, &json(info)?, message),
            Call::Query => call_query_raw(&mut instance, &env, message),
        };
        let report = instance.create_gas_report();
        let mut meter = self.meter.borrow_mut();
        meter.charge(Part::Compute, report.used_internally / crate::cost::VM_GAS)?;
        // The VM says so in several ways, by where it was.
        if report.remaining == 0 {
            return Err(Failure::OutOfGas);
        }
        let answer = outcome?;
        meter.result(answer.len())?;
        Ok(answer)
    }

    /// The same with a counter in every function, for the profile.
    fn counted(
        self: &Rc<Self>,
        contract: &str,
        counted: &Counted,
        call: &Call<'_>,
        env: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let view = View::new(self.clone(), store_prefix(contract)?);
        let run = |entry, arguments: &[&[u8]]| profile::call(self, view, counted, entry, arguments);
        let (answer, found) = match call {
            Call::Instantiate(info) => run("instantiate", &[env, &json(info)?, message])?,
            Call::Execute(info) => run("execute", &[env, &json(info)?, message])?,
            Call::Query => run("query", &[env, message])?,
        };
        for (function, units) in found {
            *self.profile.borrow_mut().entry(function).or_default() += units;
        }
        Ok(answer)
    }

    /// A call that changes state; answers the contract's events.
    fn run(self: &Rc<Self>, contract: &str, message: &[u8], call: &Call<'_>) -> Result<Vec<Event>, Failure> {
        self.meter.borrow_mut().spent.message_bytes += message.len() as u64;
        if let Call::Instantiate(info) | Call::Execute(info) = call {
            self.pay(info.sender.as_str(), contract, &info.funds)?;
        }
        let answer = self.metered(contract, call, message)?;
        let answer: ContractResult<Response> = from_json(answer).map_err(|error| Failure::Trap(error.to_string()))?;
        let response = answer.into_result().map_err(Failure::Refused)?;
        self.meter.borrow_mut().events(&response.attributes, &response.events)?;
        for sub in &response.messages {
            match &sub.msg {
                CosmosMsg::Bank(BankMsg::Send { to_address, amount }) => self.pay(contract, to_address, amount)?,
                other => return Err(Failure::Trap(format!("message not carried out here: {other:?}"))),
            }
        }
        Ok(response.events)
    }

    /// A question from outside or from another contract.
    pub(crate) fn ask(self: &Rc<Self>, contract: &str, question: &[u8]) -> Result<ContractResult<Binary>, Failure> {
        self.meter.borrow_mut().spent.message_bytes += question.len() as u64;
        let answer = self.metered(contract, &Call::Query, question)?;
        from_json(answer).map_err(|error| Failure::Trap(error.to_string()))
    }

    /// A value of another contract's store.
    pub(crate) fn read_raw(&self, contract: &str, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let key = [store_prefix(contract)?, key.to_vec()].concat();
        let value = self.state.borrow().get(&key).cloned();
        let length = value.as_ref().map_or(0, Vec::len);
        self.meter.borrow_mut().read(&key, length)?;
        Ok(value)
    }

    fn env(&self, contract: &str) -> Env {
        Env {
            block: self.block.borrow().clone(),
            transaction: Some(TransactionInfo::new(3, Binary::from([0xab; 32]))),
            contract: ContractInfo {
                address: Addr::unchecked(contract),
            },
        }
    }

    /// Units of a token in a purse.
    pub(crate) fn balance(&self, of: &str, denom: &str) -> Uint256 {
        let state = self.state.borrow();
        let text = state
            .get(&purse_key(of, denom))
            .and_then(|units| std::str::from_utf8(units).ok());
        text.and_then(|units| units.parse().ok()).unwrap_or_default()
    }

    /// Units of a token in a purse, as the bank reads them: one key.
    pub(crate) fn read_balance(&self, of: &str, denom: &str) -> Result<Uint256, Failure> {
        let key = purse_key(of, denom);
        let length = self.state.borrow().get(&key).map_or(0, Vec::len);
        self.meter.borrow_mut().read(&key, length)?;
        Ok(self.balance(of, denom))
    }

    fn set_balance(&self, of: &str, denom: &str, units: Uint256) {
        let text = units.to_string();
        self.state
            .borrow_mut()
            .set(&purse_key(of, denom), Some(text.as_bytes()));
    }

    fn pay(&self, from: &str, to: &str, coins: &[Coin]) -> Result<(), Failure> {
        for coin in coins {
            let held = self.balance(from, &coin.denom);
            let left = held
                .checked_sub(coin.amount)
                .map_err(|_| Failure::Refused(format!("{from} holds {held} {}, not {coin}", coin.denom)))?;
            self.set_balance(from, &coin.denom, left);
            let held = self.balance(to, &coin.denom);
            self.set_balance(to, &coin.denom, held + coin.amount);
        }
        Ok(())
    }
}

/// Checks and converts addresses, for wasmd's gas.
pub(crate) fn api() -> MockApi {
    MockApi::default().with_prefix(PREFIX)
}

fn human(bytes: &[u8]) -> Addr {
    // Any 20 or 32 bytes are an address.
    Addr::unchecked(api().addr_humanize(bytes).0.unwrap_or_default())
}

fn canonical(address: &str) -> Result<Vec<u8>, Failure> {
    let bytes = api().addr_canonicalize(address).0;
    bytes.map_err(|error| Failure::Refused(format!("{address}: {error}")))
}

fn json(message: &impl Serialize) -> Result<Vec<u8>, Failure> {
    to_json_vec(message).map_err(|error| Failure::Trap(error.to_string()))
}

/// Where a contract's keys lie: one byte and its address.
fn store_prefix(contract: &str) -> Result<Vec<u8>, Failure> {
    Ok([vec![3], canonical(contract)?].concat())
}

fn info_key(contract: &str) -> Result<Vec<u8>, Failure> {
    Ok([vec![2], canonical(contract)?].concat())
}

fn code_key(id: u64) -> Vec<u8> {
    [&[1], id.to_be_bytes().as_slice()].concat()
}

/// Beyond all keys of wasmd.
fn purse_key(of: &str, denom: &str) -> Vec<u8> {
    [&[255], of.as_bytes(), b" ", denom.as_bytes()].concat()
}

/// A protobuf field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    // Nothing here is longer than 127 bytes.
    [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
}

/// wasmd's record of a contract: its code, creator, admin, label and where it was made.
fn contract_info(code: u64, creator: &Addr, label: &str) -> Vec<u8> {
    [
        vec![8, code as u8],
        field(2, creator.as_bytes()),
        field(3, creator.as_bytes()),
        field(4, label.as_bytes()),
        // A block height of four bytes and the place in the block.
        field(5, &[8, 206, 194, 241, 5, 16, 3]),
    ]
    .concat()
}

/// wasmd's record of a code: its hash, creator, and who may instantiate it.
fn code_info(code: &Code, creator: &Addr) -> Vec<u8> {
    let hash = Sha256::digest(code.size.to_be_bytes());
    [field(1, &hash), field(2, creator.as_bytes()), field(5, &[8, 3])].concat()
}
