//! Where the chain keeps what: addresses, the keys of wasmd's store, and its records of contracts and codes, byte for byte as
//! long as wasmd's.

use crate::chain::Failure;
use crate::code::Code;
use cosmwasm_std::{Addr, to_json_vec};
use cosmwasm_vm::BackendApi;
use cosmwasm_vm::testing::MockApi;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The prefix of addresses.
const PREFIX: &str = "wasm";

/// Checks and converts addresses, for wasmd's gas.
pub(crate) fn api() -> MockApi {
    MockApi::default().with_prefix(PREFIX)
}

pub(crate) fn human(bytes: &[u8]) -> Addr {
    // Any 20 or 32 bytes are an address.
    Addr::unchecked(api().addr_humanize(bytes).0.unwrap_or_default())
}

pub(crate) fn canonical(address: &str) -> Result<Vec<u8>, Failure> {
    let bytes = api().addr_canonicalize(address).0;
    bytes.map_err(|error| Failure::Refused(format!("{address}: {error}")))
}

pub(crate) fn json(message: &impl Serialize) -> Result<Vec<u8>, Failure> {
    to_json_vec(message).map_err(|error| Failure::Trap(error.to_string()))
}

/// Where a contract's keys lie: one byte and its address.
pub(crate) fn store_prefix(contract: &str) -> Result<Vec<u8>, Failure> {
    Ok([vec![3], canonical(contract)?].concat())
}

pub(crate) fn info_key(contract: &str) -> Result<Vec<u8>, Failure> {
    Ok([vec![2], canonical(contract)?].concat())
}

pub(crate) fn code_key(id: u64) -> Vec<u8> {
    [&[1], id.to_be_bytes().as_slice()].concat()
}

/// Beyond all keys of wasmd.
pub(crate) fn purse_key(of: &str, denom: &str) -> Vec<u8> {
    [&[255], of.as_bytes(), b" ", denom.as_bytes()].concat()
}

/// A protobuf field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    // Nothing here is longer than 127 bytes.
    [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
}

/// wasmd's record of a contract: its code, creator, admin, label and where it was made.
pub(crate) fn contract_info(code: u64, creator: &Addr, label: &str) -> Vec<u8> {
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
pub(crate) fn code_info(code: &Code, creator: &Addr) -> Vec<u8> {
    let hash = Sha256::digest(code.size.to_be_bytes());
    [field(1, &hash), field(2, creator.as_bytes()), field(5, &[8, 3])].concat()
}
