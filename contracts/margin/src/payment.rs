//! What was sent along with a message.

use crate::error::ContractError;
use cosmwasm_std::{Coin, MessageInfo, Uint128};

/// Refuses any coin.
pub fn nonpayable(info: &MessageInfo) -> Result<(), Box<ContractError>> {
    if info.funds.is_empty() {
        return Ok(());
    }
    Err(ContractError::Payment {
        sent: listed(&info.funds),
        asked: "nothing".to_owned(),
    }
    .into())
}

/// The amount of the one coin that is asked for; an error when nothing, another coin or several coins were sent. Amounts
/// beyond 128 bits count as 2^128 - 1, which no account takes.
pub fn must_pay(info: &MessageInfo, denom: &str) -> Result<u128, Box<ContractError>> {
    match info.funds.as_slice() {
        [coin] if coin.denom == denom && !coin.amount.is_zero() => {
            Ok(Uint128::try_from(coin.amount).unwrap_or(Uint128::MAX).u128())
        }
        funds => Err(ContractError::Payment {
            sent: listed(funds),
            asked: format!("some {denom} and nothing else"),
        }
        .into()),
    }
}

/// The coins, the first three of them.
fn listed(funds: &[Coin]) -> String {
    if funds.is_empty() {
        return "nothing".to_owned();
    }
    let mut shown = String::new();
    for (at, coin) in funds.iter().take(3).enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        shown.push_str(&format!("{comma}{coin}"));
    }
    if funds.len() > 3 {
        shown.push_str(&format!(", {} more", funds.len() - 3));
    }
    shown
}
