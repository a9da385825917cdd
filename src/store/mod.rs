//! All SQL, and the only user of rusqlite: a pool of read-only connections, one writer thread, migrations.
//!
//! Reads see the last commit. Writes are closures that run one after another in the writer; what is waiting is
//! committed together ([`writer`]), and an answer is given only after its commit has reached the disk.

mod applications;
mod authorizations;
mod backup;
mod data_version;
mod emails;
mod error;
mod file_identity;
mod health;
mod keys;
mod lookups;
mod migrate;
mod open;
mod read;
mod readonly;
mod restore;
mod seeds;
mod token_list;
mod tokens;
mod tx;
mod user_list;
mod users;
mod web_sessions;
mod worker;
mod writer;

pub use applications::{Application, Registration};
pub use authorizations::{Grant, GrantSummary, NewGrant, NewRefresh};
pub use backup::{Finding, check};
pub use data_version::DataVersion;
pub use emails::EmailRow;
pub use error::Error;
pub use health::WriteStats;
pub use keys::{AuthorizedKey, KeyLookup};
pub use open::{Create, Location, Purpose};
pub use readonly::read_only;
pub use restore::{Replace, restore};
pub use token_list::{TokenOrder, TokenQuery};
pub use tokens::{NewToken, TokenOwner};
#[cfg(test)]
pub(crate) use tx::counter;
pub use tx::{Read, Write};
pub use user_list::{Cursor, Order, Search, UserQuery};
pub use users::{AccountStatus, LoginRecord};
pub use web_sessions::NewWebSession;

use r2d2_sqlite::SqliteConnectionManager;

/// An open database.
pub struct Store {
    /// None for a command, which has nothing else to do meanwhile.
    lookups: Option<lookups::Lookups>,
    readers: r2d2::Pool<SqliteConnectionManager>,
    writer: writer::Writer,
    data_version: data_version::WalIndex,
    /// None in memory.
    file: Option<std::path::PathBuf>,
    created: bool,
    /// Lists and searches may hold at most this many connections, so that point look-ups always find one.
    slow_reads: std::sync::Arc<tokio::sync::Semaphore>,
}

impl Store {
    /// Opens, creates (if `create` says so) and migrates a database.
    ///
    /// # Errors
    /// `Missing`, `NotOurs`, `Newer`, or what SQLite says.
    pub fn open(location: &Location, create: Create, purpose: Purpose) -> Result<Self, Error> {
        let opened = open::open(location, create, purpose)?;
        let writer = writer::Writer::start(opened.writer, opened.file_identity)?;
        let lookups = match purpose {
            Purpose::Serve { .. } => {
                writer.run_exclusive(Box::new(|_, _| writer::give_way()))?;
                Some(lookups::Lookups::start(opened.readers.clone())?)
            }
            Purpose::Command => None,
        };
        Ok(Self {
            lookups,
            readers: opened.readers,
            writer,
            data_version: opened.data_version,
            file: location.file().map(Into::into),
            created: opened.created,
            slow_reads: std::sync::Arc::new(tokio::sync::Semaphore::new(open::SLOW_READERS)),
        })
    }

    /// Whether [`Store::open`] created the file.
    pub fn created(&self) -> bool {
        self.created
    }

    /// The state of the database, to be compared with a later one. `None` if it can't be told.
    pub fn data_version(&self) -> Option<DataVersion> {
        self.data_version.read()
    }

    /// Runs `work` in the writer, in a savepoint of its own, and waits until its commit is on disk. If it gives an
    /// error, nothing of it stays.
    ///
    /// # Errors
    /// What `work` says, or `Busy` when the queue is full or another process keeps the database locked.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.writer.run(work).await
    }
}
