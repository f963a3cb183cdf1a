//! Refused messages: the text of the error, and the stable code that it begins with.

use cosmwasm_std::StdError;
use std::fmt;

/// A refused message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error's text as a client sees it.
    pub text: String,
}

impl Refusal {
    /// The stable code: the text up to the first colon.
    pub fn code(&self) -> &str {
        self.text.split(':').next().unwrap_or_default()
    }
}

impl From<StdError> for Refusal {
    /// Takes off what the simulated chain wraps an error in.
    fn from(error: StdError) -> Self {
        let whole = error.to_string();
        // The message that was sent comes first, the contract's error after it on a line of its own.
        let mut text = whole.rfind("\nkind: ").map_or(whole.as_str(), |at| &whole[at + 1..]);
        while let Some(inside) = inner(text) {
            text = inside;
        }
        Self { text: text.to_owned() }
    }
}

/// One wrapping less: a message's, or a query's.
fn inner(text: &str) -> Option<&str> {
    let kind = text
        .strip_prefix("kind: ")
        .and_then(|rest| rest.split_once(", error: "));
    kind.map(|(_, inside)| inside)
        .or_else(|| text.strip_prefix("Querier contract error: "))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
