//! Equity and requirements on the present tape.

use super::{hash, page_of_accounts};
use crate::desk::{Desk, View};
use crate::error::ContractError;
use cosmwasm_std::{Deps, Env};
use hedgerow_interface::AccountId;
use hedgerow_interface::account::Account;
use hedgerow_interface::margin::{
    AccountStanding, ChargeView, Contribution, Health, LiquidatableResponse, MAX_BATCH, MarginBatchResponse,
    MarginResponse, RiskVectorResponse, StandingView,
};
use hedgerow_risk::assess;
use hedgerow_risk::assessment::{Assessment, Charge, Holding, Standing};
use hedgerow_risk::error::RiskError;
use hedgerow_risk::gate;
use hedgerow_risk::liquidation;
use hedgerow_risk::number::{Cash, Value};
use hedgerow_risk::portfolio::Portfolio;

/// Equity and requirements as a message would find them: expired legs are settled first where their price is fixed.
#[inline(never)]
pub fn margin(deps: Deps, env: &Env, id: AccountId) -> Result<MarginResponse, Box<ContractError>> {
    let mut desk = Desk::open(deps, env)?;
    let View { sequence, account, .. } = desk.view(deps, id)?;
    let model_hash = hash(&mut desk.params.model);
    let market_hash = hash(&mut desk.prices.market);
    let found = desk.assess(&account)?;
    let standing = desk.with_floors(&account, found.standing)?;
    Ok(MarginResponse {
        account: id,
        sequence,
        health: health(&standing),
        initial_margin: standing.initial_margin,
        maintenance_margin: standing.maintenance_margin,
        withdrawable: withdrawable(&desk, &account, &standing)?,
        equity: standing.equity,
        option_value: standing.option_value,
        unrealised: standing.unrealised,
        scan: found.scan,
        worst_scenario: u32::try_from(found.worst_scenario).unwrap_or(u32::MAX),
        charges: charges(&found),
        legs: contributions(&found),
        scenarios: found.scenarios,
        params_version: desk.params.version,
        model_hash,
        market_hash,
        time: desk.now(),
        tape_time: desk.tape_time(&account),
    })
}

/// Equity and requirements of several accounts: parameters and each tape are read once.
#[inline(never)]
pub fn batch(deps: Deps, env: &Env, accounts: &[AccountId]) -> Result<MarginBatchResponse, Box<ContractError>> {
    if accounts.is_empty() {
        return Err(ContractError::empty("accounts"));
    }
    ContractError::at_most("accounts", accounts.len(), MAX_BATCH)?;
    let mut desk = Desk::open(deps, env)?;
    let mut tape_time = desk.now();
    let mut views = Vec::with_capacity(accounts.len());
    let mut portfolios = Vec::with_capacity(accounts.len());
    for id in accounts {
        let view = desk.view(deps, *id)?;
        tape_time = tape_time.min(desk.tape_time(&view.account));
        portfolios.push(desk.portfolio(&view.account)?);
        views.push(view);
    }
    let mut items = Vec::with_capacity(views.len());
    for standing in standings(&desk, &views, &portfolios) {
        items.push(standing?);
    }
    Ok(MarginBatchResponse {
        items,
        params_version: desk.params.version,
        time: desk.now(),
        tape_time,
    })
}

/// Looks at a number of accounts, in the order of their numbers, for those that may be liquidated.
#[inline(never)]
pub fn liquidatable(
    deps: Deps,
    env: &Env,
    start_after: Option<AccountId>,
    limit: Option<u32>,
) -> Result<LiquidatableResponse, Box<ContractError>> {
    let mut desk = Desk::open(deps, env)?;
    let (ids, next) = page_of_accounts(deps.storage, start_after, limit)?;
    let (mut views, mut portfolios) = (Vec::new(), Vec::new());
    for id in ids {
        let view = desk.view(deps, id);
        let valued = view.and_then(|view| Ok((desk.portfolio(&view.account)?, view)));
        if let Ok((portfolio, view)) = valued {
            views.push(view);
            portfolios.push(portfolio);
        }
    }
    let mut items = Vec::new();
    for item in standings(&desk, &views, &portfolios).into_iter().flatten() {
        if item.clock.is_some() || item.standing.equity < item.standing.maintenance_margin {
            items.push(item);
        }
    }
    Ok(LiquidatableResponse { items, next })
}

/// P&L by scenario and underlying.
#[inline(never)]
pub fn risk_vector(deps: Deps, env: &Env, id: AccountId) -> Result<RiskVectorResponse, Box<ContractError>> {
    let mut desk = Desk::open(deps, env)?;
    let View { sequence, account, .. } = desk.view(deps, id)?;
    let model_hash = hash(&mut desk.params.model);
    Ok(RiskVectorResponse {
        account: id,
        sequence,
        vectors: assess::vectors(&desk.params.model, &desk.prices.market, &desk.portfolio(&account)?)?,
        model_hash,
        time: desk.now(),
        tape_time: desk.tape_time(&account),
    })
}

/// Equity and requirements of several accounts: what they have in common is computed once.
fn standings(
    desk: &Desk,
    views: &[View],
    portfolios: &[Portfolio],
) -> Vec<Result<AccountStanding, Box<ContractError>>> {
    let found = assess::standings(&desk.params.model, &desk.prices.market, portfolios);
    let standing_of = |(view, standing): (&View, Result<Standing, RiskError>)| {
        Ok(AccountStanding {
            account: view.id,
            sequence: view.sequence,
            position_nonce: view.account.position_nonce,
            clock: view.account.clock.started,
            standing: standing_view(&desk.with_floors(&view.account, standing?)?),
        })
    };
    views.iter().zip(found).map(standing_of).collect()
}

/// A standing as answers show it.
pub fn standing_view(standing: &Standing) -> StandingView {
    StandingView {
        health: health(standing),
        equity: standing.equity,
        initial_margin: standing.initial_margin,
        maintenance_margin: standing.maintenance_margin,
    }
}

fn health(standing: &Standing) -> Health {
    match liquidation::health(standing) {
        liquidation::Health::Healthy => Health::Healthy,
        liquidation::Health::MarginCall => Health::MarginCall,
        liquidation::Health::Liquidatable => Health::Liquidatable,
        liquidation::Health::Insolvent => Health::Insolvent,
    }
}

/// `min(cash, secured - IM)`, nothing while a clock runs, prices are too old or an expired leg waits for its price.
fn withdrawable(desk: &Desk, account: &Account, standing: &Standing) -> Result<Cash, Box<ContractError>> {
    let fresh = desk.check_strict(&desk.underlyings(account)?, "withdraw").is_ok();
    let settled = desk.check_settled(account).is_ok();
    if !fresh || !settled {
        return Ok(Cash::ZERO);
    }
    let cash = account.cash.value_floor(desk.decimals)?;
    let free = gate::withdrawable(standing, cash, account.clock.started.is_some());
    // Compared as a value: back from binary, cash may be a unit less than it is.
    if free >= cash {
        return Ok(account.cash.max(Cash::ZERO));
    }
    Ok(Cash::new(free.to_decimal_floor(desk.decimals.get())?)?)
}

fn charges(found: &Assessment) -> Vec<ChargeView> {
    let charges = &found.charges;
    let mut views = Vec::new();
    let mut charge = |name: &str, charge: &Charge| {
        let initial = charge.maintenance.saturating_add(charge.initial);
        if initial != Value::ZERO {
            views.push(ChargeView {
                name: name.to_owned(),
                maintenance: charge.maintenance,
                initial,
            });
        }
    };
    for (name, value) in [
        ("basis", charges.basis),
        ("short_option_minimum", charges.short_option_minimum),
        ("min_delta", charges.min_delta),
        ("roll", charges.roll),
        ("delta_concentration", charges.delta_concentration),
    ] {
        let inside = Charge {
            maintenance: value,
            initial: Value::ZERO,
        };
        charge(name, &inside);
    }
    charge("perp", &charges.perp);
    charge("naked_short", &charges.naked_short);
    charge("confidence", &charges.confidence);
    charge("collateral", &charges.collateral);
    views
}

fn contributions(found: &Assessment) -> Vec<Contribution> {
    let mut legs = Vec::new();
    for part in &found.contributions {
        if let Holding::Leg(instrument) = part.holding {
            legs.push(Contribution {
                instrument,
                contribution: part.netted,
            });
        }
    }
    legs
}
