//! Typed events: the contracts emit them, bots read them back with [`TypedEvent::read`].
//!
//! A contract's event `hedgerow_deposit` arrives from a node as `wasm-hedgerow_deposit`; both are read. Every account's
//! event carries the account's id and its sequence after the change, so that a mirror can be kept without queries.

use crate::AccountId;
use crate::fill::LegFill;
use crate::margin::Scope;
use cosmwasm_std::Event;
use hedgerow_risk::instrument::{Day, Instrument, Symbol};
use hedgerow_risk::number::{Cash, Price, Quantity, Ratio};
use std::fmt;
use std::str::FromStr;

/// An event with a type of its own.
pub trait TypedEvent: Sized + Into<Event> {
    /// The event's type, without the `wasm-` that a node puts before it.
    const KIND: &'static str;

    /// Reads an event of this type; none when it is another or its attributes do not parse.
    fn read(event: &Event) -> Option<Self>;
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $kind:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl From<$name> for Event {
            fn from(event: $name) -> Self {
                Self::new($kind)$(.add_attribute(stringify!($field), event.$field.to_string()))*
            }
        }

        impl TypedEvent for $name {
            const KIND: &'static str = $kind;

            fn read(event: &Event) -> Option<Self> {
                if event.ty.strip_prefix("wasm-").unwrap_or(&event.ty) != $kind {
                    return None;
                }
                let value = |key: &str| event.attributes.iter().find(|a| a.key == key).map(|a| a.value.as_str());
                Some(Self { $($field: value(stringify!($field))?.parse().ok()?,)* })
            }
        }
    )*};
}

/// Several values in one attribute, separated by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T: fmt::Display> fmt::Display for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, item)| {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{item}")
        })
    }
}

impl<T: FromStr> FromStr for List<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        text.split(',')
            .filter(|part| !part.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// A leg that moved without a price of its own: `BTC-PERP -1.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegMove {
    /// What.
    pub instrument: Instrument,
    /// How many contracts.
    pub quantity: Quantity,
}

impl fmt::Display for LegMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.instrument, self.quantity)
    }
}

impl FromStr for LegMove {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (instrument, quantity) = text.split_once(' ').ok_or(())?;
        Ok(Self {
            instrument: instrument.parse().map_err(|_| ())?,
            quantity: quantity.parse().map_err(|_| ())?,
        })
    }
}

events! {
    /// An account was opened.
    AccountCreated = "hedgerow_account_created" {
        /// The account.
        account: AccountId,
        /// Its sequence after the change.
        sequence: u64,
        /// Its owner.
        owner: String,
    }

    /// Quote tokens came in.
    Deposited = "hedgerow_deposit" {
        /// The account.
        account: AccountId,
        /// Its sequence after the change.
        sequence: u64,
        /// Base units.
        amount: Cash,
    }

    /// Quote tokens were paid out to the owner.
    Withdrawn = "hedgerow_withdraw" {
        /// The account.
        account: AccountId,
        /// Its sequence after the change.
        sequence: u64,
        /// Base units taken off the account.
        amount: Cash,
        /// Base units sent: less than `amount` while debt is open.
        paid: Cash,
        /// Recorded debt after the payment.
        debt: Cash,
    }

    /// Quote tokens moved between accounts of one owner.
    Transferred = "hedgerow_transfer" {
        /// The paying account.
        from: AccountId,
        /// Its sequence after the change.
        from_sequence: u64,
        /// The receiving account.
        to: AccountId,
        /// Its sequence after the change.
        to_sequence: u64,
        /// Base units.
        amount: Cash,
    }

    /// A delegation was given or changed.
    Delegated = "hedgerow_delegate" {
        /// The account.
        account: AccountId,
        /// Its sequence.
        sequence: u64,
        /// Who may act.
        delegate: String,
        /// What it may do.
        scopes: List<Scope>,
        /// Until when, in seconds since 1970.
        expires: u64,
        /// What it may give away against the mark, in base units.
        loss_budget: Cash,
    }

    /// A delegation was taken back.
    Revoked = "hedgerow_revoke" {
        /// The account.
        account: AccountId,
        /// Its sequence.
        sequence: u64,
        /// Who may act no longer.
        delegate: String,
    }

    /// A trade between two accounts.
    Filled = "hedgerow_fill" {
        /// The venue that matched it.
        venue: String,
        /// Whose quantities the legs carry.
        taker: AccountId,
        /// Its sequence after the message.
        taker_sequence: u64,
        /// The other side.
        maker: AccountId,
        /// Its sequence after the message.
        maker_sequence: u64,
        /// Base units taken from the loss budget that the venue acts for the taker with.
        taker_spent: Cash,
        /// The same for the maker.
        maker_spent: Cash,
        /// What was traded.
        legs: List<LegFill>,
    }

    /// Legs of an expired series were settled in one account.
    Settled = "hedgerow_settle" {
        /// The account.
        account: AccountId,
        /// Its sequence after the change.
        sequence: u64,
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
        /// The settlement price.
        price: Price,
        /// Legs that ended.
        legs: List<LegMove>,
        /// Base units that the account received; negative when it paid.
        payoff: Cash,
    }

    /// A liquidation clock was started.
    ClockStarted = "hedgerow_clock_start" {
        /// The account.
        account: AccountId,
        /// Its sequence after the change.
        sequence: u64,
        /// The caller's account.
        liquidator: AccountId,
        /// Its sequence after the change.
        liquidator_sequence: u64,
        /// What the account paid the caller's account, in base units.
        reward: Cash,
    }

    /// An account is healthy again: its clock ended.
    ClockEnded = "hedgerow_clock_end" {
        /// The account.
        account: AccountId,
        /// Its sequence after the change.
        sequence: u64,
    }

    /// A slice of an account was taken over.
    Liquidated = "hedgerow_liquidate" {
        /// The account.
        account: AccountId,
        /// Its sequence after the change.
        sequence: u64,
        /// The liquidator's account.
        liquidator: AccountId,
        /// Its sequence after the change.
        liquidator_sequence: u64,
        /// The fraction of the account that was taken, rounded down.
        fraction: Ratio,
        /// Legs that moved, in the account's sign.
        legs: List<LegMove>,
        /// Cash that moved with the legs, in base units, before the price.
        cash: Cash,
        /// Linear legs' cost that moved, in base units.
        cost: Cash,
        /// What the liquidator paid the account, in base units; negative when the account paid.
        paid: Cash,
        /// What the insurance fund paid the liquidator besides.
        insurance: Cash,
        /// What the liquidator was credited besides, recorded as debt. Its cash changes by `cash - paid + insurance + debt`.
        debt: Cash,
    }

    /// What an account without legs owed was taken off it.
    BadDebtCleared = "hedgerow_bad_debt" {
        /// The account.
        account: AccountId,
        /// Its sequence after the change.
        sequence: u64,
        /// Base units that it owed.
        amount: Cash,
        /// What of it the insurance fund bore.
        insurance: Cash,
        /// What of it was recorded as debt.
        debt: Cash,
    }

    /// The insurance fund or the recorded debt moved.
    InsuranceChanged = "hedgerow_insurance" {
        /// Balance of the fund, in base units.
        balance: Cash,
        /// Recorded debt, in base units.
        debt: Cash,
    }

    /// A venue was registered or taken off.
    VenueChanged = "hedgerow_venue" {
        /// Its address.
        venue: String,
        /// True when it may submit matches from now on.
        registered: bool,
    }

    /// Parameters changed.
    ParamsChanged = "hedgerow_params" {
        /// Their version after the change.
        version: u64,
        /// What changed: `model`, `limits`, `timing`, `auction`, `underlyings`, `venues` or `owner`; `params` answers the values.
        what: String,
    }

    /// A publisher's report was accepted.
    Reported = "hedgerow_report" {
        /// The underlying.
        underlying: Symbol,
        /// Who reported.
        publisher: String,
        /// When the prices were observed, in seconds since 1970.
        time: u64,
        /// The index.
        index: Price,
    }

    /// Enough reports agree: the tape of an underlying is a new one.
    TapeChanged = "hedgerow_tape" {
        /// The underlying.
        underlying: Symbol,
        /// The tape's time.
        time: u64,
        /// The index.
        index: Price,
        /// How many reports it is made of.
        sources: u64,
    }

    /// The reports agree on prices that are far from the tape's: it stays until a second round confirms them.
    JumpHeld = "hedgerow_jump" {
        /// The underlying.
        underlying: Symbol,
        /// The time of the round.
        time: u64,
        /// The index that the reports agree on.
        index: Price,
    }

    /// The guardian proposed a settlement price.
    SettlementProposed = "hedgerow_settlement_proposed" {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
        /// Quote per contract.
        price: Price,
        /// When it may be confirmed.
        ready: u64,
    }

    /// A settlement price was fixed.
    SettlementFixed = "hedgerow_settlement" {
        /// The underlying.
        underlying: Symbol,
        /// The expiry.
        expiry: Day,
        /// Quote per contract.
        price: Price,
    }

    /// The oracle's administration changed.
    OracleChanged = "hedgerow_oracle" {
        /// What changed: `listing`, `publishers`, `rules`, `guardian` or `admin`.
        what: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_back() {
        let filled = Filled {
            venue: "venue".to_owned(),
            taker: AccountId(1),
            taker_sequence: 7,
            maker: AccountId(2),
            maker_sequence: 9,
            taker_spent: Cash::ZERO,
            maker_spent: Cash::new(12).unwrap(),
            legs: List(vec![
                "BTC-PERP 1@60000".parse().unwrap(),
                "BTC-28MAR25-100000-C -2@1200.5".parse().unwrap(),
            ]),
        };
        let mut event: Event = filled.clone().into();
        assert_eq!(event.ty, "hedgerow_fill");
        assert_eq!(Filled::read(&event), Some(filled.clone()));
        event.ty = format!("wasm-{}", event.ty);
        assert_eq!(Filled::read(&event), Some(filled));
        assert_eq!(Deposited::read(&event), None);
        event.attributes.pop();
        assert_eq!(Filled::read(&event), None);
    }

    #[test]
    fn an_empty_list_is_empty() {
        let list: List<LegMove> = "".parse().unwrap();
        assert_eq!(list, List(vec![]));
        let list: List<LegMove> = "BTC-PERP -1,BTC-28MAR25 0.5".parse().unwrap();
        assert_eq!(list.to_string(), "BTC-PERP -1,BTC-28MAR25 0.5");
    }
}
