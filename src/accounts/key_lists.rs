//! Lists of SSH keys, read in batches of a few keys, so that no list is in memory as a whole and no batch takes long.

use super::access::{ReadUsers, shows};
use super::{AccountAccess, Accounts, Error, PublicReader, Reader};
use crate::domain::{EmailAddress, Key, KeyId, SshKey, UserId};
use crate::store::{AuthorizedKey, Batch, SignerCursor};
use std::ops::ControlFlow;

/// The keys of one user, or some of them, by id, from the position that was read last. It is also the permission to read
/// them.
#[derive(Clone, Debug)]
pub struct KeyList {
    user: UserId,
    after: KeyId,
    offset: u64,
    limit: u64,
}

impl KeyList {
    fn of(user: UserId) -> Self {
        Self { user, after: KeyId(0), offset: 0, limit: u64::MAX }
    }

    /// Only `limit` keys from the `offset`th on.
    #[must_use]
    pub fn page(self, offset: u64, limit: u64) -> Self {
        Self { offset, limit, ..self }
    }
}

/// The keys that a user can sign in with, by id, from the position that was read last.
#[derive(Clone, Debug)]
pub struct PublicKeyList {
    user: UserId,
    after: KeyId,
    version: [i64; 2],
}

impl PublicKeyList {
    /// These numbers change whenever the list does, and do not come back.
    pub fn version(&self) -> [i64; 2] {
        self.version
    }

    /// The owner of the keys.
    pub fn user(&self) -> UserId {
        self.user
    }
}

impl Accounts {
    pub fn key_list(&self, access: &AccountAccess) -> KeyList {
        KeyList::of(access.user())
    }

    /// The keys of a user, by id or user name (GitLab's `doc/api/user_keys.md`).
    ///
    /// # Errors
    /// `NotFound` for a user that the permission does not show.
    pub fn key_list_of(&self, reader: &impl ReadUsers, id_or_name: &str) -> Result<KeyList, Error> {
        let found = self.store.read(|db| match id_or_name.parse() {
            Ok(id) => db.state_by_id(id),
            Err(_) => db.state_by_name(id_or_name),
        });
        let (user, _) = found?.filter(|(_, state)| shows(reader, *state)).ok_or(Error::NotFound)?;
        Ok(KeyList::of(user))
    }

    /// The number of all keys of the user, not only of those in the list.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn count_keys(&self, list: &KeyList) -> Result<u64, Error> {
        Ok(self.store.read(|db| db.count_keys(list.user))?)
    }

    /// Reads the next keys of the list.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn next_keys(&self, list: &mut KeyList) -> Result<Batch<Key>, Error> {
        let batch = self.store.read(|db| db.keys_after(list.user, list.after, list.offset, list.limit))?;
        list.after = batch.rows.last().map_or(list.after, |key| key.id);
        list.offset = 0;
        list.limit = list.limit.saturating_sub(batch.rows.len() as u64);
        Ok(batch)
    }

    /// The keys that a user can sign in with.
    ///
    /// # Errors
    /// `NotFound` for unknown users and for those who are not active.
    pub fn public_keys(&self, reader: &PublicReader, username: &str) -> Result<PublicKeyList, Error> {
        let owner = self.store.read(|db| db.public_key_owner(username, db.now()))?;
        let owner = owner.filter(|owner| shows(reader, owner.state)).ok_or(Error::NotFound)?;
        Ok(PublicKeyList { user: owner.user, after: KeyId(0), version: owner.version })
    }

    /// Reads the next keys of the list.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn next_public_keys(&self, list: &mut PublicKeyList) -> Result<Batch<SshKey>, Error> {
        let batch = self.store.read(|db| db.public_keys_after(list.user, list.after, db.now()))?;
        list.after = batch.rows.last().map_or(list.after, |(id, _)| *id);
        Ok(Batch { rows: batch.rows.into_iter().map(|(_, key)| key).collect(), is_last: batch.is_last })
    }

    /// These numbers change whenever the list of signers does, and do not come back.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn signers_version(&self, _reader: &Reader) -> Result<[i64; 2], Error> {
        Ok(self.store.read(|db| db.signers_version(db.now()))?)
    }

    /// Passes some of the keys that may sign to `each`, with the confirmed addresses of their owner, until it breaks.
    /// Returns the position of the last one; `None` after the last one of all.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn next_signers(
        &self,
        _reader: &Reader,
        cursor: SignerCursor,
        each: impl FnMut(&AuthorizedKey, &[EmailAddress]) -> ControlFlow<()>,
    ) -> Result<Option<SignerCursor>, Error> {
        Ok(self.store.read(|db| db.signers_after(cursor, self.email_trust, db.now(), each))?)
    }
}
