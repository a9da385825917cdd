//! Sessions of signed-in browsers.

use super::error::Error;
use super::tx::{Columns, Read, Write, micros};
use super::users::{read_user, user_columns};
use crate::domain::{TokenHash, User, UserId};
use jiff::Timestamp;

impl Read<'_> {
    /// The user of that cookie, and when the session ends. It may have ended.
    pub fn web_session(&self, hash: &TokenHash) -> Result<Option<(User, Timestamp)>, Error> {
        const SQL: &str = concat!(
            "SELECT ",
            user_columns!(),
            ", s.expires_at FROM web_sessions s JOIN users u ON u.id = s.user_id JOIN emails e ON e.id = u.primary_email_id
              WHERE s.hash = ?1"
        );
        self.one(SQL, [hash.as_bytes()], |row| {
            let mut row = Columns::of(row);
            Ok((read_user(&mut row)?, row.time()?))
        })
    }
}

impl Write<'_> {
    /// # Errors
    /// `Gone` if there is no such user.
    pub fn insert_web_session(
        &self,
        hash: &TokenHash,
        user: UserId,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        self.run(
            "INSERT INTO web_sessions (hash, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
            (hash.as_bytes(), user.0, micros(created_at), micros(expires_at)),
        )
    }

    /// Deletes the session, if there is one.
    pub fn delete_web_session(&self, hash: &TokenHash) -> Result<(), Error> {
        self.run("DELETE FROM web_sessions WHERE hash = ?1", [hash.as_bytes()])
    }

    /// Deletes all but the user's newest sessions.
    pub fn keep_newest_web_sessions(&self, user: UserId, keep: u32) -> Result<(), Error> {
        self.run(
            "DELETE FROM web_sessions WHERE user_id = ?1 AND hash NOT IN (
               SELECT hash FROM web_sessions WHERE user_id = ?1 ORDER BY created_at DESC LIMIT ?2)",
            (user.0, keep),
        )
    }
}
