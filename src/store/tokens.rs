//! Tokens: their hashes, never their secrets.

use super::error::Error;
use super::tx::{Columns, Read, Write, micros, optional_time, time};
use super::users::{read_user, user_columns};
use crate::domain::{
    AuthorizationId, Scopes, SingleLineText, TokenHash, TokenId, TokenKind, TokenRecord, User, UserId,
};
use jiff::Timestamp;
use rusqlite::Row;

/// A token to be made.
#[derive(Debug)]
pub struct NewToken {
    pub user_id: UserId,
    pub kind: TokenKind,
    pub name: SingleLineText,
    pub description: SingleLineText,
    pub hash: TokenHash,
    pub scopes: Scopes,
    /// The token whose place it takes.
    pub replaces: Option<TokenId>,
    /// Of an application's token, and of no other.
    pub authorization: Option<AuthorizationId>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// Who presents a token, and what it allows.
#[derive(Debug)]
pub struct TokenOwner {
    pub token: TokenId,
    pub scopes: Scopes,
    pub expires_at: Option<Timestamp>,
    pub user: User,
}

/// What [`token`] reads.
pub(super) const COLUMNS: &str =
    "id, user_id, kind, name, description, hash, scopes, created_at, expires_at, last_used_at, revoked_at";

impl Read<'_> {
    /// The owner of the token with that hash, expired or not, unless it is revoked.
    pub fn token_owner(&self, hash: &TokenHash) -> Result<Option<TokenOwner>, Error> {
        const SQL: &str = concat!(
            "SELECT ",
            user_columns!(),
            ", t.id, t.scopes, t.expires_at
              FROM tokens t INDEXED BY tokens_by_hash JOIN users u ON u.id = t.user_id JOIN emails e ON e.id = u.primary_email_id
              WHERE t.hash = ?1 AND t.revoked_at IS NULL"
        );
        self.one(SQL, [hash.as_bytes()], |row| {
            let mut row = Columns::of(row);
            Ok(TokenOwner {
                user: read_user(&mut row)?,
                token: TokenId(row.get()?),
                scopes: Scopes::stored(row.text()?),
                expires_at: row.optional_time()?,
            })
        })
    }

    /// The user's tokens by id, without those that are revoked.
    pub fn tokens(&self, user: UserId) -> Result<Vec<TokenRecord>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM tokens WHERE user_id = ?1 AND revoked_at IS NULL ORDER BY id");
        self.all(&sql, [user.0], token)
    }

    /// The token with that hash, expired and revoked or not.
    pub fn token_with_hash(&self, hash: &TokenHash) -> Result<Option<TokenRecord>, Error> {
        self.one(&format!("SELECT {COLUMNS} FROM tokens WHERE hash = ?1"), [hash.as_bytes()], token)
    }

    /// Revoked or not.
    pub fn token(&self, id: TokenId) -> Result<Option<TokenRecord>, Error> {
        self.one(&format!("SELECT {COLUMNS} FROM tokens WHERE id = ?1"), [id.0], token)
    }

    /// The user's tokens but sessions, applications' and those that are revoked, with their hashes, by id.
    pub fn personal_tokens(&self, user: UserId) -> Result<Vec<(TokenRecord, TokenHash)>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM tokens WHERE user_id = ?1 AND kind IN ('personal', 'impersonation') AND revoked_at IS NULL ORDER BY id"
        );
        self.all(&sql, [user.0], |row| Ok((token(row)?, TokenHash::from_bytes(row.get("hash")?))))
    }
}

impl Read<'_> {
    /// How many personal and impersonation tokens of the user are neither revoked nor expired at `now`.
    pub fn count_active_tokens(&self, user: UserId, now: Timestamp) -> Result<u32, Error> {
        let sql = "SELECT count(*) FROM tokens WHERE user_id = ?1 AND kind IN ('personal', 'impersonation')
                     AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)";
        Ok(self.one(sql, [user.0, micros(now)], |row| row.get(0))?.unwrap_or(0))
    }
}

impl Write<'_> {
    /// # Errors
    /// `Taken(Token)`; `Gone` if there is no such user.
    pub fn insert_token(&self, new: &NewToken) -> Result<TokenId, Error> {
        let id = self.insert(
            "INSERT INTO tokens (user_id, kind, name, description, hash, scopes, created_at, expires_at, family,
               authorization_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT coalesce(family, id) FROM tokens WHERE id = ?9), ?10)",
            (
                new.user_id.0,
                new.kind.name(),
                new.name.as_str(),
                new.description.as_str(),
                new.hash.as_bytes(),
                new.scopes.to_string(),
                micros(new.created_at),
                new.expires_at.map(micros),
                new.replaces.map(|id| id.0),
                new.authorization.map(|id| id.0),
            ),
        )?;
        Ok(TokenId(id))
    }

    /// Ends the token; the row stays. An earlier end that is there already stays, too.
    pub fn revoke_token(&self, id: TokenId, at: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1";
        self.run(sql, (id.0, micros(at))).map(drop)
    }

    /// Ends every token that came of the same one by rotation.
    pub fn revoke_family(&self, id: TokenId, at: Timestamp) -> Result<(), Error> {
        self.run(
            "UPDATE tokens SET revoked_at = ?2
             WHERE revoked_at IS NULL AND user_id = (SELECT user_id FROM tokens WHERE id = ?1)
               AND coalesce(family, id) = (SELECT coalesce(family, id) FROM tokens WHERE id = ?1)",
            (id.0, micros(at)),
        )
        .map(drop)
    }

    /// Ends a session: nothing of it stays.
    pub fn delete_token(&self, id: TokenId) -> Result<(), Error> {
        self.run("DELETE FROM tokens WHERE id = ?1", [id.0]).map(drop)
    }

    /// Of clients and of browsers.
    pub fn delete_sessions(&self, user: UserId) -> Result<(), Error> {
        self.run("DELETE FROM tokens WHERE user_id = ?1 AND kind = 'session'", [user.0])?;
        self.run("DELETE FROM web_sessions WHERE user_id = ?1", [user.0]).map(drop)
    }

    /// Keeps the user's newest sessions only.
    pub fn keep_newest_sessions(&self, user: UserId, keep: u32) -> Result<(), Error> {
        self.run(
            "DELETE FROM tokens WHERE user_id = ?1 AND kind = 'session' AND id NOT IN (
               SELECT id FROM tokens WHERE user_id = ?1 AND kind = 'session' ORDER BY id DESC LIMIT ?2)",
            (user.0, keep),
        )
        .map(drop)
    }

    /// Deletes the oldest of the user's personal and impersonation tokens that are revoked or expired at `now`.
    pub fn keep_newest_ended_tokens(&self, user: UserId, now: Timestamp, keep: u32) -> Result<(), Error> {
        self.run(
            "DELETE FROM tokens WHERE id IN (
               SELECT id FROM tokens WHERE user_id = ?1 AND kind IN ('personal', 'impersonation')
                 AND (revoked_at IS NOT NULL OR expires_at <= ?2) ORDER BY id DESC LIMIT -1 OFFSET ?3)",
            (user.0, micros(now), keep),
        )
        .map(drop)
    }

    /// Notes when a token was last used, and so when its owner was there; a later time that is there already stays.
    pub fn token_used(&self, id: TokenId, at: Timestamp) -> Result<(), Error> {
        self.run(
            "UPDATE tokens SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at, ?2) <= ?2",
            [id.0, micros(at)],
        )?;
        self.run(
            "UPDATE users SET last_active_at = ?2
             WHERE id = (SELECT user_id FROM tokens WHERE id = ?1) AND coalesce(last_active_at, ?2) <= ?2",
            [id.0, micros(at)],
        )
        .map(drop)
    }
}

/// A row of [`COLUMNS`].
pub(super) fn token(row: &Row<'_>) -> rusqlite::Result<TokenRecord> {
    let kind: String = row.get("kind")?;
    Ok(TokenRecord {
        id: TokenId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        kind: TokenKind::stored(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
        name: SingleLineText::stored(row.get("name")?),
        description: SingleLineText::stored(row.get("description")?),
        scopes: Scopes::stored(row.get_ref("scopes")?.as_str()?),
        created_at: time(row, "created_at")?,
        expires_at: optional_time(row, "expires_at")?,
        last_used_at: optional_time(row, "last_used_at")?,
        revoked_at: optional_time(row, "revoked_at")?,
    })
}
