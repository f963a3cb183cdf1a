//! Deribit's instrument names.
//!
//! | name | is |
//! |---|---|
//! | `BTC-PERPETUAL`, `SOL_USDC-PERPETUAL` | perpetual |
//! | `BTC-28MAR25`, `BTC_USDC-28MAR25` | future |
//! | `BTC-28MAR25-100000-C`, `XRP_USDC-28MAR25-0d65-C` | option; `d` is the decimal point of a strike |
//! | `BTC_USDC` | spot: passed over |
//! | `BTC-FS-28MAR25_PERP`, `BTC-CS-28MAR25-90000_100000` | combination: passed over |
//!
//! What comes before the first dash is the family. `BTC` and `BTC_USDC` both become the underlying `BTC`.

use hedgerow_risk::instrument::{Day, Right, Symbol};

/// Currencies that a family may be quoted in: dollars, as our quote token is.
const QUOTES: [&str; 3] = ["USD", "USDC", "USDT"];

/// An instrument that the import uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// What the name begins with: `BTC`, `SOL_USDC`.
    pub family: String,
    /// The underlying.
    pub symbol: Symbol,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of instrument that the import uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A perpetual.
    Perpetual,
    /// A future.
    Future(Day),
    /// An option.
    Option {
        /// The expiry's day.
        day: Day,
        /// The strike, in quote per unit of the underlying.
        strike: f64,
        /// Call or put.
        right: Right,
    },
}

impl Kind {
    /// The expiry's day; none for a perpetual.
    pub fn day(&self) -> Option<Day> {
        match *self {
            Self::Perpetual => None,
            Self::Future(day) | Self::Option { day, .. } => Some(day),
        }
    }
}

/// What a name begins with.
pub fn family(text: &str) -> &str {
    text.split('-').next().unwrap_or_default()
}

/// Reads a name; `None` for spot and combinations, and the reason where it is refused.
pub fn parse(text: &str) -> Result<Option<Name>, String> {
    let mut parts = text.split('-');
    let family = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let kind = match rest.as_slice() {
        [] if family.contains('_') => return Ok(None),
        ["PERPETUAL"] => Kind::Perpetual,
        [code, _, ..] if code.starts_with(|c: char| c.is_ascii_uppercase()) => return Ok(None),
        [day] => Kind::Future(expiry_day(day)?),
        [day, price, right] => Kind::Option {
            day: expiry_day(day)?,
            strike: strike(price)?,
            right: match *right {
                "C" => Right::Call,
                "P" => Right::Put,
                other => return Err(format!("{other:?} is neither C nor P")),
            },
        },
        _ => return Err("must look like BTC-PERPETUAL, BTC-28MAR25 or BTC-28MAR25-100000-C".to_owned()),
    };
    Ok(Some(Name {
        family: family.to_owned(),
        symbol: symbol(family)?,
        kind,
    }))
}

fn symbol(family: &str) -> Result<Symbol, String> {
    let base = match family.split_once('_') {
        None => family,
        Some((base, quote)) if QUOTES.contains(&quote) => base,
        Some((_, quote)) => return Err(format!("it is quoted in {quote:?}, not in USD, USDC or USDT")),
    };
    base.parse().map_err(|error| format!("{error}"))
}

fn expiry_day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|error| format!("{error}"))
}

fn strike(text: &str) -> Result<f64, String> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'd' || b == b'.');
    text.replace('d', ".")
        .parse()
        .ok()
        .filter(|strike: &f64| plain && *strike > 0.0 && strike.is_finite())
        .ok_or_else(|| format!("strike {text:?} must be a number above 0, like 100000 or 0d65"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(day: &str, strike: f64, right: Right) -> Kind {
        Kind::Option {
            day: day.parse().unwrap(),
            strike,
            right,
        }
    }

    #[test]
    fn names_become_instruments() {
        let cases = [
            ("BTC-PERPETUAL", "BTC", Kind::Perpetual),
            ("SOL_USDC-PERPETUAL", "SOL", Kind::Perpetual),
            ("BTC-5JUN20", "BTC", Kind::Future("5JUN20".parse().unwrap())),
            ("BTC_USDT-5JUN20", "BTC", Kind::Future("5JUN20".parse().unwrap())),
            ("BTC-28MAR25-100000-C", "BTC", kind("28MAR25", 100_000.0, Right::Call)),
            ("SOL_USDC-28MAR25-100-P", "SOL", kind("28MAR25", 100.0, Right::Put)),
            ("XRP_USDC-28MAR25-0d65-C", "XRP", kind("28MAR25", 0.65, Right::Call)),
            ("XRP_USDC-28MAR25-2d0625-C", "XRP", kind("28MAR25", 2.0625, Right::Call)),
        ];
        for (text, symbol, kind) in cases {
            let name = parse(text).unwrap().unwrap();
            assert_eq!((name.symbol.to_string().as_str(), name.kind), (symbol, kind), "{text}");
            assert_eq!(name.family, family(text));
        }
    }

    #[test]
    fn spot_and_combinations_are_passed_over() {
        for text in [
            "BTC_USDC",
            "ETH_BTC",
            "BTC-FS-28MAR25_PERP",
            "BTC-CS-28MAR25-90000_100000",
            "BTC-CCAL-29SEP23_27OCT23-28000",
        ] {
            assert_eq!(parse(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn other_names_say_what_is_wrong() {
        for (text, reason) in [
            ("", "must look like"),
            ("BTC", "must look like"),
            ("BTC-", "expiry \"\""),
            ("BTC-perpetual", "expiry \"perpetual\""),
            ("BTC-31FEB25", "expiry \"31FEB25\""),
            ("BTC-28MAR25-100000", "must look like"),
            ("BTC-28MAR25-100000-X", "\"X\" is neither C nor P"),
            ("BTC-28MAR25-100000-C-1", "must look like"),
            ("BTC-28MAR25-0-C", "strike \"0\""),
            ("BTC-28MAR25--5-C", "must look like"),
            ("BTC-28MAR25-1e5-C", "strike \"1e5\""),
            ("BTC-28MAR25-inf-C", "strike \"inf\""),
            ("BTC-28MAR25-d-C", "strike \"d\""),
            ("BTC-28MAR25-1d2d3-C", "strike \"1d2d3\""),
            ("btc-28MAR25", "underlying \"btc\""),
            ("ABCDEFGHIJKLM_USDC-PERPETUAL", "underlying \"ABCDEFGHIJKLM\""),
            ("BTC_EURR-PERPETUAL", "it is quoted in \"EURR\""),
            ("_USDC-PERPETUAL", "underlying \"\""),
        ] {
            let found = parse(text).unwrap_err();
            assert!(found.starts_with(reason), "{text}: {found}");
        }
    }
}
