//! Prices: tapes and settlement prices, read raw from the oracle's storage.

use crate::error::ContractError;
use crate::state::Params;
use cosmwasm_std::{Deps, QuerierWrapper};
use hedgerow_interface::keys;
use hedgerow_interface::margin::Timing;
use hedgerow_interface::oracle::settlement_price;
use hedgerow_interface::tape::Tape;
use hedgerow_risk::instrument::{Day, Symbol};
use hedgerow_risk::market::Market;
use hedgerow_risk::named::Named;
use hedgerow_risk::number::{Price, Ratio};

/// The tapes that a message has needed so far, as the engine's market at block time.
///
/// The quote token's price and confidence are the lowest that any of the tapes holds.
#[derive(Debug)]
pub struct Prices {
    pub market: Market,
    /// When each tape was observed.
    seen: Named<Symbol, u64>,
    settlements: Named<(Symbol, Day), Option<Price>>,
}

impl Prices {
    /// No prices yet.
    pub fn at(now: u64) -> Self {
        Self {
            market: Market {
                time: now,
                quote_price: Price::ONE,
                quote_confidence: Ratio::ONE,
                assets: Named::new(),
                underlyings: Named::new(),
                stable: Named::new(),
            },
            seen: Named::new(),
            settlements: Named::new(),
        }
    }

    /// Reads an underlying's tape unless it was read before.
    pub fn need(&mut self, deps: Deps, params: &Params, underlying: Symbol) -> Result<(), Box<ContractError>> {
        if self.seen.contains_key(&underlying) {
            return Ok(());
        }
        let bytes =
            raw(deps.querier, params, keys::tape(underlying))?.ok_or_else(|| ContractError::no_tape(underlying))?;
        let tape = Tape::decode(&bytes)?;
        let market = &mut self.market;
        if self.seen.is_empty() {
            market.quote_price = tape.quote_price;
            market.quote_confidence = tape.quote_confidence;
        }
        market.quote_price = market.quote_price.min(tape.quote_price);
        market.quote_confidence = market.quote_confidence.min(tape.quote_confidence);
        if let Some(history) = tape.history {
            market.stable.insert(underlying, history.stable);
        }
        market.underlyings.insert(underlying, tape.market);
        self.seen.insert(underlying, tape.time);
        Ok(())
    }

    /// The settlement price of an expiry, when it is over and the price is fixed.
    pub fn settlement(
        &mut self,
        deps: Deps,
        params: &Params,
        underlying: Symbol,
        day: Day,
    ) -> Result<Option<Price>, Box<ContractError>> {
        if day.expiry_time() > self.market.time {
            return Ok(None);
        }
        if let Some(known) = self.settlements.get(&(underlying, day)) {
            return Ok(*known);
        }
        let price = raw(deps.querier, params, keys::settlement(underlying, day))?
            .map(|bytes| settlement_price(&bytes))
            .transpose()?;
        self.settlements.insert((underlying, day), price);
        Ok(price)
    }

    /// Refuses an index that is little trusted or far from its stable price.
    pub fn check_trust(
        &self,
        underlying: Symbol,
        timing: Timing,
        action: &'static str,
    ) -> Result<(), Box<ContractError>> {
        let tape = self.market.underlyings.get(&underlying);
        let tape = tape.ok_or_else(|| ContractError::no_tape(underlying))?;
        let (confidence, least) = (tape.confidence.min(self.market.quote_confidence), timing.min_confidence);
        if confidence < least {
            return Err(ContractError::LowConfidence {
                underlying,
                confidence,
                least,
                action,
            }
            .into());
        }
        // The index, where a tape remembers no stable price.
        let stable = self.market.stable.get(&underlying).copied().unwrap_or(tape.index);
        let (index, limit) = (tape.index, timing.max_deviation);
        if deviates(index, stable, limit) {
            return Err(ContractError::IndexDeviates {
                underlying,
                index,
                stable,
                limit,
                action,
            }
            .into());
        }
        Ok(())
    }

    /// When an underlying's tape was observed; none when no message needed it.
    pub fn seen(&self, underlying: Symbol) -> Option<u64> {
        self.seen.get(&underlying).copied()
    }
}

/// `|index - stable| > limit * stable`.
fn deviates(index: Price, stable: Price, limit: Ratio) -> bool {
    let one = u128::from(Ratio::ONE.steps().unsigned_abs());
    // Prices below 2^60, a limit below 2^34.
    u128::from(index.steps().abs_diff(stable.steps())) * one
        > u128::from(stable.steps()) * u128::from(limit.steps().unsigned_abs())
}

fn raw(querier: QuerierWrapper, params: &Params, key: Vec<u8>) -> Result<Option<Vec<u8>>, Box<ContractError>> {
    Ok(querier.query_wasm_raw(params.oracle.as_str(), key)?)
}
