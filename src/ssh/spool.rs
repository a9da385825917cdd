//! Reports the use of a key from a program that cannot write to the database: one file per use in a folder next to it, which
//! the server collects.

use crate::domain::{Clock, KeyId};
use jiff::Timestamp;
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, Permissions, ReadDir};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Entries that one round looks at. The next one goes on from there, so that every entry is reached.
const MAX_ENTRIES: usize = 50_000;
/// Files that one round collects, so that a writer cannot keep the server busy.
const MAX_FILES: usize = 10_000;
/// `KEY_ID MICROSECONDS`, two 64-bit integers.
const MAX_LENGTH: u64 = 48;

/// The folder of a database: `accountd.db-spool` beside `accountd.db`.
pub fn folder(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-spool");
    path.into()
}

/// Records that a key was used. The file appears complete, by a rename.
///
/// # Errors
/// The folder does not exist or is not writable.
pub fn record(folder: &Path, key: KeyId, at: Timestamp) -> io::Result<()> {
    // The server runs as another user and must be able to read the file. It contains no secret.
    let readable = Permissions::from_mode(0o644);
    let mut file = tempfile::Builder::new().prefix(".").permissions(readable).tempfile_in(folder)?;
    write!(file, "{key} {}", at.as_microsecond())?;
    let name = file.path().file_name().unwrap_or_default().to_string_lossy().trim_start_matches('.').to_owned();
    file.persist(folder.join(format!("{name}.used")))?;
    Ok(())
}

/// Reads the records in a folder that other users can write to, and that may hold anything.
pub struct Spool {
    folder: PathBuf,
    max_entries: usize,
    /// Where the last round stopped.
    scan: Option<ReadDir>,
}

/// Some records and their files.
pub struct Batch {
    pub records: Vec<(KeyId, Timestamp)>,
    files: Vec<PathBuf>,
}

impl Spool {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, max_entries: MAX_ENTRIES, scan: None }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The next records, of the oldest files first. The files stay until [`Batch::remove`]; so a record is not lost if it
    /// cannot be stored, and is read again. A missing folder is empty.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn read(&mut self) -> io::Result<Batch> {
        let mut found = self.scan()?;
        // The oldest first, so that new files do not delay the others for ever.
        found.sort_unstable();
        let files: Vec<_> = found.into_iter().take(MAX_FILES).map(|(_, path)| path).collect();
        Ok(Batch { records: files.iter().filter_map(|path| read(path)).collect(), files })
    }

    /// The complete files among the next entries, with their times of modification.
    fn scan(&mut self) -> io::Result<Vec<(SystemTime, PathBuf)>> {
        let scan = match self.scan.take() {
            Some(scan) => self.scan.insert(scan),
            None => match std::fs::read_dir(&self.folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                opened => self.scan.insert(opened?),
            },
        };
        let mut found = Vec::new();
        for _ in 0..self.max_entries {
            let Some(entry) = scan.next() else {
                self.scan = None;
                break;
            };
            let Ok(entry) = entry else { continue };
            let path = entry.path();
            // A directory cannot be removed like a file.
            if path.extension().is_none_or(|end| end != "used") || entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            found.extend(entry.metadata().and_then(|file| file.modified()).map(|modified| (modified, path)));
        }
        Ok(found)
    }
}

impl Batch {
    /// Whether there is nothing to store and nothing to remove.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Removes the files, also those that are not records.
    pub fn remove(self) {
        let failed = self.files.iter().filter_map(|path| Some((path, std::fs::remove_file(path).err()?)));
        let failed: Vec<_> = failed.filter(|(_, error)| error.kind() != io::ErrorKind::NotFound).collect();
        if let Some((file, error)) = failed.first() {
            let files = failed.len();
            tracing::warn!(%error, files, file = %file.display(), "spool files could not be removed");
        }
    }
}

fn read(path: &Path) -> Option<(KeyId, Timestamp)> {
    let mut text = String::new();
    open(path).ok()?.take(MAX_LENGTH).read_to_string(&mut text).ok()?;
    let (key, at) = text.split_once(' ')?;
    let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
    // A writer must not make a key look used in the future.
    Some((key.parse().ok()?, at.min(Clock::MACHINE.now())))
}

/// Opens a regular file that is no longer than a record. A link could lead anywhere; a pipe or a file with a lease
/// (fcntl(2)) would block.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    // The open file is checked, because the entry may have been replaced since it was listed.
    let opened = file.metadata()?;
    if opened.is_file() && opened.len() <= MAX_LENGTH { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const AT: &str = "2026-01-01T00:00:00Z";

    fn spool() -> (tempfile::TempDir, Spool) {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned());
        (folder, spool)
    }

    fn take(spool: &mut Spool) -> Vec<(KeyId, Timestamp)> {
        let batch = spool.read().unwrap();
        let records = batch.records.clone();
        batch.remove();
        records
    }

    fn mkfifo(path: &Path) {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn records_are_collected_once_and_other_files_removed() {
        let (folder, mut spool) = spool();
        let at: Timestamp = AT.parse().unwrap();
        record(folder.path(), KeyId(3), at).unwrap();
        record(folder.path(), KeyId(4), "2999-01-01T00:00:00Z".parse().unwrap()).unwrap();
        std::fs::write(folder.path().join("x.used"), "nonsense").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("y.used")).unwrap();
        std::fs::create_dir(folder.path().join("z.used")).unwrap();
        std::fs::write(folder.path().join(".half"), "3 1").unwrap();
        mkfifo(&folder.path().join("w.used"));
        let mut records = take(&mut spool);
        records.sort();
        assert_eq!(records[0], (KeyId(3), at));
        assert!(records[1].0 == KeyId(4) && records[1].1 <= Clock::MACHINE.now());
        assert_eq!(records.len(), 2);
        assert_eq!(take(&mut spool), []);
        let mut left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".half", "z.used"]);
    }

    #[test]
    fn records_that_were_not_removed_are_read_again() {
        let (folder, mut spool) = spool();
        record(folder.path(), KeyId(3), AT.parse().unwrap()).unwrap();
        for _ in 0..2 {
            assert_eq!(spool.read().unwrap().records.len(), 1);
        }
        assert_eq!(take(&mut spool).len(), 1);
        assert!(spool.read().unwrap().is_empty());
    }

    #[test]
    fn a_pipe_or_a_link_in_the_place_of_a_listed_file_is_not_read() {
        let (folder, mut spool) = spool();
        let (pipe, link, long) = ("a.used", "b.used", "c.used");
        for name in [pipe, link, long] {
            std::fs::write(folder.path().join(name), "3 1").unwrap();
        }
        let listed = spool.scan().unwrap();
        assert_eq!(listed.len(), 3);
        mkfifo(&folder.path().join("new"));
        std::fs::rename(folder.path().join("new"), folder.path().join(pipe)).unwrap();
        std::fs::write(folder.path().join("record"), "3 1").unwrap();
        std::os::unix::fs::symlink(folder.path().join("record"), folder.path().join("new")).unwrap();
        std::fs::rename(folder.path().join("new"), folder.path().join(link)).unwrap();
        std::fs::write(folder.path().join(long), format!("3 1{}", " ".repeat(100))).unwrap();
        for (_, path) in listed {
            assert_eq!(read(&path), None, "{path:?}");
        }
    }

    #[test]
    fn the_oldest_files_come_first() {
        let (folder, mut spool) = spool();
        for key in 1..=30 {
            let name = folder.path().join(format!("{}.used", key * 7 % 30));
            std::fs::write(&name, format!("{key} 1")).unwrap();
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(key);
            File::options().write(true).open(name).unwrap().set_modified(modified).unwrap();
        }
        let keys: Vec<_> = take(&mut spool).into_iter().map(|(key, _)| key.0).collect();
        assert_eq!(keys, (1..=30).collect::<Vec<_>>());
    }

    #[test]
    fn more_entries_than_a_round_looks_at_do_not_hide_a_record() {
        let (folder, mut spool) = spool();
        spool.max_entries = 10;
        for n in 0..35 {
            std::fs::create_dir(folder.path().join(format!("{n}.used"))).unwrap();
        }
        record(folder.path(), KeyId(3), AT.parse().unwrap()).unwrap();
        let rounds: Vec<_> = (0..4).flat_map(|_| take(&mut spool)).collect();
        assert_eq!(rounds.len(), 1);
    }

    #[test]
    fn another_user_can_read_a_record() {
        let folder = tempfile::tempdir().unwrap();
        record(folder.path(), KeyId(3), Clock::MACHINE.now()).unwrap();
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o044, 0o044);
    }

    #[test]
    fn a_missing_folder_has_no_records() {
        assert!(Spool::new("/nonexistent/spool".into()).read().unwrap().is_empty());
    }
}
