//! A lock for each key, for as long as a caller holds it or waits for it.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// At most one entry for each request that waits for its answer.
#[derive(Default)]
pub(super) struct Locks(std::sync::Mutex<HashMap<u64, Arc<Mutex<()>>>>);

/// Released when it is dropped.
pub(in crate::accounts::authentication) struct Lock<'a> {
    locks: &'a Locks,
    key: u64,
    mutex: Option<Arc<Mutex<()>>>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Locks {
    pub(super) async fn lock(&self, key: u64) -> Lock<'_> {
        let mutex = Arc::clone(self.entries().entry(key).or_default());
        // Made before the wait, so that the entry is removed also if the caller goes away meanwhile.
        let mut lock = Lock { locks: self, key, mutex: Some(Arc::clone(&mutex)), guard: None };
        lock.guard = Some(mutex.lock_owned().await);
        lock
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<u64, Arc<Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        let mut entries = self.locks.entries();
        self.guard = None;
        self.mutex = None;
        // Clones are made while the entries are locked, so no other caller can be about to use it.
        if entries.get(&self.key).is_some_and(|mutex| Arc::strong_count(mutex) == 1) {
            entries.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_key_is_locked_until_the_last_caller_is_gone() {
        let locks = Locks::default();
        let lock = |key| locks.lock(key).now_or_never();
        let first = lock(1).unwrap();
        assert!(lock(1).is_none());
        assert!(lock(2).is_some(), "another key");
        let mut waiting = Box::pin(locks.lock(1));
        assert!((&mut waiting).now_or_never().is_none());
        drop(first);
        assert!(lock(1).is_none(), "the caller that waited has it");
        drop(waiting);
        assert!(lock(1).is_some());
        assert!(locks.entries().is_empty());
    }
}
