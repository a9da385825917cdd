//! A cache of the server's answers on disk, for when the server does not answer.
//!
//! Anyone who can write to it can log in, so the folder must belong to this user and be writable for no one else.

use super::Entry;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::DirBuilder;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// An answer from further in the future is not used: the clock was set back, and the age is unknown.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

pub struct Cache {
    folder: PathBuf,
}

#[derive(Deserialize, Serialize)]
struct CachedAnswer {
    query: String,
    at: Timestamp,
    entries: Vec<Entry>,
}

impl Cache {
    /// Creates the folder if it is missing, accessible to this user only.
    ///
    /// # Errors
    /// The folder belongs to another user, or others can write to it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let found = std::fs::symlink_metadata(folder)?;
        let ours = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0;
        if !ours {
            let problem = "must be a folder that belongs to this user and that others cannot write to";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Stores an answer, atomically. An answer without keys is stored as no file: clients that offer unknown keys must not
    /// fill the disk.
    ///
    /// # Errors
    /// The file cannot be written; the previous answer stays.
    pub fn store(&self, query: &str, entries: &[Entry], at: Timestamp) -> io::Result<()> {
        if entries.is_empty() {
            return match std::fs::remove_file(self.file(query)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let answer = CachedAnswer { query: query.to_owned(), at, entries: entries.to_vec() };
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(&answer)?)?;
        file.as_file().sync_data()?;
        file.persist(self.file(query))?;
        Ok(())
    }

    /// The stored answer and its age, unless that is more than `max_stale`. Keys that have expired since are left out.
    pub fn get(&self, query: &str, max_stale: SignedDuration, now: Timestamp) -> Option<(Vec<Entry>, SignedDuration)> {
        let text = std::fs::read(self.file(query)).ok()?;
        let answer: CachedAnswer = serde_json::from_slice(&text).ok()?;
        let age = now.duration_since(answer.at);
        let usable = answer.query == query && age <= max_stale && age >= -CLOCK_TOLERANCE;
        let entries = answer.entries.into_iter().filter(|entry| entry.expires_at.is_none_or(|end| now < end));
        usable.then(|| (entries.collect(), age))
    }

    /// Named by a hash, as a query is not a valid file name.
    fn file(&self, query: &str) -> PathBuf {
        self.folder.join(format!("{}.json", hex::encode(&Sha256::digest(query)[..16])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Clock;
    use serde_json::json;
    use std::os::unix::fs::PermissionsExt;

    fn entry(expires_at: Option<Timestamp>) -> Entry {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINP+od5Bvk9rE3r0JDfRwLZ/72vb3p/wsWyM0uLPlPVA";
        let entry = json!({"user_id": 1, "username": "jane", "key_id": 1, "key": key, "expires_at": expires_at});
        serde_json::from_value(entry).unwrap()
    }

    #[test]
    fn old_answers_and_expired_keys_are_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("cache")).unwrap();
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let hour = SignedDuration::from_hours(1);
        cache.store("username=jane", &[entry(None), entry(Some(at + hour))], at).unwrap();
        let answer = |now, stale| cache.get("username=jane", stale, now);
        assert_eq!(answer(at, hour).unwrap().0.len(), 2);
        assert_eq!(answer(at + hour, hour).unwrap(), (vec![entry(None)], hour));
        assert!(answer(at + hour + hour, hour).is_none());
        assert!(answer(at - hour, hour).is_none(), "from the future");
        assert!(cache.get("username=john", hour, at).is_none());
    }

    #[test]
    fn an_answer_without_keys_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let (now, hour) = (Clock::MACHINE.now(), SignedDuration::from_hours(1));
        cache.store("username=jane", &[entry(None)], now).unwrap();
        assert!(cache.get("username=jane", hour, now).is_some());
        for _ in 0..2 {
            cache.store("username=jane", &[], now).unwrap();
            assert!(cache.get("username=jane", hour, now).is_none());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        Cache::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o770)).unwrap();
        assert!(Cache::open(&path).is_err());
        std::os::unix::fs::symlink(folder.path(), folder.path().join("link")).unwrap();
        assert!(Cache::open(&folder.path().join("link")).is_err());
    }

    #[test]
    fn an_incomplete_file_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("cache")).unwrap();
        std::fs::write(cache.file("q"), "{\"question\":\"q\"").unwrap();
        assert!(cache.get("q", SignedDuration::from_hours(1), Clock::MACHINE.now()).is_none());
    }
}
