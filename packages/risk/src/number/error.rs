//! What a number from outside can do wrong.

use thiserror::Error;

/// A number that was refused: what it was for, its text, and the limit it broke.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NumberError {
    /// The text is not a decimal number (`-12.5`; no exponent, no blanks, no thousands separators).
    #[error("{unit} {text:?}: not a decimal number")]
    Malformed {
        /// The unit that was expected.
        unit: &'static str,
        /// The text, cut to 40 characters.
        text: String,
    },
    /// More decimals than the unit holds.
    #[error("{unit} {text:?}: finer than 1e-{decimals}")]
    TooFine {
        /// The unit that was expected.
        unit: &'static str,
        /// The text, cut to 40 characters.
        text: String,
        /// The number of decimals that the unit holds.
        decimals: u32,
    },
    /// Outside the unit's range.
    #[error("{0}")]
    OutOfRange(Box<OutOfRange>),
    /// A result that the type cannot hold.
    #[error("{what}: the result is too large")]
    Overflow {
        /// The computation.
        what: &'static str,
    },
}

/// A number outside its unit's range. In a box, so that results stay small.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{unit} {text:?}: must be within {min} and {max}")]
pub struct OutOfRange {
    /// The unit that was expected.
    pub unit: &'static str,
    /// The text, cut to 40 characters.
    pub text: String,
    /// The least value that is accepted.
    pub min: String,
    /// The greatest value that is accepted.
    pub max: String,
}

impl From<OutOfRange> for NumberError {
    fn from(error: OutOfRange) -> Self {
        Self::OutOfRange(Box::new(error))
    }
}

impl NumberError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "number_malformed",
            Self::TooFine { .. } => "number_too_fine",
            Self::OutOfRange(_) => "number_out_of_range",
            Self::Overflow { .. } => "number_overflow",
        }
    }
}
