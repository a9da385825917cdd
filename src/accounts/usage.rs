//! When tokens were last used, kept in memory and written now and then: a read must not cost a write.

use super::{Accounts, Error, now};
use crate::domain::TokenId;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Notes that are written together: other writes wait for them.
const AT_ONCE: usize = 1024;

/// Tables that the notes are divided among. Each stays small, so that none has to be copied while it grows to the megabytes
/// that a crowd of hundreds of thousands of tokens takes, and their memory serves for the next minute's.
const TABLES: usize = 256;
/// Tokens with ids that follow each other share a table, for they also lie together in the file.
const TOGETHER: i64 = 1024;

/// The microseconds since 1970 by the id of the token.
type Notes = HashMap<i64, i64>;

pub(super) struct Usage([Mutex<Notes>; TABLES]);

impl Default for Usage {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl Usage {
    /// To the second: `last` is the second of the note before, and what came after it in the same one is not noted.
    pub(super) fn note(&self, token: TokenId, last: &AtomicI64) {
        let now = now();
        // Looked at before it is set: what many processors write to, they wait for.
        if last.load(Ordering::Relaxed) == now.as_second() {
            return;
        }
        last.store(now.as_second(), Ordering::Relaxed);
        let table = (token.0 / TOGETHER).unsigned_abs() as usize % TABLES;
        self.lock(table).insert(token.0, now.as_microsecond());
    }

    /// Moves the notes of one table. It keeps room for as many again.
    fn take(&self, table: usize, to: &mut Vec<(i64, i64)>) {
        let mut used = self.lock(table);
        let as_many = used.len();
        to.extend(used.drain());
        used.shrink_to(as_many);
    }

    fn lock(&self, table: usize) -> MutexGuard<'_, Notes> {
        self.0[table].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts {
    /// Writes what has been noted since the last time. Call it every minute and before the end.
    ///
    /// # Errors
    /// `Busy`: a thousand notes are lost or so, which costs times of last use and nothing else. The rest waits for the next
    /// time.
    pub async fn write_usage(&self) -> Result<(), Error> {
        let mut taken = Vec::new();
        for table in 0..TABLES {
            self.usage.take(table, &mut taken);
            let last = table == TABLES - 1;
            while taken.len() >= AT_ONCE || last && !taken.is_empty() {
                let mut some: Vec<_> = taken.drain(..taken.len().min(AT_ONCE)).collect();
                // In the order in which they lie in the file.
                some.sort_unstable();
                let noted = self.store.write(move |tx| {
                    some.iter().try_for_each(|(token, micros)| {
                        let at = Timestamp::from_microsecond(*micros).map_err(|_| Error::Internal)?;
                        Ok::<_, Error>(tx.token_used(TokenId(*token), at)?)
                    })
                });
                noted.await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_all(usage: &Usage) -> Vec<i64> {
        let mut taken = Vec::new();
        (0..TABLES).for_each(|table| usage.take(table, &mut taken));
        let mut tokens: Vec<_> = taken.into_iter().map(|(token, _)| token).collect();
        tokens.sort_unstable();
        tokens
    }

    #[test]
    fn every_token_is_taken_once_whatever_its_id() {
        let usage = Usage::default();
        // In one table, in each of them, and in the first ones again.
        let tables = TABLES as i64;
        let ids: Vec<i64> = (1..=10).chain((1..2 * tables).map(|block| block * TOGETHER)).chain([i64::MAX]).collect();
        for _ in 0..2 {
            ids.iter().for_each(|id| usage.note(TokenId(*id), &AtomicI64::default()));
        }
        assert_eq!(take_all(&usage), ids);
        assert_eq!(take_all(&usage), [0; 0]);
    }

    #[test]
    fn a_second_is_noted_once() {
        let (usage, last) = (Usage::default(), AtomicI64::new(i64::MAX));
        let before = now().as_second();
        usage.note(TokenId(1), &last);
        assert_eq!(take_all(&usage), [1]);
        usage.note(TokenId(1), &last);
        let after = now().as_second();
        assert!(before != after || take_all(&usage).is_empty());
    }

    #[test]
    fn room_is_kept_for_as_many_again_and_not_for_a_crowd_that_is_gone() {
        let usage = Usage::default();
        let note = |tokens: i64| (0..tokens).for_each(|id| usage.note(TokenId(id), &AtomicI64::default()));
        note(1000);
        take_all(&usage);
        assert!(usage.lock(0).capacity() >= 1000);
        note(10);
        take_all(&usage);
        assert!(usage.lock(0).capacity() < 100);
    }
}
