//! Detects that the database file or its WAL was deleted, moved, replaced or truncated while it is open.
//!
//! A deleted file keeps working for the processes that have it open: writes succeed, are answered, and are lost when the
//! process ends. The same happens after a WAL was truncated. So each group of writes checks first, which takes some
//! microseconds of the milliseconds that a commit takes.

use super::data_version::WalIndex;
use super::error::Error;
use super::open::beside;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub(super) struct FileIdentity {
    database: Opened,
    wal: Opened,
    index: WalIndex,
}

struct Opened {
    path: PathBuf,
    /// Device and inode when it was opened.
    identity: (u64, u64),
}

impl FileIdentity {
    /// The files as they are now. The database must have been opened just before.
    pub(super) fn of(database: &Path) -> Result<Self, Error> {
        let wal = Opened::at(&beside(database, "-wal"))?;
        Ok(Self { database: Opened::at(database)?, wal, index: WalIndex::open(database) })
    }

    /// # Errors
    /// `DatabaseReplaced`: what is written now would be lost.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.database.length()?;
        let length = self.wal.length()?;
        match self.index.read() {
            Some(version) if version.wal_length() > length => Err(self.wal.replaced("cut short")),
            _ => Ok(()),
        }
    }
}

impl Opened {
    fn at(path: &Path) -> Result<Self, Error> {
        let file = std::fs::metadata(path).map_err(|e| Error::file(path, e))?;
        Ok(Self { path: path.to_owned(), identity: (file.dev(), file.ino()) })
    }

    fn length(&self) -> Result<u64, Error> {
        match std::fs::metadata(&self.path) {
            Ok(file) if (file.dev(), file.ino()) == self.identity => Ok(file.len()),
            Ok(_) => Err(self.replaced("replaced")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(self.replaced("deleted or moved")),
            Err(error) => Err(Error::file(&self.path, error)),
        }
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
    async fn a_wal_that_is_truncated_or_gone_is_detected() {
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
        std::fs::rename(&wal, folder.path().join("away")).unwrap();
        assert!(matches!(seed(3).await, Err(Error::DatabaseReplaced { how: "deleted or moved", .. })));
        std::fs::write(&wal, &whole).unwrap();
        assert!(matches!(seed(3).await, Err(Error::DatabaseReplaced { how: "replaced", .. })));
    }
}
