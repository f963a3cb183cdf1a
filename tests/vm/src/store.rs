//! The chain's store: one ordered map, a journal to undo a failed call by, and a contract's metered view of it.

use crate::core::Core;
use crate::cost;
use crate::meter::{Meter, OutOfGas, Part};
use cosmwasm_std::{Order, Record};
use cosmwasm_vm::{BackendError, BackendResult, GasInfo, Storage};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

/// Every key of the chain.
#[derive(Debug, Default)]
pub struct State {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What the running call has overwritten, oldest first.
    journal: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl State {
    /// A value.
    pub fn get(&self, key: &[u8]) -> Option<&Vec<u8>> {
        self.entries.get(key)
    }

    /// Every key and value.
    pub fn entries(&self) -> &BTreeMap<Vec<u8>, Vec<u8>> {
        &self.entries
    }

    /// Writes a value, or takes the key out.
    pub fn set(&mut self, key: &[u8], value: Option<&[u8]>) {
        let old = match value {
            Some(value) => self.entries.insert(key.to_vec(), value.to_vec()),
            None => self.entries.remove(key),
        };
        self.journal.push((key.to_vec(), old));
    }

    /// What was written stays.
    pub fn keep(&mut self) {
        self.journal.clear();
    }

    /// Takes back everything since the last [`State::keep`].
    pub fn undo(&mut self) {
        while let Some((key, old)) = self.journal.pop() {
            match old {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
        }
    }
}

/// One contract's part of the store while a call runs.
pub struct View {
    core: Rc<Core>,
    prefix: Vec<u8>,
    iterators: Vec<std::vec::IntoIter<Record>>,
}

impl View {
    /// The keys that begin with a prefix.
    pub(crate) fn new(core: Rc<Core>, prefix: Vec<u8>) -> Self {
        Self {
            core,
            prefix,
            iterators: Vec::new(),
        }
    }

    fn key(&self, key: &[u8]) -> Vec<u8> {
        [&self.prefix, key].concat()
    }

    /// The next key after all that begin with the prefix.
    fn end(&self) -> Vec<u8> {
        let mut end = self.prefix.clone();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                break;
            }
        }
        end
    }

    /// Charges, and tells the VM of it.
    fn charged<T>(&self, value: T, charge: impl FnOnce(&mut Meter) -> Result<(), OutOfGas>) -> BackendResult<T> {
        let mut meter = self.core.meter.borrow_mut();
        let before = meter.spent.total;
        let outcome = charge(&mut meter);
        let gas = GasInfo::with_externally_used((meter.spent.total - before) * cost::VM_GAS);
        (
            outcome.map(|()| value).map_err(|OutOfGas| BackendError::out_of_gas()),
            gas,
        )
    }
}

impl Storage for View {
    fn get(&self, key: &[u8]) -> BackendResult<Option<Vec<u8>>> {
        let key = self.key(key);
        let value = self.core.state.borrow().get(&key).cloned();
        let length = value.as_ref().map_or(0, Vec::len);
        self.charged(value, |meter| meter.read(&key, length))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> BackendResult<()> {
        let key = self.key(key);
        let outcome = self.charged((), |meter| meter.write(&key, value.len()));
        if outcome.0.is_ok() {
            self.core.state.borrow_mut().set(&key, Some(value));
        }
        outcome
    }

    fn remove(&mut self, key: &[u8]) -> BackendResult<()> {
        let outcome = self.charged((), |meter| meter.charge(Part::Write, cost::DELETE));
        if outcome.0.is_ok() {
            self.core.state.borrow_mut().set(&self.key(key), None);
        }
        outcome
    }

    fn scan(&mut self, start: Option<&[u8]>, end: Option<&[u8]>, order: Order) -> BackendResult<u32> {
        let start = start.map_or_else(|| self.prefix.clone(), |start| self.key(start));
        let end = end.map_or_else(|| self.end(), |end| self.key(end));
        let mut records: Vec<Record> = if start < end {
            let state = self.core.state.borrow();
            let range = (Bound::Included(start), Bound::Excluded(end));
            let found = state.entries.range(range);
            found
                .map(|(k, v)| (k.iter().skip(self.prefix.len()).copied().collect(), v.clone()))
                .collect()
        } else {
            Vec::new()
        };
        if order == Order::Descending {
            records.reverse();
        }
        let first = records
            .first()
            .map_or((0, 0), |(k, v)| (self.prefix.len() + k.len(), v.len()));
        self.iterators.push(records.into_iter());
        self.charged(self.iterators.len() as u32, |meter| meter.step(first.0, first.1))
    }

    fn next(&mut self, id: u32) -> BackendResult<Option<Record>> {
        let Some(iterator) = self.iterators.get_mut((id as usize).wrapping_sub(1)) else {
            return (Err(BackendError::iterator_does_not_exist(id)), GasInfo::free());
        };
        match iterator.next() {
            None => (Ok(None), GasInfo::free()),
            Some((key, value)) => {
                let (k, v) = (self.prefix.len() + key.len(), value.len());
                self.charged(Some((key, value)), |meter| meter.step(k, v))
            }
        }
    }
}
