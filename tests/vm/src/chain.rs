//! A chain of one process: contracts on the real VM, a bank, blocks, and wasmd's gas.
//!
//! Every call stands alone: it gets a fresh instance, reads contract info and code info as wasmd does, and when it fails or
//! runs out of gas, nothing of it is left in the store.

use crate::code::Code;
use crate::core::{Call, Core};
use crate::layout::{code_info, code_key, contract_info, human, info_key, json, store_prefix};
use crate::meter::{Bill, Meter, OutOfGas};
use crate::querier::Querier;
use crate::store::State;
use cosmwasm_std::{
    Addr, Binary, BlockInfo, Coin, ContractResult, Empty, Event, MessageInfo, QueryRequest, SystemResult, Timestamp,
    Uint256, from_json,
};
use cosmwasm_vm::VmError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use thiserror::Error;

/// Gas that a call may spend unless [`Chain::limit`] says otherwise: more than anything needs.
const PLENTY: u64 = 1_000_000_000;

/// A chain.
#[derive(Clone)]
pub struct Chain {
    core: Rc<Core>,
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
