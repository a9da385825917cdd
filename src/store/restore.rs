//! Putting a backup back, also while servers use the database.
//!
//! The backup is copied to a file without a name, looked over and migrated there: nothing of the database is touched
//! before that copy is known to be good. The copy then takes the database's place page by page, in one transaction of
//! the write-ahead log (SQLite's online backup, the other way round). Who has the database open sees all of the old
//! accounts and from then on all of the new ones; a kill in the middle leaves the old ones.

use super::backup::{Finding, findings};
use super::error::Error;
use super::migrate::{self, Owner};
use super::{open, readonly};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

/// Whether a database that is there already is given up for the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    Existing,
    Never,
}

/// Makes the database at `to` what the backup at `from` was.
///
/// A database at `to` may be in use, damaged, or of another version. A file without tables counts as no database, so a
/// first attempt that was killed does not block the next one. Returns whether `to` is a new database.
///
/// # Errors
/// `Missing`, `NotOurs`, `Newer` or `Damaged` for the backup, and nothing was touched; `Exists` and `NotOurs`
/// for what is at `to`; `Busy` if another process keeps it locked; `Itself` if both are one file.
pub fn restore(from: &Path, to: &Path, replace: Replace) -> Result<bool, Error> {
    if let (Ok(from), Ok(same)) = (from.canonicalize(), to.canonicalize())
        && from == same
    {
        return Err(Error::Itself(same));
    }
    let copy = copy_of(from)?;
    let created = open::prepare(to, open::Create::IfMissing)?;
    let mut database = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    database.busy_timeout(open::BUSY)?;
    // SQLite's way to say that a file may be shorter than its header tells: such a one can be replaced, too.
    database.pragma_update(None, "writable_schema", true)?;
    may_take(&database, to, replace)?;
    database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    let page_size: i64 = database.pragma_query_value(None, "page_size", |row| row.get(0))?;
    if copy.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))? != page_size {
        copy.pragma_update(None, "page_size", page_size)?;
        copy.execute_batch("VACUUM")?;
    }
    take_place(&copy, &mut database, || {
        // Somebody may have begun a database there since: nobody can now.
        let view = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        may_take(&view, to, replace)
    })?;
    // The log has grown by a whole database. If somebody reads at the moment, it stays so until the last one leaves.
    database.busy_timeout(Duration::ZERO)?;
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(created)
}

/// A copy of the backup that only this process can see, of the current version and without damage.
fn copy_of(from: &Path) -> Result<Connection, Error> {
    let damaged = |finding: String| Error::Damaged { path: from.to_owned(), finding };
    let copied = readonly::at_one_moment(from, |backup| {
        let (mut copy, file) = nameless()?;
        Backup::new(backup, &mut copy)?.run_to_completion(1024, Duration::ZERO, None)?;
        without_log(&copy, &file).map(|()| copy)
    });
    let mut copy = copied.map_err(|error| error.damage().map_or(error, damaged))?;
    if migrate::owner(&copy)? != Owner::Accountd {
        return Err(Error::NotOurs(from.to_owned()));
    }
    copy.pragma_update(None, "foreign_keys", true)?;
    let migrated = migrate::migrate(&mut copy, from);
    // Damage may be in the way of a migration, and is the better reason then.
    match findings(&copy).into_iter().next() {
        Some(Finding(first)) => Err(damaged(first)),
        None => migrated.map(|()| copy),
    }
}

/// The copy of a database that was not made by `accountd backup` says that it has a write-ahead log, which a file without
/// a name cannot have (SQLite's documents: "Database File Format", section 1.3.3).
fn without_log(copy: &Connection, file: &File) -> Result<(), Error> {
    const VERSIONS: u64 = 18;
    let failed = |e| Error::file(std::env::temp_dir(), e);
    let mut versions = [0; 2];
    if file.read_at(&mut versions, VERSIONS).map_err(failed)? == 2 && versions == [2, 2] {
        file.write_all_at(&[1, 1], VERSIONS).map_err(failed)?;
        // What the connection has read of it is read anew.
        copy.execute_batch("PRAGMA shrink_memory")?;
    }
    Ok(())
}

/// A database whose file is gone with the process, however that ends.
fn nameless() -> Result<(Connection, File), Error> {
    let failed = |e| Error::file(std::env::temp_dir(), e);
    let (file, path) = tempfile::NamedTempFile::new().map_err(failed)?.into_parts();
    let conn = Connection::open(&path)?;
    path.close().map_err(failed)?;
    // A journal would need the name.
    conn.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;")?;
    Ok((conn, file))
}

fn may_take(database: &Connection, path: &Path, replace: Replace) -> Result<(), Error> {
    match (migrate::owner(database), replace) {
        (Ok(Owner::Nobody), _) | (Ok(Owner::Accountd), Replace::Existing) => Ok(()),
        (Ok(Owner::Accountd), Replace::Never) => Err(Error::Exists(path.to_owned())),
        (Ok(Owner::Somebody), _) => Err(Error::NotOurs(path.to_owned())),
        // Too little is left to tell whose it was.
        (Err(error), _) if error.damage().is_some() => Err(Error::NotOurs(path.to_owned())),
        (Err(error), _) => Err(error),
    }
}

/// Copies everything in one transaction of `database`, within which `look` has the last word.
fn take_place(
    copy: &Connection,
    database: &mut Connection,
    look: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    let pages = Backup::new(copy, database)?;
    let locked = |step: StepResult| matches!(step, StepResult::Busy | StepResult::Locked);
    // No page yet, but the lock.
    if locked(pages.step(0)?) {
        return Err(Error::Busy);
    }
    look()?;
    if locked(pages.step(-1)?) { Err(Error::Busy) } else { Ok(()) }
}
