//! Counts of who asks and how often that had to be looked up, for whoever watches the server.

use super::{Accounts, Error};
use crate::store::{self, WriteStats};
use std::sync::atomic::{AtomicU64, Ordering};

/// What happened since the start.
#[derive(Clone, Copy, Debug)]
pub struct Stats {
    /// Passwords that were good, those included that were remembered to be.
    pub logins_ok: u64,
    /// Passwords that were not, and users that were not there or not active.
    pub logins_failed: u64,
    /// Passwords that were not looked at, because there had been too many.
    pub logins_limited: u64,
    /// Tokens that were known already, and those that the database was asked for.
    pub token_hits: u64,
    pub token_misses: u64,
    /// Passwords that wait for a processor to hash them.
    pub hashes_waiting: u64,
    pub writes: WriteStats,
}

/// What [`Stats`] are read from.
#[derive(Default)]
pub(super) struct Counters {
    /// If nobody watches, nothing is counted that happens with each request.
    watched: bool,
    pub(super) logins_ok: AtomicU64,
    pub(super) logins_failed: AtomicU64,
    pub(super) logins_limited: AtomicU64,
    pub(super) token_hits: AtomicU64,
    pub(super) token_misses: AtomicU64,
}

impl Counters {
    pub(super) fn watched() -> Self {
        Self { watched: true, ..Self::default() }
    }

    pub(super) fn count(&self, what: impl FnOnce(&Self) -> &AtomicU64) {
        if self.watched {
            what(self).fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a login by how it ended. Neither a failure of the server nor a busy one is either.
    pub(super) fn login<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        match &outcome {
            Ok(_) => self.count(|counters| &counters.logins_ok),
            Err(Error::Unauthenticated) => self.count(|counters| &counters.logins_failed),
            Err(Error::TooManyAttempts { .. }) => self.count(|counters| &counters.logins_limited),
            Err(
                Error::Invalid(_)
                | Error::NotFound
                | Error::Taken(_)
                | Error::Forbidden(_)
                | Error::Busy
                | Error::Internal,
            ) => {}
        }
        outcome
    }
}

impl Accounts {
    pub fn stats(&self) -> Stats {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Stats {
            logins_ok: read(&self.counters.logins_ok),
            logins_failed: read(&self.counters.logins_failed),
            logins_limited: read(&self.counters.logins_limited),
            token_hits: read(&self.counters.token_hits),
            token_misses: read(&self.counters.token_misses),
            hashes_waiting: self.passwords.waiting(),
            writes: self.store.write_stats(),
        }
    }

    /// Tries to write and undoes it.
    ///
    /// # Errors
    /// What a write would get.
    pub async fn try_write(&self) -> Result<(), store::Error> {
        self.store.try_write().await
    }
}
