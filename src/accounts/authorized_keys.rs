//! Key look-ups for sshd and git.

use super::usage::BATCH;
use super::{Accounts, Admin, Error};
use crate::domain::KeyId;
use crate::store::{AuthorizedKey, KeyLookup};
use jiff::Timestamp;

impl Accounts {
    /// The keys of a lookup that authenticate their owner now; none for unknown users and for those who are not active.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn authorized_keys(&self, _admin: &Admin, lookup: &KeyLookup) -> Result<Vec<AuthorizedKey>, Error> {
        Ok(self.store.read(|db| db.authorized_keys(lookup, db.now()))?)
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
