//! Statuses of users, at most one of each.

use super::error::Error;
use super::tx::{Columns, Read, Write, micros};
use crate::domain::{Emoji, SingleLineText, UserId, UserStatus};

impl Read<'_> {
    /// The user's status, unless it has ended.
    pub fn user_status(&self, user: UserId) -> Result<Option<UserStatus>, Error> {
        let sql = "SELECT emoji, message, availability, clear_at FROM user_statuses
                   WHERE user_id = ?1 AND (clear_at IS NULL OR clear_at > ?2)";
        self.one(sql, [user.0, micros(self.now())], |row| {
            let mut row = Columns::of(row);
            Ok(UserStatus {
                emoji: row.map_text(Emoji::stored)?,
                message: row.map_text(SingleLineText::stored)?,
                availability: row.text()?.parse().map_err(|_| rusqlite::Error::InvalidQuery)?,
                clear_at: row.optional_time()?,
            })
        })
    }
}

impl Write<'_> {
    /// # Errors
    /// `Gone` if there is no such user.
    pub fn set_user_status(&self, user: UserId, status: &UserStatus) -> Result<(), Error> {
        self.run(
            "INSERT INTO user_statuses (user_id, emoji, message, availability, clear_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (user_id) DO UPDATE SET emoji = excluded.emoji, message = excluded.message,
               availability = excluded.availability, clear_at = excluded.clear_at",
            (
                user.0,
                status.emoji.as_str(),
                status.message.as_str(),
                status.availability.name(),
                status.clear_at.map(micros),
            ),
        )
    }

    pub fn delete_user_status(&self, user: UserId) -> Result<(), Error> {
        self.run("DELETE FROM user_statuses WHERE user_id = ?1", [user.0])
    }
}
