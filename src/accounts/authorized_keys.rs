//! Key look-ups for sshd and git.

use super::{Accounts, Admin, Error, now};
use crate::domain::KeyId;
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
