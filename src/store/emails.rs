//! Email addresses. The primary one is a column of the user.

use super::error::Error;
use super::tx::{Read, Write, micros, optional_time};
use crate::domain::{Email, EmailAddress, EmailId, UserId};
use jiff::Timestamp;
use rusqlite::Row;

/// A stored address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailRow {
    pub id: EmailId,
    pub user_id: UserId,
    pub email: Email,
}

const SELECT: &str = "SELECT e.id, e.user_id, e.address, e.confirmed_at, u.primary_email_id = e.id AS is_primary
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
        confirmed_at: Option<Timestamp>,
    ) -> Result<EmailId, Error> {
        let id = self.insert(
            "INSERT INTO emails (user_id, address, confirmed_at) VALUES (?1, ?2, ?3)",
            (user.0, address.as_str(), confirmed_at.map(micros)),
        )?;
        Ok(EmailId(id))
    }

    /// Records when the address was verified, unless it already was.
    pub fn confirm_email(&self, id: EmailId, at: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE emails SET confirmed_at = coalesce(confirmed_at, ?2) WHERE id = ?1";
        self.run(sql, (id.0, micros(at)))
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

fn email(row: &Row<'_>) -> rusqlite::Result<EmailRow> {
    Ok(EmailRow {
        id: EmailId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        email: Email {
            address: EmailAddress::stored(row.get("address")?),
            confirmed_at: optional_time(row, "confirmed_at")?,
            primary: row.get("is_primary")?,
        },
    })
}
