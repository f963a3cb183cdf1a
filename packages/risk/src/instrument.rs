//! What can be traded: perpetuals, futures and European options, and the names that say everything about them.
//!
//! `BTC-PERP`, `BTC-28MAR25`, `BTC-28MAR25-100000-C`: underlying, expiry day, strike in quote, call or put. An expiry
//! named here is at 08:00 UTC; a market may list it at another second of that day.

use crate::number::{NumberError, Price, format_decimal};
use crate::record_text;
use schemars::JsonSchema;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Seconds of a day.
pub const DAY_SECONDS: u64 = 86_400;
/// Expiries named by a day are at this second of it: 08:00 UTC.
pub const EXPIRY_SECOND: u64 = 8 * 3_600;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

/// A name that is no instrument, underlying or expiry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InstrumentError {
    /// The symbol of an underlying is 1 to 12 of `A-Z` and `0-9`.
    #[error("underlying {0:?}: must be 1 to 12 of A-Z and 0-9")]
    Symbol(String),
    /// The expiry is no day of 2000 to 2099 written like `28MAR25`.
    #[error("expiry {0:?}: must be a day of 2000 to 2099 like 28MAR25")]
    Day(String),
    /// The name has none of the three forms.
    #[error("instrument {0:?}: must look like BTC-PERP, BTC-28MAR25 or BTC-28MAR25-100000-C")]
    Form(String),
    /// The strike is no price.
    #[error("instrument {name:?}: strike: {source}")]
    Strike {
        /// The instrument's name.
        name: String,
        /// What is wrong with the strike.
        source: NumberError,
    },
}

impl InstrumentError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Symbol(_) => "bad_symbol",
            Self::Day(_) => "bad_expiry",
            Self::Form(_) => "bad_instrument",
            Self::Strike { .. } => "bad_strike",
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The symbol of an underlying: 1 to 12 of `A-Z` and `0-9`, ordered alphabetically.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u128);

impl Symbol {
    /// The longest symbol.
    pub const MAX_LEN: usize = 12;
}

impl FromStr for Symbol {
    type Err = InstrumentError;

    fn from_str(text: &str) -> Result<Self, InstrumentError> {
        let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if text.is_empty() || text.len() > Self::MAX_LEN || !text.bytes().all(allowed) {
            return Err(InstrumentError::Symbol(shown(text)));
        }
        let padded = text.bytes().chain(std::iter::repeat(0)).take(Self::MAX_LEN);
        Ok(Self(padded.fold(0, |packed, b| (packed << 8) | u128::from(b))))
    }
}

impl Symbol {
    fn push_to(self, text: &mut String) {
        let bytes = self.0.to_be_bytes();
        text.extend(bytes.iter().filter(|b| **b != 0).map(|b| char::from(*b)));
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbol({self})")
    }
}

/// A calendar day, counted from 1970-01-01: what an instrument's name says of its expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u16);

impl Day {
    const FIRST: i64 = 10_957; // 2000-01-01
    const LAST: i64 = 47_481; // 2099-12-31

    /// From days since 1970-01-01; `None` outside 2000 to 2099.
    pub fn new(days: u16) -> Option<Self> {
        (Self::FIRST..=Self::LAST)
            .contains(&i64::from(days))
            .then_some(Self(days))
    }

    /// The day that holds this second.
    pub fn of(seconds: u64) -> Option<Self> {
        u16::try_from(seconds / DAY_SECONDS).ok().and_then(Self::new)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// 08:00 UTC of the day, in seconds since 1970.
    pub fn expiry_time(self) -> u64 {
        u64::from(self.0) * DAY_SECONDS + EXPIRY_SECOND
    }

    /// Year, month 1 to 12, day of the month (Gregorian, by eras of 400 years that begin on 1 March).
    fn civil(self) -> (i64, i64, i64) {
        let shifted = i64::from(self.0) + 719_468;
        let era = shifted / 146_097;
        let day_of_era = shifted % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// The inverse of [`Self::civil`]; wrong days (31 February) come out as another day and are caught by the caller.
    fn from_civil(year: i64, month: i64, day: i64) -> Option<Self> {
        let march_year = year - i64::from(month <= 2);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let days = 365 * march_year + march_year / 4 - march_year / 100 + march_year / 400 + day_of_year - 719_468;
        u16::try_from(days).ok().and_then(Self::new)
    }
}

impl FromStr for Day {
    type Err = InstrumentError;

    fn from_str(text: &str) -> Result<Self, InstrumentError> {
        let parse = || {
            let at = text.find(|c: char| c.is_ascii_alphabetic())?;
            let (day, rest) = text.split_at_checked(at)?;
            let (month, year) = rest.split_at_checked(3)?;
            let month = MONTHS.iter().position(|m| *m == month)? as i64 + 1;
            let digits = |s: &str, most: usize| {
                ((1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit()))
                    .then(|| s.parse::<i64>().ok())
                    .flatten()
            };
            let day = digits(day, 2)?;
            let year = digits(year, 2).filter(|_| year.len() == 2)? + 2_000;
            Self::from_civil(year, month, day).filter(|found| found.civil() == (year, month, day))
        };
        parse().ok_or_else(|| InstrumentError::Day(shown(text)))
    }
}

impl Day {
    fn push_to(self, text: &mut String) {
        let (year, month, day) = self.civil();
        let tens = |n: i64| digit(n / 10);
        if day >= 10 {
            text.push(tens(day));
        }
        text.push(digit(day));
        text.push_str(MONTHS.get((month - 1) as usize).unwrap_or(&""));
        text.push(tens(year));
        text.push(digit(year));
    }
}

/// The last digit of a number that is not negative.
fn digit(n: i64) -> char {
    char::from(b'0' | (n % 10) as u8)
}

/// Call or put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// The right to buy: pays max(S - K, 0).
    Call,
    /// The right to sell: pays max(K - S, 0).
    Put,
}

impl Right {
    /// The other one.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Call => Self::Put,
            Self::Put => Self::Call,
        }
    }
}

/// What an instrument is on its underlying. The order is that of the legs of an account: the perpetual, then by expiry
/// the future and the options by strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contract {
    /// Never expires; valued at its mark.
    Perpetual,
    /// Settles at the index of its expiry.
    Dated {
        /// The expiry's day.
        day: Day,
        /// The future, or an option.
        kind: Dated,
    },
}

/// A contract with an expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dated {
    /// A future.
    Future,
    /// A European option.
    Option {
        /// Quote per contract.
        strike: Price,
        /// Call or put.
        right: Right,
    },
}

/// An underlying and what is traded on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instrument {
    /// The underlying.
    pub underlying: Symbol,
    /// The contract on it.
    pub contract: Contract,
}

impl Instrument {
    /// The perpetual of an underlying.
    pub const fn perpetual(underlying: Symbol) -> Self {
        Self {
            underlying,
            contract: Contract::Perpetual,
        }
    }

    /// The future of an underlying and a day.
    pub const fn future(underlying: Symbol, day: Day) -> Self {
        Self {
            underlying,
            contract: Contract::Dated {
                day,
                kind: Dated::Future,
            },
        }
    }

    /// An option.
    pub const fn option(underlying: Symbol, day: Day, strike: Price, right: Right) -> Self {
        Self {
            underlying,
            contract: Contract::Dated {
                day,
                kind: Dated::Option { strike, right },
            },
        }
    }

    /// The expiry's day; none for a perpetual.
    pub const fn day(&self) -> Option<Day> {
        match self.contract {
            Contract::Perpetual => None,
            Contract::Dated { day, .. } => Some(day),
        }
    }

    /// The put of a call, the call of a put.
    pub fn opposite(&self) -> Option<Self> {
        let (strike, right) = self.as_option()?;
        Some(Self::option(self.underlying, self.day()?, strike, right.opposite()))
    }

    /// Strike and right; none for linear instruments.
    pub const fn as_option(&self) -> Option<(Price, Right)> {
        match self.contract {
            Contract::Dated {
                kind: Dated::Option { strike, right },
                ..
            } => Some((strike, right)),
            _ => None,
        }
    }
}

impl FromStr for Instrument {
    type Err = InstrumentError;

    fn from_str(text: &str) -> Result<Self, InstrumentError> {
        let form = || InstrumentError::Form(shown(text));
        let mut parts = text.splitn(5, '-');
        let underlying = parts.next().filter(|p| !p.is_empty()).ok_or_else(form)?.parse()?;
        let second = parts.next().ok_or_else(form)?;
        let rest = (parts.next(), parts.next(), parts.next());
        match (second, rest) {
            ("PERP", (None, None, None)) => Ok(Self::perpetual(underlying)),
            (day, (None, None, None)) => Ok(Self::future(underlying, day.parse()?)),
            (day, (Some(strike), Some(right), None)) => {
                let right = match right {
                    "C" => Right::Call,
                    "P" => Right::Put,
                    _ => return Err(form()),
                };
                let day = day.parse()?;
                let strike = strike.parse().map_err(|source| InstrumentError::Strike {
                    name: shown(text),
                    source,
                })?;
                Ok(Self::option(underlying, day, strike, right))
            }
            _ => Err(form()),
        }
    }
}

impl Instrument {
    fn push_to(self, text: &mut String) {
        self.underlying.push_to(text);
        text.push('-');
        let Contract::Dated { day, kind } = self.contract else {
            return text.push_str("PERP");
        };
        day.push_to(text);
        if let Dated::Option { strike, right } = kind {
            text.push('-');
            text.push_str(&format_decimal(strike.steps().into(), Price::DECIMALS));
            text.push_str(match right {
                Right::Call => "-C",
                Right::Put => "-P",
            });
        }
    }
}

/// Text everywhere: `push_to` out, `FromStr` in, a string in the schema.
macro_rules! text_form {
    ($name:ident = $blank:expr, $what:literal) => {
        impl $name {
            /// The text, in one piece: a formatter takes each piece several times as long on a chain.
            fn text(self) -> String {
                let mut text = String::with_capacity(32);
                self.push_to(&mut text);
                text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text())
            }
        }

        record_text! { $name = $blank }

        impl JsonSchema for $name {
            fn schema_name() -> String {
                stringify!($name).to_owned()
            }

            fn json_schema(_: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
                schemars::schema::SchemaObject {
                    metadata: Some(Box::new(schemars::schema::Metadata {
                        description: Some($what.to_owned()),
                        ..Default::default()
                    })),
                    instance_type: Some(schemars::schema::InstanceType::String.into()),
                    ..Default::default()
                }
                .into()
            }
        }
    };
}

text_form!(Symbol = Self(0), "The symbol of an underlying: 1 to 12 of A-Z and 0-9");
text_form!(Day = Self(Self::FIRST as u16), "An expiry's day, like 28MAR25");
text_form!(
    Instrument = Self::perpetual(Symbol(0)),
    "BTC-PERP, BTC-28MAR25 or BTC-28MAR25-100000-C"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_read_back_as_themselves() {
        for name in [
            "BTC-PERP",
            "BTC-28MAR25",
            "BTC-5JUN20-6750-P",
            "1000SHIB-29FEB24-0.0125-C",
            "ETH-31DEC99-10000000000-C",
        ] {
            assert_eq!(name.parse::<Instrument>().unwrap().to_string(), name);
        }
        assert_eq!("BTC-05JUN20".parse::<Instrument>().unwrap().to_string(), "BTC-5JUN20");
    }

    #[test]
    fn expiry_times_are_eight_utc() {
        // From `date -u -d '2025-03-28 08:00' +%s` and the like.
        for (day, seconds) in [
            ("28MAR25", 1_743_148_800),
            ("29FEB24", 1_709_193_600),
            ("1JAN00", 946_713_600),
        ] {
            let day: Day = day.parse().unwrap();
            assert_eq!(day.expiry_time(), seconds);
            assert_eq!(Day::of(seconds), Some(day));
        }
        assert_eq!(Day::of(u64::MAX), None);
        assert_eq!(Day::of(0), None);
    }

    #[test]
    fn wrong_names_say_what_is_wrong() {
        for (name, code) in [
            ("", "bad_instrument"),
            ("BTC", "bad_instrument"),
            ("-PERP", "bad_instrument"),
            ("btc-PERP", "bad_symbol"),
            ("ABCDEFGHIJKLM-PERP", "bad_symbol"),
            ("BTC-perp", "bad_expiry"),
            ("BTC-30FEB25", "bad_expiry"),
            ("BTC-0MAR25", "bad_expiry"),
            ("BTC-001MAR25", "bad_expiry"),
            ("BTC-28MAR2025", "bad_expiry"),
            ("BTC-28MÄR25", "bad_expiry"),
            ("BTC-28MAR25-100000", "bad_instrument"),
            ("BTC-28MAR25-100000-X", "bad_instrument"),
            ("BTC-28MAR25-100000-C-1", "bad_instrument"),
            ("BTC-28MAR25-0-C", "bad_strike"),
            ("BTC-28MAR25--5-C", "bad_instrument"),
            ("BTC-28MAR25-1e5-C", "bad_strike"),
            ("BTC-28MAR25-100000.000000001-C", "bad_strike"),
        ] {
            assert_eq!(name.parse::<Instrument>().unwrap_err().code(), code, "{name}");
        }
    }

    #[test]
    fn legs_sort_by_expiry_before_strike() {
        let mut names: Vec<Instrument> = [
            "B-28MAR25-9-C",
            "B-28MAR25",
            "B-5JAN25-10-P",
            "B-PERP",
            "A-28MAR25",
            "B-28MAR25-10-C",
        ]
        .iter()
        .map(|n| n.parse().unwrap())
        .collect();
        names.sort();
        let sorted: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(
            sorted,
            [
                "A-28MAR25",
                "B-PERP",
                "B-5JAN25-10-P",
                "B-28MAR25",
                "B-28MAR25-9-C",
                "B-28MAR25-10-C"
            ]
        );
    }

    proptest! {
        #[test]
        fn every_day_round_trips(days in 10_957u16..=47_481) {
            let day = Day::new(days).unwrap();
            prop_assert_eq!(day.to_string().parse::<Day>().unwrap(), day);
        }
    }
}
