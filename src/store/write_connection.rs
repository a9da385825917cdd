//! The connection that writes, and how long it waits for other processes.

use super::error::Error;
use super::file_identity::FileIdentity;
use super::image::Retired;
use rusqlite::Connection;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How long one attempt waits. Between attempts, the deadline is looked at.
const ATTEMPT: Duration = Duration::from_millis(100);

pub(super) struct WriteConnection {
    conn: Connection,
    /// `None` for a database without a name.
    file_identity: Option<FileIdentity>,
    close_by: Arc<OnceLock<Instant>>,
    retired: Retired,
}

impl WriteConnection {
    pub(super) fn new(conn: Connection, file_identity: Option<FileIdentity>) -> Result<Self, Error> {
        conn.busy_timeout(ATTEMPT)?;
        Ok(Self { conn, file_identity, close_by: Arc::default(), retired: Retired::default() })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.conn
    }

    /// From when on [`Self::begin`] does not wait, once that is set.
    pub(super) fn close_by(&self) -> Arc<OnceLock<Instant>> {
        Arc::clone(&self.close_by)
    }

    /// Once it is true, every write is refused.
    pub(super) fn retired(&self) -> Retired {
        Arc::clone(&self.retired)
    }

    /// Begins a transaction, after the check that its files will still be there tomorrow.
    ///
    /// # Errors
    /// `Busy` if another process holds the lock for longer than `wait`; `DatabaseReplaced`; `Stopped` once retired.
    pub(super) fn begin(&self, wait: Duration) -> Result<(), Error> {
        if self.retired.load(Ordering::SeqCst) {
            return Err(Error::Stopped);
        }
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
        // With the lock in hand, so that the WAL does not grow between the two looks at it.
        let checked = self.file_identity.as_ref().map_or(Ok(()), FileIdentity::check);
        if checked.is_err() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        checked
    }
}
