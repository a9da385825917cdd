//! Deletes rows that have no use any more: expired ones, and those that deleted users leave behind.
//!
//! Nothing finds these rows, so nothing waits for them to go. Each write deletes only some of them ([`STEP`]), and writes
//! of this and other processes get in between.

use super::limits::ENDED_TOKENS_STAY;
use super::{Accounts, Error};
use crate::store::{STEP, Write};
use std::time::Instant;

/// Ended tokens that are looked for at a time.
const TOKENS: u32 = 20 * STEP;

impl Accounts {
    /// Deletes everything that has no use any more.
    ///
    /// # Errors
    /// Only those of the database. What was not deleted stays for the next call.
    pub async fn purge(&self) -> Result<(), Error> {
        self.purge_deleted_users().await?;
        let at = self.now();
        if self.store.read(|db| db.has_expired(at))? {
            while self.step(move |tx| tx.delete_expired(at)).await? {}
        }
        let kept_since = self.audit_days.kept_since(at);
        while self.store.read(|db| db.has_audit_events_before(kept_since))? {
            self.step(move |tx| tx.purge_audit_log(kept_since)).await?;
        }
        loop {
            let ended = self.store.snapshot(move |db| db.ended_tokens(at - ENDED_TOKENS_STAY, TOKENS)).await?;
            for ids in ended.chunks(STEP as usize) {
                let ids = ids.to_vec();
                self.step(move |tx| tx.delete_tokens(&ids)).await?;
            }
            if ended.len() < TOKENS as usize {
                return Ok(());
            }
        }
    }

    /// Deletes what is left of deleted users. After a crash, another call continues.
    ///
    /// # Errors
    /// As [`Accounts::purge`].
    pub async fn purge_deleted_users(&self) -> Result<(), Error> {
        while self.store.read(|db| db.has_deleted_users())? {
            self.step(|tx| tx.delete_rows_of_deleted_users()).await?;
        }
        Ok(())
    }

    /// Completes once a user was deleted, who may have left rows behind.
    pub async fn user_deleted(&self) {
        self.user_deleted.notified().await;
    }

    /// Runs one write, and waits for as long as it took: another process gets the lock only when no write has it.
    async fn step<T: Send + 'static>(
        &self,
        delete: impl FnOnce(&Write<'_>) -> Result<T, crate::store::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let start = Instant::now();
        let result = self.store.write(delete).await?;
        tokio::time::sleep(start.elapsed()).await;
        Ok(result)
    }
}
