//! Email addresses. The primary one is a column of the user.

use super::error::Error;
use super::tx::{Read, Write};
use crate::domain::{Email, EmailAddress, UserId};
use rusqlite::Row;

/// One address with what only the database knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailRow {
    pub id: i64,
    pub user_id: UserId,
    pub email: Email,
}

const SELECT: &str = "SELECT e.id, e.user_id, e.address, e.verified, u.primary_email_id = e.id AS is_primary
                      FROM emails e JOIN users u ON u.id = e.user_id";

impl Read<'_> {
    /// How many addresses the user has.
    pub fn count_emails(&self, user: UserId) -> Result<u32, Error> {
        Ok(self.one("SELECT count(*) FROM emails WHERE user_id = ?1", [user.0], |row| row.get(0))?.unwrap_or(0))
    }

    /// The user's addresses, the primary first, then by id.
    pub fn emails(&self, user: UserId) -> Result<Vec<EmailRow>, Error> {
        self.all(&format!("{SELECT} WHERE e.user_id = ?1 ORDER BY is_primary DESC, e.id"), [user.0], email)
    }

    /// Whosever address it is.
    pub fn email(&self, address: &EmailAddress) -> Result<Option<EmailRow>, Error> {
        self.one(&format!("{SELECT} WHERE e.address = ?1"), [address.as_str()], email)
    }
}

impl Write<'_> {
    /// Adds an address that is not primary; its id.
    ///
    /// # Errors
    /// `Taken(Email)`; `Gone` if there is no such user.
    pub fn insert_email(&self, user: UserId, address: &EmailAddress, verified: bool) -> Result<i64, Error> {
        self.insert(
            "INSERT INTO emails (user_id, address, verified) VALUES (?1, ?2, ?3)",
            (user.0, address.as_str(), verified),
        )
    }

    pub fn verify_email(&self, id: i64) -> Result<(), Error> {
        self.run("UPDATE emails SET verified = 1 WHERE id = ?1", [id]).map(drop)
    }

    /// Writes the same address in another way (upper and lower case).
    pub fn rewrite_email(&self, id: i64, address: &EmailAddress) -> Result<(), Error> {
        self.run("UPDATE emails SET address = ?2 WHERE id = ?1", (id, address.as_str())).map(drop)
    }

    /// Makes the user's address primary instead of the one that was.
    pub fn set_primary_email(&self, user: UserId, id: i64) -> Result<(), Error> {
        self.run("UPDATE users SET primary_email_id = ?2 WHERE id = ?1", [user.0, id]).map(drop)
    }

    /// # Errors
    /// SQLite's, if the address is primary: the caller has looked before.
    pub fn delete_email(&self, id: i64) -> Result<(), Error> {
        self.run("DELETE FROM emails WHERE id = ?1", [id]).map(drop)
    }
}

fn email(row: &Row<'_>) -> rusqlite::Result<EmailRow> {
    Ok(EmailRow {
        id: row.get("id")?,
        user_id: UserId(row.get("user_id")?),
        email: Email {
            address: EmailAddress::stored(row.get("address")?),
            verified: row.get("verified")?,
            primary: row.get("is_primary")?,
        },
    })
}
