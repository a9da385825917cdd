//! SSH keys.

use super::conditions::Conditions;
use super::error::Error;
use super::tx::{Read, Write, micros, optional_time, time};
use crate::domain::{
    AnyFingerprint, EmailAddress, EmailTrust, Fingerprint, Key, KeyId, NewKey, SingleLineText, SshKey, UserId, Username,
};
use jiff::Timestamp;
use rusqlite::{Row, params_from_iter};

const SELECT: &str = "SELECT * FROM ssh_keys";

/// A key that authenticates its owner, an active user.
#[derive(Clone, Debug)]
pub struct AuthorizedKey {
    pub username: Username,
    pub key: Key,
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

    /// Passes every key that may sign now to `each`, with those addresses of its owner that were verified by a party
    /// whose word counts, by user and key. Users without a key or without such an address are left out.
    pub fn each_signer(
        &self,
        trust: EmailTrust,
        now: Timestamp,
        mut each: impl FnMut(&AuthorizedKey, &[EmailAddress]),
    ) -> Result<(), Error> {
        let sql = "SELECT u.username, k.*, group_concat(e.address, ' ' ORDER BY e.id) AS addresses
                   FROM ssh_keys k JOIN users u ON u.id = k.user_id
                   JOIN emails e ON e.user_id = u.id AND e.verified = 1 AND (?2 OR e.verified_by = 'administrator')
                   WHERE u.state = 'active' AND k.usage_type <> 'auth' AND (k.expires_at IS NULL OR k.expires_at > ?1)
                   GROUP BY k.id ORDER BY u.id, k.id";
        self.all(sql, (micros(now), trust == EmailTrust::Everyone), |row| {
            let addresses: String = row.get("addresses")?;
            // Addresses contain no spaces.
            let stored = |address: &str| EmailAddress::stored(address.to_owned());
            let addresses: Vec<_> = addresses.split(' ').map(stored).collect();
            each(&authorized_key(row)?, &addresses);
            Ok(())
        })
        .map(drop)
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

fn authorized_key(row: &Row<'_>) -> rusqlite::Result<AuthorizedKey> {
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
