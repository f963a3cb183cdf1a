//! What wasmd charges, in SDK gas. One table; everything that the harness charges is here.
//!
//! Sources: wasmd 0.61.12 (`x/wasm/types/gas_register.go`, `x/wasm/keeper/keeper.go`, `x/wasm/types/keys.go`), Cosmos SDK's
//! store 1.1.2 (`types/gas.go`, `gaskv/store.go`). What the VM itself charges comes from the VM.
//!
//! | what | gas | source |
//! |---|---|---|
//! | a contract is loaded | 60,000 | `DefaultInstanceCost` |
//! | ... that is pinned, or was loaded in this transaction | 2,000 | `DefaultInstanceCostDiscount` |
//! | before each call: contract info and code info are read, and one `has` asks whether the code is pinned | | `contractInstance`, `IsPinnedCode` |
//! | a store read | 1,000 + 3 a byte of key and value | `KVGasConfig`, `gaskv.Store.Get` |
//! | a store write | 2,000 + 30 a byte of key and value | `gaskv.Store.Set` |
//! | a store delete, a `has` | 1,000 | `gaskv.Store.Delete`, `Has` |
//! | an iterator's step, and its start | 30 + 3 a byte of key and value | `gaskv.gasIterator.consumeSeekGas` |
//! | 140,000 gas of the VM | 1 | `DefaultGasMultiplier` |
//! | a byte of the answer's JSON | 1 | `DefaultDeserializationCostPerByte` |
//! | an event | 20 and 1 a byte of its type | `DefaultPerCustomEventCost`, `EventCosts` |
//! | an attribute | 10 and 1 a byte of key and value, the first 100 bytes of a call free | `DefaultPerAttributeCost`, `DefaultEventAttributeDataFreeTier` |
//!
//! A contract's key carries a prefix of 33 bytes in the store: one for the kind, 32 for the contract's address. What the bank
//! does with its own keys when coins move is the chain's, and not charged here; nor are the transaction's size and
//! signatures.

/// Loading a contract.
pub const LOAD: u64 = 60_000;
/// Loading a pinned contract, or one that this transaction has loaded before.
pub const LOAD_DISCOUNTED: u64 = 2_000;
/// A store read.
pub const READ: u64 = 1_000;
/// A byte of key and value that is read.
pub const READ_BYTE: u64 = 3;
/// A store write.
pub const WRITE: u64 = 2_000;
/// A byte of key and value that is written.
pub const WRITE_BYTE: u64 = 30;
/// A store delete.
pub const DELETE: u64 = 1_000;
/// Asking whether a key is there.
pub const HAS: u64 = 1_000;
/// A step of an iterator, besides the bytes that it reads.
pub const STEP: u64 = 30;
/// VM gas in one SDK gas.
pub const VM_GAS: u64 = 140_000;
/// A byte of the JSON that a contract answers.
pub const RESULT_BYTE: u64 = 1;
/// An event.
pub const EVENT: u64 = 20;
/// An attribute of an event.
pub const ATTRIBUTE: u64 = 10;
/// A byte of an event's type, and of its attributes beyond the free ones.
pub const EVENT_BYTE: u64 = 1;
/// Bytes of attributes that a call has free.
pub const FREE_EVENT_BYTES: u64 = 100;

/// Reading a key and its value.
pub fn read(key: usize, value: usize) -> u64 {
    READ + READ_BYTE * (key + value) as u64
}

/// Writing a key and its value.
pub fn write(key: usize, value: usize) -> u64 {
    WRITE + WRITE_BYTE * (key + value) as u64
}

/// A step of an iterator over a key and its value.
pub fn step(key: usize, value: usize) -> u64 {
    STEP + READ_BYTE * (key + value) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_and_a_write_worked_by_hand() {
        // A key of 33 + 10 bytes with a value of 57: 1,000 + 3*100, 2,000 + 30*100.
        assert_eq!(read(43, 57), 1_300);
        assert_eq!(write(43, 57), 5_000);
        assert_eq!(step(43, 57), 330);
    }
}
