//! Why a message was refused. Every text begins with the error's stable code, so that bots need not parse the rest.

use cosmwasm_std::StdError;
use hedgerow_interface::AccountId;
use hedgerow_interface::codec::CodecError;
use hedgerow_risk::error::RiskError;
use hedgerow_risk::gate::GateRefusal;
use hedgerow_risk::instrument::{Day, Instrument, Symbol};
use hedgerow_risk::liquidation::TermsError;
use hedgerow_risk::model::ModelError;
use hedgerow_risk::number::{Cash, NumberError, Price, Quantity, Ratio, Value};
use std::fmt::{Arguments, Display};
use thiserror::Error;

/// What went wrong, with the values that made it so.
#[derive(Debug, Error)]
#[allow(missing_docs)] // The texts say what the fields are.
pub enum ContractError {
    #[error("std: {0}")]
    Std(#[from] StdError),
    #[error("payment: {sent} was sent, {asked} is asked for")]
    Payment { sent: String, asked: String },
    #[error("{code}: {0}", code = .0.code())]
    Number(#[from] NumberError),
    #[error("{code}: {0}", code = .0.code())]
    Record(#[from] CodecError),
    #[error("{code}: {0}", code = .0.code())]
    Risk(#[from] RiskError),
    #[error("{code}: {0}", code = .0.code())]
    Model(#[from] ModelError),
    #[error("{code}: {0}", code = .0.code())]
    Terms(#[from] TermsError),
    #[error("{code}: account {account}: {refusal}", code = .refusal.code())]
    Gate { account: AccountId, refusal: GateRefusal },

    #[error("unauthorised: {sender} may not {action}")]
    Unauthorised { sender: String, action: &'static str },
    #[error("not_a_venue: {sender} is no registered venue")]
    NotAVenue { sender: String },
    #[error("delegation_expired: account {account}: {delegate}'s delegation ended at {expires}, it is {now}")]
    DelegationExpired {
        account: AccountId,
        delegate: String,
        expires: u64,
        now: u64,
    },
    #[error("loss_budget: account {account}: the fill gives away {lost} against the mark, {delegate} has {left} left")]
    LossBudget {
        account: AccountId,
        delegate: String,
        lost: Cash,
        left: Cash,
    },

    #[error("unknown_account: account {account} does not exist")]
    UnknownAccount { account: AccountId },
    #[error("unknown_underlying: {underlying} is not listed")]
    UnknownUnderlying { underlying: Symbol },
    #[error("same_account: account {account} stands on both sides")]
    SameAccount { account: AccountId },
    #[error("out_of_range: {field} {value}: must be {limit}")]
    OutOfRange {
        field: &'static str,
        value: String,
        limit: String,
    },
    #[error("empty: {field} must not be empty")]
    Empty { field: &'static str },
    #[error("duplicate: {field} {value} appears twice")]
    Duplicate { field: &'static str, value: String },

    #[error("no_tape: the oracle has no tape of {underlying}")]
    NoTape { underlying: Symbol },
    #[error("tape_stale: prices are of {time}, it is {now}: at most {max_age} s are allowed to {action}")]
    TapeStale {
        time: u64,
        now: u64,
        max_age: u64,
        action: &'static str,
    },
    #[error("low_confidence: {underlying}: confidence {confidence}, at least {least} is needed to {action}")]
    LowConfidence {
        underlying: Symbol,
        confidence: Ratio,
        least: Ratio,
        action: &'static str,
    },
    #[error(
        "index_deviates: {underlying}: the index {index} is more than {limit} of the stable price {stable} from it, too far to {action}"
    )]
    IndexDeviates {
        underlying: Symbol,
        index: Price,
        stable: Price,
        limit: Ratio,
        action: &'static str,
    },
    #[error("expired: {instrument} expired at {expiry}, it is {now}")]
    Expired {
        instrument: Instrument,
        expiry: u64,
        now: u64,
    },
    #[error("unsettled: {underlying} {expiry} is over and waits for its settlement price")]
    Unsettled { underlying: Symbol, expiry: Day },
    #[error("off_market: {instrument} at {price}: the mark is {mark}, at most {band} away is allowed")]
    OffMarket {
        instrument: Instrument,
        price: Price,
        mark: Value,
        band: Value,
    },
    #[error("dust: {instrument} {quantity} at {price} is worth less than a base unit of the quote token")]
    Dust {
        instrument: Instrument,
        quantity: Quantity,
        price: Price,
    },
    #[error("too_many: {what}: {count}, the limit is {limit}")]
    TooMany { what: &'static str, count: u64, limit: u64 },
    #[error("open_interest: {underlying}: {open} contracts would be open, the limit is {limit}")]
    OpenInterest {
        underlying: Symbol,
        open: u64,
        limit: Quantity,
    },
    #[error("borrow_cap: accounts would owe {negative} in all, the limit is {limit}")]
    BorrowCap { negative: Cash, limit: Cash },

    #[error("not_liquidatable: account {account} has equity {equity} and maintenance margin {maintenance}")]
    NotLiquidatable {
        account: AccountId,
        equity: Value,
        maintenance: Value,
    },
    #[error("position_changed: account {account} is at position nonce {found}, expected {expected}")]
    PositionChanged {
        account: AccountId,
        found: u64,
        expected: u64,
    },
    #[error("too_little_received: the slice is worth {received} more than its price, asked for {asked}")]
    TooLittleReceived { received: Cash, asked: Cash },
    #[error("no_improvement: account {account} would go from {before} to {after} above its maintenance margin")]
    NoImprovement {
        account: AccountId,
        before: Value,
        after: Value,
    },
    #[error("nothing_to_take: account {account} holds nothing that a slice of this size could move")]
    NothingToTake { account: AccountId },
    #[error("nothing_to_settle: account {account} holds no expired leg with a fixed settlement price")]
    NothingToSettle { account: AccountId },

    #[error("no_offer: the ownership is not offered to {sender}")]
    NoOffer { sender: String },
    #[error("wrong_contract: state is of {found}, this is {expected}")]
    WrongContract { found: String, expected: &'static str },
    #[error("newer_state: state is of version {found}, this is {own}")]
    NewerState { found: String, own: &'static str },
    #[error("corrupt: {what} does not decode")]
    Corrupt { what: &'static str },
}

/// Functions return it boxed: an outcome is then no larger than what it holds when all is well.
macro_rules! boxed {
    ($($Error:ty),+) => {
        $(impl From<$Error> for Box<ContractError> {
            fn from(error: $Error) -> Self {
                Self::new(error.into())
            }
        })+
    };
}

boxed!(StdError, NumberError, CodecError, RiskError, ModelError, TermsError);

impl ContractError {
    /// The stable code: the text up to the first colon.
    pub fn code(&self) -> String {
        let text = self.to_string();
        text.split(':').next().unwrap_or_default().to_owned()
    }

    // Apart, because they are made in many places.

    /// Something stored does not decode.
    #[cold]
    pub(crate) fn corrupt(what: &'static str) -> Box<Self> {
        Box::new(Self::Corrupt { what })
    }

    #[cold]
    pub(crate) fn empty(field: &'static str) -> Box<Self> {
        Box::new(Self::Empty { field })
    }

    #[cold]
    pub(crate) fn no_tape(underlying: Symbol) -> Box<Self> {
        Box::new(Self::NoTape { underlying })
    }

    #[cold]
    pub(crate) fn same_account(account: AccountId) -> Box<Self> {
        Box::new(Self::SameAccount { account })
    }

    /// Refuses more than a limit.
    pub(crate) fn at_most(what: &'static str, count: usize, limit: u32) -> Result<(), Box<Self>> {
        let (count, limit) = (count as u64, u64::from(limit));
        if count > limit {
            return Err(Self::TooMany { what, count, limit }.into());
        }
        Ok(())
    }

    pub(crate) fn range(field: &'static str, value: &dyn Display, limit: Arguments<'_>) -> Box<Self> {
        Box::new(Self::OutOfRange {
            field,
            value: value.to_string(),
            limit: limit.to_string(),
        })
    }
}
