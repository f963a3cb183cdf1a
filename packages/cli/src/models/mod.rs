//! `hedgerow models`: the models that ship, and what a change of model does to accounts.

mod diff;
mod snapshot;

use std::io::Write;
use std::path::Path;

use hedgerow_risk::model::{Model, PRESETS, ValidModel, preset};

use crate::error::CliError;
use crate::files;

/// Lists the margin models that ship with the program, with their public sources.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Writes a shipped model as JSON, as `--model` takes it
    Show {
        /// Its name
        name: String,
    },
    Diff(diff::Args),
}

/// Lists, shows or compares models.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    match &args.command {
        None => list(out),
        Some(Command::Show { name }) => show(name, out),
        Some(Command::Diff(args)) => diff::run(args, out),
    }
}

fn list(out: &mut dyn Write) -> Result<(), CliError> {
    for preset in &PRESETS {
        writeln!(out, "{:<10}{}", preset.name, preset.description)?;
        writeln!(out, "{:<10}source: {}", "", preset.source)?;
    }
    Ok(())
}

fn show(name: &str, out: &mut dyn Write) -> Result<(), CliError> {
    let found = PRESETS.iter().find(|preset| preset.name == name);
    let Some(preset) = found else {
        return Err(CliError::input(Path::new(name), format!("must be one of {}", names())));
    };
    out.write_all(preset.json.as_bytes())?;
    Ok(())
}

/// A margin model: a JSON file, or the name of one that ships.
pub fn read(path: &Path) -> Result<ValidModel, CliError> {
    let missing = || path.to_str().filter(|name| *name != "-" && !path.exists());
    let valid = match missing().and_then(preset) {
        Some(shipped) => shipped,
        None if missing().is_some() => {
            return Err(CliError::input(
                path,
                format!("no such file, and not one of {}", names()),
            ));
        }
        None => files::json::<Model>(path)?.validate(),
    };
    valid.map_err(|error| CliError::input(path, error))
}

/// The names of all that ship.
pub fn names() -> String {
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    names.join(", ")
}
