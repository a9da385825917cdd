//! Key look-ups for sshd and git.

use super::{Accounts, Admin, Error, PublicReader, Reader, now};
use crate::domain::{EmailAddress, KeyId};
use crate::store::{AuthorizedKey, DataVersion, KeyLookup};
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

    /// Passes every key that may sign to `each`, with the confirmed addresses of its owner, on a thread of its own.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn fold_signers<T: Send + 'static>(
        &self,
        _reader: &Reader,
        mut state: T,
        each: fn(&mut T, &AuthorizedKey, &[EmailAddress]),
    ) -> Result<T, Error> {
        let trust = self.email_trust;
        let folded = self.store.snapshot(move |db| {
            db.each_signer(trust, now(), |key, addresses| each(&mut state, key, addresses))?;
            Ok::<_, Error>(state)
        });
        folded.await
    }

    /// The state of the database, to be compared with a later one. None if it cannot be told.
    pub fn data_version(&self) -> Option<DataVersion> {
        self.store.data_version()
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
