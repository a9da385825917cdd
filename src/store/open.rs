//! Opens a database: the file or the memory it is kept in, its connections and their settings.

use super::data_version::WalIndex;
use super::error::Error;
use super::file_identity::FileIdentity;
use super::migrate;
use super::write_connection::WriteConnection;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Lists and searches that run at the same time.
pub(super) const SLOW_READERS: usize = 4;
/// Readers of a command, which does one thing at a time.
const COMMAND_READERS: u32 = 1;
/// How long a write waits for another process's transaction before it is `Busy`.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Where the accounts are kept.
#[derive(Clone, Debug)]
pub enum Location {
    /// In this file, and its `-wal` and `-shm` beside it.
    File(PathBuf),
    /// In files that are unlinked once they are open: nothing is left after the process ends, however it ends.
    Memory,
}

impl Location {
    /// The file, if it has a name.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Memory => None,
        }
    }
}

/// Decides how many connections are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A server: one connection for each of the threads that answer requests, beside those for lists and searches. A
    /// thread that does a point look-up never waits for a connection.
    Serve { threads: usize },
    /// A command, which should not wait for connections that it does not use.
    Command,
}

/// Whether a missing database is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    IfMissing,
    Never,
}

pub(super) struct Opened {
    pub writer: WriteConnection,
    pub readers: r2d2::Pool<SqliteConnectionManager>,
    pub data_version: WalIndex,
}

pub(super) fn open(location: &Location, create: Create, purpose: Purpose) -> Result<Opened, Error> {
    let readers = match purpose {
        Purpose::Serve { threads } => (SLOW_READERS + threads) as u32,
        Purpose::Command => COMMAND_READERS,
    };
    match location {
        Location::File(path) => {
            prepare(path, create)?;
            // The WAL and its index are beside the file itself, not beside a link to it.
            let path = &path.canonicalize().map_err(|e| Error::file(path, e))?;
            connect(path, "FULL", readers, true).map_err(|error| error.opening(path))
        }
        Location::Memory => {
            let folder = nameless_folder()?;
            let opened = connect(&folder.path().join("accountd.db"), "OFF", readers, false)?;
            let path = folder.path().to_owned();
            // The pool opens all its connections when it is built, so nothing needs the names any more.
            folder.close().map_err(|e| Error::file(path, e))?;
            Ok(opened)
        }
    }
}

/// A folder in memory where the system has one (Linux), else in the folder for temporary files.
fn nameless_folder() -> Result<tempfile::TempDir, Error> {
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("accountd-");
        builder
    };
    builder().tempdir_in("/dev/shm").or_else(|_| builder().tempdir()).map_err(|e| Error::file(std::env::temp_dir(), e))
}

/// Creates the file, readable by its owner only: it holds password hashes. SQLite gives `-wal` and `-shm` the same mode.
pub(super) fn prepare(path: &Path, create: Create) -> Result<(), Error> {
    let failed = |e| Error::file(path.to_owned(), e);
    if path.try_exists().map_err(failed)? {
        return Ok(());
    }
    if create == Create::Never {
        return Err(Error::Missing(path.to_owned()));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|e| Error::file(folder.to_owned(), e))?;
    }
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(e)),
        _ => Ok(()),
    }
}

/// `is_named` is false for files that are about to be unlinked.
fn connect(path: &Path, synchronous: &str, readers: u32, is_named: bool) -> Result<Opened, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let create = OpenFlags::SQLITE_OPEN_CREATE; // for a database in memory; `prepare` has created a file
    let mut writer = Connection::open_with_flags(path, flags | create)?;
    writer.busy_timeout(BUSY)?;
    migrate::refuse_strangers(&writer, path)?;
    writer.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
    ))?;
    writer.set_prepared_statement_cache_capacity(64);
    migrate::migrate(&mut writer, path)?;

    let manager = SqliteConnectionManager::file(path)
        .with_flags(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .with_init(|conn| {
            conn.busy_timeout(BUSY)?;
            conn.set_prepared_statement_cache_capacity(64);
            super::read::add_functions(conn)?;
            // The first read opens `-wal` and `-shm`, which have to be open before they are unlinked. A cache of one MiB
            // holds the inner pages of every index of a million users; the rest is in the system's page cache.
            conn.execute_batch(
                "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1024;
                 SELECT id FROM users LIMIT 1;",
            )
        });
    let readers = r2d2::Pool::builder()
        .max_size(readers)
        .test_on_check_out(false)
        .max_lifetime(None)
        .idle_timeout(None)
        .connection_timeout(BUSY)
        .build(manager)
        .map_err(|e| Error::Pool(Arc::new(e)))?;
    let data_version = WalIndex::open(path);
    let file_identity = is_named.then(|| FileIdentity::of(path)).transpose()?;
    Ok(Opened { writer: WriteConnection::new(writer, file_identity)?, readers, data_version })
}
