//! `hedgerow demo`: portfolio margin and a crash, played on a simulated chain with the real contracts.
//!
//! | file | |
//! |---|---|
//! | [`scene`] | the market: read, reduced to one underlying, checked |
//! | [`book`] | who trades what |
//! | [`path`], [`tape`] | how prices and volatilities move, and the market they make |
//! | [`stage`] | the chain, its people, how the books are opened |
//! | [`keeper`], [`crash`] | liquidations, and the crash they happen in |
//! | [`valuation`], [`ledger`] | requirements leg by leg; where everybody ended |
//! | [`report`] | what was found out: the JSON document |
//! | [`view`] | the same for people |
//!
//! The same market gives the same bytes: nothing here looks at a clock or at random numbers but the progress bar.

mod book;
mod crash;
mod error;
mod keeper;
mod ledger;
mod path;
mod progress;
mod report;
mod scene;
mod stage;
mod tape;
mod valuation;
mod view;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use hedgerow_testing::audit::held;

pub use error::DemoError;

use crate::error::CliError;
use crate::margin::text::Paint;
use report::{DemoReport, EndView};
use scene::Scene;
use stage::{KEEPER, STREET, Stage, refused};

/// Plays portfolio margin and a crash on a simulated chain with the real contracts.
///
/// Three accounts open their books on the market: a covered writer, a market maker, a naked short. Then prices fall as
/// bitcoin's did on 12 and 13 March 2020 and a keeper liquidates. Invariants are checked after every tape.
#[derive(clap::Args)]
#[command(after_long_help = JSON_HELP)]
pub struct Args {
    /// A market file as `hedgerow import` writes it, with svi slices; the shipped BTC market if absent, stdin if `-`
    #[arg(long, value_name = "FILE")]
    market: Option<PathBuf>,
    /// Writes one JSON document instead of the text for people; `--help` lists its fields
    #[arg(long)]
    json: bool,
}

const JSON_HELP: &str = "\
The JSON document: prices, quantities, factors and amounts are decimal strings, amounts in quote;
times are seconds since 1970, minutes are counted from the beginning of the crash.

  market    source, underlying, others, time, index, contract_size, perp, expiries [expiry, forward,
            options], model, model_hash, rules_of (whose rules were taken for an unknown underlying)
  accounts  name, account, story, deposit, equity, netted {initial_margin, maintenance_margin}, alone
            {the same, summed over legs in accounts of their own}, saving, saving_fraction, legs
            [instrument, quantity, price, alone, contribution], scan, charges [name, maintenance,
            initial], worst_scenario, scenarios [spot, vol, weight, pnl]
  gate      name, refused (a deposit), code (of the refusal), admitted (the least deposit)
  steps     minutes, time, index, spot, vol, accounts [name, equity, initial_margin,
            maintenance_margin, health, clock, legs], insurance, debt, actions [kind, minutes and:
            start_clock: account, reward; take: account, elapsed, fraction, legs, paid, insurance,
            debt; hand_on: account, legs; end_clock: account; refused: account, code; settle: expiry,
            price]
  end       accounts [name, start, end, change, health, legs], insurance_start, insurance_end, debt,
            books {accounts, pools, insurance, debt, held, difference}, invariants [number, rule,
            checks, broken], sound

Exit code 0; 2 when the input cannot be used or an invariant is broken.";

/// Plays the demo and writes what it found out.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    let scene = Scene::read(args.market.as_deref())?;
    let failed = |reason| CliError::Demo {
        from: scene.source.clone(),
        reason: Box::new(reason),
    };
    // The simulated chain is test equipment: it panics where a real one would halt.
    let played = held(|| play(&scene)).map_err(|reason| failed(refused("the simulated chain", reason)))?;
    let report = played.map_err(failed)?;
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        let paint = Paint::new(io::stdout().is_terminal());
        out.write_all(view::text(&report, &scene.model.scenarios, paint).as_bytes())?;
    }
    verdict(&report.end)
}

/// An error when an invariant is broken or the books do not balance.
fn verdict(end: &EndView) -> Result<(), CliError> {
    let broken = end.invariants.iter().find_map(|invariant| {
        let reason = invariant.broken.clone()?;
        Some((invariant.number, reason))
    });
    match broken {
        Some((number, reason)) => Err(CliError::Invariant { number, reason }),
        None if end.sound => Ok(()),
        None => Err(CliError::Invariant {
            number: 2,
            reason: format!("{} too much is owed", end.books.difference),
        }),
    }
}

/// The whole play: opening, crash, end.
fn play(scene: &Scene) -> Result<DemoReport, DemoError> {
    let plans = book::plans(scene)?;
    let mut stage = Stage::new(scene)?;
    let purses = ledger::purses(scene, &plans)?;
    let street = stage.join(STREET, purses.street)?;
    let keeper = stage.join(KEEPER, purses.keeper)?;
    let (mut accounts, mut gate) = (Vec::new(), None);
    for plan in &plans {
        gate = stage.open(scene, plan, street.account)?.or(gate);
    }
    for plan in &plans {
        accounts.push(ledger::opened(&stage, scene, plan)?);
    }
    let gate = gate.ok_or(DemoError::NoOptions)?;
    let steps = crash::play(&mut stage, scene, &keeper)?;
    Ok(DemoReport {
        market: ledger::market(&stage, scene)?,
        accounts,
        gate,
        steps,
        end: ledger::end(&stage)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hedgerow_testing::market::fixture;
    use report::Amount;

    #[test]
    fn a_broken_invariant_is_an_error() {
        let scene = Scene::of("test".to_owned(), fixture()).unwrap();
        let stage = Stage::new(&scene).unwrap();
        let mut end = ledger::end(&stage).unwrap();
        assert!(verdict(&end).is_ok());
        end.sound = false;
        end.books.difference = Amount(1);
        let told = verdict(&end).unwrap_err().to_string();
        assert_eq!(told, "invariant 2 is broken: 0.000001 too much is owed");
        end.invariants.last_mut().unwrap().broken = Some("a margin differs".to_owned());
        assert_eq!(
            verdict(&end).unwrap_err().to_string(),
            "invariant 5 is broken: a margin differs"
        );
    }
}
