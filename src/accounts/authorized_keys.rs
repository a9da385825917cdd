//! Which keys open a lookup, for sshd and git.

use super::{Accounts, Admin, Error, PublicReader, Reader, now};
use crate::domain::{EmailAddress, KeyId};
use crate::store::{AuthorizedKey, KeyLookup};
use jiff::Timestamp;

impl Accounts {
    /// The keys that open a lookup now; none for unknown users and those who are not active.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn authorized_keys(&self, _admin: &Admin, lookup: &KeyLookup) -> Result<Vec<AuthorizedKey>, Error> {
        Ok(self.store.read(|db| db.authorized_keys(lookup, now()))?)
    }

    /// The keys that a user can sign in with.
    ///
    /// # Errors
    /// `NotFound` for unknown users and for those who are not active.
    pub fn public_keys(&self, reader: &PublicReader, username: &str) -> Result<Vec<AuthorizedKey>, Error> {
        let user = self.user_by_name(reader, username)?;
        Ok(self.store.read(|db| db.authorized_keys(&KeyLookup::ByUser(user.username.as_str().to_owned()), now()))?)
    }

    /// Every key that may sign, with its owner's verified addresses.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn signers(&self, _reader: &Reader) -> Result<Vec<(AuthorizedKey, Vec<EmailAddress>)>, Error> {
        Ok(self.store.snapshot(|db| db.signers(now())).await?)
    }

    /// Writes when keys were used.
    ///
    /// # Errors
    /// `Busy`, and nothing was written.
    pub async fn keys_used(&self, notes: Vec<(KeyId, Timestamp)>) -> Result<(), Error> {
        self.store
            .write(move |tx| {
                notes.iter().try_for_each(|(key, at)| tx.key_used(*key, *at))?;
                Ok(())
            })
            .await
    }
}
