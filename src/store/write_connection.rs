//! The connection that writes, and how long it waits for other processes.

use super::error::Error;
use super::file_identity::FileIdentity;
use rusqlite::Connection;
use rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How long one attempt waits. Between attempts, the deadline is looked at.
const ATTEMPT: Duration = Duration::from_millis(100);

pub(super) struct WriteConnection {
    conn: Connection,
    /// `None` for a database without a name. Dropped after the connection: [`super::data_version::WalIndex`].
    file_identity: Option<Arc<FileIdentity>>,
    close_by: Arc<OnceLock<Instant>>,
}

impl WriteConnection {
    pub(super) fn new(conn: Connection, file_identity: Option<Arc<FileIdentity>>) -> Result<Self, Error> {
        conn.busy_timeout(ATTEMPT)?;
        conn.set_db_config(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Ok(Self { conn, file_identity, close_by: Arc::default() })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.conn
    }

    pub(super) fn file_identity(&self) -> Option<&Arc<FileIdentity>> {
        self.file_identity.as_ref()
    }

    /// From when on [`Self::begin`] does not wait, once that is set.
    pub(super) fn set_close_by(&mut self, close_by: Arc<OnceLock<Instant>>) {
        self.close_by = close_by;
    }

    /// Begins a transaction, after the check that its files will still be there tomorrow.
    ///
    /// # Errors
    /// `Busy` if another process holds the lock for longer than `wait`; `DatabaseReplaced`.
    pub(super) fn begin(&self, wait: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + wait;
        let is_over = || {
            let now = Instant::now();
            now >= deadline || self.close_by.get().is_some_and(|close_by| now >= *close_by)
        };
        while let Err(error) = self.conn.execute_batch("BEGIN IMMEDIATE").map_err(Error::from) {
            if !matches!(error, Error::Busy) || is_over() {
                return Err(error);
            }
        }
        // With the lock in hand, so that no other process empties the WAL between the two looks at it.
        let checked = self.check_files();
        if checked.is_err() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        checked
    }

    /// Commits, and checks that the commit is in files that are still there.
    ///
    /// # Errors
    /// SQLite's; `DatabaseReplaced`, and then the commit may be found later or not.
    pub(super) fn commit(&self) -> Result<(), Error> {
        self.conn.execute_batch("COMMIT").map_err(Error::of_commit)?;
        self.check_files()
    }

    /// # Errors
    /// As [`FileIdentity::check`].
    pub(super) fn check_files(&self) -> Result<(), Error> {
        self.file_identity.as_ref().map_or(Ok(()), |files| files.check())
    }
}

/// SQLite does a checkpoint when the last connection closes, and deletes the WAL and its index.
impl Drop for WriteConnection {
    fn drop(&mut self) {
        let checkpoint = self.file_identity.as_ref().is_none_or(|files| files.allows_checkpoint());
        if checkpoint && let Err(error) = self.conn.set_db_config(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false) {
            tracing::warn!(%error, "the WAL stays, and the next start reads it");
        }
    }
}
