//! The packed account record: everything that a margin call needs of one account, in one storage value.
//!
//! ```text
//! account  = format 1 | head | sequence | position_nonce | cash | clock | [collateral] | [spent] | series*
//! head     = kind of clock (0 to 2) | collateral 4 | spent 8
//! clock    = nothing                                            0: no clock since the account was last healthy
//!          | started seen closed received drawn rewarded        1: running; `closed` 0: solvent; `rewarded` 0: never
//!          | rewarded                                           2: not running, but a reward was paid at `rewarded`
//! collateral = count (asset id, amount)*
//! spent    = count (delegation's number, amount (wide))*
//! series   = underlying id (byte) | day (2 bytes, 0: perpetual) | options*2 + has_linear | [linear] | option*
//! linear   = quantity (signed) | cost (wide) | [funding index (wide), perpetual only]
//! option   = head (byte) | strike field | quantity field
//! head     = put 1 bit | short 1 bit | strike bytes - 1, 3 bits | quantity bytes - 1, 3 bits
//! strike field   = mantissa*16 + e,  strike = mantissa*10^e,               at most 8 bytes
//! quantity field = mantissa*4 + i,   |quantity| = mantissa*10^(0,4,6,8)[i], at most 7 bytes
//! ```
//!
//! Series are sorted by (underlying id, day), options in a series by (strike, call before put). An option takes 3 to 16
//! bytes; `BTC-28MAR25-100000-C 1.5` takes 4. Integers are those of [`crate::codec`].

use crate::codec::{CodecError, Reader, Writer, add_zeros, strip_zeros};
use hedgerow_risk::instrument::{Day, Right};
use hedgerow_risk::number::{Cash, Price, Quantity, power_of_ten};
use hedgerow_risk::record;
use hedgerow_risk::record::{Record, Walker};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The format that this build writes and reads.
pub const ACCOUNT_FORMAT: u8 = 1;

const RECORD: &str = "account";
/// The bits of the head.
const CLOCK: u8 = 3;
const COLLATERAL: u8 = 4;
const SPENT: u8 = 8;
const QUANTITY_EXPONENTS: [u32; 4] = [0, 4, 6, 8];

/// The number of an account, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct AccountId(pub u64);

impl Record for AccountId {
    fn blank() -> Self {
        Self(0)
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        self.0.walk(walker);
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::str::FromStr for AccountId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// An account as it is stored. Underlyings go by their number in the contract's parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Moves on every change.
    pub sequence: u64,
    /// Moves only when the owner or a delegate changes legs.
    pub position_nonce: u64,
    /// The quote token, signed.
    pub cash: Cash,
    /// Liquidation.
    pub clock: Clock,
    /// Other tokens: (asset id, amount), sorted by id.
    pub collateral: Vec<(u8, u128)>,
    /// What delegates gave away against the mark: (number of the delegation, base units), sorted by number. Here and not
    /// with the delegations, because every fill writes the account.
    pub spent: Vec<(u8, Cash)>,
    /// Legs by series, sorted by (underlying, day).
    pub series: Vec<Series>,
}

/// The state of an account's liquidation.
#[derive(Copy, Default, Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "snake_case")]
pub struct Clock {
    /// When the running liquidation began, in seconds; none when none runs.
    pub started: Option<u64>,
    /// When the account was last found liquidatable. A clock that was not seen for a while starts anew.
    pub seen: u64,
    /// When the account was first found without equity beyond what liquidators paid in; none while it has some.
    pub closed: Option<u64>,
    /// Cash that liquidators have paid into the account since then.
    pub received: Cash,
    /// What the insurance fund has paid liquidators of the account since then.
    pub drawn: Cash,
    /// When a caller was last paid for starting a clock; 0 when never.
    pub rewarded: u64,
}

record! { Clock { started, seen, closed, received, drawn, rewarded } }

/// The legs of one underlying and expiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The underlying's number.
    pub underlying: u8,
    /// The expiry; none for the perpetual.
    pub day: Option<Day>,
    /// The future or the perpetual.
    pub linear: Option<Linear>,
    /// Options, sorted by (strike, right).
    pub options: Vec<OptionLeg>,
}

/// A leg in a future or the perpetual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    /// Contracts, positive when long.
    pub quantity: Quantity,
    /// Quote paid for them, signed.
    pub cost: Cash,
    /// Perpetual: the funding index up to which funding is settled; 0 for futures.
    pub funding: i128,
}

/// A leg in an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionLeg {
    /// Quote per contract.
    pub strike: Price,
    /// Call or put.
    pub right: Right,
    /// Contracts, positive when long.
    pub quantity: Quantity,
}

impl Account {
    /// Number of legs.
    pub fn legs(&self) -> usize {
        self.series
            .iter()
            .map(|s| s.options.len() + usize::from(s.linear.is_some()))
            .sum()
    }

    /// Number of expiries, the perpetuals not counted.
    pub fn expiries(&self) -> usize {
        self.series.iter().filter(|s| s.day.is_some()).count()
    }

    /// What a delegate gave away, by the number of its delegation.
    pub fn spent_by(&self, delegation: u8) -> Cash {
        let found = self.spent.iter().find(|(number, _)| *number == delegation);
        found.map_or(Cash::ZERO, |(_, spent)| *spent)
    }

    /// Notes what a delegate gave away; zero forgets it.
    pub fn set_spent(&mut self, delegation: u8, spent: Cash) {
        self.spent.retain(|(number, _)| *number != delegation);
        if !spent.is_zero() {
            let at = self.spent.partition_point(|(number, _)| *number < delegation);
            self.spent.insert(at, (delegation, spent));
        }
    }

    /// Packs the account.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new(ACCOUNT_FORMAT);
        let flag = |list_is_empty: bool, bit: u8| if list_is_empty { 0 } else { bit };
        w.byte(self.clock.kind() | flag(self.collateral.is_empty(), COLLATERAL) | flag(self.spent.is_empty(), SPENT));
        w.varint(self.sequence);
        w.varint(self.position_nonce);
        w.wide(self.cash.units());
        self.clock.write(&mut w);
        if !self.collateral.is_empty() {
            w.varint(self.collateral.len() as u64);
        }
        for (asset, amount) in &self.collateral {
            w.byte(*asset);
            w.wide(*amount as i128);
        }
        if !self.spent.is_empty() {
            w.varint(self.spent.len() as u64);
        }
        for (delegation, amount) in &self.spent {
            w.byte(*delegation);
            w.wide(amount.units());
        }
        for series in &self.series {
            series.write(&mut w);
        }
        w.finish()
    }

    /// Unpacks an account; every byte must be accounted for.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut r = Reader::open(RECORD, bytes, ACCOUNT_FORMAT)?;
        let head = r.byte("head")?;
        if head & !(CLOCK | COLLATERAL | SPENT) != 0 {
            return Err(r.range("head"));
        }
        let sequence = r.varint("sequence")?;
        let position_nonce = r.varint("position nonce")?;
        let cash = read_cash(&mut r, "cash")?;
        let clock = Clock::read(&mut r, head & CLOCK)?;
        let collateral = numbered(&mut r, head & COLLATERAL, "collateral", |r| {
            u128::try_from(r.wide("collateral")?).map_err(|_| r.range("collateral"))
        })?;
        let spent = numbered(&mut r, head & SPENT, "spent", |r| read_cash(r, "spent"))?;
        let mut series: Vec<Series> = Vec::new();
        while !r.is_empty() {
            let next = Series::read(&mut r)?;
            if series.last().is_some_and(|last| last.key() >= next.key()) {
                return Err(r.range("series"));
            }
            series.push(next);
        }
        r.finish()?;
        Ok(Self {
            sequence,
            position_nonce,
            cash,
            clock,
            collateral,
            spent,
            series,
        })
    }
}

/// A list of numbered amounts, ascending; none where its flag is not set.
fn numbered<T>(
    r: &mut Reader<'_>,
    flag: u8,
    field: &'static str,
    amount: fn(&mut Reader<'_>) -> Result<T, CodecError>,
) -> Result<Vec<(u8, T)>, CodecError> {
    let mut list: Vec<(u8, T)> = Vec::new();
    if flag == 0 {
        return Ok(list);
    }
    for _ in 0..r.varint(field)? {
        let number = r.byte(field)?;
        if list.last().is_some_and(|(last, _)| *last >= number) {
            return Err(r.range(field));
        }
        list.push((number, amount(r)?));
    }
    if list.is_empty() {
        return Err(r.range(field));
    }
    Ok(list)
}

impl Clock {
    fn kind(&self) -> u8 {
        match (self.started, self.rewarded) {
            (Some(_), _) => 1,
            (None, 0) => 0,
            (None, _) => 2,
        }
    }

    fn write(&self, w: &mut Writer) {
        match (self.started, self.rewarded) {
            (Some(started), rewarded) => {
                w.varint(started);
                w.varint(self.seen);
                w.varint(self.closed.unwrap_or(0));
                w.wide(self.received.units());
                w.wide(self.drawn.units());
                w.varint(rewarded);
            }
            (None, 0) => {}
            (None, rewarded) => w.varint(rewarded),
        }
    }

    fn read(r: &mut Reader<'_>, kind: u8) -> Result<Self, CodecError> {
        match kind {
            0 => Ok(Self::default()),
            1 => Ok(Self {
                started: Some(r.varint("clock")?),
                seen: r.varint("clock")?,
                closed: Some(r.varint("clock")?).filter(|closed| *closed != 0),
                received: read_cash(r, "cash received")?,
                drawn: read_cash(r, "insurance drawn")?,
                rewarded: r.varint("reward time")?,
            }),
            2 => Ok(Self {
                rewarded: r.varint("reward time")?,
                ..Self::default()
            }),
            _ => Err(r.range("clock")),
        }
    }
}

impl Series {
    /// What series are sorted by.
    pub fn key(&self) -> (u8, u16) {
        (self.underlying, self.day.map_or(0, Day::number))
    }

    /// True when no leg is left.
    pub fn is_empty(&self) -> bool {
        self.linear.is_none() && self.options.is_empty()
    }

    fn write(&self, w: &mut Writer) {
        w.byte(self.underlying);
        w.low_bytes(u64::from(self.day.map_or(0, Day::number)), 2);
        w.varint(((self.options.len() as u64) << 1) | u64::from(self.linear.is_some()));
        if let Some(linear) = &self.linear {
            w.signed(linear.quantity.steps());
            w.wide(linear.cost.units());
            if self.day.is_none() {
                w.wide(linear.funding);
            }
        }
        for option in &self.options {
            option.write(w);
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        let underlying = r.byte("underlying")?;
        let day = match r.low_bytes("expiry", 2)? {
            0 => None,
            number => Some(
                u16::try_from(number)
                    .ok()
                    .and_then(Day::new)
                    .ok_or_else(|| r.range("expiry"))?,
            ),
        };
        let head = r.varint("legs")?;
        let linear = match head & 1 {
            0 => None,
            _ => Some(Linear {
                quantity: nonzero(r.signed("quantity")?).ok_or_else(|| r.range("quantity"))?,
                cost: read_cash(r, "cost")?,
                funding: if day.is_none() { r.wide("funding index")? } else { 0 },
            }),
        };
        let mut options: Vec<OptionLeg> = Vec::new();
        for _ in 0..head >> 1 {
            let next = OptionLeg::read(r)?;
            if day.is_none() || options.last().is_some_and(|last| last.key() >= next.key()) {
                return Err(r.range("options"));
            }
            options.push(next);
        }
        let series = Self {
            underlying,
            day,
            linear,
            options,
        };
        if series.is_empty() {
            return Err(r.range("legs"));
        }
        Ok(series)
    }
}

impl OptionLeg {
    /// What options of a series are sorted by.
    pub fn key(&self) -> (Price, Right) {
        (self.strike, self.right)
    }

    fn write(&self, w: &mut Writer) {
        let (mantissa, exponent) = strip_zeros(self.strike.steps());
        let strike = (mantissa << 4) | u64::from(exponent);
        let size = self.quantity.abs().steps().unsigned_abs();
        let (index, mantissa) = QUANTITY_EXPONENTS
            .iter()
            .enumerate()
            .rev()
            .find_map(|(index, e)| {
                let unit = power_of_ten(*e).unwrap_or(1);
                size.is_multiple_of(unit).then_some((index as u64, size / unit))
            })
            .unwrap_or((0, size));
        let quantity = (mantissa << 2) | index;
        let put = u8::from(self.right == Right::Put);
        let short = u8::from(self.quantity < Quantity::ZERO);
        let (strike_bytes, quantity_bytes) = (bytes_of(strike), bytes_of(quantity));
        w.byte((put << 7) | (short << 6) | ((strike_bytes - 1) << 3) | (quantity_bytes - 1));
        w.low_bytes(strike, usize::from(strike_bytes));
        w.low_bytes(quantity, usize::from(quantity_bytes));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        let head = r.byte("option")?;
        let strike = r.low_bytes("strike", usize::from((head >> 3) & 7) + 1)?;
        let quantity = r.low_bytes("quantity", usize::from(head & 7) + 1)?;
        let strike = add_zeros(strike >> 4, (strike & 15) as u8)
            .and_then(|steps| Price::new(steps).ok())
            .ok_or_else(|| r.range("strike"))?;
        let unit = QUANTITY_EXPONENTS.get((quantity & 3) as usize).copied().unwrap_or(0);
        let size = power_of_ten(unit)
            .and_then(|unit| unit.checked_mul(quantity >> 2))
            .and_then(|size| i64::try_from(size).ok())
            .and_then(nonzero)
            .ok_or_else(|| r.range("quantity"))?;
        Ok(Self {
            strike,
            right: if head & 0x80 == 0 { Right::Call } else { Right::Put },
            quantity: if head & 0x40 == 0 { size } else { -size },
        })
    }
}

fn read_cash(r: &mut Reader<'_>, field: &'static str) -> Result<Cash, CodecError> {
    let units = r.wide(field)?;
    Cash::new(units).map_err(|_| r.range(field))
}

fn nonzero(steps: i64) -> Option<Quantity> {
    Quantity::new(steps).ok().filter(|q| !q.is_zero())
}

/// Bytes that a field needs, 1 to 8.
fn bytes_of(value: u64) -> u8 {
    (8 - (value | 1).leading_zeros() / 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn option(strike: &str, right: Right, quantity: &str) -> OptionLeg {
        OptionLeg {
            strike: strike.parse().unwrap(),
            right,
            quantity: quantity.parse().unwrap(),
        }
    }

    fn size_of(leg: OptionLeg) -> usize {
        let mut w = Writer::default();
        leg.write(&mut w);
        w.finish().len()
    }

    #[test]
    fn an_option_takes_few_bytes() {
        assert_eq!(size_of(option("100000", Right::Call, "1.5")), 4);
        assert_eq!(size_of(option("9250", Right::Put, "-0.1")), 4);
        assert_eq!(size_of(option("62500", Right::Put, "-25")), 4);
        // The worst there is: no trailing zeros anywhere.
        assert_eq!(
            size_of(option("9999999999.99999999", Right::Put, "-180143985.09481983")),
            16
        );
    }

    #[test]
    fn an_empty_account_is_five_bytes() {
        assert_eq!(Account::default().encode(), [1, 0, 0, 0, 0]);
    }

    #[test]
    fn what_is_spent_is_kept_by_number() {
        let mut account = Account::default();
        for (number, units) in [(3, 5), (0, 7), (3, 6), (0, 0)] {
            account.set_spent(number, Cash::new(units).unwrap());
        }
        assert_eq!(account.spent, [(3, Cash::new(6).unwrap())]);
        assert_eq!(account.spent_by(3).units(), 6);
        assert_eq!(account.spent_by(0), Cash::ZERO);
        // Zigzag of 6 is 12.
        assert_eq!(account.encode(), [1, 8, 0, 0, 0, 1, 3, 12]);
    }

    #[test]
    fn refuses_what_it_would_not_write() {
        let account = |series: &[u8]| {
            let bytes: Vec<u8> = [1, 0, 0, 0, 0].into_iter().chain(series.iter().copied()).collect();
            Account::decode(&bytes)
        };
        let day = Day::new(20_000).unwrap().number().to_le_bytes();
        for series in [
            &[0, day[0], day[1], 0][..],                     // no legs
            &[0, 1, 0, 2, 0, 0x10, 4],                       // a day before 2000
            &[0, day[0], day[1], 1, 0, 0],                   // a future of zero contracts
            &[0, 0, 0, 2, 0x00, 0x1d, 4],                    // an option on the perpetual's series
            &[0, day[0], day[1], 2, 0x00, 0x1d, 0],          // an option of zero contracts
            &[0, day[0], day[1], 2, 0x00, 0x00, 4],          // strike zero
            &[0, day[0], day[1], 4, 0, 0x1d, 4, 0, 0x1d, 4], // the same option twice
            &[0, day[0], day[1], 2, 0x00, 0x1d],             // cut short
        ] {
            assert!(account(series).is_err(), "{series:?}");
        }
        assert!(account(&[0, day[0], day[1], 2, 0x00, 0x1d, 4]).is_ok());
        for record in [
            &[1, 3, 0, 0, 0][..],              // no such clock
            &[1, 16, 0, 0, 0],                 // no such flag
            &[1, 4, 0, 0, 0, 0],               // collateral announced, none there
            &[1, 8, 0, 0, 0, 2, 3, 12, 3, 12], // a delegation twice
        ] {
            assert!(Account::decode(record).is_err(), "{record:?}");
        }
    }

    fn any_option() -> impl Strategy<Value = OptionLeg> {
        let strike = prop_oneof![
            (100_000u64..=1_000_000_000_000_000_000),
            (1u64..1_000_000).prop_map(|k| k * 100_000_000)
        ];
        let quantity = prop_oneof![1i64..=Quantity::MAX, (1i64..1_000).prop_map(|q| q * 10_000_000)];
        (strike, any::<bool>(), quantity, any::<bool>()).prop_map(|(strike, put, quantity, short)| OptionLeg {
            strike: Price::new(strike).unwrap(),
            right: if put { Right::Put } else { Right::Call },
            quantity: Quantity::new(if short { -quantity } else { quantity }).unwrap(),
        })
    }

    fn any_linear() -> impl Strategy<Value = Linear> {
        let cash = (-(1i128 << 96)..=(1i128 << 96)).prop_map(|c| Cash::new(c).unwrap());
        (1i64..=Quantity::MAX, cash, any::<i128>()).prop_map(|(quantity, cost, funding)| Linear {
            quantity: Quantity::new(quantity).unwrap(),
            cost,
            funding,
        })
    }

    fn any_series() -> impl Strategy<Value = Series> {
        (
            0u8..4,
            prop::option::of(10_957u16..47_481),
            prop::option::of(any_linear()),
            prop::collection::vec(any_option(), 0..12),
        )
            .prop_map(|(underlying, day, linear, mut options)| {
                options.sort_by_key(OptionLeg::key);
                options.dedup_by_key(|o| o.key());
                if day.is_none() {
                    options.clear();
                }
                let linear = linear.map(|l| Linear {
                    funding: if day.is_none() { l.funding } else { 0 },
                    ..l
                });
                Series {
                    underlying,
                    day: day.and_then(Day::new),
                    linear,
                    options,
                }
            })
    }

    proptest! {
        #[test]
        fn accounts_round_trip(
            counters in any::<(u64, u64)>(),
            cash in -(1i128 << 96)..=(1i128 << 96),
            started in prop::option::of(any::<u64>()),
            rewarded in any::<u64>(),
            mut series in prop::collection::vec(any_series(), 0..6),
        ) {
            series.retain(|s| !s.is_empty());
            series.sort_by_key(Series::key);
            series.dedup_by_key(|s| s.key());
            let account = Account {
                sequence: counters.0,
                position_nonce: counters.1,
                cash: Cash::new(cash).unwrap(),
                clock: Clock {
                    started,
                    seen: started.map_or(0, |_| rewarded),
                    closed: started.filter(|started| *started != 0),
                    received: Cash::new(if started.is_some() { cash } else { 0 }).unwrap(),
                    drawn: Cash::new(if started.is_some() { 7 } else { 0 }).unwrap(),
                    rewarded,
                },
                collateral: if counters.0 % 2 == 0 { vec![(0, 5), (3, u128::from(u64::MAX))] } else { Vec::new() },
                spent: if counters.1 % 2 == 0 { vec![(1, Cash::new(cash).unwrap())] } else { Vec::new() },
                series,
            };
            let bytes = account.encode();
            prop_assert_eq!(Account::decode(&bytes), Ok(account.clone()));
            for end in 0..bytes.len() {
                // A record cut short never decodes to the same account, and never panics.
                prop_assert_ne!(Account::decode(&bytes[..end]), Ok(account.clone()));
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Account::decode(&bytes);
            let framed: Vec<u8> = [1].into_iter().chain(bytes).collect();
            if let Ok(account) = Account::decode(&framed) {
                prop_assert_eq!(Account::decode(&account.encode()), Ok(account));
            }
        }
    }
}
