//! A progress bar on stderr: only where stderr is a terminal, and only once a second has passed.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a command may take without a word.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far the crash is.
pub struct Progress {
    end: u64,
    began: Instant,
    bar: Option<ProgressBar>,
    shown: bool,
}

impl Progress {
    /// A bar up to so many minutes.
    pub fn new(end: u64) -> Self {
        Self {
            end,
            began: Instant::now(),
            bar: None,
            shown: io::stderr().is_terminal(),
        }
    }

    /// Moves the bar; it appears when a second has passed.
    pub fn at(&mut self, minutes: u64) {
        if self.shown && self.began.elapsed() >= PATIENCE {
            self.bar.get_or_insert_with(|| bar_of(self.end)).set_position(minutes);
        }
    }

    /// Takes the bar away.
    pub fn done(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar_of(end: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(end), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("playing the crash {bar:40} minute {pos} of {len}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
