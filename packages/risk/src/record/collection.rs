//! Options, boxes and lists of records.

use super::{Record, Walker};

/// Null or a value; missing is null.
impl<T: Record> Record for Option<T> {
    fn blank() -> Self {
        None
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        if walker.some(self.is_some()) {
            self.get_or_insert_with(T::blank).walk(walker);
        } else {
            *self = None;
        }
    }

    fn may_be_missing(&self) -> bool {
        true
    }

    fn is_nothing(&self) -> bool {
        self.is_none()
    }
}

impl<T: Record> Record for Box<T> {
    fn blank() -> Self {
        Self::new(T::blank())
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        T::walk(self, walker);
    }
}

impl<T: Record> Record for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        walk_list(self, walker);
    }
}

/// A list or a map as its walk sees it: one function walks them all, whatever they hold.
pub(crate) trait Entries {
    /// How many there are.
    fn count(&self) -> usize;

    /// Replaces them by so many blanks.
    fn refill(&mut self, count: usize);

    /// Shows one to the walker.
    fn show(&mut self, at: usize, walker: &mut dyn Walker);
}

impl<T: Record> Entries for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn refill(&mut self, count: usize) {
        *self = Self::with_capacity(count);
        for _ in 0..count {
            self.push(T::blank());
        }
    }

    fn show(&mut self, at: usize, walker: &mut dyn Walker) {
        if let Some(entry) = self.get_mut(at) {
            walker.entry(entry);
        }
    }
}

fn walk_list(list: &mut dyn Entries, walker: &mut dyn Walker) {
    let count = walker.open_list(list.count());
    show_all(list, count, walker);
    walker.close_list();
}

/// Shows what a list or map holds, or is to hold.
pub(crate) fn show_all(entries: &mut dyn Entries, count: usize, walker: &mut dyn Walker) {
    if walker.reads() {
        entries.refill(count);
    }
    for at in 0..count {
        entries.show(at, walker);
    }
}
