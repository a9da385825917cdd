//! SSH keys of one user.

use super::{Accounts, Admin, Error, Grant, now};
use crate::domain::{Key, KeyId, SshKey, Title};

impl Accounts {
    /// By id.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn keys(&self, grant: &Grant) -> Result<Vec<Key>, Error> {
        Ok(self.store.read(|db| db.keys(grant.user()))?)
    }

    /// # Errors
    /// `NotFound`, also for somebody else's key.
    pub fn key(&self, grant: &Grant, id: KeyId) -> Result<Key, Error> {
        self.store.read(|db| db.key(grant.user(), id))?.ok_or(Error::NotFound)
    }

    /// A key by its id, whosever it is.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn key_of_anybody(&self, _admin: &Admin, id: KeyId) -> Result<Key, Error> {
        self.store.read(|db| db.key_of_anybody(id))?.ok_or(Error::NotFound)
    }

    /// # Errors
    /// `Taken(Fingerprint)`, whoever has it; `NotFound` if the user was deleted meanwhile.
    pub async fn add_key(&self, grant: &Grant, title: Title, key: SshKey) -> Result<Key, Error> {
        let user_id = grant.user();
        self.store
            .write(move |tx| {
                let created_at = now();
                let id = tx.insert_key(user_id, None, &title, &key, created_at)?;
                Ok(Key { id, user_id, title, key, created_at })
            })
            .await
    }

    /// Deletes the key and gives what it was.
    ///
    /// # Errors
    /// `NotFound`, also for somebody else's key.
    pub async fn remove_key(&self, grant: &Grant, id: KeyId) -> Result<Key, Error> {
        let user = grant.user();
        self.store
            .write(move |tx| {
                let key = tx.key(user, id)?.ok_or(Error::NotFound)?;
                tx.delete_key(id)?;
                Ok(key)
            })
            .await
    }
}
