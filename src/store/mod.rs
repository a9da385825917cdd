//! The database: all SQL, and the only module that uses rusqlite.
//!
//! Reads use a pool of read-only connections and see the last commit. Writes are closures that run one after another on
//! the writer's thread, which commits those that wait together ([`writer`]); a caller gets its answer after its commit
//! has reached the disk.

mod applications;
mod audit;
mod backup;
mod conditions;
mod connections;
mod custom_attributes;
mod data_version;
mod emails;
mod error;
mod file_identity;
mod grants;
mod health;
mod image;
mod job;
mod keys;
mod migrate;
mod open;
mod password_links;
mod preferences;
mod purge;
mod read;
mod readers;
mod readonly;
mod reporter;
mod reserve;
mod restore;
mod seeds;
mod server_facts;
mod service_accounts;
mod signers;
mod statuses;
mod token_list;
mod tokens;
mod trigrams;
mod tx;
mod user_list;
mod user_search;
mod users;
mod watch;
mod web_sessions;
mod write_connection;
mod writer;

pub use applications::{Application, Registration};
pub use audit::{AuditEvent, AuditFilter, AuditQuery, NewAuditEvent};
pub use backup::check;
pub use data_version::DataVersion;
pub use emails::EmailRow;
pub use error::Error;
pub use grants::{ApplicationUser, Consent, Grant, GrantSummary};
pub use health::WriteStats;
pub use image::{Image, Retired};
pub use keys::{AuthorizedKey, KeyLookup, PublicKeyOwner};
pub use open::{Create, Location, Purpose};
pub use password_links::{LinkPurpose, PasswordLink};
pub use purge::STEP;
pub use readonly::read_only;
pub use reporter::Reporter;
pub use restore::{Replace, restore};
pub use signers::SignerCursor;
pub use token_list::{TokenOrder, TokenQuery};
pub use tokens::{NewToken, TokenOwner};
#[cfg(test)]
pub(crate) use tx::counter;
pub use tx::{Batch, Read, Write};
pub use user_list::{Cursor, Order, UserQuery};
pub use user_search::{Search, Total};
pub use users::{AccountStatus, LoginRecord};
pub use web_sessions::{Browser, WebSession, WebSessionSummary};

use crate::domain::{Clock, ClockHandle, ClockSetting, Random};
use connections::{Connections, Current};
use reserve::Reserve;
use std::sync::Arc;

/// An open database.
pub struct Store {
    /// A server's, of a database with a name.
    watch: Option<watch::Watch>,
    current: Arc<Current>,
    /// `None` in memory.
    file: Option<std::path::PathBuf>,
    created: bool,
    clock: Clock,
    random: Random,
    /// Bounds the connections that lists and searches hold, so that point look-ups always find one.
    slow_reads: Arc<tokio::sync::Semaphore>,
    /// `None` in a command, whose user can end it.
    list_time: Option<std::time::Duration>,
}

impl Store {
    /// Opens and migrates a database, and creates it if `create` allows.
    ///
    /// # Errors
    /// `Missing`, `NotOurs`, `Newer`, or SQLite's.
    pub fn open(location: &Location, create: Create, purpose: Purpose) -> Result<Self, Error> {
        let opened = open::open_with_reserve(location, create, purpose)?;
        let clock = match location {
            Location::File(_) => Clock::MACHINE,
            Location::Memory => ClockHandle::new(ClockSetting::REAL).clock(),
        };
        Self::start(opened, location.file().map(Into::into), purpose, clock, Random::SYSTEM)
    }

    fn start(
        opened: open::Opened,
        file: Option<std::path::PathBuf>,
        purpose: Purpose,
        clock: Clock,
        random: Random,
    ) -> Result<Self, Error> {
        let (created, reserve) = (opened.created, file.as_deref().map(Reserve::of));
        let shared = writer::Shared::new(clock.clone());
        let connections = Connections::start(opened, reserve.clone(), shared.clone())?;
        let current = Arc::new(Current::new(connections, shared));
        let watch = match (purpose, reserve) {
            (Purpose::Serve { .. }, Some(reserve)) => {
                Some(watch::Watch::start(Arc::clone(&current), purpose, reserve)?)
            }
            _ => None,
        };
        let slow_reads = Arc::new(tokio::sync::Semaphore::new(open::slow_readers(purpose)));
        let list_time = (purpose != Purpose::Command).then_some(read::LIST_TIME);
        Ok(Self { watch, current, file, created, clock, random, slow_reads, list_time })
    }

    /// Bounds the time that closing this database takes: no write waits for another process's lock beyond `deadline`, and
    /// half a second later the store is dropped even if a commit is still under way. Such a commit is in the WAL whole
    /// or not at all, as after a crash.
    pub fn close_by(&self, deadline: std::time::Instant) {
        self.current.writer().close_by(deadline);
    }

    /// The source of its secrets and ids: the operating system, or a generator in a database from an [`Image`].
    pub fn random(&self) -> &Random {
        &self.random
    }

    pub fn is_in_memory(&self) -> bool {
        self.file.is_none()
    }

    /// Whether [`Store::open`] created the file.
    pub fn created(&self) -> bool {
        self.created
    }

    /// The clock that its times are from. Only that of a database in memory has a handle.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The version of the data, which every commit changes. `None` if it can't be read, and while the files are replaced.
    pub fn data_version(&self) -> Option<DataVersion> {
        self.current.get().ok()?.index.read()
    }

    /// Runs `work` on the writer's thread, in a savepoint of its own, and waits until its commit is on disk. If `work`
    /// fails, its changes are rolled back.
    ///
    /// # Errors
    /// Those of `work`; `Busy` if the queue is full or another process keeps the database locked.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.current.get()?.writer.run(work).await
    }

    /// [`Store::write`] for work that only removes data or rights. On a full disk it is run a second time, in the space of
    /// the disk reserve.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_reducing<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.current.get()?.writer.run_reducing(work).await
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.watch = None;
        drop(self.current.close());
    }
}
