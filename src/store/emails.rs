//! Email addresses. The primary one is a column of the user.

use super::error::Error;
use super::tx::{Read, Write, micros, optional_time};
use crate::domain::{Email, EmailAddress, EmailId, UserId, Verification, VerifiedBy};
use jiff::Timestamp;
use rusqlite::Row;

/// A stored address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailRow {
    pub id: EmailId,
    pub user_id: UserId,
    pub email: Email,
}

const SELECT: &str = "SELECT e.id, e.user_id, e.address, e.confirmed_at, e.verified_by,
                             u.primary_email_id = e.id AS is_primary
                      FROM emails e JOIN users u ON u.id = e.user_id";

impl Read<'_> {
    pub fn count_emails(&self, user: UserId) -> Result<u64, Error> {
        self.count("SELECT count(*) FROM emails WHERE user_id = ?1", [user.0])
    }

    /// The user's addresses, the primary one first, then by id.
    pub fn emails(&self, user: UserId) -> Result<Vec<EmailRow>, Error> {
        self.all(&format!("{SELECT} WHERE e.user_id = ?1 ORDER BY is_primary DESC, e.id"), [user.0], email)
    }

    /// Secondary addresses of the user by id, at most `limit` from the `offset`th on, and the number of all.
    pub fn secondary_emails(&self, user: UserId, offset: u64, limit: u64) -> Result<(Vec<EmailRow>, u64), Error> {
        let sql = format!("{SELECT} WHERE e.user_id = ?1 AND NOT is_primary ORDER BY e.id LIMIT ?2 OFFSET ?3");
        let rows = self.all(&sql, [user.0, limit as i64, offset as i64], email)?;
        // Every user has one primary address.
        Ok((rows, self.count_emails(user)?.saturating_sub(1)))
    }

    /// `None` also for another user's address.
    pub fn email_of(&self, user: UserId, id: EmailId) -> Result<Option<EmailRow>, Error> {
        self.one(&format!("{SELECT} WHERE e.id = ?1 AND e.user_id = ?2"), [id.0, user.0], email)
    }

    /// Any user's address.
    pub fn email(&self, address: &EmailAddress) -> Result<Option<EmailRow>, Error> {
        self.one(&format!("{SELECT} WHERE e.address = ?1"), [address.as_str()], email)
    }
}

impl Write<'_> {
    /// Adds a secondary address and returns its id.
    ///
    /// # Errors
    /// `Taken(Email)`; `Gone` if there is no such user.
    pub fn insert_email(
        &self,
        user: UserId,
        address: &EmailAddress,
        verification: Option<Verification>,
    ) -> Result<EmailId, Error> {
        let (confirmed_at, verified_by) = verification_columns(verification);
        let id = self.insert(
            "INSERT INTO emails (user_id, address, confirmed_at, verified_by) VALUES (?1, ?2, ?3, ?4)",
            (user.0, address.as_str(), confirmed_at, verified_by),
        )?;
        Ok(EmailId(id))
    }

    /// Records that the address was verified, unless it already was. An administrator's word replaces the user's own.
    pub fn verify_email(&self, id: EmailId, verification: Verification) -> Result<(), Error> {
        let sql = "UPDATE emails SET confirmed_at = ?2, verified_by = ?3
                   WHERE id = ?1 AND (confirmed_at IS NULL OR (verified_by = 'self' AND ?3 = 'administrator'))";
        self.run(sql, (id.0, micros(verification.at), verification.by.name()))
    }

    /// Changes the letter case of an address.
    pub fn rewrite_email(&self, id: EmailId, address: &EmailAddress) -> Result<(), Error> {
        self.run("UPDATE emails SET address = ?2 WHERE id = ?1", (id.0, address.as_str()))
    }

    /// Makes another address of the user the primary one.
    pub fn set_primary_email(&self, user: UserId, id: EmailId) -> Result<(), Error> {
        self.run("UPDATE users SET primary_email_id = ?2 WHERE id = ?1", [user.0, id.0])
    }

    /// Deletes a secondary address.
    ///
    /// # Errors
    /// SQLite's, if the address is primary: callers check that first.
    pub fn delete_email(&self, id: EmailId) -> Result<(), Error> {
        self.run("DELETE FROM emails WHERE id = ?1", [id.0])
    }
}

/// The values of `confirmed_at` and `verified_by`.
pub(super) fn verification_columns(verification: Option<Verification>) -> (Option<i64>, Option<&'static str>) {
    (verification.map(|given| micros(given.at)), verification.map(|given| given.by.name()))
}

/// Reads the same two columns. An address whose verifier is not stored counts as the user's own word.
pub(super) fn verification(at: Option<Timestamp>, by: Option<&str>) -> rusqlite::Result<Option<Verification>> {
    let by = by.map_or(Ok(VerifiedBy::User), str::parse).map_err(|_| rusqlite::Error::InvalidQuery)?;
    Ok(at.map(|at| Verification { at, by }))
}

fn email(row: &Row<'_>) -> rusqlite::Result<EmailRow> {
    let verified_by = row.get_ref("verified_by")?.as_str_or_null()?;
    Ok(EmailRow {
        id: EmailId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        email: Email {
            address: EmailAddress::stored(row.get("address")?),
            verification: verification(optional_time(row, "confirmed_at")?, verified_by)?,
            primary: row.get("is_primary")?,
        },
    })
}
