//! Figures: what the accounts ask for leg by leg and netted, what everybody pays in, and where everybody ended.

use hedgerow_risk::instrument::Day;
use hedgerow_risk::number::{Ratio, Value};
use hedgerow_testing::setup::UNIT;

use super::DemoError;
use super::book::{Plan, PlannedLeg};
use super::report::{
    AccountView, Amount, BooksView, EndAccount, EndView, ExpiryView, InvariantView, LegRow, MarginView, MarketView,
    ScenarioView,
};
use super::scene::{MODEL, Scene};
use super::stage::{FUND, Person, Stage, base_ceil, refused};
use super::valuation;

/// Base units that the street and the keeper pay in.
#[derive(Clone, Copy, Debug)]
pub struct Purses {
    /// Ten times what the other side of every book asks for.
    pub street: i128,
    /// Five times what the three books ask for.
    pub keeper: i128,
}

/// Ample funds for those who must not fail.
pub fn purses(scene: &Scene, plans: &[Plan]) -> Result<Purses, DemoError> {
    let all = plans.iter().flat_map(|plan| &plan.legs);
    let other_side: Vec<PlannedLeg> = all
        .map(|leg| PlannedLeg {
            quantity: -leg.quantity,
            ..*leg
        })
        .collect();
    let street = base_ceil(valuation::standing(scene, &other_side)?.initial_margin)?;
    let mut books = 0;
    for plan in plans {
        books += base_ceil(valuation::standing(scene, &plan.legs)?.initial_margin)?;
    }
    let thousands = |units: i128| (units / UNIT / 1_000 + 1) * 1_000 * UNIT;
    Ok(Purses {
        street: thousands(street.max(books) * 10),
        keeper: thousands(books * 5),
    })
}

/// What was played on.
pub fn market(stage: &Stage, scene: &Scene) -> Result<MarketView, DemoError> {
    let origin = scene.origin()?;
    let expiries = origin.expiries.iter().filter_map(|expiry| {
        Some(ExpiryView {
            expiry: Day::of(expiry.expiry)?,
            forward: expiry.forward,
            options: expiry.svi.is_some(),
        })
    });
    Ok(MarketView {
        source: scene.source.clone(),
        underlying: scene.underlying,
        others: scene.others.clone(),
        time: scene.market.time,
        index: origin.index,
        contract_size: origin.contract_size,
        perp: origin.perp.map(|perp| perp.mark),
        expiries: expiries.collect(),
        model: MODEL,
        model_hash: stage.world.params().model_hash,
        rules_of: scene.rules_of,
    })
}

/// An account just after it opened its book: the contract's answer, and each leg by itself.
pub fn opened(stage: &Stage, scene: &Scene, plan: &Plan) -> Result<AccountView, DemoError> {
    let person = person(stage, plan.name)?;
    let margin = stage.margin(person.account)?;
    let mut legs = Vec::new();
    let mut alone = MarginView {
        initial_margin: Value::ZERO,
        maintenance_margin: Value::ZERO,
    };
    for leg in &plan.legs {
        let own = valuation::standing(scene, std::slice::from_ref(leg))?;
        let contribution = margin.legs.iter().find(|part| part.instrument == leg.instrument);
        alone.initial_margin = alone.initial_margin.checked_add(own.initial_margin)?;
        alone.maintenance_margin = alone.maintenance_margin.checked_add(own.maintenance_margin)?;
        legs.push(LegRow {
            instrument: leg.instrument,
            quantity: leg.quantity,
            price: leg.price,
            alone: MarginView {
                initial_margin: own.initial_margin,
                maintenance_margin: own.maintenance_margin,
            },
            contribution: contribution.map_or(Value::ZERO, |part| part.contribution),
        });
    }
    let saving = alone.initial_margin.checked_sub(margin.initial_margin)?;
    let scenarios = scene.model.scenarios.iter().zip(&margin.scenarios);
    Ok(AccountView {
        name: plan.name,
        account: person.account.0,
        story: plan.story.clone(),
        deposit: Amount(person.paid),
        equity: margin.equity,
        netted: MarginView {
            initial_margin: margin.initial_margin,
            maintenance_margin: margin.maintenance_margin,
        },
        alone,
        saving,
        saving_fraction: thousandths(saving, alone.initial_margin),
        legs,
        scan: margin.scan,
        charges: margin.charges,
        worst_scenario: margin.worst_scenario,
        scenarios: scenarios
            .map(|(scenario, pnl)| ScenarioView {
                spot: scenario.spot,
                vol: scenario.vol.to_string(),
                weight: scenario.weight,
                pnl: *pnl,
            })
            .collect(),
    })
}

/// A part of a whole, rounded down to a thousandth; nothing of nothing.
fn thousandths(part: Value, whole: Value) -> String {
    let ratio = part
        .div_floor(whole)
        .and_then(|ratio| ratio.to_decimal_floor(3))
        .unwrap_or(0);
    hedgerow_risk::number::format_decimal(ratio, 3)
}

fn person<'a>(stage: &'a Stage, name: &str) -> Result<&'a Person, DemoError> {
    let found = stage.people.iter().find(|person| person.name == name);
    found.ok_or_else(|| refused("looking for an account", name.to_owned()))
}

/// Where everybody ended.
pub fn end(stage: &Stage) -> Result<EndView, DemoError> {
    let mut accounts = Vec::new();
    for person in &stage.people {
        let margin = stage.margin(person.account)?;
        let start = Amount(person.paid);
        accounts.push(EndAccount {
            name: person.name,
            start,
            end: margin.equity,
            change: margin.equity.checked_sub(start.value())?,
            health: margin.health,
            legs: stage.world.account(person.account).legs.len(),
        });
    }
    let books = books(stage)?;
    let invariants = stage.audit.records().iter().map(|record| InvariantView {
        number: record.number,
        rule: record.rule,
        checks: record.checks,
        broken: record.broken.clone(),
    });
    Ok(EndView {
        accounts,
        insurance_start: Amount(FUND),
        insurance_end: books.insurance,
        debt: books.debt,
        books,
        invariants: invariants.collect(),
        sound: stage.audit.sound() && books.difference == Amount(0),
    })
}

/// Invariant 2 in figures.
fn books(stage: &Stage) -> Result<BooksView, DemoError> {
    let books = stage.world.books();
    let mut accounts = 0i128;
    for account in stage.world.accounts() {
        let costs: i128 = account
            .legs
            .iter()
            .filter_map(|leg| leg.cost)
            .map(|cost| cost.units())
            .sum();
        accounts += account.cash.units() - costs;
    }
    let series = books.underlyings.iter().flat_map(|underlying| &underlying.series);
    let pools: i128 = series.map(|series| series.pool.units()).sum();
    let held = stage.world.purse(&stage.world.margin).to_string();
    let held: i128 = held
        .parse()
        .map_err(|_| refused("counting the contract's tokens", held))?;
    let (insurance, debt) = (books.insurance.units(), books.debt.units());
    Ok(BooksView {
        accounts: Amount(accounts),
        pools: Amount(pools),
        insurance: Amount(insurance),
        debt: Amount(debt),
        held: Amount(held),
        difference: Amount(accounts + pools + insurance - debt - held),
    })
}

/// A factor's move in percent with one decimal, rounded down: `-24.2%`.
pub fn percent(factor: Ratio) -> String {
    let steps = i128::from(factor.steps()) - i128::from(Ratio::ONE.steps());
    let tenths = steps.div_euclid(1_000_000);
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{}%", tenths.abs() / 10, tenths.abs() % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_whole() {
        let of = |part: &str, whole: &str| thousandths(part.parse().unwrap(), whole.parse().unwrap());
        assert_eq!(of("1", "3"), "0.333");
        assert_eq!(of("0", "0"), "0");
        assert_eq!(of("3", "3"), "1");
    }

    #[test]
    fn moves_in_percent() {
        for (factor, expected) in [
            ("1", "0.0%"),
            ("0.758", "-24.2%"),
            ("0.51", "-49.0%"),
            ("2.3", "130.0%"),
        ] {
            assert_eq!(percent(factor.parse().unwrap()), expected);
        }
    }
}
