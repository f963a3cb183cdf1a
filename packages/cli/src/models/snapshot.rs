//! A snapshot of accounts: what the margin contract's `accounts` query answers, page by page, or portfolios of one's own.
//!
//! A file is one entry or a list of them. An entry is a page `{"items", "next"}`, also as a chain client wraps it in
//! `{"data": ...}`, or `{"account", "portfolio"}` with a portfolio as `hedgerow margin` takes it. Cash and costs of a page
//! are in base units of the quote token.

use std::path::Path;

use hedgerow_interface::AccountId;
use hedgerow_interface::margin::{AccountResponse, AccountsResponse, LegView};
use hedgerow_risk::number::{NumberError, QuoteDecimals};
use hedgerow_risk::portfolio::{Leg, Portfolio, PortfolioFile};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::error::CliError;
use crate::files;

/// An account to be valued.
pub struct Held {
    /// Its id, or what it was called.
    pub account: String,
    /// What it holds.
    pub portfolio: Portfolio,
}

/// Accounts, and where the last page left off.
#[derive(Default)]
pub struct Snapshot {
    /// In the order of the files.
    pub accounts: Vec<Held>,
    /// What the next page would start after; none when the last page was the last.
    pub next: Option<AccountId>,
}

/// A portfolio of one's own, named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    account: Name,
    portfolio: PortfolioFile,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Number(u64),
    Text(String),
}

/// Reads files of accounts.
pub fn read<'a>(paths: impl IntoIterator<Item = &'a Path>, decimals: QuoteDecimals) -> Result<Snapshot, CliError> {
    let mut snapshot = Snapshot::default();
    for path in paths {
        let text = files::text(path)?;
        let whole: Json = serde_json::from_str(&text).map_err(|error| CliError::input(path, error))?;
        match whole {
            Json::Array(entries) => {
                for (index, entry) in entries.into_iter().enumerate() {
                    add(&mut snapshot, entry, decimals)
                        .map_err(|reason| CliError::input(path, format!("[{index}]: {reason}")))?;
                }
            }
            entry => add(&mut snapshot, entry, decimals).map_err(|reason| CliError::input(path, reason))?,
        }
    }
    Ok(snapshot)
}

/// Takes up an entry.
fn add(snapshot: &mut Snapshot, entry: Json, decimals: QuoteDecimals) -> Result<(), String> {
    let entry = match entry {
        Json::Object(mut fields) if fields.len() == 1 && fields.contains_key("data") => {
            fields.remove("data").unwrap_or_default()
        }
        other => other,
    };
    if entry.get("portfolio").is_some() {
        let Named { account, portfolio } = typed(entry)?;
        let account = match account {
            Name::Number(number) => number.to_string(),
            Name::Text(text) => text,
        };
        let portfolio = portfolio.into();
        snapshot.accounts.push(Held { account, portfolio });
        return Ok(());
    }
    if entry.get("items").is_none() {
        return Err("must be a page {items, next}, or {account, portfolio}, or a list of these".to_owned());
    }
    let page: AccountsResponse = typed(entry)?;
    for (index, account) in page.items.iter().enumerate() {
        let portfolio = portfolio(account, decimals).map_err(|error| format!("items[{index}]: {error}"))?;
        let account = account.account.to_string();
        snapshot.accounts.push(Held { account, portfolio });
    }
    snapshot.next = page.next;
    Ok(())
}

fn typed<T: DeserializeOwned>(entry: Json) -> Result<T, String> {
    serde_path_to_error::deserialize(entry).map_err(files::told)
}

/// An account as the contract hands it to the engine: costs rounded up, against the account.
fn portfolio(account: &AccountResponse, decimals: QuoteDecimals) -> Result<Portfolio, NumberError> {
    let leg = |leg: &LegView| {
        let cost = leg.cost.map(|cost| (-cost).value_floor(decimals)).transpose()?;
        Ok(Leg {
            instrument: leg.instrument,
            quantity: leg.quantity,
            cost: cost.map(|cost| -cost),
        })
    };
    Ok(Portfolio {
        cash: account.cash.value_floor(decimals)?,
        legs: account.legs.iter().map(leg).collect::<Result<_, NumberError>>()?,
        ..Portfolio::default()
    })
}
