//! What a server answered, kept for the time when it doesn't.
//!
//! Whoever can write here can let themselves in: the folder must be ours, and nobody else's to write to.

use super::Entry;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::DirBuilder;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// A clock that is set back by more than this makes what was kept before look like the future's: it is not used.
const CLOCK: SignedDuration = SignedDuration::from_secs(60);

pub struct Cache {
    folder: PathBuf,
}

#[derive(Deserialize, Serialize)]
struct Kept {
    question: String,
    at: Timestamp,
    entries: Vec<Entry>,
}

impl Cache {
    /// Makes the folder if it isn't there, readable and writable for us alone.
    ///
    /// # Errors
    /// It belongs to somebody else, or somebody else may write to it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let found = std::fs::symlink_metadata(folder)?;
        let ours = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0;
        if !ours {
            let why = "must be a folder of this user's own that nobody else can write to";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Keeps an answer. Its file appears whole or not at all. That there is no key is kept as nothing: whoever offers
    /// keys that nobody has must not fill the disk.
    ///
    /// # Errors
    /// The disk is full, or the like; what was kept before stays.
    pub fn keep(&self, question: &str, entries: &[Entry], at: Timestamp) -> io::Result<()> {
        if entries.is_empty() {
            return match std::fs::remove_file(self.file(question)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let kept = Kept { question: question.to_owned(), at, entries: entries.to_vec() };
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(&kept)?)?;
        file.as_file().sync_data()?;
        file.persist(self.file(question))?;
        Ok(())
    }

    /// What was kept, and how old it is, if that is not more than `max_stale`.
    pub fn answer(
        &self,
        question: &str,
        max_stale: SignedDuration,
        now: Timestamp,
    ) -> Option<(Vec<Entry>, SignedDuration)> {
        let text = std::fs::read(self.file(question)).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        let age = now.duration_since(kept.at);
        let good = kept.question == question && age <= max_stale && age >= -CLOCK;
        let entries = kept.entries.into_iter().filter(|entry| entry.expires_at.is_none_or(|end| now < end));
        good.then(|| (entries.collect(), age))
    }

    /// A name that any question can have.
    fn file(&self, question: &str) -> PathBuf {
        let hash = Sha256::digest(question);
        let name: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(format!("{name}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{KeyId, KeyPolicy, SshKey, UserId, Username};
    use std::os::unix::fs::PermissionsExt;

    fn entry(expires_at: Option<Timestamp>) -> Entry {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINP+od5Bvk9rE3r0JDfRwLZ/72vb3p/wsWyM0uLPlPVA";
        Entry {
            user_id: UserId(1),
            username: Username::parse("jane").unwrap(),
            key_id: KeyId(1),
            key: SshKey::parse(key, KeyPolicy::default()).unwrap(),
            expires_at,
        }
    }

    #[test]
    fn answers_grow_stale_and_keys_expire() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("cache")).unwrap();
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let hour = SignedDuration::from_hours(1);
        cache.keep("username=jane", &[entry(None), entry(Some(at + hour))], at).unwrap();
        let answer = |now, stale| cache.answer("username=jane", stale, now);
        assert_eq!(answer(at, hour).unwrap().0.len(), 2);
        assert_eq!(answer(at + hour, hour).unwrap(), (vec![entry(None)], hour));
        assert!(answer(at + hour + hour, hour).is_none());
        assert!(answer(at - hour, hour).is_none(), "from the future");
        assert!(cache.answer("username=john", hour, at).is_none());
    }

    #[test]
    fn no_key_is_kept_as_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let (now, hour) = (Timestamp::now(), SignedDuration::from_hours(1));
        cache.keep("username=jane", &[entry(None)], now).unwrap();
        assert!(cache.answer("username=jane", hour, now).is_some());
        for _ in 0..2 {
            cache.keep("username=jane", &[], now).unwrap();
            assert!(cache.answer("username=jane", hour, now).is_none());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
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
    fn a_half_written_file_is_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("cache")).unwrap();
        std::fs::write(cache.file("q"), "{\"question\":\"q\"").unwrap();
        assert!(cache.answer("q", SignedDuration::from_hours(1), Timestamp::now()).is_none());
    }
}
