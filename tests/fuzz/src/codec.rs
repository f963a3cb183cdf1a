//! Packed records: what can be read is written back to the same bytes, an account at least to no more of them.

use hedgerow_interface::account::Account;
use hedgerow_interface::tape::Tape;
use hedgerow_risk::model::Model;
use hedgerow_risk::record::{pack, unpack};

/// A market tape.
pub fn tape(data: &[u8]) -> bool {
    let Ok(tape) = Tape::decode(data) else {
        return false;
    };
    assert_eq!(tape.encode().as_deref(), Ok(data), "{tape:?}");
    true
}

/// An account. An option may have been written with more bytes than it needs.
pub fn account(data: &[u8]) -> bool {
    let Ok(account) = Account::decode(data) else {
        return false;
    };
    let written = account.encode();
    assert!(written.len() <= data.len(), "{account:?}");
    assert_eq!(Account::decode(&written), Ok(account));
    true
}

/// A margin model as the contract keeps it.
pub fn packed(data: &[u8]) -> bool {
    let Ok(mut model) = unpack::<Model>("model", 1, data) else {
        return false;
    };
    assert_eq!(pack(1, &mut model), data, "{model:?}");
    // Whatever was kept, the answer to it being valid is an answer.
    model.validate().is_ok()
}
