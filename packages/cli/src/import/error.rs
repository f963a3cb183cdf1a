//! Why a file of quotes was refused: the place, the value and the limit, on one line.

use std::fmt;

use hedgerow_risk::number::NumberError;

use super::svi::Rule;

/// Where in the file something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An element of a JSON array, counted from 1.
    Row(usize),
    /// A line of a text file, counted from 1.
    Line(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row) => write!(f, "row {row}"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
}

/// A refused file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// The file is larger than is read.
    #[error("larger than the limit of {0} MiB")]
    TooLarge(u64),
    /// The file has more rows than are read.
    #[error("more than the limit of {0} rows")]
    TooManyRows(usize),
    /// The file is no text.
    #[error("not UTF-8 text")]
    NotText,
    /// There is nothing to import.
    #[error("no quotes in it")]
    Empty,
    /// The text is not JSON of the expected form.
    #[error("not a book summary: {0}")]
    Json(String),
    /// The venue answered with an error.
    #[error("the venue's answer is an error: {0}")]
    Answer(String),
    /// The text is no CSV.
    #[error("not a CSV file: {0}")]
    Csv(String),
    /// A column that is needed is missing.
    #[error("column {0:?} is missing")]
    Column(&'static str),
    /// A field's value is refused.
    #[error("{place} ({instrument}): {field} is {value}, must be {must}")]
    Field {
        /// Where.
        place: Place,
        /// The row's instrument, or what stands for it.
        instrument: String,
        /// The field's name in the file.
        field: &'static str,
        /// Its value, shortened.
        value: String,
        /// What it must be.
        must: &'static str,
    },
    /// An instrument's name is refused.
    #[error("{place}: instrument {name:?}: {reason}")]
    Name {
        /// Where.
        place: Place,
        /// The name, shortened.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An instrument occurs twice.
    #[error("{place}: instrument {name:?} occurs a second time")]
    Repeated {
        /// Where.
        place: Place,
        /// The name.
        name: String,
    },
    /// `--only` leaves nothing.
    #[error("no instrument begins with {0:?}")]
    NotThere(String),
    /// Two families of instruments would become one underlying.
    #[error("{one} and {other} would both become the underlying {symbol}: choose with --only {one} or --only {other}")]
    Clash {
        /// The underlying.
        symbol: String,
        /// What the one's names begin with.
        one: String,
        /// What the other's names begin with.
        other: String,
    },
    /// An underlying's index cannot be read off.
    #[error("{symbol}: no row tells the index ({field})")]
    NoIndex {
        /// The underlying.
        symbol: String,
        /// The fields looked at.
        field: &'static str,
    },
    /// Every expiry is over.
    #[error("{symbol}: no expiry after the time of the quotes, {time}")]
    NoExpiry {
        /// The underlying.
        symbol: String,
        /// Seconds since 1970.
        time: u64,
    },
    /// An expiry's forward cannot be read off.
    #[error("{series}: no row tells the forward ({field})")]
    NoForward {
        /// Underlying and expiry.
        series: String,
        /// The fields looked at.
        field: &'static str,
    },
    /// An expiry's day holds two expiries.
    #[error("{series}: two expiries on one day")]
    SameDay {
        /// Underlying and expiry.
        series: String,
    },
    /// A slice needs more strikes.
    #[error("{series}: {strikes} strikes with a mark volatility, a slice needs at least {least}")]
    FewStrikes {
        /// Underlying and expiry.
        series: String,
        /// How many there are.
        strikes: usize,
        /// How many are needed.
        least: usize,
    },
    /// The search for a slice led nowhere.
    #[error("{series}: no slice fits its {quotes} quotes")]
    NoFit {
        /// Underlying and expiry.
        series: String,
        /// How many there are.
        quotes: usize,
    },
    /// The best slice breaks a rule of the market tape.
    #[error("{series}: the slice is refused: {rule}")]
    Refused {
        /// Underlying and expiry.
        series: String,
        /// The rule.
        rule: Rule,
    },
    /// No slice fits that the oracle takes after the expiry before.
    #[error("{series}: no slice near its quotes keeps the calendar order with the expiry before: {refusal}")]
    Calendar {
        /// Underlying and expiry.
        series: String,
        /// What the oracle says of the last one tried.
        refusal: String,
    },
    /// A number that the market file cannot hold.
    #[error("{what}: {reason}")]
    Number {
        /// What it is of.
        what: String,
        /// What is wrong with it.
        reason: NumberError,
    },
}

/// At most 40 characters of a text from the file.
pub fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
