//! How a program that may not write to the database tells the server which keys were used: files in a folder beside
//! it, one each, which the server takes away.

use crate::domain::KeyId;
use jiff::Timestamp;
use std::fs::{DirEntry, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Files taken at one time; who may write there could otherwise keep the server busy.
const MOST: usize = 10_000;
/// `KEY_ID MICROSECONDS`, two integers of 64 bits.
const LONGEST: u64 = 48;

/// The folder of a database: `accountd.db-spool` beside `accountd.db`.
pub fn folder(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-spool");
    path.into()
}

/// Notes that a key was used. The file appears whole: it is renamed into its name.
///
/// # Errors
/// There is no such folder, or we may not write there.
pub fn record(folder: &Path, key: KeyId, at: Timestamp) -> io::Result<()> {
    // The server is another user, who has to read it; it holds no secret.
    let readable = Permissions::from_mode(0o644);
    let mut file = tempfile::Builder::new().prefix(".").permissions(readable).tempfile_in(folder)?;
    write!(file, "{key} {}", at.as_microsecond())?;
    let name = file.path().file_name().unwrap_or_default().to_string_lossy().trim_start_matches('.').to_owned();
    file.persist(folder.join(format!("{name}.used")))?;
    Ok(())
}

/// Takes what has been noted out of the folder. What is not a note of ours is thrown away; a folder that isn't there
/// holds none.
///
/// # Errors
/// The folder can't be read.
pub fn take(folder: &Path) -> io::Result<Vec<(KeyId, Timestamp)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut notes = Vec::new();
    let named_so = |entry: &DirEntry| entry.path().extension().is_some_and(|end| end == "used");
    for entry in entries.filter_map(Result::ok).filter(named_so).take(MOST) {
        let Ok(kind) = entry.file_type() else { continue };
        // Can't be removed like a file: one must not keep all notes from being taken.
        if kind.is_dir() {
            continue;
        }
        // A link or a pipe is no note, and reading one could take us anywhere or for ever.
        if kind.is_file() {
            notes.extend(read(&entry.path()));
        }
        if let Err(error) = std::fs::remove_file(entry.path()) {
            tracing::warn!(%error, note = %entry.path().display(), "a note could not be taken away");
        }
    }
    Ok(notes)
}

fn read(path: &Path) -> Option<(KeyId, Timestamp)> {
    let mut text = String::new();
    std::fs::File::open(path).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    let (key, at) = text.split_once(' ')?;
    let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
    // Whoever may write here must not make a key look used tomorrow.
    Some((key.parse().ok()?, at.min(Timestamp::now())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_taken_once_and_strangers_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        record(folder.path(), KeyId(3), at).unwrap();
        record(folder.path(), KeyId(4), "2999-01-01T00:00:00Z".parse().unwrap()).unwrap();
        std::fs::write(folder.path().join("x.used"), "nonsense").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("y.used")).unwrap();
        std::fs::create_dir(folder.path().join("z.used")).unwrap();
        std::fs::write(folder.path().join(".half"), "3 1").unwrap();
        let mut notes = take(folder.path()).unwrap();
        notes.sort();
        assert_eq!(notes[0], (KeyId(3), at));
        assert!(notes[1].0 == KeyId(4) && notes[1].1 <= Timestamp::now());
        assert_eq!(notes.len(), 2);
        assert_eq!(take(folder.path()).unwrap(), []);
        assert!(folder.path().join(".half").exists());
    }

    #[test]
    fn another_user_can_read_a_note() {
        let folder = tempfile::tempdir().unwrap();
        record(folder.path(), KeyId(3), Timestamp::now()).unwrap();
        let note = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        assert_eq!(note.metadata().unwrap().permissions().mode() & 0o044, 0o044);
    }

    #[test]
    fn no_folder_holds_no_notes() {
        assert_eq!(take(Path::new("/nonexistent/spool")).unwrap(), []);
    }
}
