//! Telling without a query whether the database has changed.
//!
//! The first 48 bytes of the `-shm` file are the WAL-index header, which every commit by any process changes
//! (SQLite's documents: "WAL-mode File Format", section 2.1). What was read from the database after a stamp was taken
//! still holds while a new stamp equals it.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The state of the database at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp([u8; 48]);

/// The open `-shm` file.
///
/// It is never closed: closing any descriptor of a file drops every POSIX lock that the process holds on it, and
/// SQLite's locks are of that kind.
pub(super) struct StampFile(Option<ManuallyDrop<File>>);

impl StampFile {
    /// Without the file there are no stamps, and nothing is remembered between requests.
    pub(super) fn open(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-shm");
        Self(File::open(path).ok().map(ManuallyDrop::new))
    }

    pub(super) fn read(&self) -> Option<Stamp> {
        let mut header = [0; 48];
        self.0.as_ref()?.read_exact_at(&mut header, 0).ok()?;
        Some(Stamp(header))
    }
}
