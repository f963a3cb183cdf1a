//! Reading inputs: a path, or stdin where the path is missing or `-`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use hedgerow_risk::market::Market;
use hedgerow_risk::rules::check_market;
use serde::de::DeserializeOwned;

use crate::error::CliError;

/// An input that is read line by line.
pub struct Lines {
    /// The path or `stdin`, for messages.
    pub name: String,
    /// The text.
    pub reader: Box<dyn BufRead>,
}

/// Opens `path`; stdin where it is missing or `-`.
pub fn open(path: Option<&Path>) -> Result<Lines, CliError> {
    match path.filter(|path| path.as_os_str() != "-") {
        None => Ok(Lines {
            name: "stdin".to_owned(),
            reader: Box::new(BufReader::new(io::stdin())),
        }),
        Some(path) => {
            let name = path.display().to_string();
            let file = File::open(path).map_err(|reason| CliError::Read {
                from: name.clone(),
                reason,
            })?;
            Ok(Lines {
                name,
                reader: Box::new(BufReader::new(file)),
            })
        }
    }
}

/// The file beside another whose name goes on with a suffix.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Reads a file whole.
pub fn text(path: &Path) -> Result<String, CliError> {
    let mut input = open(Some(path))?;
    let mut text = String::new();
    input
        .reader
        .read_to_string(&mut text)
        .map_err(|reason| CliError::Read {
            from: input.name.clone(),
            reason,
        })?;
    Ok(text)
}

/// Reads a JSON file whole. An error names the field.
pub fn json<T: DeserializeOwned>(path: &Path) -> Result<T, CliError> {
    let text = text(path)?;
    // A list would be taken for the fields of the object in their order.
    if !text.trim_start().starts_with('{') {
        return Err(CliError::input(path, "must be one JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_str(&text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| CliError::input(path, told(error)))?;
    reader.end().map_err(|error| CliError::input(path, error))?;
    Ok(value)
}

/// An error of a JSON text, its place in front. Records tell their place themselves, as the path inside the text.
pub fn told(error: serde_path_to_error::Error<serde_json::Error>) -> String {
    match error.path().to_string().as_str() {
        "." => error.into_inner().to_string(),
        path => format!("{path}: {}", error.inner()),
    }
}

/// Reads a market and checks its prices.
pub fn market(path: &Path) -> Result<Market, CliError> {
    let market: Market = json(path)?;
    check_market(&market).map_err(|error| CliError::input(path, error))?;
    Ok(market)
}
