//! A small map: entries sorted by key in one list. A map of the standard library would cost a contract 1 to 5 KB a type.

use crate::record::{Entries, Record, Walker, show_all};
use schemars::JsonSchema;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Values by key, sorted, no key twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<K, V>(Vec<(K, V)>);

impl<K, V> Named<K, V> {
    /// Nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Number of entries.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries by key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The keys.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values by key.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values by key, to be changed.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }
}

impl<K: Ord, V> Named<K, V> {
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.binary_search_by(|(found, _)| found.borrow().cmp(key))
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// Is there such a key?
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: std::borrow::Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Sets the value of a key, and gives back what it was.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => self.0.get_mut(at).map(|(_, found)| std::mem::replace(found, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Keeps the entries that pass.
    pub fn retain(&mut self, mut passes: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| passes(key, value));
    }

    /// Takes all entries out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes a key out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(self.0.remove(at).1)
    }
}

impl<K, V> Default for Named<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Named<K, V> {
    /// The last value of a key counts.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Named<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> IntoIterator for Named<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Named<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = std::iter::Map<std::slice::Iter<'a, (K, V)>, fn(&'a (K, V)) -> (&'a K, &'a V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

/// An object whose field names are the keys.
impl<K: Ord + Record, V: Record> Record for Named<K, V> {
    fn blank() -> Self {
        Self::new()
    }

    fn walk(&mut self, walker: &mut dyn Walker) {
        walk_map(self, walker);
    }

    fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }
}

/// A map as its walk sees it.
trait Sorting: Entries {
    /// How an entry's key compares to that of the entry after it.
    fn order(&self, at: usize) -> Ordering;

    /// Swaps an entry with the one after it.
    #[cfg(target_arch = "wasm32")]
    fn swap(&mut self, at: usize);

    /// Sorts by the key.
    #[cfg(not(target_arch = "wasm32"))]
    fn sort(&mut self);
}

impl<K: Ord + Record, V: Record> Entries for Named<K, V> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn refill(&mut self, count: usize) {
        self.0 = Vec::with_capacity(count);
        for _ in 0..count {
            self.0.push((K::blank(), V::blank()));
        }
    }

    fn show(&mut self, at: usize, walker: &mut dyn Walker) {
        if let Some((key, value)) = self.0.get_mut(at) {
            walker.pair(key, value);
        }
    }
}

impl<K: Ord + Record, V: Record> Sorting for Named<K, V> {
    fn order(&self, at: usize) -> Ordering {
        match self.0.get(at..) {
            Some([(one, _), (next, _), ..]) => one.cmp(next),
            _ => Ordering::Less,
        }
    }

    #[cfg(target_arch = "wasm32")]
    fn swap(&mut self, at: usize) {
        if let Some([one, next, ..]) = self.0.get_mut(at..) {
            std::mem::swap(one, next);
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn sort(&mut self) {
        self.0.sort_by(|(one, _), (next, _)| one.cmp(next));
    }
}

fn walk_map(map: &mut dyn Sorting, walker: &mut dyn Walker) {
    let count = walker.open_map(map.count());
    show_all(map, count, walker);
    walker.close_map();
    if !walker.reads() || walker.has_failed() {
        return;
    }
    // Packed entries must come sorted: a map has one spelling.
    if !walker.is_packed() {
        // Files may be long and in any order.
        #[cfg(not(target_arch = "wasm32"))]
        map.sort();
        // By insertion: what is written comes sorted, and each type's own library sort is a kilobyte of a contract.
        #[cfg(target_arch = "wasm32")]
        for end in 1..count {
            let mut at = end;
            while at > 0 && map.order(at - 1) == Ordering::Greater {
                at -= 1;
                map.swap(at);
            }
        }
    }
    if (1..count).any(|end| map.order(end - 1) != Ordering::Less) {
        walker.fail(&"a name comes twice");
    }
}

impl<K: JsonSchema, V: JsonSchema> JsonSchema for Named<K, V> {
    fn is_referenceable() -> bool {
        BTreeMap::<K, V>::is_referenceable()
    }

    fn schema_name() -> String {
        BTreeMap::<K, V>::schema_name()
    }

    fn json_schema(generator: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
        BTreeMap::<K, V>::json_schema(generator)
    }
}

impl<K: Ord + Record + Clone, V: Record + Clone> serde::Serialize for Named<K, V> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::record::serialize(self, serializer)
    }
}
