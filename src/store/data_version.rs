//! Telling without a query whether the database has changed.
//!
//! The first 48 bytes of the `-shm` file are the WAL-index header, which every commit by any process changes
//! (SQLite's documents: "WAL-mode File Format", section 2.1). What was read from the database after a stamp was taken
//! still holds while a new stamp equals it.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The state of the database at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataVersion([u8; 48]);

impl DataVersion {
    #[cfg(test)]
    pub const fn for_tests(commits: u8) -> Self {
        Self([commits; 48])
    }

    /// How many bytes of the log are in use: its header, and a header for each page (the same document, section 2.1, and
    /// "The WAL File Format", section 4.1). Numbers of the index are in the machine's own byte order.
    pub(super) fn log_size(&self) -> u64 {
        let [a, b, c, d] = [16, 17, 18, 19].map(|at| self.0[at]);
        let frames = u64::from(u32::from_ne_bytes([a, b, c, d]));
        let page = match u16::from_ne_bytes([self.0[14], self.0[15]]) {
            1 => 65536,
            size => u64::from(size),
        };
        if frames == 0 { 0 } else { 32 + frames * (24 + page) }
    }
}

/// The open `-shm` file.
///
/// It is never closed: closing any descriptor of a file drops every POSIX lock that the process holds on it, and
/// SQLite's locks are of that kind.
pub(super) struct WalIndex(Option<ManuallyDrop<File>>);

/// Opens a file to be read, without a note of the time of each look at it: nobody needs that, and it takes a tenth of the
/// time of a look. Only the owner of a file may ask for it.
fn look(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let mut quiet = options.clone();
        quiet.custom_flags(OFlags::NOATIME.bits() as i32);
        if let Ok(file) = quiet.open(path) {
            return Ok(file);
        }
    }
    options.open(path)
}

impl WalIndex {
    /// Without the file there are no stamps, and nothing is remembered between requests.
    pub(super) fn open(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-shm");
        Self(look(path.as_ref()).ok().map(ManuallyDrop::new))
    }

    pub(super) fn read(&self) -> Option<DataVersion> {
        let mut header = [0; 48];
        self.0.as_ref()?.read_exact_at(&mut header, 0).ok()?;
        Some(DataVersion(header))
    }
}
