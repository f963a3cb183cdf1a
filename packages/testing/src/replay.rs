//! Margins recomputed off chain: from an account as the contract shows it, the oracle's tapes and the engine, to what the
//! contract must answer. Nothing here calls the margin contract's code.

use crate::setup::DECIMALS;
use crate::world::World;
use hedgerow_interface::margin::{AccountResponse, LegView, ParamsResponse};
use hedgerow_risk::assess;
use hedgerow_risk::assessment::{Assessment, Standing};
use hedgerow_risk::instrument::Right;
use hedgerow_risk::market::Market;
use hedgerow_risk::model::ValidModel;
use hedgerow_risk::number::{Cash, Price, Value};
use hedgerow_risk::portfolio::{Leg, Portfolio};

/// What the engine finds out about one account.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The account as the engine sees it.
    pub portfolio: Portfolio,
    /// The prices that it is valued on.
    pub market: Market,
    /// Without the contract's floors.
    pub assessment: Assessment,
    /// With them.
    pub standing: Standing,
}

/// Recomputes an account.
pub fn replay(world: &World, params: &ParamsResponse, model: &ValidModel, account: &AccountResponse) -> Replay {
    let account = settled(world, account);
    let portfolio = portfolio(&account);
    let market = world.market(account.legs.iter().map(|leg| leg.instrument.underlying));
    let assessment = assess::assess(model, &market, &portfolio).expect("an account that can be valued");
    let standing = with_floors(&assessment.standing, params, account.legs.is_empty());
    Replay {
        portfolio,
        market,
        assessment,
        standing,
    }
}

/// The least requirements of an account with positions.
fn with_floors(standing: &Standing, params: &ParamsResponse, empty: bool) -> Standing {
    if empty {
        return *standing;
    }
    let maintenance_margin = standing.maintenance_margin.max(value(params.limits.min_maintenance));
    let initial_margin = standing
        .initial_margin
        .max(value(params.limits.min_equity))
        .max(maintenance_margin);
    Standing {
        initial_margin,
        maintenance_margin,
        ..*standing
    }
}

/// The account after every settlement that is due: the contract settles when it touches an account.
pub fn settled(world: &World, account: &AccountResponse) -> AccountResponse {
    let mut account = account.clone();
    let mut open = Vec::new();
    for leg in std::mem::take(&mut account.legs) {
        let day = leg.instrument.day().filter(|day| day.expiry_time() <= world.now());
        match day.and_then(|day| world.settlement(leg.instrument.underlying, day)) {
            None => open.push(leg),
            Some(price) => {
                let paid = account.cash.units() + payoff(&leg, price) - leg.cost.unwrap_or(Cash::ZERO).units();
                account.cash = Cash::new(paid).expect("cash in range");
            }
        }
    }
    account.legs = open;
    account
}

/// `floor(quantity * payoff of one contract)` in base units, before the cost of a future.
pub fn payoff(leg: &LegView, price: Price) -> i128 {
    let settlement = i128::from(price.steps());
    let each = match leg.instrument.as_option() {
        None => settlement,
        Some((strike, Right::Call)) => (settlement - i128::from(strike.steps())).max(0),
        Some((strike, Right::Put)) => (i128::from(strike.steps()) - settlement).max(0),
    };
    // Quantity and price have 8 decimals each, the token has 6.
    (i128::from(leg.quantity.steps()) * each).div_euclid(10_000_000_000)
}

/// An account as the engine sees it: costs rounded up, cash rounded down.
pub fn portfolio(account: &AccountResponse) -> Portfolio {
    let leg = |leg: &LegView| Leg {
        instrument: leg.instrument,
        quantity: leg.quantity,
        cost: leg.cost.map(|cost| -value(-cost)),
    };
    Portfolio {
        cash: value(account.cash),
        legs: account.legs.iter().map(leg).collect(),
        ..Portfolio::default()
    }
}

/// Base units in quote, rounded down.
pub fn value(cash: Cash) -> Value {
    Value::from_decimal_floor(cash.units(), DECIMALS).expect("a value")
}
