//! The SSH keys of a user.

use super::access::ReadUsers;
use super::audit::{Event, EventKind};
use super::{AccountAccess, Accounts, Admin, Error};
use crate::domain::{AnyFingerprint, Key, KeyId, NewKey, UserId};
use crate::store::Write;

impl Accounts {
    /// The keys, by id.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn keys(&self, access: &AccountAccess) -> Result<Vec<Key>, Error> {
        Ok(self.store.read(|db| db.keys(access.user()))?)
    }

    /// # Errors
    /// `NotFound`, also for another user's key.
    pub fn key(&self, access: &AccountAccess, id: KeyId) -> Result<Key, Error> {
        self.store.read(|db| db.key(access.user(), id))?.ok_or(Error::NotFound)
    }

    /// One key of a user.
    ///
    /// # Errors
    /// `NotFound`, also for another user's key and for a user that the permission does not show.
    pub fn key_of(&self, reader: &impl ReadUsers, user: UserId, id: KeyId) -> Result<Key, Error> {
        self.user(reader, user)?;
        self.store.read(|db| db.key(user, id))?.ok_or(Error::NotFound)
    }

    /// Any user's key, by its id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn any_key(&self, _admin: &Admin, id: KeyId) -> Result<Key, Error> {
        self.store.read(|db| db.any_key(id))?.ok_or(Error::NotFound)
    }

    /// Any user's key, by its fingerprint.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn key_by_fingerprint(&self, _admin: &Admin, fingerprint: &AnyFingerprint) -> Result<Key, Error> {
        self.store.read(|db| db.key_by_fingerprint(fingerprint))?.ok_or(Error::NotFound)
    }

    /// # Errors
    /// `Taken(Fingerprint)` if any user has the key; `Invalid` if the user has too many; `NotFound` if the user was
    /// deleted in the meantime.
    pub async fn add_key(&self, access: &AccountAccess, new: NewKey) -> Result<Key, Error> {
        let (user_id, bounds, bounded) = (access.user(), self.bounds, access.clone());
        self.write_for(access, move |tx| {
            bounds.check_keys(tx, &bounded, 1, size(&new))?;
            let key = insert(tx, user_id, new)?;
            let event = event(EventKind::KeyAdded, &key);
            Ok((key, [event]))
        })
        .await
    }

    /// Adds all keys or none.
    ///
    /// # Errors
    /// As [`Accounts::add_key`], with the index of the refused key.
    pub async fn add_keys(&self, access: &AccountAccess, keys: Vec<NewKey>) -> Result<Vec<Key>, (usize, Error)> {
        let (user_id, bounds, bounded) = (access.user(), self.bounds, access.clone());
        let added = self.write_for(access, move |tx| {
            bounds.check_keys(tx, &bounded, keys.len() as u64, keys.iter().map(size).sum())?;
            let add = |(at, new)| insert(tx, user_id, new).map_err(|error| Refused(at, error));
            let keys = keys.into_iter().enumerate().map(add).collect::<Result<Vec<_>, Refused>>()?;
            let events: Vec<_> = keys.iter().map(|key| event(EventKind::KeyAdded, key)).collect();
            Ok::<_, Refused>((keys, events))
        });
        added.await.map_err(|Refused(at, error)| (at, error))
    }

    /// Deletes the key, and returns it.
    ///
    /// # Errors
    /// `NotFound`, also for another user's key.
    pub async fn remove_key(&self, access: &AccountAccess, id: KeyId) -> Result<Key, Error> {
        let user = access.user();
        self.write_reducing_for(access, move |tx| {
            let key = tx.key(user, id)?.ok_or(Error::NotFound)?;
            tx.delete_key(id)?;
            let event = event(EventKind::KeyRemoved, &key);
            Ok((key, [event]))
        })
        .await
    }
}

/// The bytes that count towards the bounds of an account.
fn size(new: &NewKey) -> u64 {
    new.key.as_str().len() as u64
}

fn insert(tx: &Write<'_>, user_id: UserId, new: NewKey) -> Result<Key, Error> {
    let created_at = tx.now();
    let id = tx.insert_key(user_id, None, &new, created_at)?;
    let NewKey { title, key, usage, expires_at } = new;
    Ok(Key { id, user_id, title, key, usage, created_at, expires_at, last_used_at: None })
}

fn event(kind: EventKind, key: &Key) -> Event {
    let fingerprint = key.key.fingerprint().to_string();
    Event::of_user(kind, key.user_id)
        .with("key", key.id.0)
        .with("title", key.title.as_str())
        .with("fingerprint", fingerprint)
        .with("expires_at", key.expires_at.map(|time| time.to_string()))
}

/// The index of the refused key, and why it was refused.
struct Refused(usize, Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(0, error)
    }
}

impl From<crate::store::Error> for Refused {
    /// The commit failed, so no key in particular was refused.
    fn from(error: crate::store::Error) -> Self {
        Self(0, error.into())
    }
}
