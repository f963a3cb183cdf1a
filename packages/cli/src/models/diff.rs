//! `hedgerow models diff`: accounts under two models. Pure engine: the floors that a contract sets are left out.

use std::io::{self, Write};
use std::path::PathBuf;

use hedgerow_interface::AccountId;
use hedgerow_risk::answer::hex;
use hedgerow_risk::assess::{check_limits, standing};
use hedgerow_risk::assessment::Standing;
use hedgerow_risk::error::RiskError;
use hedgerow_risk::liquidation::{Health, health};
use hedgerow_risk::market::Market;
use hedgerow_risk::model::ValidModel;
use hedgerow_risk::number::{QuoteDecimals, Value};
use hedgerow_risk::portfolio::Portfolio;
use serde::Serialize;

use super::snapshot::{self, Snapshot};
use crate::error::CliError;
use crate::files;
use crate::margin::text::money;
use crate::table::Table;

/// Shows whose margins change from one model to another, and who would become liquidatable, a contract's floors left out.
#[derive(clap::Args)]
pub struct Args {
    /// The model in force: a JSON file, or the name of one that ships with the program
    old: PathBuf,
    /// The model proposed
    new: PathBuf,
    /// What the margin contract's `accounts` query answers, or a list of {account, portfolio}; may be given again
    #[arg(long, required = true)]
    accounts: Vec<PathBuf>,
    /// Prices: a JSON file
    #[arg(long)]
    market: PathBuf,
    /// Decimals of the quote token, in whose base units the contract answers
    #[arg(long, default_value_t = 6)]
    decimals: u32,
    /// Write the answer as one JSON object
    #[arg(long)]
    json: bool,
}

/// A number under both models.
#[derive(Serialize)]
struct Pair<T> {
    old: T,
    new: T,
}

/// An account whose margins differ.
#[derive(Serialize)]
struct Change {
    account: String,
    equity: Pair<Value>,
    initial_margin: Pair<Value>,
    maintenance_margin: Pair<Value>,
    health: Pair<&'static str>,
}

/// An account that one of the models cannot value.
#[derive(Serialize)]
struct Refusal {
    account: String,
    model: &'static str,
    error: String,
}

/// The answer.
#[derive(Serialize)]
struct Diff {
    accounts: usize,
    model_hash: Pair<String>,
    /// Over the accounts that both models value.
    initial_margin: Pair<Value>,
    maintenance_margin: Pair<Value>,
    /// Liquidatable under the new model and not under the old one.
    liquidatable: Vec<String>,
    /// Those first, then the largest changes.
    changes: Vec<Change>,
    refused: Vec<Refusal>,
    /// Where the snapshot stops, when the contract has more accounts.
    next: Option<AccountId>,
}

/// Values every account twice.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    let models = [super::read(&args.old)?, super::read(&args.new)?];
    let market = files::market(&args.market)?;
    let decimals = QuoteDecimals::new(args.decimals).map_err(|error| CliError::Input {
        from: "--decimals".to_owned(),
        reason: error.to_string(),
    })?;
    let snapshot = snapshot::read(args.accounts.iter().map(PathBuf::as_path), decimals)?;
    let found = diff(&models, &market, snapshot);
    if args.json {
        let text = serde_json::to_string(&found).map_err(io::Error::from)?;
        writeln!(out, "{text}")?;
        return Ok(());
    }
    Ok(write(&found, out)?)
}

fn diff(models: &[ValidModel; 2], market: &Market, snapshot: Snapshot) -> Diff {
    let [old, new] = models;
    let zero = || Pair {
        old: Value::ZERO,
        new: Value::ZERO,
    };
    let mut found = Diff {
        accounts: snapshot.accounts.len(),
        model_hash: Pair {
            old: hex(&old.hash()),
            new: hex(&new.hash()),
        },
        initial_margin: zero(),
        maintenance_margin: zero(),
        liquidatable: Vec::new(),
        changes: Vec::new(),
        refused: Vec::new(),
        next: snapshot.next,
    };
    for held in snapshot.accounts {
        match (value(old, market, &held.portfolio), value(new, market, &held.portfolio)) {
            (Ok(old), Ok(new)) => found.add(held.account, &old, &new),
            (Err(error), _) => found.refuse(held.account, "old", &error),
            (_, Err(error)) => found.refuse(held.account, "new", &error),
        }
    }
    // By the maintenance margin, largest first; a stable sort keeps the order of the snapshot.
    found.changes.sort_by_key(|change| {
        let more = change
            .maintenance_margin
            .new
            .saturating_sub(change.maintenance_margin.old);
        (
            !found.liquidatable.contains(&change.account),
            std::cmp::Reverse(more.abs()),
        )
    });
    found
}

fn value(model: &ValidModel, market: &Market, portfolio: &Portfolio) -> Result<Standing, RiskError> {
    check_limits(market, portfolio)?;
    standing(model, market, portfolio)
}

impl Diff {
    fn add(&mut self, account: String, old: &Standing, new: &Standing) {
        let add = |sum: &mut Value, more: Value| *sum = sum.saturating_add(more);
        add(&mut self.initial_margin.old, old.initial_margin);
        add(&mut self.initial_margin.new, new.initial_margin);
        add(&mut self.maintenance_margin.old, old.maintenance_margin);
        add(&mut self.maintenance_margin.new, new.maintenance_margin);
        if old == new {
            return;
        }
        let (before, after) = (health(old), health(new));
        if after >= Health::Liquidatable && before < Health::Liquidatable {
            self.liquidatable.push(account.clone());
        }
        self.changes.push(Change {
            account,
            equity: Pair {
                old: old.equity,
                new: new.equity,
            },
            initial_margin: Pair {
                old: old.initial_margin,
                new: new.initial_margin,
            },
            maintenance_margin: Pair {
                old: old.maintenance_margin,
                new: new.maintenance_margin,
            },
            health: Pair {
                old: word(before),
                new: word(after),
            },
        });
    }

    fn refuse(&mut self, account: String, model: &'static str, error: &RiskError) {
        let error = error.to_string();
        self.refused.push(Refusal { account, model, error });
    }
}

const fn word(health: Health) -> &'static str {
    match health {
        Health::Healthy => "healthy",
        Health::MarginCall => "margin_call",
        Health::Liquidatable => "liquidatable",
        Health::Insolvent => "insolvent",
    }
}

fn write(found: &Diff, out: &mut dyn Write) -> io::Result<()> {
    if !found.changes.is_empty() {
        let heading = ["account", "equity", "IM old", "IM new", "MM old", "MM new", "health"];
        let mut table = Table::new(&heading, &[0, 6]);
        for change in &found.changes {
            let Pair { old, new } = change.health;
            table.push(vec![
                change.account.clone(),
                money(change.equity.new),
                money(change.initial_margin.old),
                money(change.initial_margin.new),
                money(change.maintenance_margin.old),
                money(change.maintenance_margin.new),
                if old == new {
                    new.to_owned()
                } else {
                    format!("{old} -> {new}")
                },
            ]);
        }
        table.write(out)?;
        writeln!(out)?;
    }
    for Refusal { account, model, error } in &found.refused {
        writeln!(
            out,
            "account {account} cannot be valued under the {model} model: {error}"
        )?;
    }
    let Pair { old, new } = &found.initial_margin;
    writeln!(out, "initial margin of all: {} -> {}", money(*old), money(*new))?;
    let Pair { old, new } = &found.maintenance_margin;
    writeln!(out, "maintenance margin of all: {} -> {}", money(*old), money(*new))?;
    let (changed, all) = (found.changes.len(), found.accounts);
    writeln!(
        out,
        "{changed} of {all} accounts change, {} become liquidatable",
        found.liquidatable.len()
    )?;
    if let Some(next) = found.next {
        writeln!(out, "the snapshot stops after account {next}: the contract has more")?;
    }
    Ok(())
}
