//! Prints what each operation costs on a chain, and compares it with the snapshot.

use clap::Parser;
use hedgerow_vm::cost::VM_GAS;
use hedgerow_vm::exchange::Codes;
use hedgerow_vm::limits::{GROWTHS, MESSAGE, QUERY};
use hedgerow_vm::meter::{Access, Gas};
use hedgerow_vm::operations::{CW20_TRANSFER, OPERATIONS};
use hedgerow_vm::profile::{Profile, UNIT};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Table = BTreeMap<String, Gas>;

/// Measure the optimised contracts on the real VM, with wasmd's costs.
#[derive(Parser)]
struct Args {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// Fail when a figure is not that of the snapshot
    #[arg(long)]
    check: bool,
    /// Write the snapshot
    #[arg(long, conflicts_with = "check")]
    update: bool,
    /// Print how much of everything that grows fits in a query and in a message instead
    #[arg(long)]
    limits: bool,
    /// Folder of files that still have the names of their functions: list what each function spends, most first
    #[arg(long)]
    profile: Option<PathBuf>,
    /// Also list the keys that were read and written
    #[arg(long)]
    keys: bool,
    /// Only operations whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Folder of the wasm files
    #[arg(long, default_value = "artifacts")]
    artifacts: PathBuf,
    /// The snapshot
    #[arg(long, default_value = "gas.snapshot.json")]
    snapshot: PathBuf,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<bool, Box<dyn Error>> {
    let codes = match &args.profile {
        Some(named) => Codes::counting(&args.artifacts, named)?,
        None => Codes::load(&args.artifacts)?,
    };
    if args.limits {
        return limits(&codes, args.only.as_deref()).map(|()| true);
    }
    let mut table = Table::new();
    let wanted = |name: &str| args.only.as_ref().is_none_or(|part| name.contains(part));
    let chosen: Vec<_> = OPERATIONS.iter().filter(|operation| wanted(operation.name)).collect();
    for operation in &chosen {
        let bill = (operation.measure)(&codes).map_err(|error| format!("{}: {error}", operation.name))?;
        table.insert(operation.name.to_owned(), bill.gas);
        if args.keys {
            list(operation.name, &bill.keys);
        }
        if args.profile.is_some() {
            spenders(operation.name, &bill.profile);
        }
    }
    if args.json {
        print!("{}", lines(&table)?);
    } else {
        print(chosen.iter().map(|operation| operation.name), &table);
    }
    if args.update {
        std::fs::write(&args.snapshot, lines(&table)?)?;
    }
    if args.check {
        return check(&args.snapshot, &table);
    }
    Ok(true)
}

/// JSON with a line for each operation, so that two changes of the table seldom meet.
fn lines(table: &Table) -> Result<String, serde_json::Error> {
    let line = |(name, gas): (&String, &Gas)| Ok(format!("  {name:?}: {}", serde_json::to_string(gas)?));
    let lines: Vec<String> = table.iter().map(line).collect::<Result<_, serde_json::Error>>()?;
    Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

fn print<'a>(names: impl Iterator<Item = &'a str>, table: &Table) {
    println!(
        "{:<22} {:>8} {:>6} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>13} {:>13} {:>7}",
        "SDK gas",
        "total",
        "cw20",
        "load",
        "read",
        "write",
        "compute",
        "events",
        "message",
        "keys read",
        "written",
        "answer"
    );
    let transfer = table.get(CW20_TRANSFER).map(|gas| gas.total);
    for (name, gas) in names.filter_map(|name| Some((name, table.get(name)?))) {
        let Gas {
            total,
            load,
            read,
            write,
            compute,
            events,
            ..
        } = gas;
        let ratio = transfer.map(|of| hundredths(*total, of)).unwrap_or_default();
        println!(
            "{name:<22} {total:>8} {ratio:>6} {load:>7} {read:>7} {write:>7} {compute:>7} {events:>7} {:>7} {:>4}, {:>5} B {:>4}, {:>5} B {:>7}",
            gas.message_bytes, gas.reads, gas.read_bytes, gas.writes, gas.write_bytes, gas.result_bytes
        );
    }
    if let (Some(few), Some(many)) = (table.get("match_1_on_16"), table.get("match_1_on_32")) {
        let more = (many.total - few.total) / 32;
        println!("one more resting leg in an account that is written: {more}");
    }
}

/// A ratio to two decimals.
fn hundredths(of: u64, to: u64) -> String {
    let ratio = (100 * of + to / 2) / to;
    format!("{}.{:02}", ratio / 100, ratio % 100)
}

/// The largest that fits, and what the caps cost.
fn limits(codes: &Codes, only: Option<&str>) -> Result<(), Box<dyn Error>> {
    println!(
        "{:<20} {:>4} {:>11} {:>10} {:>11}  what",
        "", "cap", "at the cap", "3,000,000", "10,000,000"
    );
    for growth in GROWTHS
        .iter()
        .filter(|growth| only.is_none_or(|part| growth.name.contains(part)))
    {
        let at_cap = (growth.measure)(codes, growth.cap).map_err(|error| format!("{}: {error}", growth.name))?;
        let query = growth.largest(codes, QUERY)?;
        let message = growth.largest(codes, MESSAGE)?;
        println!(
            "{:<20} {:>4} {:>11} {query:>10} {message:>11}  {}",
            growth.name, growth.cap, at_cap.gas.total, growth.what
        );
    }
    Ok(())
}

/// The keys of one operation: bytes of key and value, and the key without its store's prefix.
fn list(name: &str, keys: &[Access]) {
    println!("{name}");
    for Access { part, key, value } in keys {
        let own = if key.first() == Some(&3) {
            key.get(33..)
        } else {
            key.get(..1)
        };
        let text = own.unwrap_or_default().escape_ascii();
        println!("  {part:<6?} {:>3} + {value:>5}  {text}", key.len());
    }
}

/// The functions that spend most, in units and in SDK gas.
fn spenders(name: &str, profile: &Profile) {
    let all: u64 = profile.values().sum();
    println!("{name}: {all} units, {} gas", all * UNIT / VM_GAS);
    let mut sorted: Vec<_> = profile.iter().collect();
    sorted.sort_by_key(|(_, units)| std::cmp::Reverse(**units));
    for (function, units) in sorted.into_iter().take(40) {
        println!("{units:>9} {:>6}  {function}", units * UNIT / VM_GAS);
    }
}

/// Says what differs from the snapshot.
fn check(path: &Path, table: &Table) -> Result<bool, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let snapshot: Table = serde_json::from_str(&text)?;
    let names: std::collections::BTreeSet<_> = snapshot.keys().chain(table.keys()).collect();
    let mut same = true;
    for name in names {
        match (snapshot.get(name), table.get(name)) {
            (Some(old), Some(new)) if old == new => continue,
            (Some(old), Some(new)) => eprintln!("{name}: {} gas, {} in the snapshot: {new:?}", new.total, old.total),
            (None, Some(new)) => eprintln!("{name}: {} gas, not in the snapshot", new.total),
            (Some(_), None) => eprintln!("{name}: in the snapshot, not measured"),
            (None, None) => {}
        }
        same = false;
    }
    if !same {
        eprintln!(
            "{} is stale: run scripts/gas --update and commit the result",
            path.display()
        );
    }
    Ok(same)
}
