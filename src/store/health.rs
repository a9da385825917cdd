//! Health of the writer: statistics, and a test write.

use super::Store;
use super::error::Error;
use super::open;
use super::write_connection::WriteConnection;
use rusqlite::ErrorCode;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the test write waits for another process's transaction.
const TEST_BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Counters of the writer since the start, the length of its queue, and file sizes.
#[derive(Clone, Copy, Debug)]
pub struct WriteStats {
    /// Writes in the queue.
    pub waiting: u64,
    /// Writes that were part of a commit, including those that failed.
    pub writes: u64,
    pub commits: u64,
    /// Size in bytes; `None` for a database in memory.
    pub database: Option<u64>,
    /// Size in bytes; `None` for a database in memory.
    pub wal: Option<u64>,
}

impl Store {
    pub fn write_stats(&self) -> WriteStats {
        let counts = self.current.writer().counts();
        let size = |suffix: &str| {
            let file = open::beside(self.file.as_deref()?, suffix);
            file.metadata().ok().map(|metadata| metadata.len())
        };
        let (waiting, writes, commits) = counts.read();
        WriteStats { waiting, writes, commits, database: size(""), wal: size("-wal") }
    }

    /// Makes a test write on the writer's thread and rolls it back. Nothing is committed, so the log does not grow and
    /// the caches of other processes stay valid.
    ///
    /// # Errors
    /// The error that a write would get.
    pub async fn try_write(&self) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        self.current.get()?.writer.run_exclusive(Box::new(move |writer| drop(answer.send(test_write(writer)))))?;
        answered.await.unwrap_or(Err(Error::Stopped))
    }
}

impl Error {
    /// The kind of failure, in a word that reveals no details.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Stopped | Self::Panicked => "stopped",
            Self::Full => "disk-full",
            Self::DatabaseReplaced { .. } => "database-replaced",
            Self::Damaged { .. } => "corrupt",
            Self::Unwritable { .. } => "read-only",
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => "disk-full",
                Some(ErrorCode::ReadOnly) => "read-only",
                Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => "io",
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "corrupt",
                _ => "failed",
            },
            _ => "failed",
        }
    }
}

fn test_write(writer: &WriteConnection) -> Result<(), Error> {
    let conn = writer.connection();
    let tried = writer.begin(TEST_BUSY_TIMEOUT).and_then(|()| {
        conn.execute("INSERT INTO loaded_seeds (sha256, loaded_at) VALUES (zeroblob(32), 0)", [])?;
        // Writes the page to the log on disk, after the committed part, because only that detects a full disk. The next
        // write overwrites it.
        Ok(conn.cache_flush()?)
    });
    // After some errors SQLite has rolled back already.
    let undone = if conn.is_autocommit() { Ok(()) } else { conn.execute_batch("ROLLBACK") };
    tried.and(undone.map_err(Error::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Create, Location, Purpose};
    use rusqlite::Connection;

    #[tokio::test]
    async fn a_test_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let store =
            Store::open(&Location::File(path.clone()), Create::IfMissing, Purpose::Serve { threads: 1 }).unwrap();
        store.try_write().await.unwrap();
        let (data_version, before) = (store.data_version().unwrap(), store.write_stats());
        for _ in 0..200 {
            store.try_write().await.unwrap();
        }
        let after = store.write_stats();
        assert_eq!((after.wal, after.database), (before.wal, before.database));
        assert_eq!((after.commits, after.writes, after.waiting), (before.commits, before.writes, 0));
        assert_eq!(store.data_version().unwrap(), data_version, "caches stay valid");
        let seeds: i64 = Connection::open(path)
            .unwrap()
            .query_row("SELECT count(*) FROM loaded_seeds", [], |row| row.get(0))
            .unwrap();
        assert_eq!(seeds, 0);
    }

    #[tokio::test]
    async fn a_test_write_reaches_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let store = Store::open(&Location::File(path), Create::IfMissing, Purpose::Serve { threads: 1 }).unwrap();
        let wal = folder.path().join("test.db-wal");
        let bytes = std::fs::read(&wal).unwrap();
        store.try_write().await.unwrap();
        assert_ne!(std::fs::read(&wal).unwrap(), bytes);
    }

    #[tokio::test]
    async fn a_lock_makes_the_test_write_busy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let store =
            Store::open(&Location::File(path.clone()), Create::IfMissing, Purpose::Serve { threads: 1 }).unwrap();
        let other = Connection::open(path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert_eq!(store.try_write().await.unwrap_err().class(), "busy");
        other.execute_batch("ROLLBACK").unwrap();
        store.try_write().await.unwrap();
    }
}
