//! Opening a database: where it lies, with what promises.

use super::error::Error;
use super::file_identity::FileIdentity;
use super::{data_version::WalIndex, migrate};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Lists and searches at work at the same time.
pub(super) const SLOW_READERS: usize = 4;
/// Readers of a command, which does one thing.
const COMMAND_READERS: u32 = 1;
/// The most that there are for threads that answer requests, each with memory of its own.
const QUICK_READERS: usize = 8;
/// How long a write waits for another process's transaction before it is `Busy`.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Where the accounts are kept.
#[derive(Clone, Debug)]
pub enum Location {
    /// In this file, and its `-wal` and `-shm` beside it.
    File(PathBuf),
    /// In files that have no name any more once they are open: nothing is left after the process ends, however it ends.
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

/// For whom a database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Many questions at the same time: a point look-up for each of these threads, beside lists and searches.
    Serve { threads: usize },
    /// One command, which should not wait for connections that it has no use for.
    Command,
}

/// Whether to create a database where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// In a folder that exists.
    IfMissing,
    Never,
}

pub(super) struct Opened {
    pub writer: Connection,
    pub readers: r2d2::Pool<SqliteConnectionManager>,
    pub data_version: WalIndex,
    /// Whether the file was created for this.
    pub created: bool,
    /// None for what has no names.
    pub file_identity: Option<FileIdentity>,
}

pub(super) fn open(location: &Location, create: Create, purpose: Purpose) -> Result<Opened, Error> {
    let readers = match purpose {
        // And one for the thread that only looks things up.
        Purpose::Serve { threads } => (SLOW_READERS + threads.min(QUICK_READERS) + 1) as u32,
        Purpose::Command => COMMAND_READERS,
    };
    match location {
        Location::File(path) => {
            let created = prepare(path, create)?;
            // The log and its index lie beside the file itself, not beside a link to it.
            let path = &path.canonicalize().map_err(|e| Error::file(path, e))?;
            let opened = connect(path, "FULL", readers).map_err(|error| error.opening(path))?;
            Ok(Opened { file_identity: Some(FileIdentity::of(path)?), created, ..opened })
        }
        Location::Memory => {
            let folder = nameless_folder()?;
            let opened = connect(&folder.path().join("accountd.db"), "OFF", readers)?;
            let path = folder.path().to_owned();
            // Every connection there will ever be is open (the pool is filled at once), so the names can go.
            folder.close().map_err(|e| Error::file(path, e))?;
            Ok(opened)
        }
    }
}

/// A folder in memory where the system has one (Linux), else among the temporary files.
fn nameless_folder() -> Result<tempfile::TempDir, Error> {
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("accountd-");
        builder
    };
    builder().tempdir_in("/dev/shm").or_else(|_| builder().tempdir()).map_err(|e| Error::file(std::env::temp_dir(), e))
}

/// Creates the database file if there is none, and returns whether it did. An empty file counts as none.
pub(super) fn prepare(path: &Path, create: Create) -> Result<bool, Error> {
    let failed = |e| Error::file(path, e);
    let empty = match fs::metadata(path) {
        Ok(file) if file.is_file() && file.len() == 0 => true,
        Ok(_) => return Ok(false),
        Err(e) if e.kind() == ErrorKind::NotFound => false,
        Err(e) => return Err(failed(e)),
    };
    match create {
        Create::Never => Err(Error::Missing(path.to_owned())),
        Create::IfMissing if empty => Ok(true),
        Create::IfMissing => create_file(path).map_err(failed),
    }
}

/// The file holds password hashes. Only its owner can read it, and the folder's group if the folder (mode 2750, say) admits
/// that group and no one else.
///
/// Owner and group are those of the folder where this process may set them: a database that root creates must be readable
/// for the server's own user. SQLite copies owner, group and mode to `-wal` and `-shm`.
fn create_file(path: &Path) -> io::Result<bool> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let parent = fs::metadata(folder).map_err(|e| match e.kind() {
        ErrorKind::NotFound => {
            io::Error::new(e.kind(), format!("cannot be created: there is no folder {}", folder.display()))
        }
        _ => e,
    })?;
    let file = match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        // Another process was faster.
        Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(false),
        file => file?,
    };
    let (uid, gid) = (parent.uid(), parent.gid());
    if fchown(&file, Some(uid), Some(gid)).or_else(|_| fchown(&file, None, Some(gid))).is_err() {
        tracing::debug!(path = %path.display(), "the new database keeps the owner and group of this process");
    }
    if parent.mode() & 0o057 == 0o050 && file.metadata()?.gid() == gid {
        file.set_permissions(fs::Permissions::from_mode(0o640))?;
    }
    Ok(true)
}

fn connect(path: &Path, synchronous: &str, readers: u32) -> Result<Opened, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let create = OpenFlags::SQLITE_OPEN_CREATE; // for a database without a name yet; a file was made by `prepare`
    let mut writer = Connection::open_with_flags(path, flags | create)?;
    writer.busy_timeout(BUSY)?;
    migrate::refuse_strangers(&writer, path)?;
    writer.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
    ))?;
    writer.set_prepared_statement_cache_capacity(64);
    migrate::migrate(&mut writer, path)?;
    // Damage shows here too. The pool below would retry until its timeout and then report it as a text.
    writer.execute_batch("SELECT id FROM users LIMIT 1")?;

    let manager = SqliteConnectionManager::file(path)
        .with_flags(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .with_init(|conn| {
            conn.busy_timeout(BUSY)?;
            conn.set_prepared_statement_cache_capacity(64);
            super::read::add_functions(conn)?;
            // The first read opens `-wal` and `-shm`, which a database without a name needs to happen now.
            // A MiB each holds the inner pages of every index of a million users; the rest is in the system's memory.
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
    Ok(Opened { writer, readers, data_version, created: false, file_identity: None })
}
