//! Notes when tokens and passwords were last used. They are kept in memory and written every minute, because a read must
//! not cost a write.

use super::actor::SignedIn;
use super::{Accounts, Error};
use crate::domain::{TokenHash, TokenId, UserId};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Notes written in one transaction; other writes wait for it.
pub(super) const BATCH: usize = 1024;

/// What was used. A token stands for its owner, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Used {
    Token(TokenId),
    /// The password of this user.
    Password(UserId),
    /// The browser session whose cookie has this SHA-256.
    WebSession([u8; 32]),
}

#[derive(Default)]
pub(super) struct Usage(Mutex<Notes>);

#[derive(Default)]
struct Notes {
    /// The [`SignedIn::opening`] that the ids are from.
    opening: Option<u64>,
    /// Microseconds since 1970 of each last use.
    used: HashMap<Used, i64, foldhash::fast::RandomState>,
}

impl Notes {
    /// Drops the notes if the database was reopened: in another one, the ids are other users'.
    fn retain_of(&mut self, opening: Option<u64>) {
        if opening.is_some() && self.opening != opening {
            self.used.clear();
            self.opening = opening;
        }
    }
}

impl Usage {
    pub(super) fn note(&self, signed_in: &SignedIn, at: Timestamp) {
        let used = signed_in.token().map_or(Used::Password(signed_in.user.id), Used::Token);
        let mut notes = self.lock();
        notes.retain_of(signed_in.opening());
        notes.used.insert(used, at.as_microsecond());
    }

    /// A session is found by its cookie, so a note of another database does no harm.
    pub(super) fn note_web_session(&self, hash: &TokenHash, at: Timestamp) {
        self.lock().used.insert(Used::WebSession(*hash.as_bytes()), at.as_microsecond());
    }

    /// In the order in which the rows lie in the file.
    fn take(&self, opening: Option<u64>) -> Vec<(Used, i64)> {
        let mut notes = self.lock();
        notes.retain_of(opening);
        let mut taken: Vec<_> = std::mem::take(&mut notes.used).into_iter().collect();
        drop(notes);
        taken.sort_unstable();
        taken
    }

    /// Newer notes stay.
    fn restore(&self, notes: &[(Used, i64)]) {
        let mut newer = self.lock();
        for (used, micros) in notes {
            newer.used.entry(*used).or_insert(*micros);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts {
    /// Writes the notes that were taken since the last call, unless the database was reopened in the meantime.
    ///
    /// # Errors
    /// `Busy`: the notes that were not written wait for the next call.
    pub async fn write_usage(&self) -> Result<(), Error> {
        let notes = self.usage.take(self.store.data_version().map(|version| version.opening()));
        for (at, batch) in notes.chunks(BATCH).enumerate() {
            let rows = batch.to_vec();
            let written = self.store.write(move |tx| {
                rows.iter().try_for_each(|(used, micros)| {
                    let at = Timestamp::from_microsecond(*micros).map_err(|_| Error::Internal)?;
                    match used {
                        Used::Token(token) => tx.token_used(*token, at)?,
                        Used::Password(user) => tx.password_used(*user, at)?,
                        Used::WebSession(hash) => tx.web_session_used(&TokenHash::from_bytes(*hash), at)?,
                    }
                    Ok::<_, Error>(())
                })
            });
            if let Err(error) = written.await {
                self.usage.restore(&notes[at * BATCH..]);
                return Err(error);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTES: [(Used, i64); 2] = [(Used::Token(TokenId(1)), 10), (Used::Password(UserId(1)), 20)];

    #[test]
    fn each_note_is_taken_once() {
        let usage = Usage::default();
        usage.restore(&NOTES);
        assert_eq!(usage.take(None), NOTES);
        assert_eq!(usage.take(None), []);
    }

    #[test]
    fn a_note_that_could_not_be_written_does_not_replace_a_newer_one() {
        let usage = Usage::default();
        usage.restore(&[(Used::Token(TokenId(1)), 11)]);
        usage.restore(&NOTES);
        assert_eq!(usage.take(None), [(Used::Token(TokenId(1)), 11), NOTES[1]]);
    }

    #[test]
    fn notes_of_another_database_are_dropped() {
        let usage = Usage::default();
        assert_eq!(usage.take(Some(1)), []);
        usage.restore(&NOTES);
        assert_eq!(usage.take(Some(1)), NOTES);
        usage.restore(&NOTES);
        assert_eq!(usage.take(Some(2)), []);
    }
}
