//! Detects that the database file, its WAL or the WAL's index (`-shm`) was deleted, moved, replaced or truncated while it is
//! open.
//!
//! A process keeps using the files that it has open, and a process that starts later uses those at the paths. Neither
//! sees the commits of the other, and in the end one overwrites them. So the writer checks the files before and after each
//! group of writes, which takes some microseconds of the milliseconds that a commit takes, and [`super::watch`] checks
//! them four times a second.
//!
//! Guaranteed:
//! - A write is acknowledged only if all three files were in place after its commit. If `-shm` is deleted later, the next
//!   process rebuilds it from the WAL, and sees every acknowledged write.
//! - After a failed check, this process writes nothing more, and closes its connections without a checkpoint. The commits
//!   of other processes stay.
//! - A missing WAL is the exception. As long as there is no new one, no other process can have committed anything, so the
//!   last connection does a checkpoint from the WAL that it still has open, and no acknowledged write is lost.
//!
//! Not guaranteed:
//! - Between the check and the commit of this process are a few milliseconds. If `-shm` is deleted and another process
//!   commits in this time, its commit can be overwritten.
//! - If another process creates a new WAL before this process notices that its own is gone, the commits that were only
//!   in the old WAL are lost.

use super::data_version::WalIndex;
use super::error::Error;
use super::open::beside;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

pub(super) struct FileIdentity {
    files: Files,
    index: Arc<WalIndex>,
    /// The database and the WAL. A deleted file exists until this is dropped, so that it can still be copied. To be closed
    /// after the last connection, like the [`WalIndex`].
    _kept: [File; 2],
    reported: AtomicBool,
}

/// The files as they were when they were opened.
#[derive(Clone)]
pub(super) struct Files {
    /// By the name that the operator gave, which may be a link.
    named: Opened,
    /// By its own name, which the two others lie beside.
    database: Opened,
    wal: Opened,
    shm: Opened,
}

#[derive(Clone)]
struct Opened {
    path: PathBuf,
    identity: Identity,
}

/// Device, inode and, because the inode of a deleted file is used again, the time of creation.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64, Option<SystemTime>);

impl FileIdentity {
    /// The files as they are now. The database must have been opened just before.
    pub(super) fn of(name: &Path, database: &Path, index: Arc<WalIndex>) -> Result<Self, Error> {
        let kept = |path: &Path| File::open(path).map_err(|e| Error::file(path, e));
        let (wal, shm) = (beside(database, "-wal"), beside(database, "-shm"));
        let _kept = [kept(database)?, kept(&wal)?];
        let files = Files {
            named: Opened::at(name.to_owned())?,
            database: Opened::at(database.to_owned())?,
            wal: Opened::at(wal)?,
            shm: Opened::at(shm)?,
        };
        Ok(Self { files, index, _kept, reported: AtomicBool::new(false) })
    }

    /// The first failure is logged.
    ///
    /// # Errors
    /// `DatabaseReplaced`: what is written now would be lost.
    pub(super) fn check(&self) -> Result<(), Error> {
        let checked = self.look();
        if let Err(error @ Error::DatabaseReplaced { .. }) = &checked
            && !self.reported.swap(true, Ordering::Relaxed)
        {
            tracing::error!(%error, "the database is not used until it can be reopened");
        }
        checked
    }

    fn look(&self) -> Result<(), Error> {
        self.files.named.length()?;
        self.files.shm.length()?;
        let version = self.index.read();
        let length = self.files.wal.length()?;
        // The index is ahead of the WAL also for a moment while another process empties both, the index first.
        let is_short = version.is_some_and(|version| version.wal_length() > length);
        if is_short && self.index.read() == version { Err(self.files.wal.replaced("cut short")) } else { Ok(()) }
    }

    /// Whether a checkpoint can do no harm: all files are in place, or only the WAL is gone and there is no other one.
    pub(super) fn allows_checkpoint(&self) -> bool {
        self.check().is_ok() || (self.files.has_database() && self.files.wal.is_gone())
    }

    pub(super) fn files(&self) -> &Files {
        &self.files
    }
}

impl Files {
    /// The name that the operator gave.
    pub(super) fn name(&self) -> &Path {
        &self.named.path
    }

    /// Whether the database itself is in place.
    pub(super) fn has_database(&self) -> bool {
        self.named.length().is_ok()
    }

    /// Whether there is another database in the place of this one, and the WAL or its index is still in place. SQLite would
    /// take them for the other database's.
    pub(super) fn are_beside_another(&self) -> bool {
        let another = Identity::of(&self.database.path).is_ok_and(|there| there != self.database.identity);
        another && (self.wal.length().is_ok() || self.shm.length().is_ok())
    }

    /// Moves the WAL away and deletes its index, if they are in place. No connection may be open. Returns where the WAL is
    /// now.
    ///
    /// # Errors
    /// The WAL or its index cannot be moved.
    pub(super) fn set_aside(&self) -> Result<Option<PathBuf>, Error> {
        if self.shm.length().is_ok() {
            std::fs::remove_file(&self.shm.path).map_err(|e| Error::file(&self.shm.path, e))?;
        }
        if self.wal.length().is_err() {
            return Ok(None);
        }
        let aside = beside(&self.wal.path, "-previous");
        std::fs::rename(&self.wal.path, &aside).map_err(|e| Error::file(&self.wal.path, e))?;
        Ok(Some(aside))
    }
}

impl Identity {
    fn of(path: &Path) -> std::io::Result<Self> {
        std::fs::metadata(path).map(|file| Self::new(&file))
    }

    fn new(file: &std::fs::Metadata) -> Self {
        Self(file.dev(), file.ino(), file.created().ok())
    }
}

impl Opened {
    fn at(path: PathBuf) -> Result<Self, Error> {
        let identity = Identity::of(&path).map_err(|e| Error::file(&path, e))?;
        Ok(Self { path, identity })
    }

    fn length(&self) -> Result<u64, Error> {
        match std::fs::metadata(&self.path) {
            Ok(file) if Identity::new(&file) == self.identity => Ok(file.len()),
            Ok(_) => Err(self.replaced("replaced")),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(self.replaced("deleted or moved")),
            Err(error) => Err(Error::file(&self.path, error)),
        }
    }

    fn is_gone(&self) -> bool {
        std::fs::metadata(&self.path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    fn replaced(&self, how: &'static str) -> Error {
        Error::DatabaseReplaced { path: self.path.clone(), how }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Create, Location, Purpose, Store};
    use jiff::Timestamp;

    #[tokio::test]
    async fn a_file_that_is_truncated_replaced_or_gone_is_detected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let store = Store::open(&Location::File(path.clone()), Create::IfMissing, Purpose::Command).unwrap();
        let seed = |n: u8| store.write(move |tx| tx.note_seed(&[n; 32], Timestamp::UNIX_EPOCH));
        seed(1).await.unwrap();
        let wal = folder.path().join("a.db-wal");
        let whole = std::fs::read(&wal).unwrap();
        std::fs::OpenOptions::new().write(true).open(&wal).unwrap().set_len(whole.len() as u64 - 1).unwrap();
        assert!(matches!(seed(2).await, Err(Error::DatabaseReplaced { how: "cut short", .. })));
        std::fs::write(&wal, &whole).unwrap();
        seed(2).await.unwrap();
        let away = folder.path().join("away");
        for (n, file) in ["a.db-wal", "a.db-shm", "a.db"].map(|name| folder.path().join(name)).into_iter().enumerate() {
            std::fs::rename(&file, &away).unwrap();
            assert!(matches!(seed(3).await, Err(Error::DatabaseReplaced { how: "deleted or moved", .. })), "{file:?}");
            std::fs::write(&file, "another").unwrap();
            assert!(matches!(seed(3).await, Err(Error::DatabaseReplaced { how: "replaced", .. })), "{file:?}");
            std::fs::rename(&away, &file).unwrap();
            seed(10 + n as u8).await.unwrap();
        }
    }
}
