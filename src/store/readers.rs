//! The pool of read-only connections.

use super::error::Error;
use super::open::BUSY;
use r2d2::{ManageConnection, PooledConnection};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use scheduled_thread_pool::ScheduledThreadPool;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the end of a pool waits for its connections.
const CLOSING: Duration = Duration::from_millis(300);

/// Opens the connections of every pool. r2d2 would start three threads for each.
static OPENER: LazyLock<Arc<ScheduledThreadPool>> = LazyLock::new(|| Arc::new(ScheduledThreadPool::new(1)));

pub(super) struct Readers {
    /// `None` only while this is dropped.
    pool: Option<r2d2::Pool<Manager>>,
    open: Arc<()>,
}

/// A connection that is counted until it is closed.
pub(super) struct Reader {
    conn: Connection,
    /// Dropped after the connection.
    _open: Arc<()>,
}

pub(super) struct Manager {
    sqlite: SqliteConnectionManager,
    open: Arc<()>,
}

impl Readers {
    /// Opens all connections.
    pub(super) fn open(path: &Path, size: u32) -> Result<Self, Error> {
        let sqlite = SqliteConnectionManager::file(path)
            .with_flags(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .with_init(|conn| {
                conn.busy_timeout(BUSY)?;
                conn.set_prepared_statement_cache_capacity(64);
                super::read::add_functions(conn)?;
                // The version is read because that opens `-wal` and `-shm`, which have to be open before they are unlinked,
                // and needs no schema. SQLite's page cache of 2,000 KiB keeps the inner pages of every index of a million
                // users beside the leaves that pass through; the rest is in the system's page cache.
                conn.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA user_version;")
            });
        let open = Arc::new(());
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_timeout(BUSY)
            .thread_pool(Arc::clone(&OPENER))
            .build(Manager { sqlite, open: Arc::clone(&open) })
            .map_err(|error| Error::Pool(Arc::new(error)))?;
        Ok(Self { pool: Some(pool), open })
    }

    /// Blocks while every connection is in use.
    pub(super) fn get(&self) -> Result<PooledConnection<Manager>, Error> {
        let pool = self.pool.as_ref().ok_or(Error::Stopped)?;
        pool.get().map_err(|error| Error::Pool(Arc::new(error)))
    }

    #[cfg(test)]
    pub(super) fn idle(&self) -> u32 {
        self.pool.as_ref().map_or(0, |pool| pool.state().idle_connections)
    }
}

/// Returns when the connections are closed. r2d2's thread may hold the pool for a moment longer than its owner, and if a
/// reader were the last connection of the database, there would be no checkpoint and the WAL would stay.
impl Drop for Readers {
    fn drop(&mut self) {
        self.pool = None;
        let deadline = Instant::now() + CLOSING;
        while Arc::strong_count(&self.open) > 1 && Instant::now() < deadline {
            sleep(Duration::from_micros(200));
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Reader;
    type Error = rusqlite::Error;

    fn connect(&self) -> Result<Reader, rusqlite::Error> {
        Ok(Reader { conn: self.sqlite.connect()?, _open: Arc::clone(&self.open) })
    }

    fn is_valid(&self, reader: &mut Reader) -> Result<(), rusqlite::Error> {
        self.sqlite.is_valid(&mut reader.conn)
    }

    fn has_broken(&self, reader: &mut Reader) -> bool {
        self.sqlite.has_broken(&mut reader.conn)
    }
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.conn
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.conn
    }
}

#[cfg(test)]
mod tests {
    use crate::store::{Create, Location, Purpose, Store};

    /// Only the last connection of a database does the closing checkpoint, and a reader cannot.
    #[test]
    fn a_closed_database_is_a_single_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        for _ in 0..50 {
            drop(Store::open(&Location::File(path.clone()), Create::IfMissing, Purpose::Command).unwrap());
            let left: Vec<_> =
                std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
            assert_eq!(left, ["a.db"]);
        }
    }
}
