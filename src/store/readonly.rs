//! Reads a database file without creating or changing any file: no lock file, no `-shm`, no migration.
//!
//! For the programs that sshd runs as a user without write access.

use super::error::Error;
use super::tx::Read;
use super::{migrate, open};
use crate::domain::Clock;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The characters of a path to encode in a `file:` URI.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
/// The read is repeated if a server starts or stops during it; at most this often.
const TRIES: u32 = 10;

/// Reads a database of the current schema version.
///
/// # Errors
/// `Missing`, `NotOurs`, `Newer`, `Older`, `Busy`, or SQLite's.
pub fn read_only<T>(path: &Path, read: impl Fn(&Read<'_>) -> Result<T, Error>) -> Result<T, Error> {
    snapshot(path, |conn| {
        migrate::require_current(conn)?;
        read(&Read::new(conn, &Clock::MACHINE))
    })
}

/// Checks that a database is of the current schema version, in the file itself, whatever the log beside it belongs to.
///
/// # Errors
/// `NotOurs`, `Newer`, `Older`, or SQLite's.
pub(super) fn require_current_without_log(path: &Path) -> Result<(), Error> {
    read_once(path, false, migrate::require_current)
}

/// Reads a database of any known version, with a connection that is in a transaction.
pub(super) fn snapshot<T>(path: &Path, read: impl Fn(&Connection) -> Result<T, Error>) -> Result<T, Error> {
    // The log is beside the file itself, not beside a link to it.
    let path = &path.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::Missing(path.to_owned()),
        _ => Error::file(path, error),
    })?;
    let mut tries = 0;
    loop {
        tries += 1;
        let (log, before) = (has_log(path), file_state(path));
        let answer = read_once(path, log, &read);
        // A file without a log is complete and is read as immutable. That does not hold if a log has appeared in the
        // meantime, or appeared and was checkpointed.
        let consistent = log || (!has_log(path) && file_state(path) == before);
        match answer {
            Ok(answer) if consistent => return Ok(answer),
            Ok(_) if tries == TRIES => return Err(Error::Busy),
            Err(error @ (Error::NotOurs(_) | Error::Newer { .. } | Error::Older { .. })) => return Err(error),
            Err(error) if tries == TRIES => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
}

/// Size and time of modification.
fn file_state(path: &Path) -> Option<(u64, i64, i64)> {
    std::fs::metadata(path).ok().map(|file| (file.len(), file.mtime(), file.mtime_nsec()))
}

/// Whether there may be commits that are not in the file itself yet.
fn has_log(path: &Path) -> bool {
    std::fs::metadata(open::beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

fn read_once<T>(path: &Path, log: bool, read: impl Fn(&Connection) -> Result<T, Error>) -> Result<T, Error> {
    // SQLite's "URI filenames": `readonly_shm` reads a log without write access beside it; `immutable` promises that
    // the file does not change during the read.
    let mode = if log { "readonly_shm=1" } else { "immutable=1" };
    let uri = format!("file:{}?mode=ro&{mode}", percent_encode(path.as_os_str().as_bytes(), PATH));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let mut conn = Connection::open_with_flags(uri, flags)?;
    conn.busy_timeout(open::BUSY)?;
    migrate::require_ours(&conn, path)?;
    let view = conn.transaction()?;
    read(&view)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Create, Location, Purpose, Store};

    fn listing(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn reading_creates_no_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a #?% b.db");
        drop(Store::open(&Location::File(path.clone()), Create::IfMissing, Purpose::Command).unwrap());
        let before = listing(folder.path());
        let count = read_only(&path, |db| db.active_admins()).unwrap();
        assert_eq!((count, listing(folder.path())), (0, before));
    }

    #[test]
    fn a_link_is_read_with_the_log_of_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.db"), folder.path().join("link.db"));
        std::os::unix::fs::symlink(&path, &link).unwrap();
        // The open store keeps its writes in the log.
        let _store = Store::open(&Location::File(path), Create::IfMissing, Purpose::Command).unwrap();
        assert_eq!(read_only(&link, |db| db.active_admins()).unwrap(), 0);
    }

    #[test]
    fn a_missing_file_is_not_created() {
        let folder = tempfile::tempdir().unwrap();
        let missing = read_only(&folder.path().join("no.db"), |db| db.active_admins());
        assert!(matches!(missing, Err(Error::Missing(_))));
        assert!(listing(folder.path()).is_empty());
    }
}
