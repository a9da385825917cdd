//! Counters of sign-ins and token look-ups, for the metrics page.

use super::{Accounts, Error};
use crate::store::{self, WriteStats};
use std::sync::atomic::{AtomicU64, Ordering};

/// Since the start.
#[derive(Clone, Copy, Debug)]
pub struct Stats {
    /// Right passwords, including those that the cache answered.
    pub logins_ok: u64,
    /// Wrong passwords, and users that do not exist or are not active.
    pub logins_failed: u64,
    /// Passwords that were not checked because of the rate limit.
    pub logins_limited: u64,
    pub token_hits: u64,
    /// Tokens that were looked up in the database.
    pub token_misses: u64,
    /// Passwords that wait for a processor to hash them.
    pub hashes_waiting: u64,
    pub writes: WriteStats,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) logins_ok: Counter,
    pub(super) logins_failed: Counter,
    pub(super) logins_limited: Counter,
    pub(super) token_hits: Counter,
    pub(super) token_misses: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    /// Counts a login by its outcome. A busy server and a failing one say nothing about the password.
    pub(super) fn login<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        match &outcome {
            Ok(_) => self.logins_ok.increment(),
            Err(Error::Unauthenticated) => self.logins_failed.increment(),
            Err(Error::TooManyAttempts { .. }) => self.logins_limited.increment(),
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
        Stats {
            logins_ok: self.counters.logins_ok.get(),
            logins_failed: self.counters.logins_failed.get(),
            logins_limited: self.counters.logins_limited.get(),
            token_hits: self.counters.token_hits.get(),
            token_misses: self.counters.token_misses.get(),
            hashes_waiting: self.passwords.waiting(),
            writes: self.store.write_stats(),
        }
    }

    /// Writes to the database and rolls back.
    ///
    /// # Errors
    /// Those that a write would get.
    pub async fn try_write(&self) -> Result<(), store::Error> {
        self.store.try_write().await
    }
}
