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
        let length = walker.open_list(self.len());
        self.resize_with(length, T::blank);
        for entry in self.iter_mut() {
            walker.entry(entry);
        }
        walker.close_list();
    }
}
