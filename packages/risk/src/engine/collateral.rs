//! Collateral: `amount * price / quote price`. The price is the asset's own, else the index of the underlying it hedges.
//!
//! Where the market names a stable price below that index, what the index makes of it more is charged to open: a price that
//! was pushed up for an hour opens nothing. Equity and the maintenance margin go by the index.
//!
//! Worked: 7 ETH at an index of 3,000 and a stable price of 2,900: 21,000, of which 700 do not count to open.

use crate::error::RiskError;
use crate::instrument::Symbol;
use crate::market::Market;
use crate::model::{CollateralRule, ValidModel};
use crate::number::{Price, Ratio, Value};
use crate::portfolio::Collateral;

/// One holding, valued.
#[derive(Clone, Debug)]
pub(crate) struct Valued<'a> {
    /// The asset.
    pub asset: &'a str,
    /// In quote, rounded down.
    pub value: Value,
    /// The part of it that is above the value at the stable price.
    pub above: Value,
    /// How it counts.
    pub rule: &'a CollateralRule,
    /// The least confidence of what it is valued with.
    pub confidence: Ratio,
}

impl Valued<'_> {
    /// The underlying it is shocked with.
    pub(crate) fn hedges(&self) -> Option<Symbol> {
        self.rule.hedges
    }
}

/// Values every holding.
pub(crate) fn value_collateral<'a>(
    model: &'a ValidModel,
    market: &Market,
    holdings: &'a [Collateral],
) -> Result<Vec<Valued<'a>>, RiskError> {
    let mut valued = Vec::with_capacity(holdings.len());
    for holding in holdings {
        valued.push(value_one(model, market, holding)?);
    }
    Ok(valued)
}

fn value_one<'a>(model: &'a ValidModel, market: &Market, holding: &'a Collateral) -> Result<Valued<'a>, RiskError> {
    let asset = &holding.asset;
    let rule = model
        .collateral
        .get(asset)
        .ok_or_else(|| RiskError::CollateralNotAccepted { asset: asset.clone() })?;
    if holding.amount.is_negative() {
        return Err(RiskError::NegativeCollateral {
            asset: asset.clone(),
            amount: holding.amount.to_string(),
        });
    }
    let underlying = rule.hedges.and_then(|symbol| market.underlyings.get(&symbol));
    let index_confidence = underlying.map_or(Ratio::ONE, |u| u.confidence);
    let (price, size, own) = match (market.assets.get(asset), underlying) {
        (Some(priced), _) => (priced.price, Price::ONE, priced.confidence),
        (None, Some(hedged)) => (hedged.index, hedged.contract_size, Ratio::ONE),
        (None, None) => return Err(RiskError::NoPrice { asset: asset.clone() }),
    };
    let value = in_quote(holding.amount, price, size, market.quote_price);
    let stable = rule.hedges.and_then(|symbol| market.stable.get(&symbol));
    let above = match stable.filter(|stable| !market.assets.contains_key(asset) && **stable < price) {
        Some(stable) => value.saturating_sub(in_quote(holding.amount, *stable, size, market.quote_price)),
        None => Value::ZERO,
    };
    Ok(Valued {
        asset,
        value,
        above,
        rule,
        confidence: crate::charges::least([own, index_confidence, market.quote_confidence]),
    })
}

/// [`at_price`] over the quote token's price.
fn in_quote(amount: Value, price: Price, contract_size: Price, quote_price: Price) -> Value {
    let value = at_price(amount, price, contract_size);
    if quote_price == Price::ONE {
        return value;
    }
    let quote = -Value::from_decimal_floor(-i128::from(quote_price.steps()), Price::DECIMALS).unwrap_or(Value::MIN);
    value.div_floor(quote).unwrap_or(Value::MAX)
}

/// `amount * price / contract size`, rounded down, held at the end of the range.
fn at_price(amount: Value, price: Price, contract_size: Price) -> Value {
    let bits = amount.to_bits();
    let size = i128::from(contract_size.steps());
    // bits = whole * size + rest; rest * steps < 2^120.
    let steps = i128::from(price.steps());
    (bits / size)
        .checked_mul(steps)
        .and_then(|whole| whole.checked_add((bits % size) * steps / size))
        .map_or(Value::MAX, Value::from_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_taken_exactly() {
        let value = |text: &str| text.parse::<Value>().unwrap();
        let price = |text: &str| text.parse::<Price>().unwrap();
        assert_eq!(at_price(value("7"), price("3000.5"), Price::ONE), value("21003.5"));
        // A contract of a million tokens.
        assert_eq!(
            at_price(value("3000000"), price("12.5"), price("1000000")),
            value("37.5")
        );
        assert_eq!(at_price(Value::MAX, price("10"), Price::ONE), Value::MAX);
    }
}
