//! The crash: tape after tape along the path, the keeper at work, a row of the table now and then.

use hedgerow_interface::event::{SettlementFixed, TypedEvent};
use hedgerow_interface::margin::ExecuteMsg;
use hedgerow_risk::instrument::Day;
use hedgerow_risk::number::Price;

use super::DemoError;
use super::keeper;
use super::path::{self, TICK};
use super::progress::Progress;
use super::report::{Action, Amount, HealthView, StepView};
use super::scene::Scene;
use super::stage::{KEEPER, Person, STREET, Stage, refused};
use super::tape::moved;

/// Plays the whole path; every tape is followed by the keeper and by every invariant.
pub fn play(stage: &mut Stage, scene: &Scene, keeper: &Person) -> Result<Vec<StepView>, DemoError> {
    let rows = path::rows();
    let mut steps = vec![row(stage, scene, 0, Vec::new())?];
    let end = rows.last().copied().unwrap_or(0);
    let mut progress = Progress::new(end);
    let mut actions = Vec::new();
    let mut minutes = 0;
    stage.audit.state(&stage.world);
    while minutes < end {
        minutes += TICK;
        stage.world.advance(TICK * 60);
        let settled = report(stage, scene, minutes)?;
        actions.extend(settle(stage, scene, minutes, settled)?);
        actions.extend(keeper::round(stage, keeper, minutes)?);
        stage.audit.state(&stage.world);
        if rows.contains(&minutes) {
            steps.push(row(stage, scene, minutes, std::mem::take(&mut actions))?);
        }
        progress.at(minutes);
    }
    progress.done();
    Ok(steps)
}

/// The publisher reports the market as it is on the path; answers what the tape settled.
fn report(stage: &mut Stage, scene: &Scene, minutes: u64) -> Result<Vec<SettlementFixed>, DemoError> {
    let underlying = scene.underlying;
    let market = moved(scene.origin()?, scene.market.time, path::at(minutes))?;
    stage.world.view.insert(underlying, market);
    let outcome = stage.world.report_one(underlying);
    let events = outcome.map_err(|refusal| refused("reporting", refusal.text))?;
    Ok(events.iter().filter_map(SettlementFixed::read).collect())
}

/// Fixes what the tape could not settle at the index, and settles every account that has legs on what is fixed.
fn settle(
    stage: &mut Stage,
    scene: &Scene,
    minutes: u64,
    settled: Vec<SettlementFixed>,
) -> Result<Vec<Action>, DemoError> {
    let (underlying, now) = (scene.underlying, stage.world.now());
    let mut fixed: Vec<(Day, Price)> = settled.iter().map(|event| (event.expiry, event.price)).collect();
    if let Some(market) = stage.world.tape(underlying).map(|tape| tape.market) {
        let over = market.expiries.iter().filter(|expiry| expiry.expiry <= now);
        for day in over.filter_map(|expiry| Day::of(expiry.expiry)) {
            let outcome = stage.world.fix(underlying, day, market.index);
            outcome.map_err(|refusal| refused("fixing a settlement price", refusal.text))?;
            fixed.push((day, market.index));
        }
    }
    if !fixed.is_empty() {
        let accounts = stage.people.iter().map(|person| person.account).collect();
        let anyone = stage.world.address("anyone");
        stage.must("settling", &anyone, &ExecuteMsg::Settle { accounts }, &[])?;
    }
    let action = |(expiry, price)| Action::Settle { minutes, expiry, price };
    Ok(fixed.into_iter().map(action).collect())
}

fn row(stage: &Stage, scene: &Scene, minutes: u64, actions: Vec<Action>) -> Result<StepView, DemoError> {
    let watched = stage
        .people
        .iter()
        .filter(|person| ![STREET, KEEPER].contains(&person.name));
    let accounts = watched.map(|person| health(stage, person)).collect::<Result<_, _>>()?;
    let point = path::at(minutes);
    let books = stage.world.books();
    let index = moved(scene.origin()?, scene.market.time, point)?.index;
    Ok(StepView {
        minutes,
        time: stage.world.now(),
        index,
        spot: point.spot,
        vol: point.vol,
        accounts,
        insurance: Amount::from(books.insurance),
        debt: Amount::from(books.debt),
        actions,
    })
}

fn health(stage: &Stage, person: &Person) -> Result<HealthView, DemoError> {
    let margin = stage.margin(person.account)?;
    let account = stage.world.account(person.account);
    Ok(HealthView {
        name: person.name,
        equity: margin.equity,
        initial_margin: margin.initial_margin,
        maintenance_margin: margin.maintenance_margin,
        health: margin.health,
        clock: account.clock.started,
        legs: account.legs.len(),
    })
}
