//! One call: what wasmd does around it, the contract on the VM, and what its answer asks for.

use crate::chain::Failure;
use crate::code::Code;
use crate::layout::{api, code_key, info_key, json, purse_key, store_prefix};
use crate::meter::{Meter, Part};
use crate::profile::{self, Counted, Profile};
use crate::querier::Querier;
use crate::store::{State, View};
use cosmwasm_std::{
    Addr, BankMsg, Binary, BlockInfo, Coin, ContractInfo, ContractResult, CosmosMsg, Env, Event, MessageInfo, Response,
    TransactionInfo, Uint256, from_json,
};
use cosmwasm_vm::internals::instance_from_module;
use cosmwasm_vm::testing::MockApi;
use cosmwasm_vm::{Backend, Instance, call_execute_raw, call_instantiate_raw, call_query_raw};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasmer::Store;

/// What the chain and the backends of running contracts share.
pub(crate) struct Core {
    pub(crate) codes: Vec<Rc<Code>>,
    pub(crate) state: RefCell<State>,
    pub(crate) meter: RefCell<Meter>,
    pub(crate) block: RefCell<BlockInfo>,
    pub(crate) limit: Cell<u64>,
    pub(crate) pinned: Cell<bool>,
    /// Of the last call, by contracts that count.
    pub(crate) profile: RefCell<Profile>,
}

/// Which call.
pub(crate) enum Call<'a> {
    Instantiate(&'a MessageInfo),
    Execute(&'a MessageInfo),
    Query,
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
    pub(crate) fn run(self: &Rc<Self>, contract: &str, message: &[u8], call: &Call<'_>) -> Result<Vec<Event>, Failure> {
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

    pub(crate) fn set_balance(&self, of: &str, denom: &str, units: Uint256) {
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
