//! Restores a backup, also while servers use the database.
//!
//! The backup is copied to an unnamed file, checked and migrated there, before anything in the database is changed.
//! Then SQLite's online backup copies it over the database page by page, in one transaction of the write-ahead log.
//! Processes that have the database open see either all of the old accounts or all of the new ones; a crash leaves the
//! old ones.

use super::backup::{copy_all_pages, copy_pages, findings};
use super::error::Error;
use super::migrate::{self, Owner};
use super::reporter::Reporter;
use super::{open, readonly};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

/// Whether an existing database is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    Existing,
    Never,
}

/// Replaces the database at `to` by the backup at `from`.
///
/// A database at `to` may be in use, damaged, or of another version. One without tables does not count as existing, so
/// that an attempt that was killed can be repeated. Returns whether `to` is a new database.
///
/// # Errors
/// `Missing`, `NotOurs`, `Newer` or `Damaged` for the backup; `Exists` or `NotOurs` for the database; `Busy` if another
/// process keeps it locked; `Itself` if both are the same file. Nothing was changed then.
pub fn restore(from: &Path, to: &Path, replace: Replace, reporter: &Reporter) -> Result<bool, Error> {
    if let (Ok(from), Ok(same)) = (from.canonicalize(), to.canonicalize())
        && from == same
    {
        return Err(Error::Itself(same));
    }
    let copy = checked_copy(from, reporter)?;
    let created = open::prepare(to, open::Create::IfMissing)?;
    let mut database = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    database.busy_timeout(open::BUSY)?;
    // Lets SQLite open a file that is shorter than its header says, so that it can be replaced.
    database.pragma_update(None, "writable_schema", true)?;
    check_target(&database, to, replace)?;
    database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    let page_size: i64 = database.pragma_query_value(None, "page_size", |row| row.get(0))?;
    if copy.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))? != page_size {
        copy.pragma_update(None, "page_size", page_size)?;
        copy.execute_batch("VACUUM")?;
    }
    overwrite(&copy, &mut database, reporter, || {
        // Another process may have created a database since the first check. Now it is locked.
        let view = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        check_target(&view, to, replace)
    })?;
    // The log has grown by a whole database. While there are readers, it is not truncated until the last one ends.
    database.busy_timeout(Duration::ZERO)?;
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(created)
}

/// An unnamed copy of the backup, of the current version and without damage.
fn checked_copy(from: &Path, reporter: &Reporter) -> Result<Connection, Error> {
    let damaged = |finding: String| Error::Damaged { path: from.to_owned(), finding };
    let copied = readonly::snapshot(from, |backup| {
        let (mut copy, file) = unnamed_database()?;
        copy_all_pages(&Backup::new(backup, &mut copy)?, reporter)?;
        clear_wal_flag(&copy, &file).map(|()| copy)
    });
    let mut copy = copied.map_err(|error| error.damage().map_or(error, damaged))?;
    if migrate::owner(&copy)? != Owner::Accountd {
        return Err(Error::NotOurs(from.to_owned()));
    }
    copy.pragma_update(None, "foreign_keys", true)?;
    let migrated = migrate::migrate(&mut copy, from);
    // Damage can make a migration fail, and explains more than that failure.
    match findings(&copy, &Reporter::none()).into_iter().next() {
        Some(first) => Err(damaged(first)),
        None => migrated.map(|()| copy),
    }
}

/// Resets the versions in the header that demand a write-ahead log (SQLite's "Database File Format", section 1.3.3),
/// which an unnamed file cannot have. `accountd backup` resets them itself; copies made in other ways have them.
fn clear_wal_flag(copy: &Connection, file: &File) -> Result<(), Error> {
    const VERSIONS: u64 = 18;
    let failed = |e| Error::file(std::env::temp_dir(), e);
    let mut versions = [0; 2];
    if file.read_at(&mut versions, VERSIONS).map_err(failed)? == 2 && versions == [2, 2] {
        file.write_all_at(&[1, 1], VERSIONS).map_err(failed)?;
        // Makes the connection read the header again.
        copy.execute_batch("PRAGMA shrink_memory")?;
    }
    Ok(())
}

/// A database in a file that disappears with the process.
fn unnamed_database() -> Result<(Connection, File), Error> {
    let failed = |e| Error::file(std::env::temp_dir(), e);
    let (file, path) = tempfile::NamedTempFile::new().map_err(failed)?.into_parts();
    let conn = Connection::open(&path)?;
    path.close().map_err(failed)?;
    // A journal file would need the name.
    conn.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;")?;
    Ok((conn, file))
}

/// Checks that the database may be replaced.
fn check_target(database: &Connection, path: &Path, replace: Replace) -> Result<(), Error> {
    match (migrate::owner(database), replace) {
        (Ok(Owner::None), _) | (Ok(Owner::Accountd), Replace::Existing) => Ok(()),
        (Ok(Owner::Accountd), Replace::Never) => Err(Error::Exists(path.to_owned())),
        (Ok(Owner::Another), _) => Err(Error::NotOurs(path.to_owned())),
        // Too damaged to tell which program it belongs to.
        (Err(error), _) if error.damage().is_some() => Err(Error::NotOurs(path.to_owned())),
        (Err(error), _) => Err(error),
    }
}

/// Copies everything in one transaction of `database`, unless `check` fails once the database is locked.
fn overwrite(
    copy: &Connection,
    database: &mut Connection,
    reporter: &Reporter,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    let pages = Backup::new(copy, database)?;
    let locked = |step: StepResult| matches!(step, StepResult::Busy | StepResult::Locked);
    // Copies no page, but takes the lock.
    if locked(pages.step(0)?) {
        return Err(Error::Busy);
    }
    check()?;
    // The lock is held from step to step: all of them are one transaction.
    if locked(copy_pages(&pages, reporter)?) { Err(Error::Busy) } else { Ok(()) }
}
