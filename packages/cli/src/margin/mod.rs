//! `hedgerow margin`: what a portfolio is worth and must hold under a model and a market.

pub mod heat;
mod items;
pub mod text;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use hedgerow_risk::answer::Answer;
use hedgerow_risk::assess::{assess, check_limits};
use hedgerow_risk::market::Market;
use hedgerow_risk::model::{Model, ValidModel, preset};
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};
use hedgerow_risk::rules::check_market;

use crate::error::CliError;
use crate::files;

/// Computes equity and requirements of a portfolio, scenario by scenario and leg by leg.
#[derive(clap::Args)]
pub struct Args {
    /// A margin model: a JSON file, or the name of one that ships with the program
    #[arg(long)]
    model: PathBuf,
    /// Prices: a JSON file
    #[arg(long)]
    market: PathBuf,
    /// Cash, collateral and positions: a JSON file
    #[arg(long)]
    portfolio: PathBuf,
    /// Write the answer as one JSON object
    #[arg(long)]
    json: bool,
}

/// Everything that the answer is about.
pub struct Question {
    /// The rules.
    pub model: ValidModel,
    /// The prices.
    pub market: Market,
    /// The holdings.
    pub portfolio: Portfolio,
}

/// Answers for the three files.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    let question = Question {
        model: read_model(args)?,
        market: read_market(args)?,
        portfolio: files::json::<PortfolioFile>(&args.portfolio)?.into(),
    };
    let refused = |error: hedgerow_risk::error::RiskError| CliError::input(&args.portfolio, error);
    check_limits(&question.market, &question.portfolio).map_err(refused)?;
    let found = assess(&question.model, &question.market, &question.portfolio).map_err(refused)?;
    if args.json {
        let answer = Answer::new(&question.model, &question.market, &question.portfolio.vectors, &found);
        let text = serde_json::to_string(&answer).map_err(io::Error::from)?;
        writeln!(out, "{text}")?;
        return Ok(());
    }
    let paint = text::Paint::new(io::stdout().is_terminal());
    items::write_standing(&found, out)?;
    let heat = heat::Heat {
        scenarios: &question.model.scenarios,
        pnl: &found.scenarios,
        worst: found.worst_scenario,
    };
    heat::write(heat, paint, out)?;
    items::write_charges(&question.model, &found, out)?;
    items::write_legs(&question, &found, out).map_err(|error| error.told(&args.portfolio))
}

fn read_model(args: &Args) -> Result<ValidModel, CliError> {
    let named = args.model.to_str().filter(|_| !args.model.exists()).and_then(preset);
    let valid = match named {
        Some(shipped) => shipped,
        None => files::json::<Model>(&args.model)?.validate(),
    };
    valid.map_err(|error| CliError::input(&args.model, error))
}

fn read_market(args: &Args) -> Result<Market, CliError> {
    let market: Market = files::json(&args.market)?;
    check_market(&market).map_err(|error| CliError::input(&args.market, error))?;
    Ok(market)
}
