//! Invariants as answers: what would fail a test is counted and told, for programs that show the contracts to people.

use crate::invariants::{self, Snapshot};
use crate::world::World;
use hedgerow_interface::margin::ExecuteMsg;
use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs a check; what it would panic with is the error, and is not printed.
pub fn held<T>(check: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    let was = QUIET.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(check));
    QUIET.set(was);
    outcome.map_err(|reason| text(reason.as_ref()))
}

/// What a panic says, on one line.
fn text(reason: &(dyn Any + Send)) -> String {
    let text = reason
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| reason.downcast_ref::<&str>().copied())
        .unwrap_or("a check failed");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How an invariant fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number in [`crate::invariants`].
    pub number: u32,
    /// What it says.
    pub rule: &'static str,
    /// How often it was checked.
    pub checks: u64,
    /// What broke it first.
    pub broken: Option<String>,
}

/// Keeps count of the invariants of a world.
#[derive(Clone, Debug)]
pub struct Audit {
    records: [Record; 5],
}

impl Default for Audit {
    fn default() -> Self {
        let record = |number, rule| Record {
            number,
            rule,
            checks: 0,
            broken: None,
        };
        Self {
            records: [
                record(1, "the quantities of each instrument sum to zero over all accounts"),
                record(2, "what is owed is what the contract holds, to the base unit"),
                record(
                    3,
                    "every account not in liquidation passed the gate when it last changed",
                ),
                record(4, "no account's sequence repeats"),
                record(
                    5,
                    "every margin replays from public state, in any order of legs; M(0) = 0",
                ),
            ],
        }
    }
}

impl Audit {
    /// Checks what a single state can show: 1, 2 and 5.
    pub fn state(&mut self, world: &World) {
        let accounts = world.accounts();
        self.check(1, || invariants::quantities_sum_to_zero(world, &accounts));
        self.check(2, || {
            invariants::the_money_is_all_there(world, &accounts);
            invariants::books_are_sums(world, &accounts);
        });
        self.check(5, || invariants::margins_replay(world, &accounts));
    }

    /// Checks what a message may do to the state before it: 3 and 4.
    pub fn change(&mut self, before: &Snapshot, world: &World, message: &ExecuteMsg) {
        self.check(3, || before.check_gate(world, message));
        self.check(4, || before.check_sequences(world));
    }

    /// By number.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// True when nothing broke.
    pub fn sound(&self) -> bool {
        self.records.iter().all(|record| record.broken.is_none())
    }

    fn check(&mut self, number: u32, check: impl FnOnce()) {
        let outcome = held(check);
        if let Some(record) = self.records.iter_mut().find(|record| record.number == number) {
            record.checks += 1;
            if let Err(reason) = outcome {
                record.broken.get_or_insert(reason);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Story;

    #[test]
    fn a_failed_check_is_an_answer() {
        assert_eq!(held(|| 7), Ok(7));
        assert_eq!(held(|| panic!("two\n  lines")), Err::<(), _>("two lines".to_owned()));
    }

    #[test]
    fn the_first_break_is_kept() {
        let story = Story::new();
        let mut audit = Audit::default();
        audit.state(&story.world);
        audit.state(&story.world);
        assert!(audit.sound());
        let checks: Vec<u64> = audit.records().iter().map(|record| record.checks).collect();
        assert_eq!(checks, [2, 2, 0, 0, 2]);
        audit.check(1, || panic!("first"));
        audit.check(1, || panic!("second"));
        assert!(!audit.sound());
        assert_eq!(audit.records()[0].broken.as_deref(), Some("first"));
    }
}
