//! Counters of sign-ins and token look-ups, for the metrics page.

use super::{Accounts, Admin, Error};
use crate::domain::State;
use crate::store::{self, WriteStats};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Clone, Debug)]
pub struct Stats {
    pub counters: Arc<Counters>,
    /// Passwords that wait for a processor to hash them.
    pub hashes_waiting: u64,
    pub writes: WriteStats,
}

/// The users of a database, and its last backup.
#[derive(Clone, Debug)]
pub struct ServerFacts {
    /// All of them.
    pub users: u64,
    /// Those who are not active, by state.
    pub inactive: Vec<(State, u64)>,
    /// When `accountd backup` last copied the database.
    pub last_backup: Option<Timestamp>,
}

/// Since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Right passwords, including those that the cache answered.
    pub logins_ok: Counter,
    /// Wrong passwords, and users that do not exist or are not active.
    pub logins_failed: Counter,
    /// Passwords that were not checked because of the rate limit.
    pub logins_limited: Counter,
    pub token_hits: Counter,
    /// Tokens that were looked up in the database.
    pub token_misses: Counter,
}

#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub(super) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
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
            Err(_) => {}
        }
        outcome
    }
}

impl Accounts {
    pub fn stats(&self) -> Stats {
        Stats {
            counters: Arc::clone(&self.counters),
            hashes_waiting: self.passwords.waiting(),
            writes: self.store.write_stats(),
        }
    }

    /// What an operator wants to know of the database.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn server_facts(&self, _admin: &Admin) -> Result<ServerFacts, Error> {
        let facts = self.store.list(|db| {
            let (users, inactive) = (db.count_users()?, db.count_inactive_users()?);
            Ok::<_, store::Error>(ServerFacts { users, inactive, last_backup: db.last_backup()? })
        });
        Ok(facts.await?)
    }

    /// Records that the database was copied.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn note_backup(&self, _operator: &Admin) -> Result<(), Error> {
        self.store.write(|tx| Ok(tx.set_last_backup(tx.now())?)).await
    }

    /// Writes to the database and rolls back.
    ///
    /// # Errors
    /// Those that a write would get.
    pub async fn try_write(&self) -> Result<(), store::Error> {
        self.store.try_write().await
    }
}
