//! When tokens were last used, kept in memory and written now and then: a read must not cost a write.

use super::{Accounts, Error, now};
use crate::domain::TokenId;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub(super) struct Usage(Mutex<HashMap<TokenId, Timestamp>>);

impl Usage {
    pub(super) fn note(&self, token: TokenId) {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(token, now());
    }

    fn take(&self) -> HashMap<TokenId, Timestamp> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Accounts {
    /// Writes what has been noted since the last time. Call it every minute and before the end.
    ///
    /// # Errors
    /// `Busy`: what was noted is lost, which costs a time of last use and nothing else.
    pub async fn write_usage(&self) -> Result<(), Error> {
        let used = self.usage.take();
        if used.is_empty() {
            return Ok(());
        }
        self.store
            .write(move |tx| {
                used.iter().try_for_each(|(token, at)| tx.token_used(*token, *at))?;
                Ok(())
            })
            .await
    }
}
