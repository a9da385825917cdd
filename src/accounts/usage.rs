//! Notes when tokens and passwords were last used. They are kept in memory and written every minute, because a read must
//! not cost a write.

use super::actor::SignedIn;
use super::{Accounts, Error};
use crate::domain::{LastAddresses, TokenHash, TokenId, UserId};
use jiff::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
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
    used: HashMap<Used, Use, foldhash::fast::RandomState>,
}

/// The last use of a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Use {
    /// Microseconds since 1970.
    at: i64,
    /// Where a token was used from.
    from: LastAddresses,
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
    pub(super) fn note(&self, signed_in: &SignedIn, at: Timestamp, from: IpAddr) {
        let used = signed_in.token().map_or(Used::Password(signed_in.user.id), Used::Token);
        let mut notes = self.lock();
        notes.retain_of(signed_in.opening());
        let noted = notes.used.entry(used).or_default();
        noted.at = at.as_microsecond();
        if matches!(used, Used::Token(_)) {
            noted.from.push(from);
        }
    }

    /// A session is found by its cookie, so a note of another database does no harm.
    pub(super) fn note_web_session(&self, hash: &TokenHash, at: Timestamp) {
        let used = Use { at: at.as_microsecond(), from: LastAddresses::default() };
        self.lock().used.insert(Used::WebSession(*hash.as_bytes()), used);
    }

    /// In the order in which the rows lie in the file.
    fn take(&self, opening: Option<u64>) -> Vec<(Used, Use)> {
        let mut notes = self.lock();
        notes.retain_of(opening);
        let mut taken: Vec<_> = std::mem::take(&mut notes.used).into_iter().collect();
        drop(notes);
        taken.sort_unstable_by_key(|(used, _)| *used);
        taken
    }

    /// Newer notes stay.
    fn restore(&self, notes: &[(Used, Use)]) {
        let mut newer = self.lock();
        for (used, older) in notes {
            newer.used.entry(*used).or_insert_with(|| older.clone());
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
                rows.iter().try_for_each(|(used, Use { at, from })| {
                    let at = Timestamp::from_microsecond(*at).map_err(|_| Error::Internal)?;
                    match used {
                        Used::Token(token) => tx.token_used(*token, at, from)?,
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

    fn at(used: Used, at: i64) -> (Used, Use) {
        (used, Use { at, from: LastAddresses::default() })
    }

    fn notes() -> [(Used, Use); 2] {
        [at(Used::Token(TokenId(1)), 10), at(Used::Password(UserId(1)), 20)]
    }

    #[test]
    fn each_note_is_taken_once() {
        let usage = Usage::default();
        usage.restore(&notes());
        assert_eq!(usage.take(None), notes());
        assert_eq!(usage.take(None), []);
    }

    #[test]
    fn a_note_that_could_not_be_written_does_not_replace_a_newer_one() {
        let usage = Usage::default();
        usage.restore(&[at(Used::Token(TokenId(1)), 11)]);
        usage.restore(&notes());
        assert_eq!(usage.take(None), [at(Used::Token(TokenId(1)), 11), notes()[1].clone()]);
    }

    #[test]
    fn notes_of_another_database_are_dropped() {
        let usage = Usage::default();
        assert_eq!(usage.take(Some(1)), []);
        usage.restore(&notes());
        assert_eq!(usage.take(Some(1)), notes());
        usage.restore(&notes());
        assert_eq!(usage.take(Some(2)), []);
    }
}
