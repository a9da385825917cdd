//! Key look-ups for sshd and git.

use super::{Accounts, Admin, Error, PublicReader, Reader, now};
use crate::domain::{EmailAddress, KeyId};
use crate::store::{AuthorizedKey, KeyLookup};
use jiff::Timestamp;

impl Accounts {
    /// The keys of a lookup that authenticate their owner now; none for unknown users and for those who are not active.
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

    /// Every key that may sign, with the verified addresses of its owner.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn signers(&self, _reader: &Reader) -> Result<Vec<(AuthorizedKey, Vec<EmailAddress>)>, Error> {
        Ok(self.store.snapshot(|db| db.signers(now())).await?)
    }

    /// Stores when keys were last used.
    ///
    /// # Errors
    /// `Busy`; nothing was stored then.
    pub async fn keys_used(&self, uses: Vec<(KeyId, Timestamp)>) -> Result<(), Error> {
        self.store
            .write(move |tx| {
                uses.iter().try_for_each(|(key, at)| tx.key_used(*key, *at))?;
                Ok(())
            })
            .await
    }
}
