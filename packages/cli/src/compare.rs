//! `hedgerow compare`: one portfolio under every model.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hedgerow_risk::answer::Answer;
use hedgerow_risk::assess::{assess, check_limits};
use hedgerow_risk::assessment::{Assessment, Charge};
use hedgerow_risk::error::RiskError;
use hedgerow_risk::liquidation_price::liquidation_prices;
use hedgerow_risk::model::{PRESETS, Scenario, ValidModel};
use hedgerow_risk::number::Value;
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};
use serde::Serialize;

use crate::error::CliError;
use crate::margin::heat::{named, seen_by};
use crate::margin::text::money;
use crate::table::Table;
use crate::{files, models};

/// Shows what a portfolio must hold under several models, one table.
#[derive(clap::Args)]
pub struct Args {
    /// Prices: a JSON file
    #[arg(long)]
    market: PathBuf,
    /// Cash, collateral and positions: a JSON file
    #[arg(long)]
    portfolio: PathBuf,
    /// Models, by name or file, with commas between them; every one that ships when missing
    #[arg(long, value_delimiter = ',')]
    models: Vec<PathBuf>,
    /// Write the answers as one JSON object
    #[arg(long)]
    json: bool,
}

/// The answers by model.
#[derive(Serialize)]
struct Comparison {
    models: Vec<Entry>,
}

/// One model's answer, as `hedgerow margin --json` has it, or why there is none.
#[derive(Serialize)]
#[serde(untagged)]
enum Entry {
    Answer { model: String, answer: Box<Answer> },
    Refusal { model: String, error: String },
}

/// Values the portfolio under every model.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    let named = || PRESETS.iter().map(|preset| PathBuf::from(preset.name)).collect();
    let paths: Vec<PathBuf> = if args.models.is_empty() {
        named()
    } else {
        args.models.clone()
    };
    let models = paths
        .iter()
        .map(|path| Ok((path.as_path(), models::read(path)?)))
        .collect::<Result<Vec<(&Path, ValidModel)>, CliError>>()?;
    let market = files::market(&args.market)?;
    let portfolio: Portfolio = files::json::<PortfolioFile>(&args.portfolio)?.into();
    let refused = |error| CliError::input(&args.portfolio, error);
    check_limits(&market, &portfolio).map_err(refused)?;
    let found: Vec<_> = models
        .iter()
        .map(|(path, model)| (path.display().to_string(), model, assess(model, &market, &portfolio)))
        .collect();
    // What no model can value is wrong with the portfolio.
    if let Some((_, _, Err(error))) = found.first()
        && found.iter().all(|(_, _, answer)| answer.is_err())
    {
        return Err(refused(error.clone()));
    }
    if args.json {
        let answer = |rules: &ValidModel, found: Result<Assessment, RiskError>| {
            let prices = liquidation_prices(rules, &market, &portfolio);
            found.and_then(|found| Ok(Answer::new(rules, &market, &portfolio.vectors, &found, prices?)))
        };
        let entry = |(model, rules, found)| match answer(rules, found) {
            Ok(answer) => Entry::Answer {
                model,
                answer: Box::new(answer),
            },
            Err(error) => Entry::Refusal {
                model,
                error: error.to_string(),
            },
        };
        let models = found.into_iter().map(entry).collect();
        let text = serde_json::to_string(&Comparison { models }).map_err(io::Error::from)?;
        writeln!(out, "{text}")?;
        return Ok(());
    }
    let heading = ["model", "equity", "scan", "worst scenario", "charges", "IM", "MM"];
    let mut table = Table::new(&heading, &[0, 3]);
    for (name, model, answer) in found {
        table.push(match answer {
            Ok(found) => row(name, &seen_by(model, &portfolio), &found),
            Err(error) => vec![name, format!("refused: {error}")],
        });
    }
    Ok(table.write(out)?)
}

fn row(name: String, scenarios: &[Scenario], found: &Assessment) -> Vec<String> {
    let worst = match scenarios.get(found.worst_scenario) {
        Some(scenario) if found.scan > Value::ZERO => named(scenario),
        _ => "none".to_owned(),
    };
    vec![
        name,
        money(found.standing.equity),
        money(found.scan),
        worst,
        money(charges(found)),
        money(found.standing.initial_margin),
        money(found.standing.maintenance_margin),
    ]
}

/// All that is asked for beside the scan, to open: what competes with it counts with what it has more.
fn charges(found: &Assessment) -> Value {
    let charges = &found.charges;
    let beside = [
        charges.perp,
        charges.naked_short,
        charges.confidence,
        charges.collateral,
    ];
    let inside = charges.risk.saturating_sub(found.scan);
    beside.into_iter().fold(inside, |sum, Charge { maintenance, initial }| {
        sum.saturating_add(maintenance).saturating_add(initial)
    })
}
