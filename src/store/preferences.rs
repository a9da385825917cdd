//! Preferences of users, and when they were last active.

use super::error::Error;
use super::tx::{Columns, Read, Write, micros};
use crate::domain::{Preferences, UserId, Username};
use jiff::Timestamp;

impl Read<'_> {
    /// The defaults for a user who never changed any.
    pub fn preferences(&self, user: UserId) -> Result<Preferences, Error> {
        let sql = "SELECT view_diffs_file_by_file, show_whitespace_in_diffs, pass_user_identities_to_ci_jwt
                   FROM user_preferences WHERE user_id = ?1";
        let found = self.one(sql, [user.0], |row| {
            let mut row = Columns::of(row);
            Ok(Preferences {
                view_diffs_file_by_file: row.get()?,
                show_whitespace_in_diffs: row.get()?,
                pass_user_identities_to_ci_jwt: row.get()?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    /// Users who were active at `since` or later and when that was, the longest ago first; and the number of all.
    pub fn last_activities(
        &self,
        since: Timestamp,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<(Username, Timestamp)>, u64), Error> {
        let sql = "SELECT username, last_active_at FROM users WHERE last_active_at >= ?1
                   ORDER BY last_active_at, id LIMIT ?2 OFFSET ?3";
        let rows = self.all(sql, [micros(since), limit as i64, offset as i64], |row| {
            let mut row = Columns::of(row);
            Ok((row.map_text(Username::stored)?, row.time()?))
        })?;
        let total = self.count("SELECT count(*) FROM users WHERE last_active_at >= ?1", [micros(since)])?;
        Ok((rows, total))
    }
}

impl Write<'_> {
    /// # Errors
    /// `Gone` if there is no such user.
    pub fn set_preferences(&self, user: UserId, preferences: Preferences) -> Result<(), Error> {
        self.run(
            "INSERT OR REPLACE INTO user_preferences (user_id, view_diffs_file_by_file, show_whitespace_in_diffs,
               pass_user_identities_to_ci_jwt)
             VALUES (?1, ?2, ?3, ?4)",
            (
                user.0,
                preferences.view_diffs_file_by_file,
                preferences.show_whitespace_in_diffs,
                preferences.pass_user_identities_to_ci_jwt,
            ),
        )
    }
}
