//! Permits by key: the holders of one key, such as the requests of a client's address, are so many at most. Further ones
//! wait for one of them to end.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Debug)]
pub(super) struct Permits<K> {
    max: usize,
    /// Those with a permit that is held or awaited.
    keys: Mutex<HashMap<K, Arc<Semaphore>>>,
}

/// One holder, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct Permit<'a, K: Eq + Hash> {
    permits: &'a Permits<K>,
    key: K,
    permit: Option<OwnedSemaphorePermit>,
}

impl<K: Copy + Eq + Hash> Permits<K> {
    pub(super) fn new(max: usize) -> Self {
        Self { max, keys: Mutex::default() }
    }

    /// Waits, in the order of the calls, until the key has fewer holders than the bound.
    pub(super) async fn permit(&self, key: K) -> Permit<'_, K> {
        let new = || Arc::new(Semaphore::new(self.max));
        let semaphore = Arc::clone(self.keys().entry(key).or_insert_with(new));
        // Made before the wait, so that a caller who gives up is forgotten too.
        let mut permit = Permit { permits: self, key, permit: None };
        // The error is that of a closed semaphore, which this one never is.
        permit.permit = semaphore.acquire_owned().await.ok();
        permit
    }
}

impl<K> Permits<K> {
    fn keys(&self) -> MutexGuard<'_, HashMap<K, Arc<Semaphore>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.keys().is_empty()
    }
}

impl<K: Eq + Hash> Drop for Permit<'_, K> {
    fn drop(&mut self) {
        let mut keys = self.permits.keys();
        // Before the count, as a permit refers to its semaphore.
        self.permit = None;
        if keys.get(&self.key).is_some_and(|semaphore| Arc::strong_count(semaphore) == 1) {
            keys.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_holder_beyond_the_bound_waits_for_one_of_the_same_key() {
        let permits = Permits::new(2);
        let first = permits.permit(1).now_or_never().unwrap();
        let second = permits.permit(1).now_or_never().unwrap();
        let mut third = Box::pin(permits.permit(1));
        assert!((&mut third).now_or_never().is_none());
        assert!(permits.permit(2).now_or_never().is_some(), "another key waits");
        drop(first);
        assert!((&mut third).now_or_never().is_some());
        drop((second, third));
        assert!(permits.is_empty());
    }

    #[test]
    fn a_caller_that_gives_up_waiting_is_forgotten() {
        let permits = Permits::new(1);
        let first = permits.permit(1).now_or_never().unwrap();
        assert!(permits.permit(1).now_or_never().is_none());
        drop(first);
        assert!(permits.is_empty());
    }
}
