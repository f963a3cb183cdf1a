//! The log of a publisher: a line for each decision, as text or as JSON.

use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hedgerow_risk::instrument::Symbol;
use serde::Serialize;

use super::delivery::Outcome;

/// What was decided.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// `posted`, `refused`, `skipped`, `failed` or `stopped`.
    pub decision: Decided,
    /// Whose prices; none where it is about the file or the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub underlying: Option<Symbol>,
    /// Whose report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<u8>,
    /// Why.
    pub why: String,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Outcome>,
}

/// The kinds of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// A report was accepted.
    Posted,
    /// A report was refused.
    Refused,
    /// There was nothing to post.
    Skipped,
    /// The file could not be read, or the chain not be saved.
    Failed,
    /// The program ends.
    Stopped,
}

impl Decided {
    fn name(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// Where the lines go.
pub struct Log<'a> {
    out: &'a mut dyn Write,
    json: bool,
    /// What is skipped is not told.
    quiet: bool,
    counts: [u64; 4],
}

impl<'a> Log<'a> {
    /// A log without lines.
    pub fn new(out: &'a mut dyn Write, json: bool, quiet: bool) -> Self {
        let counts = [0; 4];
        Self {
            out,
            json,
            quiet,
            counts,
        }
    }

    /// Writes a line, to be seen at once.
    pub fn tell(&mut self, entry: &Entry) -> io::Result<()> {
        if let Some(count) = self.counts.get_mut(entry.decision as usize) {
            *count = count.saturating_add(1);
        }
        if self.quiet && entry.decision == Decided::Skipped {
            return Ok(());
        }
        let at = stamp(SystemTime::now());
        if self.json {
            #[derive(Serialize)]
            struct Line<'a> {
                at: &'a str,
                #[serde(flatten)]
                entry: &'a Entry,
            }
            serde_json::to_writer(&mut *self.out, &Line { at: &at, entry })?;
            writeln!(self.out)?;
        } else {
            let underlying = entry.underlying.map(|symbol| format!(" {symbol}")).unwrap_or_default();
            let publisher = entry
                .publisher
                .map(|number| format!(" publisher {number}"))
                .unwrap_or_default();
            let report = entry
                .report
                .as_ref()
                .map(|report| format!(": {report}"))
                .unwrap_or_default();
            let (decision, why) = (entry.decision.name(), &entry.why);
            // Texts of others must not break the promise of one line.
            let line = format!("{at}{underlying}{publisher} {decision}, {why}{report}");
            let clean: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            writeln!(self.out, "{clean}")?;
        }
        self.out.flush()
    }

    /// How many of each there were.
    pub fn counts(&self) -> String {
        let [posted, refused, skipped, failed] = self.counts;
        format!("{posted} posted, {refused} refused, {skipped} skipped, {failed} failed")
    }
}

fn stamp(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(at).to_string()
}

/// Seconds since 1970, before 2100, as a date and a time.
pub fn date(seconds: u64) -> String {
    stamp(UNIX_EPOCH + Duration::from_secs(seconds))
}
