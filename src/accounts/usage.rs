//! When tokens were last used, kept in memory and written now and then: a read must not cost a write.

use super::{Accounts, Error, now};
use crate::domain::TokenId;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Notes that are written together: other writes wait for them.
const AT_ONCE: usize = 1024;

/// The microseconds since 1970 by the id of the token.
type Notes = HashMap<i64, i64>;

#[derive(Default)]
pub(super) struct Usage(Mutex<Notes>);

impl Usage {
    /// To the second: `last` is the second of the note before, and what came after it in the same one is not noted.
    pub(super) fn note(&self, token: TokenId, last: &AtomicI64) {
        let now = now();
        // Looked at before it is set: what many processors write to, they wait for.
        if last.load(Ordering::Relaxed) == now.as_second() {
            return;
        }
        last.store(now.as_second(), Ordering::Relaxed);
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(token.0, now.as_microsecond());
    }

    fn take(&self) -> Notes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Accounts {
    /// Writes what has been noted since the last time. Call it every minute and before the end.
    ///
    /// # Errors
    /// `Busy`: what was noted is lost, which costs a time of last use and nothing else.
    pub async fn write_usage(&self) -> Result<(), Error> {
        // In the order in which they lie in the file.
        let mut used: Vec<_> = self.usage.take().into_iter().collect();
        used.sort_unstable();
        let mut used = used.into_iter();
        loop {
            let some: Vec<_> = used.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                return Ok(());
            }
            let noted = self.store.write(move |tx| {
                some.iter().try_for_each(|(token, micros)| {
                    let at = Timestamp::from_microsecond(*micros).map_err(|_| Error::Internal)?;
                    Ok::<_, Error>(tx.token_used(TokenId(*token), at)?)
                })
            });
            noted.await?;
        }
    }
}
