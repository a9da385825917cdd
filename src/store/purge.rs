//! Deletes rows that have no use any more, a few in each write, so that other writes get in.

use super::error::Error;
use super::tx::{Read, Write, micros};
use crate::domain::{TokenId, UserId};
use jiff::Timestamp;

/// The most rows that one write deletes beside the rows it is about: some milliseconds of work.
pub const STEP: u32 = 500;

impl Read<'_> {
    /// Some of the personal and impersonation tokens that were revoked or expired at `ended` or before. A revoked token
    /// whose family still has a token that is not revoked is not among them: its reuse would have to be detected.
    pub fn ended_tokens(&self, ended: Timestamp, most: u32) -> Result<Vec<TokenId>, Error> {
        let sql = "SELECT id FROM tokens t WHERE revoked_at <= ?1 AND NOT EXISTS (
                     SELECT 1 FROM tokens s WHERE s.family = coalesce(t.family, t.id) AND s.revoked_at IS NULL)
                   UNION ALL
                   SELECT id FROM tokens WHERE expires_at <= ?1 AND revoked_at IS NULL
                     AND kind IN ('personal', 'impersonation')
                   LIMIT ?2";
        self.all(sql, (micros(ended), most), |row| row.get(0).map(TokenId))
    }

    /// Whether a grant, a session of a browser or a link for a password has expired at `now`.
    pub fn has_expired(&self, now: Timestamp) -> Result<bool, Error> {
        let sql = "SELECT EXISTS (SELECT 1 FROM authorizations WHERE expires_at <= ?1)
                       OR EXISTS (SELECT 1 FROM web_sessions WHERE expires_at <= ?1)
                       OR EXISTS (SELECT 1 FROM password_links WHERE expires_at <= ?1)";
        Ok(self.one(sql, [micros(now)], |row| row.get(0))?.unwrap_or(false))
    }

    /// Whether a deleted user has left rows behind.
    pub fn has_deleted_users(&self) -> Result<bool, Error> {
        Ok(self.one("SELECT 1 FROM deleted_users LIMIT 1", [], |_| Ok(()))?.is_some())
    }
}

impl Write<'_> {
    /// Deletes these tokens.
    pub fn delete_tokens(&self, ids: &[TokenId]) -> Result<(), Error> {
        ids.iter().try_for_each(|id| self.delete_token(*id))
    }

    /// Deletes grants, sessions of browsers and links for passwords that have expired at `now`, [`STEP`] of each at most. Returns whether
    /// there may be more.
    pub fn delete_expired(&self, now: Timestamp) -> Result<bool, Error> {
        let grants = self.change(
            "DELETE FROM authorizations WHERE id IN (
               SELECT id FROM authorizations WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
            (micros(now), STEP),
        )?;
        let sessions = self.change(
            "DELETE FROM web_sessions WHERE hash IN (
               SELECT hash FROM web_sessions WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
            (micros(now), STEP),
        )?;
        let links = self.change(
            "DELETE FROM password_links WHERE id IN (
               SELECT id FROM password_links WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
            (micros(now), STEP),
        )?;
        Ok(grants.max(sessions).max(links) >= STEP as usize)
    }

    /// Deletes rows of one deleted user, [`STEP`] at most.
    pub fn delete_rows_of_deleted_users(&self) -> Result<(), Error> {
        match self.one("SELECT id FROM deleted_users LIMIT 1", [], |row| row.get(0).map(UserId))? {
            Some(user) => self.delete_rows_of(user),
            None => Ok(()),
        }
    }

    /// Deletes rows of this deleted user, [`STEP`] at most.
    pub(super) fn delete_rows_of(&self, user: UserId) -> Result<(), Error> {
        let mut left = STEP;
        // The tokens first: those of a grant would be deleted with it, however many they are.
        for table in ["tokens", "authorizations"] {
            let sql = format!("DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE user_id = ?1 LIMIT ?2)");
            left -= self.change(&sql, (user.0, left))? as u32;
        }
        if left > 0 { self.run("DELETE FROM deleted_users WHERE id = ?1", [user.0]) } else { Ok(()) }
    }
}
