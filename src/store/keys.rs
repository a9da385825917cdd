//! SSH keys.

use super::error::Error;
use super::tx::{Read, Write, micros, time};
use crate::domain::{Fingerprint, Key, KeyId, SshKey, Title, UserId};
use jiff::Timestamp;
use rusqlite::Row;

const SELECT: &str = "SELECT id, user_id, title, key, fingerprint, created_at FROM ssh_keys";

impl Read<'_> {
    /// The user's keys by id.
    pub fn keys(&self, user: UserId) -> Result<Vec<Key>, Error> {
        self.all(&format!("{SELECT} WHERE user_id = ?1 ORDER BY id"), [user.0], key)
    }

    /// The key, if it is that user's.
    pub fn key(&self, user: UserId, id: KeyId) -> Result<Option<Key>, Error> {
        self.one(&format!("{SELECT} WHERE id = ?1 AND user_id = ?2"), [id.0, user.0], key)
    }

    /// Whosever key it is.
    pub fn key_of_anybody(&self, id: KeyId) -> Result<Option<Key>, Error> {
        self.one(&format!("{SELECT} WHERE id = ?1"), [id.0], key)
    }
}

impl Write<'_> {
    /// Adds a key, with an explicit id if a fixture gives one.
    ///
    /// # Errors
    /// `Taken(Fingerprint)` whoever has it; `Gone` if there is no such user; `Taken(Id)`, `RetiredId`.
    pub fn insert_key(
        &self,
        user: UserId,
        id: Option<KeyId>,
        title: &Title,
        key: &SshKey,
        created_at: Timestamp,
    ) -> Result<KeyId, Error> {
        let id = self.insert(
            "INSERT INTO ssh_keys (id, user_id, title, key, fingerprint, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (id.map(|id| id.0), user.0, title.as_str(), key.as_str(), key.fingerprint().as_bytes(), micros(created_at)),
        )?;
        Ok(KeyId(id))
    }

    pub fn delete_key(&self, id: KeyId) -> Result<(), Error> {
        self.run("DELETE FROM ssh_keys WHERE id = ?1", [id.0]).map(drop)
    }
}

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: KeyId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        title: Title::stored(row.get("title")?),
        key: SshKey::stored(row.get("key")?, Fingerprint::from_bytes(row.get("fingerprint")?)),
        created_at: time(row, "created_at")?,
    })
}
