//! The names of the fields that handlers have read, for the journal of a stand-in.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A handler reads a few dozen fields at most, and their names are constants.
#[derive(Debug, Default)]
pub struct Reads(Mutex<Vec<Box<str>>>);

impl Reads {
    fn names(&self) -> MutexGuard<'_, Vec<Box<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::http) fn note(&self, name: &str) {
        let mut names = self.names();
        if !names.iter().any(|known| **known == *name) {
            names.push(name.into());
        }
    }

    /// Whether the field was read; `name[]` is an item of the list `name`.
    pub fn contains(&self, name: &str) -> bool {
        let name = name.strip_suffix("[]").unwrap_or(name);
        self.names().iter().any(|known| **known == *name)
    }
}
