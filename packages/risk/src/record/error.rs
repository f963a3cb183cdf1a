//! What is wrong with a JSON text.

use std::fmt;

/// A value that is not what its place asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadError {
    /// Where: `scenarios[3].spot`; empty for the whole text.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            f.write_str(&self.path)?;
            f.write_str(": ")?;
        }
        f.write_str(&self.reason)
    }
}

impl fmt::Debug for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ReadError {}
