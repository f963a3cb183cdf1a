//! The keeper: looks at every account after every tape, starts clocks, and takes slices once they are cheap enough.
//!
//! It starts a clock as soon as it may, for the reward, and buys when the price factor has fallen to 0.9, or after the next
//! tape when the account is insolvent. One call takes at most a quarter of an account, so that the keeper's own stays within its margin; it calls
//! until the account is healthy or nothing more is for sale. What it took it hands on to the street at the mark at once: it
//! earns the discount and carries no risk.

use cosmwasm_std::Event;
use hedgerow_interface::AccountId;
use hedgerow_interface::event::{ClockEnded, ClockStarted, Liquidated, TypedEvent};
use hedgerow_interface::margin::{ExecuteMsg, Health, Takeover};
use hedgerow_risk::number::{Cash, Ratio, Value};

use super::DemoError;
use super::book::PlannedLeg;
use super::report::{Action, Amount};
use super::stage::{Person, STREET, Stage, refused, trade};
use super::valuation;

/// The price factor at which the keeper buys, in billionths.
const BUYS_AT: i64 = 900_000_000;
/// The most of a solvent account that one call takes, in billionths.
const SLICE: i64 = 250_000_000;
/// Calls on one account after one tape.
const CALLS: usize = 24;

/// Looks at every account once and does what pays. Answers what was done, as of `minutes`.
pub fn round(stage: &mut Stage, keeper: &Person, minutes: u64) -> Result<Vec<Action>, DemoError> {
    let mut done = Vec::new();
    for account in stage.world.accounts() {
        if account.account == keeper.account || account.legs.is_empty() {
            continue;
        }
        let mut here = Vec::new();
        visit(stage, keeper, account.account, minutes, &mut here)?;
        if here.iter().any(|action| matches!(action, Action::Take { .. })) {
            let name = stage.name(account.account);
            here.push(hand_on(stage, keeper, name, minutes)?);
        }
        done.append(&mut here);
    }
    Ok(done)
}

/// Trades every leg of the keeper's to the street at the mark; what has no price is kept.
fn hand_on(stage: &mut Stage, keeper: &Person, account: &'static str, minutes: u64) -> Result<Action, DemoError> {
    let held = stage.world.account(keeper.account).legs;
    let market = stage.world.market(held.iter().map(|leg| leg.instrument.underlying));
    let mut legs = Vec::new();
    for leg in &held {
        if let Some(price) = valuation::quote(&market, &leg.instrument)? {
            legs.push(PlannedLeg {
                instrument: leg.instrument,
                quantity: -leg.quantity,
                price,
            });
        }
    }
    let message = trade(keeper.account, stage.account(STREET)?, &legs);
    let venue = stage.world.venue.clone();
    Ok(match stage.send(&venue, &message, &[]) {
        Ok(_) => Action::HandOn {
            minutes,
            account,
            legs: legs.len(),
        },
        Err(refusal) => Action::Refused {
            minutes,
            account,
            code: refusal.code().to_owned(),
        },
    })
}

fn visit(
    stage: &mut Stage,
    keeper: &Person,
    account: AccountId,
    minutes: u64,
    done: &mut Vec<Action>,
) -> Result<(), DemoError> {
    let name = stage.name(account);
    let mut slice = SLICE;
    for _ in 0..CALLS {
        let health = stage.margin(account)?.health;
        let clock = stage.world.account(account).clock;
        let in_trouble = matches!(health, Health::Liquidatable | Health::Insolvent);
        let take = match (in_trouble, clock.started) {
            (false, None) => return Ok(()),
            (false, Some(_)) | (true, None) => None,
            (true, Some(started)) => {
                let elapsed = stage.world.now().saturating_sub(started);
                // For an insolvent account the fund pays a premium that begins at nothing.
                if elapsed == 0 || health == Health::Liquidatable && !cheap(stage, elapsed)? {
                    return Ok(());
                }
                let whole = health == Health::Insolvent;
                let fraction = Ratio::new(if whole { Ratio::ONE.steps() } else { slice })?;
                Some((elapsed, fraction))
            }
        };
        let message = ExecuteMsg::Liquidate {
            account,
            liquidator: keeper.account,
            take: take.map(|(_, fraction)| Takeover {
                max_fraction: Some(fraction),
                min_equity_received: Cash::ZERO,
                expected_position_nonce: None,
            }),
        };
        match stage.send(&keeper.owner, &message, &[]) {
            Ok(events) => {
                let elapsed = take.map_or(0, |(elapsed, _)| elapsed);
                done.extend(events.iter().filter_map(|event| told(event, name, minutes, elapsed)));
            }
            // Too much for the keeper's own account, perhaps: try half of it, twice.
            Err(refusal) if take.is_some() && slice > SLICE / 4 && refusal.code() == "initial_margin" => slice /= 2,
            Err(refusal) => {
                done.push(Action::Refused {
                    minutes,
                    account: name,
                    code: refusal.code().to_owned(),
                });
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Whether the price factor has fallen to where the keeper buys.
fn cheap(stage: &Stage, elapsed: u64) -> Result<bool, DemoError> {
    let factor = price_factor(stage, elapsed)?;
    Ok(factor <= Value::from_ratio_floor(Ratio::new(BUYS_AT)?))
}

/// The price factor of a clock, by the contract's own rule.
fn price_factor(stage: &Stage, elapsed: u64) -> Result<Value, DemoError> {
    let terms = stage.world.params().auction.terms();
    let terms = terms.map_err(|error| refused("reading the terms of liquidation", error.to_string()))?;
    Ok(terms.price_factor(elapsed))
}

/// What an event says was done.
fn told(event: &Event, account: &'static str, minutes: u64, elapsed: u64) -> Option<Action> {
    if let Some(started) = ClockStarted::read(event) {
        return Some(Action::StartClock {
            minutes,
            account,
            reward: Amount::from(started.reward),
        });
    }
    if let Some(slice) = Liquidated::read(event) {
        return Some(Action::Take {
            minutes,
            account,
            elapsed,
            fraction: slice.fraction,
            legs: slice.legs.0.len(),
            paid: Amount::from(slice.paid),
            insurance: Amount::from(slice.insurance),
            debt: Amount::from(slice.debt),
        });
    }
    ClockEnded::read(event).map(|_| Action::EndClock { minutes, account })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::path;
    use crate::demo::scene::Scene;
    use crate::demo::stage::KEEPER;
    use crate::demo::tape::moved;
    use crate::demo::{book, ledger};
    use hedgerow_testing::market::fixture;
    use hedgerow_testing::setup::UNIT;

    /// All three books open, and the market at the bottom of the path at once.
    fn fallen() -> (Stage, Person) {
        let scene = Scene::of("test".to_owned(), fixture()).unwrap();
        let plans = book::plans(&scene).unwrap();
        let mut stage = Stage::new(&scene).unwrap();
        let purses = ledger::purses(&scene, &plans).unwrap();
        let street = stage.join(STREET, purses.street).unwrap();
        let keeper = stage.join(KEEPER, purses.keeper).unwrap();
        for plan in &plans {
            stage.open(&scene, plan, street.account).unwrap();
        }
        let bottom = moved(scene.origin().unwrap(), scene.market.time, path::at(1_440)).unwrap();
        stage.world.view.insert(scene.underlying, bottom);
        stage.world.advance(60);
        stage.world.report_one(scene.underlying).unwrap();
        (stage, keeper)
    }

    fn paid(actions: &[Action]) -> (i128, i128) {
        actions.iter().fold((0, 0), |(fund, owed), action| match action {
            Action::Take { insurance, debt, .. } => (fund + insurance.0, owed + debt.0),
            _ => (fund, owed),
        })
    }

    #[test]
    fn an_account_under_water_is_taken_whole_and_the_fund_pays() {
        let (mut stage, keeper) = fallen();
        let naked = stage
            .people
            .iter()
            .find(|person| person.name == "naked")
            .unwrap()
            .account;
        assert_eq!(stage.margin(naked).unwrap().health, Health::Insolvent);
        let started = round(&mut stage, &keeper, 1).unwrap();
        assert!(
            matches!(
                started.as_slice(),
                [Action::StartClock {
                    account: "naked",
                    reward: Amount(0),
                    ..
                }]
            ),
            "{started:?}"
        );
        stage.world.advance(300);
        let done = round(&mut stage, &keeper, 6).unwrap();
        let (fund, debt) = paid(&done);
        assert!(fund > 0, "{done:?}");
        assert!(stage.world.account(naked).legs.is_empty(), "{done:?}");
        let books = stage.world.books();
        assert_eq!(books.debt.units(), debt);
        assert_eq!(books.insurance.units(), crate::demo::stage::FUND - fund);
        assert!(fund <= 10_000 * UNIT, "the cap of one clock");
        stage.audit.state(&stage.world);
        assert!(stage.audit.sound(), "{:?}", stage.audit.records());
        let margin = stage.margin(keeper.account).unwrap();
        assert_eq!((margin.health, margin.legs.len()), (Health::Healthy, 0));
        assert!(margin.equity > Amount(keeper.paid).value(), "{}", margin.equity);
    }

    #[test]
    fn healthy_accounts_are_left_alone() {
        let (mut stage, keeper) = fallen();
        let done = round(&mut stage, &keeper, 1).unwrap();
        assert!(
            done.iter()
                .all(|action| !matches!(action, Action::Take { account: "street", .. })),
            "{done:?}"
        );
        let again = round(&mut stage, &keeper, 1).unwrap();
        assert!(
            !again.iter().any(|action| matches!(action, Action::StartClock { .. })),
            "{again:?}"
        );
    }
}
