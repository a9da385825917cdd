//! SSH keys.

use super::conditions::Conditions;
use super::error::Error;
use super::tx::{Batch, Read, Write, micros, optional_time, time};
use crate::domain::{AnyFingerprint, Fingerprint, Key, KeyId, NewKey, SingleLineText, SshKey, State, UserId, Username};
use jiff::Timestamp;
use rusqlite::{Row, params_from_iter};

const SELECT: &str = "SELECT * FROM ssh_keys";

/// About the bytes of a key in a list, besides its texts.
const KEY_OVERHEAD: usize = 200;

/// A key that authenticates its owner, an active user.
#[derive(Clone, Debug)]
pub struct AuthorizedKey {
    pub username: Username,
    pub key: Key,
}

/// The owner of public keys, and the version of these keys.
#[derive(Clone, Copy, Debug)]
pub struct PublicKeyOwner {
    pub user: UserId,
    pub state: State,
    /// These numbers change with each change of the user's keys and whenever one expires, and do not come back.
    pub version: [i64; 2],
}

/// Which keys to look up.
#[derive(Clone, Debug)]
pub enum KeyLookup {
    /// All keys of a user; the name is in any case.
    ByUser(String),
    /// The key with that fingerprint, whoever its owner is.
    ByFingerprint(Fingerprint),
    /// The key with that fingerprint, if it is that user's.
    ByUserAndFingerprint(String, Fingerprint),
}

impl Read<'_> {
    pub fn count_keys(&self, user: UserId) -> Result<u64, Error> {
        self.count("SELECT count(*) FROM ssh_keys WHERE user_id = ?1", [user.0])
    }

    /// The bytes of the user's keys, comments included.
    pub fn count_key_bytes(&self, user: UserId) -> Result<u64, Error> {
        self.count("SELECT coalesce(sum(octet_length(key)), 0) FROM ssh_keys WHERE user_id = ?1", [user.0])
    }

    /// The first of the user's keys with an id above `after`, by id. At most `limit`, from the `offset`th on.
    pub fn keys_after(&self, user: UserId, after: KeyId, offset: u64, limit: u64) -> Result<Batch<Key>, Error> {
        let sql = format!("{SELECT} WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3 OFFSET ?4");
        let size = |key: &Key| key.key.as_str().len() + key.title.as_str().len() + KEY_OVERHEAD;
        self.batch(&sql, (user.0, after.0, limit.min(i64::MAX as u64) as i64, offset as i64), key, size)
    }

    /// The owner of public keys. The name is in any case.
    pub fn public_key_owner(&self, username: &str, now: Timestamp) -> Result<Option<PublicKeyOwner>, Error> {
        let sql = "SELECT id, state, keys_version,
                     (SELECT max(expires_at) FROM ssh_keys WHERE user_id = u.id AND expires_at <= ?2) AS last_expiry
                   FROM users u WHERE username = ?1";
        self.one(sql, (username, micros(now)), |row| {
            Ok(PublicKeyOwner {
                user: UserId(row.get("id")?),
                state: row.get_ref("state")?.as_str()?.parse().map_err(|_| rusqlite::Error::InvalidQuery)?,
                version: [row.get("keys_version")?, row.get::<_, Option<i64>>("last_expiry")?.unwrap_or(0)],
            })
        })
    }

    /// The first keys with an id above `after` that the user can sign in with at `now`, by id.
    pub fn public_keys_after(
        &self,
        user: UserId,
        after: KeyId,
        now: Timestamp,
    ) -> Result<Batch<(KeyId, SshKey)>, Error> {
        let sql = "SELECT id, key, fingerprint FROM ssh_keys
                   WHERE user_id = ?1 AND id > ?2 AND usage_type <> 'signing' AND (expires_at IS NULL OR expires_at > ?3)
                   ORDER BY id";
        let key =
            |row: &Row<'_>| Ok((KeyId(row.get(0)?), SshKey::stored(row.get(1)?, Fingerprint::from_bytes(row.get(2)?))));
        self.batch(sql, [user.0, after.0, micros(now)], key, |(_, key)| key.as_str().len())
    }

    /// The user's keys by id.
    pub fn keys(&self, user: UserId) -> Result<Vec<Key>, Error> {
        self.all(&format!("{SELECT} WHERE user_id = ?1 ORDER BY id"), [user.0], key)
    }

    /// `None` also for another user's key.
    pub fn key(&self, user: UserId, id: KeyId) -> Result<Option<Key>, Error> {
        self.one(&format!("{SELECT} WHERE id = ?1 AND user_id = ?2"), [id.0, user.0], key)
    }

    /// Any user's key.
    pub fn any_key(&self, id: KeyId) -> Result<Option<Key>, Error> {
        self.one(&format!("{SELECT} WHERE id = ?1"), [id.0], key)
    }

    /// Any user's key.
    pub fn key_by_fingerprint(&self, fingerprint: &AnyFingerprint) -> Result<Option<Key>, Error> {
        match fingerprint {
            AnyFingerprint::Sha256(hash) => {
                self.one(&format!("{SELECT} WHERE fingerprint = ?1"), [hash.as_bytes()], key)
            }
            AnyFingerprint::Md5(hash) => {
                self.one(&format!("{SELECT} WHERE md5 = ?1 ORDER BY id LIMIT 1"), [hash.as_bytes()], key)
            }
        }
    }

    /// The keys of a lookup that authenticate their owner at `now`, by id: keys of active users that are neither
    /// expired nor for signing only.
    pub fn authorized_keys(&self, lookup: &KeyLookup, now: Timestamp) -> Result<Vec<AuthorizedKey>, Error> {
        let (name, hash) = match lookup {
            KeyLookup::ByUser(name) => (Some(name), None),
            KeyLookup::ByFingerprint(hash) => (None, Some(hash)),
            KeyLookup::ByUserAndFingerprint(name, hash) => (Some(name), Some(hash)),
        };
        let mut conditions = Conditions::default();
        conditions.require("u.state = 'active' AND k.usage_type <> 'signing'");
        conditions.compare("(k.expires_at IS NULL OR k.expires_at > ?)", Some(micros(now)));
        conditions.compare("u.username = ?", name.cloned());
        conditions.compare("k.fingerprint = ?", hash.map(|hash| hash.as_bytes().to_vec()));
        let sql = format!(
            "SELECT u.username, k.* FROM ssh_keys k JOIN users u ON u.id = k.user_id WHERE {} ORDER BY k.id",
            conditions.sql()
        );
        self.all(&sql, params_from_iter(&conditions.values), authorized_key)
    }
}

impl Write<'_> {
    /// Adds a key, with an explicit id if an archive gives one.
    ///
    /// # Errors
    /// `Taken(Fingerprint)` if any user has the key; `Gone` if there is no such user; `Taken(Id)`, `RetiredId`.
    pub fn insert_key(
        &self,
        user: UserId,
        id: Option<KeyId>,
        new: &NewKey,
        created_at: Timestamp,
    ) -> Result<KeyId, Error> {
        let id = self.insert(
            "INSERT INTO ssh_keys (id, user_id, title, key, fingerprint, md5, created_at, expires_at, usage_type)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                id.map(|id| id.0),
                user.0,
                new.title.as_str(),
                new.key.as_str(),
                new.key.fingerprint().as_bytes(),
                new.key.md5_fingerprint().as_bytes(),
                micros(created_at),
                new.expires_at.map(micros),
                new.usage.name(),
            ),
        )?;
        Ok(KeyId(id))
    }

    /// Records when a key was last used, unless a later time is stored.
    pub fn key_used(&self, id: KeyId, at: Timestamp) -> Result<(), Error> {
        self.run(
            "UPDATE ssh_keys SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at, ?2) <= ?2",
            [id.0, micros(at)],
        )
    }

    pub fn delete_key(&self, id: KeyId) -> Result<(), Error> {
        self.run("DELETE FROM ssh_keys WHERE id = ?1", [id.0])
    }
}

pub(super) fn authorized_key(row: &Row<'_>) -> rusqlite::Result<AuthorizedKey> {
    Ok(AuthorizedKey { username: Username::stored(row.get("username")?), key: key(row)? })
}

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: KeyId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        title: SingleLineText::stored(row.get("title")?),
        key: SshKey::stored(row.get("key")?, Fingerprint::from_bytes(row.get("fingerprint")?)),
        usage: row.get_ref("usage_type")?.as_str()?.parse().map_err(|_| rusqlite::Error::InvalidQuery)?,
        created_at: time(row, "created_at")?,
        expires_at: optional_time(row, "expires_at")?,
        last_used_at: optional_time(row, "last_used_at")?,
    })
}
