//! A proposed trade: what the account needs before and after it, and what the gate says.
//!
//! ```text
//! option   cash' = cash - q * price                    linear   the new leg costs q * price
//! value lost = sum of q * (price - mark)               rounded up, the mark to the nearest step of a price
//! notional   = sum of |net quantity by instrument| * index
//! ```
//! Worked: selling 1 future at 59,900 with the mark and the index at 60,000 loses 100 on a notional of 60,000.

use crate::assess::{assess, check_limits, mark, underlying};
use crate::assessment::Assessment;
use crate::error::RiskError;
use crate::gate::Change;
use crate::instrument::Instrument;
use crate::market::Market;
use crate::model::ValidModel;
use crate::number::{Price, Quantity, Value};
use crate::portfolio::{Leg, Portfolio, cost_ceil};

/// One leg of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// What.
    pub instrument: Instrument,
    /// Contracts that the account buys; negative when it sells.
    pub quantity: Quantity,
    /// Quote per contract.
    pub price: Price,
}

/// The account without the trade and with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Without.
    pub before: Assessment,
    /// With.
    pub after: Assessment,
    /// What [`crate::gate::gate`] judges.
    pub change: Change,
}

/// Values an account without a trade and with it.
pub fn preview(
    model: &ValidModel,
    market: &Market,
    portfolio: &Portfolio,
    fills: &[Fill],
) -> Result<Preview, RiskError> {
    let mut traded = portfolio.clone();
    let mut value_lost = Value::ZERO;
    for fill in fills {
        value_lost = value_lost.saturating_add(lost(market, fill)?);
        traded.apply(fill);
    }
    check_limits(market, &traded)?;
    let before = assess(model, market, portfolio)?;
    let after = assess(model, market, &traded)?;
    Ok(Preview {
        change: Change {
            before: before.standing,
            after: after.standing,
            value_lost,
            notional: notional(market, fills)?,
        },
        before,
        after,
    })
}

impl Portfolio {
    /// Adds a fill: an option is paid out of the cash, a linear leg carries its cost. Both rounded up.
    pub fn apply(&mut self, fill: &Fill) {
        let paid = cost_ceil(fill.quantity, fill.price);
        let linear = fill.instrument.as_option().is_none();
        if !linear {
            self.cash = self.cash.saturating_sub(paid);
        }
        self.legs.push(Leg {
            instrument: fill.instrument,
            quantity: fill.quantity,
            cost: linear.then_some(paid),
        });
    }
}

/// What a fill gives away against the mark.
fn lost(market: &Market, fill: &Fill) -> Result<Value, RiskError> {
    let mark = price_steps(mark(market, &fill.instrument)?);
    // Below 2^54 * 2^61.
    let steps = i128::from(fill.quantity.steps()) * (i128::from(fill.price.steps()) - mark);
    Ok(Value::from_decimal_floor(-steps, Quantity::DECIMALS + Price::DECIMALS).map_or(Value::MAX, |gain| -gain))
}

/// A mark in steps of a price, to the nearest: exact where the mark is a price of the market, so that a fill at the mark
/// gives nothing away.
pub fn price_steps(mark: Value) -> i128 {
    // Marks are at most 2^34 quote: below 2^98 * 2^27.
    let scaled = mark.to_bits().saturating_mul(10i128.pow(Price::DECIMALS));
    scaled.saturating_add(1 << 63) >> 64
}

/// What was traded on balance, at the index: trading to and fro adds nothing.
fn notional(market: &Market, fills: &[Fill]) -> Result<Value, RiskError> {
    let mut sorted: Vec<&Fill> = fills.iter().collect();
    sorted.sort_unstable_by_key(|fill| fill.instrument);
    let same = sorted.chunk_by(|a, b| a.instrument == b.instrument);
    let mut sum = Value::ZERO;
    for (first, same) in same.filter_map(|same| Some((same.first()?, same))) {
        let net: i128 = same.iter().map(|fill| i128::from(fill.quantity.steps())).sum();
        let index = underlying(market, &first.instrument)?.index;
        sum = sum.saturating_add(crate::charges::notional(net, index));
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::gate;
    use crate::model::Model;

    fn value(text: &str) -> Value {
        text.parse().unwrap()
    }

    fn fill(instrument: &str, quantity: &str, price: &str) -> Fill {
        Fill {
            instrument: instrument.parse().unwrap(),
            quantity: quantity.parse().unwrap(),
            price: price.parse().unwrap(),
        }
    }

    /// Spot +-20%, initial factor 1.2; a call at 60,000 without volatility and a forward of 61,000 is worth 1,000.
    fn setting() -> (ValidModel, Market) {
        let model: Model = serde_json::from_str(
            r#"{"scenarios":[{},{"spot":"0.8"},{"spot":"1.2"}],"factors":{"initial":"1.2","maintenance":"1"}}"#,
        )
        .unwrap();
        let market = r#"{"time":1739934748,"underlyings":{"BTC":{"index":"60000","perp":{"mark":"60000"},
            "expiries":[{"expiry":1743148800,"forward":"61000","vols":{"60000":"0"}}]}}}"#;
        (model.validate().unwrap(), serde_json::from_str(market).unwrap())
    }

    /// Long 1 at 59,000: unrealised 1,000. Selling half of it at 59,900 loses 50, and so does the call bought at 1,050;
    /// with both the worst is -20%: 0.5 * 12,000 and all of the call's 1,000.
    #[test]
    fn the_worked_trade() {
        let (model, market) = setting();
        let mut held = Portfolio {
            cash: value("10000"),
            ..Portfolio::default()
        };
        held.apply(&fill("BTC-PERP", "1", "59000"));
        let fills = [
            fill("BTC-PERP", "-0.5", "59900"),
            fill("BTC-28MAR25-60000-C", "1", "1050"),
        ];
        let found = preview(&model, &market, &held, &fills).unwrap();
        let (before, after) = (found.change.before, found.change.after);
        let near = |found: Value, exact: &str| {
            let off = found.saturating_sub(value(exact)).abs();
            assert!(off < value("0.00000001"), "{found} {exact}");
        };
        near(before.equity, "11000");
        near(before.initial_margin, "14400");
        near(after.equity, "10900");
        near(after.initial_margin, "8400");
        near(after.maintenance_margin, "7000");
        near(found.change.value_lost, "100");
        near(found.change.notional, "90000");
        assert_eq!(found.before, assess(&model, &market, &held).unwrap());
        assert!(gate(&found.change, "0".parse().unwrap()).is_ok());
    }

    /// Bought and sold again at the mark: nothing lost, nothing traded, nothing changed.
    #[test]
    fn to_and_fro_is_nothing() {
        let (model, market) = setting();
        let fills = [
            fill("BTC-PERP", "2.5", "60000"),
            fill("BTC-PERP", "-2.5", "60000"),
            fill("BTC-28MAR25-60000-C", "-3", "1000"),
            fill("BTC-28MAR25-60000-C", "3", "1000"),
        ];
        let found = preview(&model, &market, &Portfolio::default(), &fills).unwrap();
        assert_eq!(found.change.value_lost, Value::ZERO);
        assert_eq!(found.change.notional, Value::ZERO);
        assert_eq!(found.change.before, found.change.after);
    }

    #[test]
    fn a_trade_that_only_reduces_has_its_price() {
        let (model, market) = setting();
        let mut held = Portfolio {
            cash: value("13000"),
            ..Portfolio::default()
        };
        held.apply(&fill("BTC-PERP", "1", "60000"));
        let said = |quantity: &str, price: &str| {
            let found = preview(&model, &market, &held, &[fill("BTC-PERP", quantity, price)]).unwrap();
            gate(&found.change, "0.01".parse().unwrap()).map_or_else(|refusal| refusal.code(), |()| "ok")
        };
        // 13,000 is below 14,400: selling 0.05 leaves 13,680; at 1.5% under the mark that is 45 for a limit of 30.
        assert_eq!(said("-0.05", "59400"), "ok");
        assert_eq!(said("-0.05", "59100"), "reduce_cost");
        assert_eq!(said("0.05", "60000"), "initial_margin");
        let far = preview(&model, &market, &held, &[fill("ETH-PERP", "1", "3000")]);
        assert_eq!(far.unwrap_err().code(), "unknown_underlying");
    }
}
