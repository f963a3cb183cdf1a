//! The crash: tape after tape along the path, the keeper at work, a row of the table now and then.

use hedgerow_interface::margin::ExecuteMsg;
use hedgerow_risk::instrument::Day;

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
        report(stage, scene, minutes)?;
        actions.extend(settle(stage, scene, minutes)?);
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

/// The publisher reports the market as it is on the path.
fn report(stage: &mut Stage, scene: &Scene, minutes: u64) -> Result<(), DemoError> {
    let underlying = scene.underlying;
    let market = moved(scene.origin()?, scene.market.time, path::at(minutes))?;
    stage.world.view.insert(underlying, market);
    let outcome = stage.world.report_one(underlying);
    outcome.map(drop).map_err(|refusal| refused("reporting", refusal.text))
}

/// Fixes expiries that are over at the index, and settles every account that has legs on them.
fn settle(stage: &mut Stage, scene: &Scene, minutes: u64) -> Result<Vec<Action>, DemoError> {
    let (underlying, now) = (scene.underlying, stage.world.now());
    let Some(tape) = stage.world.tape(underlying) else {
        return Ok(Vec::new());
    };
    let mut done = Vec::new();
    for expiry in tape.market.expiries.iter().filter(|expiry| expiry.expiry <= now) {
        let Some(day) = Day::of(expiry.expiry) else { continue };
        let price = tape.market.index;
        let fixed = stage.world.fix(underlying, day, price);
        fixed.map_err(|refusal| refused("fixing a settlement price", refusal.text))?;
        let accounts = stage.people.iter().map(|person| person.account).collect();
        let anyone = stage.world.address("anyone");
        stage.must("settling", &anyone, &ExecuteMsg::Settle { accounts }, &[])?;
        done.push(Action::Settle {
            minutes,
            expiry: day,
            price,
        });
    }
    Ok(done)
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
