//! A file of spare disk space, released so that blocking and deleting still work on a full disk.
//!
//! The file is `NAME-reserve` beside the database. A server allocates it; the writer releases it for a write that reduces,
//! and then takes as much of it back as is left. No other write of this process can use the space in between.

use super::error::Error;
use super::open::beside;
use rustix::fs::{FallocateFlags, OFlags, fallocate, statvfs};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

/// As much as the WAL grows until the next checkpoint (1000 pages): enough for hundreds of blocks, or to delete a large
/// account.
const SIZE: u64 = 4 << 20;
/// The unit in which it is taken back from a full disk.
const STEP: u64 = 4 << 10;
/// The reserve takes no more than this part of the space that is free.
const PART: u64 = 4;

/// The reserve of the database with this name, which may be a link.
#[derive(Clone)]
pub(super) struct Reserve(PathBuf);

impl Reserve {
    pub(super) fn of(database: &Path) -> Self {
        Self(database.to_owned())
    }

    /// Beside the file itself, because a link may be on another disk.
    fn path(&self) -> PathBuf {
        beside(&self.0.canonicalize().unwrap_or_else(|_| self.0.clone()), "-reserve")
    }

    /// Frees the space. Returns whether there was any.
    pub(super) fn release(&self) -> bool {
        let path = self.path();
        match std::fs::remove_file(&path) {
            Ok(()) => {
                tracing::warn!(reserve = %path.display(), "no space: the disk reserve was released for this write");
                true
            }
            Err(error) => {
                tracing::error!(%error, reserve = %path.display(), "no space, and no disk reserve");
                false
            }
        }
    }

    /// Takes back as much as there is space for.
    pub(super) fn restore(&self) {
        match self.allocate() {
            Ok(size) => tracing::warn!(size, "the disk reserve was taken back; free some disk space"),
            Err(error) => tracing::error!(%error, "the disk reserve is used up; free some disk space"),
        }
    }

    /// Makes the reserve complete, if it is not and there is plenty of space. Returns whether it is complete.
    pub(super) fn complete(&self) -> bool {
        let path = self.path();
        if std::fs::symlink_metadata(&path).is_ok_and(|file| file.is_file() && file.len() >= SIZE) {
            return true;
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        if statvfs(folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < PART * SIZE) {
            return false;
        }
        self.allocate().is_ok_and(|size| size == SIZE)
    }

    /// Allocates what is missing of the reserve, or as much of it as there is space for. Returns the size of the reserve.
    fn allocate(&self) -> Result<u64, Error> {
        let path = self.path();
        let failed = |error| Error::file(&path, error);
        let file = open(&path).map_err(failed)?;
        self.give_to_owner(&file);
        let mut size = file.metadata().map_err(failed)?.len();
        let mut step = SIZE;
        while size < SIZE && step >= STEP {
            match fallocate(&file, FallocateFlags::empty(), 0, SIZE.min(size + step)) {
                Ok(()) => size = SIZE.min(size + step),
                Err(error) if size == 0 && step == STEP => {
                    let _ = std::fs::remove_file(&path);
                    return Err(failed(error.into()));
                }
                Err(_) => {}
            }
            step /= 2;
        }
        Ok(size)
    }

    /// A command that root runs leaves a file that counts as the server's, for a quota.
    fn give_to_owner(&self, file: &File) {
        let owner = std::fs::metadata(&self.0);
        if owner.is_ok_and(|owner| fchown(file, Some(owner.uid()), Some(owner.gid())).is_err()) {
            tracing::debug!(database = %self.0.display(), "the disk reserve keeps the owner of this process");
        }
    }
}

/// Opens or creates the file. One that cannot be extended, because it belongs to another user, is replaced.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let open = || {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600).custom_flags(flags.bits() as i32).open(path)
    };
    open().or_else(|error| match error.kind() {
        ErrorKind::PermissionDenied => std::fs::remove_file(path).and_then(|()| open()),
        _ => Err(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_occupies_space_until_it_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        std::fs::write(&database, "").unwrap();
        let reserve = Reserve::of(&database);
        assert!(!reserve.release());
        assert!(reserve.complete() && reserve.complete());
        let file = folder.path().join("a.db-reserve");
        let metadata = file.metadata().unwrap();
        assert_eq!((metadata.len(), metadata.mode() & 0o777), (SIZE, 0o600));
        assert!(metadata.blocks() * 512 >= SIZE);
        assert!(reserve.release() && !file.exists());
        reserve.restore();
        assert_eq!(file.metadata().unwrap().len(), SIZE);
        // One that was taken back in part is made complete.
        File::options().write(true).open(&file).unwrap().set_len(STEP).unwrap();
        assert!(reserve.complete());
        assert_eq!(file.metadata().unwrap().len(), SIZE);
    }
}
