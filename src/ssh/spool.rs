//! Reports the use of a key from a program that cannot write to the database: one file per use in a folder next to it, which
//! the server collects.

use crate::domain::KeyId;
use jiff::Timestamp;
use std::fs::{DirEntry, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Files collected at a time, so that a writer cannot keep the server busy.
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

/// Collects and removes the records. Files that are not records are removed too. A missing folder is empty.
///
/// # Errors
/// The folder cannot be read.
pub fn take(folder: &Path) -> io::Result<Vec<(KeyId, Timestamp)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut records = Vec::new();
    let complete = |entry: &DirEntry| entry.path().extension().is_some_and(|end| end == "used");
    for entry in entries.filter_map(Result::ok).filter(complete).take(MAX_FILES) {
        let Ok(kind) = entry.file_type() else { continue };
        // Left alone: it cannot be removed like a file.
        if kind.is_dir() {
            continue;
        }
        // Reading a link or a pipe could lead anywhere, or block.
        if kind.is_file() {
            records.extend(read(&entry.path()));
        }
        if let Err(error) = std::fs::remove_file(entry.path()) {
            tracing::warn!(%error, file = %entry.path().display(), "a spool file could not be removed");
        }
    }
    Ok(records)
}

fn read(path: &Path) -> Option<(KeyId, Timestamp)> {
    let mut text = String::new();
    std::fs::File::open(path).ok()?.take(MAX_LENGTH).read_to_string(&mut text).ok()?;
    let (key, at) = text.split_once(' ')?;
    let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
    // A writer must not make a key look used in the future.
    Some((key.parse().ok()?, at.min(Timestamp::now())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_collected_once_and_other_files_removed() {
        let folder = tempfile::tempdir().unwrap();
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        record(folder.path(), KeyId(3), at).unwrap();
        record(folder.path(), KeyId(4), "2999-01-01T00:00:00Z".parse().unwrap()).unwrap();
        std::fs::write(folder.path().join("x.used"), "nonsense").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("y.used")).unwrap();
        std::fs::create_dir(folder.path().join("z.used")).unwrap();
        std::fs::write(folder.path().join(".half"), "3 1").unwrap();
        let mut records = take(folder.path()).unwrap();
        records.sort();
        assert_eq!(records[0], (KeyId(3), at));
        assert!(records[1].0 == KeyId(4) && records[1].1 <= Timestamp::now());
        assert_eq!(records.len(), 2);
        assert_eq!(take(folder.path()).unwrap(), []);
        assert!(folder.path().join(".half").exists());
    }

    #[test]
    fn another_user_can_read_a_record() {
        let folder = tempfile::tempdir().unwrap();
        record(folder.path(), KeyId(3), Timestamp::now()).unwrap();
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o044, 0o044);
    }

    #[test]
    fn a_missing_folder_has_no_records() {
        assert_eq!(take(Path::new("/nonexistent/spool")).unwrap(), []);
    }
}
