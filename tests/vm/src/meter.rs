//! What a call has spent, by what it was spent on, and when it has spent too much.

use crate::cost;
use crate::profile::Profile;
use cosmwasm_std::{Attribute, Event};
use serde::{Deserialize, Serialize};

/// What gas is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Loading contracts.
    Load,
    /// Store reads, with those of the chain before each call.
    Read,
    /// Store writes and deletes.
    Write,
    /// What the VM executed.
    Compute,
    /// Events, and the answer's JSON that they are in.
    Events,
}

/// SDK gas of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gas {
    /// The sum of what follows.
    pub total: u64,
    /// Loading contracts.
    pub load: u64,
    /// Store reads, with those of the chain before each call.
    pub read: u64,
    /// Store writes and deletes.
    pub write: u64,
    /// What the VM executed.
    pub compute: u64,
    /// Events, and the answer's JSON that they are in.
    pub events: u64,
    /// Bytes of the message.
    pub message_bytes: u64,
    /// Keys read.
    pub reads: u64,
    /// Bytes of keys and values read.
    pub read_bytes: u64,
    /// Keys written.
    pub writes: u64,
    /// Bytes of keys and values written.
    pub write_bytes: u64,
    /// Bytes of the answer's JSON.
    pub result_bytes: u64,
}

/// A key that a call touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Read or written.
    pub part: Part,
    /// The key, with its prefix.
    pub key: Vec<u8>,
    /// Bytes of its value.
    pub value: usize,
}

/// What a call cost, and the keys it touched, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// What it cost.
    pub gas: Gas,
    /// Read and written, as often as they were.
    pub keys: Vec<Access>,
    /// Units by function, of codes that count.
    pub profile: Profile,
}

/// The limit is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfGas;

/// Counts the gas of one call and what it calls.
#[derive(Clone, Debug)]
pub struct Meter {
    /// SDK gas that may be spent.
    limit: u64,
    /// What was spent.
    pub spent: Gas,
    /// Keys that were read and written, in order.
    keys: Vec<Access>,
    /// Codes that were loaded.
    loaded: Vec<u64>,
}

impl Meter {
    /// Nothing spent.
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            spent: Gas::default(),
            keys: Vec::new(),
            loaded: Vec::new(),
        }
    }

    /// What was spent, and on which keys.
    pub fn bill(&self) -> Bill {
        Bill {
            gas: self.spent,
            keys: self.keys.clone(),
            profile: Profile::new(),
        }
    }

    /// VM gas that is left.
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.spent.total).saturating_mul(cost::VM_GAS)
    }

    /// Spends SDK gas.
    pub fn charge(&mut self, part: Part, gas: u64) -> Result<(), OutOfGas> {
        let spent = &mut self.spent;
        let sum = match part {
            Part::Load => &mut spent.load,
            Part::Read => &mut spent.read,
            Part::Write => &mut spent.write,
            Part::Compute => &mut spent.compute,
            Part::Events => &mut spent.events,
        };
        *sum += gas;
        spent.total += gas;
        if spent.total > self.limit {
            Err(OutOfGas)
        } else {
            Ok(())
        }
    }

    /// Loads a code: dear the first time, unless it is pinned.
    pub fn load(&mut self, code: u64, pinned: bool) -> Result<(), OutOfGas> {
        let again = self.loaded.contains(&code);
        self.loaded.push(code);
        let gas = if pinned || again {
            cost::LOAD_DISCOUNTED
        } else {
            cost::LOAD
        };
        self.charge(Part::Load, gas)
    }

    /// A read of a key, with the bytes of its value.
    pub fn read(&mut self, key: &[u8], value: usize) -> Result<(), OutOfGas> {
        self.spent.reads += 1;
        self.spent.read_bytes += (key.len() + value) as u64;
        self.touched(Part::Read, key, value);
        self.charge(Part::Read, cost::read(key.len(), value))
    }

    /// A step of an iterator to a key and its value.
    pub fn step(&mut self, key: usize, value: usize) -> Result<(), OutOfGas> {
        self.spent.read_bytes += (key + value) as u64;
        self.charge(Part::Read, cost::step(key, value))
    }

    /// A write of a key and its value.
    pub fn write(&mut self, key: &[u8], value: usize) -> Result<(), OutOfGas> {
        self.spent.writes += 1;
        self.spent.write_bytes += (key.len() + value) as u64;
        self.touched(Part::Write, key, value);
        self.charge(Part::Write, cost::write(key.len(), value))
    }

    fn touched(&mut self, part: Part, key: &[u8], value: usize) {
        let key = key.to_vec();
        self.keys.push(Access { part, key, value });
    }

    /// The JSON of an answer.
    pub fn result(&mut self, bytes: usize) -> Result<(), OutOfGas> {
        self.spent.result_bytes += bytes as u64;
        self.charge(Part::Events, cost::RESULT_BYTE * bytes as u64)
    }

    /// What a contract's response says of itself.
    pub fn events(&mut self, attributes: &[Attribute], events: &[Event]) -> Result<(), OutOfGas> {
        let gas = event_cost(attributes, events);
        self.charge(Part::Events, gas)
    }
}

/// The first 100 bytes of all attributes together are free, types of events are not.
fn event_cost(attributes: &[Attribute], events: &[Event]) -> u64 {
    let all = || events.iter().flat_map(|event| &event.attributes).chain(attributes);
    let bytes: u64 = all().map(|a| (a.key.len() + a.value.len()) as u64).sum();
    let types: u64 = events.iter().map(|event| event.ty.len() as u64).sum();
    cost::EVENT * events.len() as u64
        + cost::ATTRIBUTE * all().count() as u64
        + cost::EVENT_BYTE * (types + bytes.saturating_sub(cost::FREE_EVENT_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_worked_by_hand() {
        // Two events of 10 bytes of type: 2*20 + 20. Three attributes: 30. Their 150 bytes: 50 beyond the free ones.
        let event = |values: &[usize]| {
            let mut event = Event::new("0123456789");
            for length in values {
                event = event.add_attribute("key", "v".repeat(*length - 3));
            }
            event
        };
        assert_eq!(event_cost(&[], &[event(&[60, 40]), event(&[50])]), 60 + 30 + 50);
        assert_eq!(event_cost(&[], &[event(&[60])]), 20 + 10 + 10);
        assert_eq!(event_cost(&[], &[]), 0);
    }

    #[test]
    fn a_limit_is_passed_by_one() {
        let mut meter = Meter::new(3_000);
        assert_eq!(meter.load(1, true), Ok(()));
        assert_eq!(meter.charge(Part::Compute, 1_000), Ok(()));
        assert_eq!(meter.left(), 0);
        assert_eq!(meter.charge(Part::Events, 1), Err(OutOfGas));
        assert_eq!(meter.spent.total, 3_001);
    }

    #[test]
    fn a_code_is_dear_once() {
        let mut meter = Meter::new(1_000_000);
        for code in [1, 2, 1] {
            meter.load(code, false).unwrap();
        }
        assert_eq!(meter.spent.load, 122_000);
    }
}
