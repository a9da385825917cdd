//! Detects commits by any process: reads the WAL-index header with one `pread`.
//!
//! The first 48 bytes of the `-shm` file are the WAL-index header, which every commit changes (SQLite's "WAL-mode File
//! Format", section 2.1). What was read from the database after a version was read stays valid while the version is the
//! same. `PRAGMA data_version` says the same about one connection, but takes a statement and a connection.

use super::open::beside;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Equal for two moments only if nothing was committed between them, and the database was not reopened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataVersion {
    header: [u8; 48],
    /// Two databases that nothing was committed to have the same header.
    opening: u64,
}

impl DataVersion {
    #[cfg(test)]
    pub const fn for_tests(commits: u8) -> Self {
        Self { header: [commits; 48], opening: 0 }
    }

    /// A number for each time that this process has opened a database.
    pub fn opening(&self) -> u64 {
        self.opening
    }

    /// The length that the WAL has at least: its header, and for each frame a header and a page (the same document,
    /// section 2.1, and "The WAL File Format", section 4.1). Numbers in the index are in the machine's byte order.
    pub(super) fn wal_length(&self) -> u64 {
        let [a, b, c, d] = [16, 17, 18, 19].map(|at| self.header[at]);
        let frames = u64::from(u32::from_ne_bytes([a, b, c, d]));
        let page = match u16::from_ne_bytes([self.header[14], self.header[15]]) {
            1 => 65536,
            size => u64::from(size),
        };
        if frames == 0 { 0 } else { 32 + frames * (24 + page) }
    }
}

/// The open `-shm` file.
///
/// It must be closed after the last connection to the database: closing any descriptor of a file releases all POSIX locks
/// that the process holds on it, and SQLite's locks are POSIX locks.
pub(super) struct WalIndex {
    file: Option<File>,
    opening: u64,
}

impl WalIndex {
    /// If the file cannot be opened there are no versions, and nothing is cached between requests.
    pub(super) fn open(database: &Path) -> Self {
        static OPENINGS: AtomicU64 = AtomicU64::new(0);
        let opening = OPENINGS.fetch_add(1, Ordering::Relaxed);
        Self { file: File::open(beside(database, "-shm")).ok(), opening }
    }

    pub(super) fn read(&self) -> Option<DataVersion> {
        let mut header = [0; 48];
        self.file.as_ref()?.read_exact_at(&mut header, 0).ok()?;
        Some(DataVersion { header, opening: self.opening })
    }
}
