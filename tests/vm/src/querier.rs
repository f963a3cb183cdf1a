//! What contracts ask the chain and each other.

use crate::chain::Failure;
use crate::core::Core;
use crate::cost;
use cosmwasm_std::{
    BalanceResponse, BankQuery, Binary, Coin, ContractResult, Empty, QueryRequest, SystemError, SystemResult,
    WasmQuery, from_json, to_json_binary,
};
use cosmwasm_vm::{BackendError, BackendResult, GasInfo};
use std::rc::Rc;

/// Answers a running contract's questions.
pub struct Querier {
    core: Rc<Core>,
}

type Answer = SystemResult<ContractResult<Binary>>;

impl Querier {
    /// Answers from this chain.
    pub(crate) fn new(core: Rc<Core>) -> Self {
        Self { core }
    }

    pub(crate) fn answer(&self, request: &[u8]) -> Result<Answer, Failure> {
        let found: QueryRequest<Empty> = match from_json(request) {
            Ok(found) => found,
            Err(error) => {
                return Ok(SystemResult::Err(SystemError::InvalidRequest {
                    error: error.to_string(),
                    request: request.into(),
                }));
            }
        };
        match found {
            QueryRequest::Wasm(WasmQuery::Raw { contract_addr, key }) => {
                let value = self.core.read_raw(&contract_addr, &key)?;
                Ok(SystemResult::Ok(ContractResult::Ok(value.unwrap_or_default().into())))
            }
            QueryRequest::Wasm(WasmQuery::Smart { contract_addr, msg }) => {
                Ok(SystemResult::Ok(self.core.ask(&contract_addr, &msg)?))
            }
            QueryRequest::Bank(BankQuery::Balance { address, denom }) => {
                let amount = self.core.read_balance(&address, &denom)?;
                let answer = to_json_binary(&BalanceResponse::new(Coin { denom, amount }));
                Ok(SystemResult::Ok(answer.into()))
            }
            other => Ok(SystemResult::Err(SystemError::UnsupportedRequest {
                kind: format!("{other:?}"),
            })),
        }
    }
}

impl cosmwasm_vm::Querier for Querier {
    fn query_raw(&self, request: &[u8], _: u64) -> BackendResult<Answer> {
        let before = self.core.meter.borrow().spent.total;
        let answer = self.answer(request);
        let spent = self.core.meter.borrow().spent.total - before;
        let answer = match answer {
            Ok(answer) => Ok(answer),
            Err(Failure::OutOfGas) => Err(BackendError::out_of_gas()),
            Err(Failure::Refused(error)) => Ok(SystemResult::Ok(ContractResult::Err(error))),
            Err(Failure::Trap(error)) => Err(BackendError::unknown(error)),
        };
        (answer, GasInfo::with_externally_used(spent * cost::VM_GAS))
    }
}
