//! Opens a database: the file or the memory it is kept in, its connections and their settings.

use super::data_version::WalIndex;
use super::error::Error;
use super::file_identity::FileIdentity;
use super::migrate;
use super::readers::Readers;
use super::reserve::Reserve;
use super::write_connection::WriteConnection;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Lists and searches that run at the same time.
pub(super) const SLOW_READERS: usize = 4;
/// Readers of a command, which does one thing at a time.
const COMMAND_READERS: u32 = 1;
/// Readers of a sandbox. Each takes a fifth of a millisecond to open.
const SANDBOX_READERS: u32 = 2;
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
    /// One of many databases in memory, which should open fast and stay small: a look-up that finds no connection waits
    /// for another to end.
    Sandbox,
    /// A command, which should not wait for connections that it does not use.
    Command,
}

/// Whether to create a database where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// In a folder that exists.
    IfMissing,
    Never,
}

/// What a database may be like before it is opened.
#[derive(Clone, Copy)]
enum Schema {
    /// New, or of an older version: it is migrated.
    Migrated,
    /// An older version is an error.
    Current,
    /// An image that this process made. It is neither changed nor checked, so that no connection reads its schema before
    /// it is used: that takes a quarter of a millisecond each.
    Image,
}

/// SQLite's file with that suffix beside a database.
pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

pub(super) struct Opened {
    pub writer: WriteConnection,
    pub readers: Readers,
    pub index: Arc<WalIndex>,
    /// Whether the file was created for this.
    pub created: bool,
}

/// [`open`], for which a new index of the WAL may take space from the disk reserve.
pub(super) fn open_with_reserve(location: &Location, create: Create, purpose: Purpose) -> Result<Opened, Error> {
    match (open(location, create, purpose), location.file().map(Reserve::of)) {
        (Err(error), Some(reserve)) if error.is_lack_of_space() && reserve.release() => {
            let opened = open(location, create, purpose);
            reserve.restore();
            opened
        }
        (opened, _) => opened,
    }
}

fn open(location: &Location, create: Create, purpose: Purpose) -> Result<Opened, Error> {
    match location {
        Location::File(path) => {
            let created = prepare(path, create)?;
            Ok(Opened { created, ..open_file(path, purpose, Schema::Migrated)? })
        }
        Location::Memory => in_memory(&[], purpose),
    }
}

/// A database in memory that begins as this image; an empty one becomes a new database.
pub(super) fn in_memory(contents: &[u8], purpose: Purpose) -> Result<Opened, Error> {
    let folder = nameless_folder()?;
    let path = folder.path().join("accountd.db");
    let schema = if contents.is_empty() { Schema::Migrated } else { Schema::Image };
    if !contents.is_empty() {
        std::fs::write(&path, contents).map_err(|e| Error::file(&path, e))?;
    }
    let opened = connect(&path, "OFF", readers(purpose), None, schema)?;
    // The pool opens all its connections when it is built, so nothing needs the names any more.
    folder.close().map_err(|e| Error::file(path, e))?;
    Ok(opened)
}

/// Opens a database file of this schema version.
///
/// # Errors
/// `Missing`, `NotOurs`, `Older`, `Newer`, or SQLite's; nothing was changed then.
pub(super) fn open_current(path: &Path, purpose: Purpose) -> Result<Opened, Error> {
    prepare(path, Create::Never)?;
    open_file(path, purpose, Schema::Current)
}

fn open_file(name: &Path, purpose: Purpose, schema: Schema) -> Result<Opened, Error> {
    // The log and its index lie beside the file itself, not beside a link to it.
    let path = &name.canonicalize().map_err(|e| Error::file(name, e))?;
    connect(path, "FULL", readers(purpose), Some(name), schema).map_err(|error| error.opening(path))
}

fn readers(purpose: Purpose) -> u32 {
    match purpose {
        Purpose::Serve { threads } => (SLOW_READERS + threads) as u32,
        Purpose::Sandbox => SANDBOX_READERS,
        Purpose::Command => COMMAND_READERS,
    }
}

/// How many of the readers lists and searches may use.
pub(super) fn slow_readers(purpose: Purpose) -> usize {
    match purpose {
        Purpose::Serve { .. } | Purpose::Command => SLOW_READERS,
        Purpose::Sandbox => SANDBOX_READERS as usize - 1,
    }
}

/// A folder in memory where the system has one (Linux), else in the folder for temporary files.
pub(super) fn nameless_folder() -> Result<tempfile::TempDir, Error> {
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

/// The file holds password hashes. It gives the folder's group the access that the folder does, if the folder (mode 2750,
/// say) admits no one else; otherwise only the owner has access.
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
        file.set_permissions(fs::Permissions::from_mode(0o600 | parent.mode() & 0o060))?;
    }
    Ok(true)
}

/// `name` is what the operator calls the file, or `None` if it is about to be unlinked.
fn connect(path: &Path, synchronous: &str, readers: u32, name: Option<&Path>, schema: Schema) -> Result<Opened, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let create = OpenFlags::SQLITE_OPEN_CREATE; // for a database in memory; `prepare` has created a file
    let mut writer = Connection::open_with_flags(path, flags | create)?;
    writer.busy_timeout(BUSY)?;
    match schema {
        Schema::Migrated => migrate::require_ours(&writer, path)?,
        Schema::Current => {
            migrate::require_ours(&writer, path)?;
            migrate::require_current(&writer)?;
        }
        // Creates `-wal` and `-shm`, which readers cannot.
        Schema::Image => writer.execute_batch("PRAGMA user_version")?,
    }
    writer.execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;")?;
    writer.set_prepared_statement_cache_capacity(64);
    if !matches!(schema, Schema::Image) {
        // `synchronous` reads the schema, too. Without it, a sandbox syncs its files, which lie in memory.
        writer.execute_batch(&format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}"))?;
        migrate::migrate(&mut writer, path)?;
        // Finds damage in the table that everything needs. The pool below would retry until its timeout, and report a
        // text.
        writer.execute_batch("SELECT * FROM users LIMIT 1")?;
    }
    let index = Arc::new(WalIndex::open(path));
    let file_identity = name.map(|name| FileIdentity::of(name, path, Arc::clone(&index))).transpose()?;
    let writer = WriteConnection::new(writer, file_identity.map(Arc::new))?;

    let readers = Readers::open(path, readers)?;
    // All connections are on the same files.
    writer.check_files()?;
    Ok(Opened { writer, readers, index, created: false })
}
