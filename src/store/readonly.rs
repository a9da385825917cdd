//! Asking a database file one question without writing a byte near it: no lock file, no migration, no `-shm`.
//!
//! For programs that sshd runs, as a user who may only read.

use super::error::Error;
use super::tx::Read;
use super::{migrate, open};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What stays as it is in the path of a `file:` URI.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
/// A server that starts or stops at the same moment makes the question be asked again; so often at most.
const TRIES: u32 = 10;

/// # Errors
/// `Missing`, `NotOurs`, `Newer`, `Older`, or what SQLite says.
pub fn read_only<T>(path: &Path, question: impl Fn(&Read<'_>) -> Result<T, Error>) -> Result<T, Error> {
    at_one_moment(path, |conn| {
        migrate::require_current(conn)?;
        question(&Read::new(conn))
    })
}

/// The same for a database of any version that is known, with the whole connection, which is in a transaction.
pub(super) fn at_one_moment<T>(path: &Path, question: impl Fn(&Connection) -> Result<T, Error>) -> Result<T, Error> {
    // The log lies beside the file itself, not beside a link to it.
    let path = &path.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::Missing(path.to_owned()),
        _ => Error::file(path, error),
    })?;
    let mut tries = 0;
    loop {
        tries += 1;
        let (log, before) = (has_log(path), stamp(path));
        let answer = ask(path, log, &question);
        // Without a log the file is whole and is read as it is. If one has come meanwhile, it may not have been; nor
        // if one has come and gone.
        let whole = log || (!has_log(path) && stamp(path) == before);
        if whole && (answer.is_ok() || tries == TRIES) {
            return answer;
        }
        match answer {
            Err(error @ (Error::NotOurs(_) | Error::Newer { .. } | Error::Older { .. })) => return Err(error),
            Err(error) if tries == TRIES => return Err(error),
            Ok(_) if tries == TRIES => return Err(Error::Busy),
            _ => {}
        }
    }
}

/// Changes when the file does.
fn stamp(path: &Path) -> Option<(u64, i64, i64)> {
    std::fs::metadata(path).ok().map(|file| (file.len(), file.mtime(), file.mtime_nsec()))
}

/// Whether there are commits that are not in the file itself yet.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(PathBuf::from(log)).is_ok_and(|log| log.len() > 0)
}

fn ask<T>(path: &Path, log: bool, question: impl Fn(&Connection) -> Result<T, Error>) -> Result<T, Error> {
    // SQLite's "URI filenames": `readonly_shm` reads a log without the right to write beside it, `immutable` promises
    // that nobody writes while we look.
    let how = if log { "readonly_shm=1" } else { "immutable=1" };
    let uri = format!("file:{}?mode=ro&{how}", percent_encode(path.as_os_str().as_bytes(), PATH));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let mut conn = Connection::open_with_flags(uri, flags)?;
    conn.busy_timeout(open::BUSY)?;
    migrate::refuse_strangers(&conn, path)?;
    let view = conn.transaction()?;
    question(&view)
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
    fn nothing_is_made_beside_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a #?% b.db");
        drop(Store::open(&Location::File(path.clone()), Create::IfMissing, Purpose::Command).unwrap());
        let before = listing(folder.path());
        let count = read_only(&path, |db| db.active_admins()).unwrap();
        assert_eq!((count, listing(folder.path())), (0, before));
    }

    #[test]
    fn a_link_is_the_file_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.db"), folder.path().join("link.db"));
        std::os::unix::fs::symlink(&path, &link).unwrap();
        // Open, so that what it has written is in the log only.
        let _store = Store::open(&Location::File(path), Create::IfMissing, Purpose::Command).unwrap();
        assert_eq!(read_only(&link, |db| db.active_admins()).unwrap(), 0);
    }

    #[test]
    fn a_missing_file_stays_missing() {
        let folder = tempfile::tempdir().unwrap();
        let missing = read_only(&folder.path().join("no.db"), |db| db.active_admins());
        assert!(matches!(missing, Err(Error::Missing(_))));
        assert!(listing(folder.path()).is_empty());
    }
}
