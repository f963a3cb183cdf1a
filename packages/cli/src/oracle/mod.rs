//! `hedgerow oracle`: reports to the oracle contract, the tape that it makes of them, and a publisher.
//!
//! | file | |
//! |---|---|
//! | [`chain`] | the embedded chain and its state file |
//! | [`keys`] | its publishers' development keys |
//! | [`delivery`] | one report on its way, and what came of it |
//! | [`post`], [`show`], [`watch`] | the commands |
//! | [`policy`] | what a publisher posts and when: no clock, no file, no chain |
//! | [`log`] | what a publisher says about it |

mod chain;
mod delivery;
mod keys;
mod log;
mod policy;
mod post;
mod show;
mod watch;

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use hedgerow_risk::market::Market;
use hedgerow_testing::Refusal;

use self::chain::Chain;
use crate::error::CliError;
use crate::files;

/// Posts reports to the oracle contract and shows the tape that it makes of them.
///
/// The contract runs on a chain inside the process, under its standard rules. --state keeps that chain in a file from one
/// command to the next. Its publishers have development keys: they are worth nothing on any other chain.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Post(post::Args),
    Show(show::Args),
    Watch(watch::Args),
}

/// Who reports to which chain.
#[derive(clap::Args)]
struct Desk {
    /// Keep the chain in this file, for one command at a time; without it, it is gone when the command ends
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How many publishers a new chain has: 1, a quorum in development, or 3 to 32
    #[arg(long, value_name = "N")]
    publishers: Option<u8>,
    /// Report as this publisher only, numbered from 1; as all of them when missing
    #[arg(long = "as", value_name = "K")]
    publisher: Option<u8>,
    /// Sign each report with its publisher's key and let somebody else bring it
    #[arg(long)]
    relay: bool,
}

impl Desk {
    /// Keeps the state from other commands that would write it, until what is answered is dropped. A file beside it is
    /// locked: the state itself is replaced by each save.
    fn hold(&self) -> Result<Option<File>, CliError> {
        let Some(state) = &self.state else { return Ok(None) };
        let path = files::beside(state, ".lock");
        let opened = File::options().create(true).truncate(false).write(true).open(&path);
        let file = opened.map_err(|reason| CliError::input(&path, format!("cannot write: {reason}")))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(CliError::input(state, "in use by another command")),
            Err(TryLockError::Error(reason)) => Err(CliError::input(&path, format!("cannot lock: {reason}"))),
        }
    }

    /// The chain of the state file, or a new one.
    fn chain(&self) -> Result<Chain, CliError> {
        let loaded = self.state.as_deref().map(Chain::load).transpose()?.flatten();
        let usage = |reason: String| CliError::Usage { reason };
        if let (Some(chain), Some(asked)) = (&loaded, self.publishers) {
            let found = chain.publisher_count();
            if found != asked {
                return Err(usage(format!("--publishers {asked}: must be {found}, as in the state")));
            }
        }
        let chain = match loaded {
            Some(chain) => chain,
            None => {
                let publishers = self.publishers.unwrap_or(1);
                chain::check_publishers(publishers).map_err(|reason| usage(format!("--{reason}")))?;
                Chain::new(publishers).map_err(|refusal| usage(refusal.text))?
            }
        };
        let count = chain.publisher_count();
        match self.publisher {
            Some(number) if !(1..=count).contains(&number) => {
                Err(usage(format!("--as {number}: must be within 1 and {count}")))
            }
            _ => Ok(chain),
        }
    }

    /// The publishers that report.
    fn publishers(&self, chain: &Chain) -> Vec<u8> {
        match self.publisher {
            Some(number) => vec![number],
            None => (1..=chain.publisher_count()).collect(),
        }
    }

    /// Saves the chain, where it is kept.
    fn save(&self, chain: &Chain) -> Result<(), CliError> {
        self.state.as_deref().map_or(Ok(()), |path| chain.save(path))
    }
}

/// Reads a market that has something to report, at a time that the chain's clock can show and may be moved on to: a time
/// that has not come yet would put it ahead for good, and every report after it out of use.
fn market(path: &Path, chain: &Chain) -> Result<Market, CliError> {
    let market = files::market(path)?;
    chain::check_time(market.time).map_err(|reason| CliError::input(path, reason))?;
    let computer = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let latest = chain.now().max(computer);
    let latest = latest.saturating_add(chain.max_ahead().map_err(unanswered)?);
    if market.time > latest {
        let reason = format!(
            "time {}: must be at most {latest}, it is ahead of the clock",
            market.time
        );
        return Err(CliError::input(path, reason));
    }
    if market.underlyings.is_empty() {
        return Err(CliError::input(path, "underlyings: must not be empty"));
    }
    Ok(market)
}

/// A query that the contract refused.
fn unanswered(refusal: Refusal) -> CliError {
    CliError::Usage { reason: refusal.text }
}

/// Runs one of the commands.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    match &args.command {
        Command::Post(args) => post::run(args, out),
        Command::Show(args) => show::run(args, out),
        Command::Watch(args) => watch::run(args, out),
    }
}
