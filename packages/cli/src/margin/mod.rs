//! `hedgerow margin`: what a portfolio is worth and must hold under a model and a market.

pub mod heat;
mod items;
pub mod text;
mod trade;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use hedgerow_risk::answer::Answer;
use hedgerow_risk::assess::{assess, check_limits};
use hedgerow_risk::assessment::Assessment;
use hedgerow_risk::error::RiskError;
use hedgerow_risk::liquidation_price::{LiquidationPrices, liquidation_prices};
use hedgerow_risk::market::Market;
use hedgerow_risk::model::ValidModel;
use hedgerow_risk::number::Ratio;
use hedgerow_risk::portfolio::{Portfolio, PortfolioFile};
use serde::Serialize;

use self::items::LegsError;
use self::trade::{Proposed, TradeAnswer};
use crate::error::CliError;
use crate::{files, models};

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
    /// A trade to weigh: "BTC-28MAR25-100000-C 1.5@1200, BTC-PERP -0.8@95663.5", quantities negative to sell
    #[arg(long)]
    trade: Option<trade::Legs>,
    /// What a trade that only reduces may give away against the mark, as a part of its notional
    #[arg(long, default_value = "0.01", requires = "trade")]
    max_reduce_cost: Ratio,
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

/// Everything that was found out.
struct Found<'a> {
    assessment: Assessment,
    prices: Vec<LiquidationPrices>,
    proposed: Option<Proposed<'a>>,
}

/// Answers for the three files.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    let question = Question {
        model: models::read(&args.model)?,
        market: files::market(&args.market)?,
        portfolio: files::json::<PortfolioFile>(&args.portfolio)?.into(),
    };
    let found = find(&question, args)?;
    if args.json {
        let text = serde_json::to_string(&Whole::of(&question, found)).map_err(io::Error::from)?;
        writeln!(out, "{text}")?;
        return Ok(());
    }
    write(&question, &found, out).map_err(|error| error.told(&args.portfolio))
}

fn find<'a>(question: &Question, args: &'a Args) -> Result<Found<'a>, CliError> {
    let Question {
        model,
        market,
        portfolio,
    } = question;
    let refused = |error: RiskError| CliError::input(&args.portfolio, error);
    check_limits(market, portfolio).map_err(refused)?;
    let assessment = assess(model, market, portfolio).map_err(refused)?;
    let prices = liquidation_prices(model, market, portfolio).map_err(refused)?;
    let legs = args.trade.as_ref();
    if let Some(refusal) = legs.and_then(|legs| legs.expired(market)) {
        return Err(CliError::input("--trade".as_ref(), refusal));
    }
    let most = args.max_reduce_cost;
    if !(Ratio::ZERO..=Ratio::ONE).contains(&most) {
        let refusal = format!("{most}: must be within 0 and 1");
        return Err(CliError::input("--max-reduce-cost".as_ref(), refusal));
    }
    let proposed = legs.map(|legs| trade::propose(question, legs, args.max_reduce_cost));
    Ok(Found {
        assessment,
        prices,
        proposed: proposed
            .transpose()
            .map_err(|error| CliError::input("--trade".as_ref(), error))?,
    })
}

/// The answer for people.
fn write(question: &Question, found: &Found<'_>, out: &mut dyn Write) -> Result<(), LegsError> {
    let paint = text::Paint::new(io::stdout().is_terminal());
    let assessment = &found.assessment;
    items::write_standing(assessment, out)?;
    items::write_liquidation_prices(&question.market, &found.prices, out)?;
    let heat = heat::Heat {
        scenarios: &heat::seen_by(&question.model, &question.portfolio),
        pnl: &assessment.scenarios,
        worst: assessment.worst_scenario,
    };
    heat::write(heat, paint, out)?;
    items::write_charges(question, assessment, out)?;
    items::write_legs(question, assessment, out)?;
    if let Some(proposed) = &found.proposed {
        trade::write(proposed, out)?;
    }
    Ok(())
}

/// The answer as JSON, with the trade where one was asked about.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    answer: Answer,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade: Option<TradeAnswer>,
}

impl Whole {
    fn of(question: &Question, found: Found<'_>) -> Self {
        let vectors = &question.portfolio.vectors;
        Self {
            answer: Answer::new(
                &question.model,
                &question.market,
                vectors,
                &found.assessment,
                found.prices,
            ),
            trade: found.proposed.as_ref().map(TradeAnswer::from),
        }
    }
}
