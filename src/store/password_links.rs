//! Links with which users set a password.

use super::error::Error;
use super::tx::{Read, Write, micros, time};
use crate::domain::{PasswordLinkId, TokenHash, UserId, Username};
use jiff::Timestamp;
use rusqlite::Row;

/// Why a link was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum LinkPurpose {
    /// The account is new.
    Invitation,
    /// The password was forgotten.
    Reset,
}

impl LinkPurpose {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A link without its secret.
#[derive(Clone, Debug)]
pub struct PasswordLink {
    pub id: PasswordLinkId,
    pub user_id: UserId,
    pub username: Username,
    pub purpose: LinkPurpose,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

const SELECT: &str = "SELECT l.id, l.user_id, u.username, l.purpose, l.created_at, l.expires_at
                      FROM password_links l JOIN users u ON u.id = l.user_id";

impl Read<'_> {
    /// The link with that secret, unless it has expired at `now`.
    pub fn password_link(&self, hash: &TokenHash, now: Timestamp) -> Result<Option<PasswordLink>, Error> {
        self.one(&format!("{SELECT} WHERE l.hash = ?1 AND l.expires_at > ?2"), (hash.as_bytes(), micros(now)), link)
    }

    pub fn password_link_by_id(&self, id: PasswordLinkId) -> Result<Option<PasswordLink>, Error> {
        self.one(&format!("{SELECT} WHERE l.id = ?1"), [id.0], link)
    }

    /// Some of the links that have not expired at `now`, the newest first.
    pub fn password_links(&self, now: Timestamp, offset: u64, limit: u64) -> Result<Vec<PasswordLink>, Error> {
        let sql = format!("{SELECT} WHERE l.expires_at > ?1 ORDER BY l.id DESC LIMIT ?2 OFFSET ?3");
        let [limit, offset] = [limit, offset].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        self.all(&sql, (micros(now), limit, offset), link)
    }

    /// How many links have not expired at `now`.
    pub fn count_password_links(&self, now: Timestamp) -> Result<u64, Error> {
        self.count("SELECT count(*) FROM password_links WHERE expires_at > ?1", [micros(now)])
    }
}

impl Write<'_> {
    /// Adds a link, which replaces the user's previous one.
    pub fn insert_password_link(
        &self,
        user: UserId,
        hash: &TokenHash,
        purpose: LinkPurpose,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        self.run("DELETE FROM password_links WHERE user_id = ?1", [user.0])?;
        self.run(
            "INSERT INTO password_links (user_id, hash, purpose, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            (user.0, hash.as_bytes(), purpose.name(), micros(created_at), micros(expires_at)),
        )
    }

    pub fn delete_password_link(&self, id: PasswordLinkId) -> Result<(), Error> {
        self.run("DELETE FROM password_links WHERE id = ?1", [id.0])
    }
}

fn link(row: &Row<'_>) -> rusqlite::Result<PasswordLink> {
    Ok(PasswordLink {
        id: PasswordLinkId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        username: Username::stored(row.get("username")?),
        // The table's CHECK allows no other text.
        purpose: row.get_ref("purpose")?.as_str()?.parse().unwrap_or(LinkPurpose::Reset),
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
    })
}
