//! Whether the files of a database are still those that were opened.
//!
//! A file that is deleted or moved lives on without its name as long as somebody has it open: writes succeed, are
//! answered, and are gone with the process. The same is true of what follows a log that was cut short. So each group of
//! writes looks first; it takes some microseconds of the milliseconds that a commit takes.

use super::data_version::WalIndex;
use super::error::Error;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub(super) struct FileIdentity {
    database: Opened,
    log: Opened,
    index: WalIndex,
}

/// A file as it was when it was opened.
struct Opened {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

impl FileIdentity {
    /// Takes the files for what they are now: they must have been opened just before.
    pub(super) fn of(database: &Path) -> Result<Self, Error> {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Ok(Self { database: Opened::at(database)?, log: Opened::at(Path::new(&log))?, index: WalIndex::open(database) })
    }

    /// # Errors
    /// `DatabaseReplaced`. Nothing that is written now would be found again.
    pub(super) fn confirm(&self) -> Result<(), Error> {
        self.database.size()?;
        let size = self.log.size()?;
        match self.index.read() {
            Some(index) if index.log_size() > size => Err(self.log.database_replaced("cut short")),
            _ => Ok(()),
        }
    }
}

impl Opened {
    fn at(path: &Path) -> Result<Self, Error> {
        let file = std::fs::metadata(path).map_err(|e| Error::file(path, e))?;
        Ok(Self { path: path.to_owned(), identity: (file.dev(), file.ino()) })
    }

    fn size(&self) -> Result<u64, Error> {
        match std::fs::metadata(&self.path) {
            Ok(file) if (file.dev(), file.ino()) == self.identity => Ok(file.len()),
            Ok(_) => Err(self.database_replaced("replaced")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(self.database_replaced("deleted or moved"))
            }
            Err(error) => Err(Error::file(&self.path, error)),
        }
    }

    fn database_replaced(&self, how: &'static str) -> Error {
        Error::DatabaseReplaced { path: self.path.clone(), how }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Create, Location, Purpose, Store};
    use jiff::Timestamp;

    #[tokio::test]
    async fn a_log_that_is_cut_or_gone_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let store = Store::open(&Location::File(path.clone()), Create::IfMissing, Purpose::Command).unwrap();
        let seed = |n: u8| store.write(move |tx| tx.note_seed(&[n; 32], Timestamp::UNIX_EPOCH));
        seed(1).await.unwrap();
        let log = folder.path().join("a.db-wal");
        let whole = std::fs::read(&log).unwrap();
        std::fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(whole.len() as u64 - 1).unwrap();
        assert!(matches!(seed(2).await, Err(Error::DatabaseReplaced { how: "cut short", .. })));
        std::fs::write(&log, &whole).unwrap();
        seed(2).await.unwrap();
        std::fs::rename(&log, folder.path().join("away")).unwrap();
        assert!(matches!(seed(3).await, Err(Error::DatabaseReplaced { how: "deleted or moved", .. })));
        std::fs::write(&log, &whole).unwrap();
        assert!(matches!(seed(3).await, Err(Error::DatabaseReplaced { how: "replaced", .. })));
    }
}
