//! Key look-ups for sshd and git.

use super::usage::BATCH;
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

    /// Passes every key that may sign to `each`, with the verified addresses of its owner, on a thread of its own.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn fold_signers<T: Send + 'static>(
        &self,
        _reader: &Reader,
        mut state: T,
        each: fn(&mut T, &AuthorizedKey, &[EmailAddress]),
    ) -> Result<T, Error> {
        let folded = self.store.snapshot(move |db| {
            db.each_signer(now(), |key, addresses| each(&mut state, key, addresses))?;
            Ok::<_, Error>(state)
        });
        folded.await
    }

    /// The state of the database, to be compared with a later one. None if it cannot be told.
    pub fn data_version(&self) -> Option<DataVersion> {
        self.store.data_version()
    }

    /// Stores when keys were last used, some at a time, so that other writes need not wait for all of them.
    ///
    /// # Errors
    /// `Busy`; some may have been stored then.
    pub async fn keys_used(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), Error> {
        for batch in uses.chunks(BATCH) {
            let batch = batch.to_vec();
            let stored = self.store.write(move |tx| {
                batch.iter().try_for_each(|(key, at)| tx.key_used(*key, *at))?;
                Ok::<_, Error>(())
            });
            stored.await?;
        }
        Ok(())
    }
}
