//! Tokens. Only their hashes are stored.

use super::error::Error;
use super::purge::STEP;
use super::tx::{Columns, Read, Write, micros, optional_time, time};
use super::users::{read_user, user_columns};
use crate::domain::{
    GrantId, LastAddresses, Scopes, SingleLineText, TokenHash, TokenId, TokenKind, TokenRecord, User, UserId,
};
use jiff::Timestamp;
use rusqlite::Row;

/// A token to add.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub user_id: UserId,
    pub kind: TokenKind,
    pub name: SingleLineText,
    pub description: SingleLineText,
    pub hash: TokenHash,
    pub scopes: Scopes,
    /// The token that it replaces by rotation.
    pub replaces: Option<TokenId>,
    /// The grant of an application's token; `None` for all other tokens.
    pub grant: Option<GrantId>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

impl NewToken {
    /// A token without a name that does not expire.
    pub fn new(user_id: UserId, kind: TokenKind, hash: TokenHash, scopes: Scopes, created_at: Timestamp) -> Self {
        Self {
            user_id,
            kind,
            name: SingleLineText::default(),
            description: SingleLineText::default(),
            hash,
            scopes,
            replaces: None,
            grant: None,
            created_at,
            expires_at: None,
        }
    }
}

/// A token with its owner.
#[derive(Debug)]
pub struct TokenOwner {
    pub token: TokenId,
    pub scopes: Scopes,
    pub expires_at: Option<Timestamp>,
    pub user: User,
    pub is_revoked: bool,
    /// Whether the token was replaced by a rotation, and a token that descends from the same one is not revoked.
    pub is_reused: bool,
}

/// The token's owner was not deleted.
pub(super) const HAS_OWNER: &str = "user_id NOT IN (SELECT id FROM deleted_users)";

/// The columns that [`token`] reads.
pub(super) const COLUMNS: &str =
    "id, user_id, kind, name, description, hash, scopes, created_at, expires_at, last_used_at, last_used_ips,
     revoked_at";

const TOKEN_OWNER: &str = concat!(
    "SELECT ",
    user_columns!(),
    ", t.id, t.scopes, t.expires_at, t.revoked_at IS NOT NULL,
      t.revoked_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM tokens s WHERE s.family = coalesce(t.family, t.id) AND s.revoked_at IS NULL)
      FROM tokens t INDEXED BY tokens_by_hash JOIN users u ON u.id = t.user_id JOIN emails e ON e.id = u.primary_email_id
      WHERE t.hash = ?1"
);

const REVOKE_FAMILY: &str = "UPDATE tokens SET revoked_at = ?2
    WHERE family = (SELECT coalesce(family, id) FROM tokens WHERE id = ?1) AND revoked_at IS NULL";

impl Read<'_> {
    /// The token with that hash and its owner. The token may be expired or revoked.
    pub fn token_owner(&self, hash: &TokenHash) -> Result<Option<TokenOwner>, Error> {
        self.one(TOKEN_OWNER, [hash.as_bytes()], |row| {
            let mut row = Columns::of(row);
            Ok(TokenOwner {
                user: read_user(&mut row)?,
                token: TokenId(row.get()?),
                scopes: Scopes::stored(row.text()?),
                expires_at: row.optional_time()?,
                is_revoked: row.get()?,
                is_reused: row.get()?,
            })
        })
    }

    /// The user's tokens that are not revoked, by id.
    pub fn tokens(&self, user: UserId) -> Result<Vec<TokenRecord>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM tokens WHERE user_id = ?1 AND revoked_at IS NULL ORDER BY id");
        self.all(&sql, [user.0], token)
    }

    /// The token with that hash; it may be expired or revoked.
    pub fn token_with_hash(&self, hash: &TokenHash) -> Result<Option<TokenRecord>, Error> {
        self.one(&format!("SELECT {COLUMNS} FROM tokens WHERE hash = ?1"), [hash.as_bytes()], token)
    }

    /// The token may be expired or revoked.
    pub fn token(&self, id: TokenId) -> Result<Option<TokenRecord>, Error> {
        self.one(&format!("SELECT {COLUMNS} FROM tokens WHERE id = ?1 AND {HAS_OWNER}"), [id.0], token)
    }

    /// The user's personal and impersonation tokens that are not revoked, with their hashes, by id.
    pub fn personal_tokens(&self, user: UserId) -> Result<Vec<(TokenRecord, TokenHash)>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM tokens WHERE user_id = ?1 AND kind IN ('personal', 'impersonation') AND revoked_at IS NULL ORDER BY id"
        );
        self.all(&sql, [user.0], |row| Ok((token(row)?, TokenHash::from_bytes(row.get("hash")?))))
    }

    /// How many personal and impersonation tokens of the user are neither revoked nor expired at `now`; counts no further
    /// than `most`.
    pub fn count_active_tokens(&self, user: UserId, now: Timestamp, most: u32) -> Result<u32, Error> {
        let sql = "SELECT count(*) FROM (
                     SELECT 1 FROM tokens WHERE user_id = ?1 AND kind IN ('personal', 'impersonation')
                       AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2) LIMIT ?3)";
        Ok(self.count(sql, (user.0, micros(now), most))? as u32)
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
                new.grant.map(|id| id.0),
            ),
        )?;
        Ok(TokenId(id))
    }

    /// Marks the token as revoked at `at`, unless it was revoked before.
    pub fn revoke_token(&self, id: TokenId, at: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1";
        self.run(sql, (id.0, micros(at)))
    }

    /// Revokes the token that the rotations of this one and its relatives led to; whether there was one.
    pub fn revoke_family(&self, id: TokenId, at: Timestamp) -> Result<bool, Error> {
        Ok(self.change(REVOKE_FAMILY, (id.0, micros(at)))? > 0)
    }

    pub fn delete_token(&self, id: TokenId) -> Result<(), Error> {
        self.run("DELETE FROM tokens WHERE id = ?1", [id.0])
    }

    /// Deletes all sessions of the user, those of browsers included.
    pub fn delete_sessions(&self, user: UserId) -> Result<(), Error> {
        self.delete_session_tokens(user)?;
        self.run("DELETE FROM web_sessions WHERE user_id = ?1", [user.0])
    }

    /// Deletes all sessions of the user but this one of a browser.
    pub fn delete_other_sessions(&self, user: UserId, keep: &TokenHash) -> Result<(), Error> {
        self.delete_session_tokens(user)?;
        self.delete_other_web_sessions(user, keep).map(drop)
    }

    fn delete_session_tokens(&self, user: UserId) -> Result<(), Error> {
        self.run("DELETE FROM tokens WHERE user_id = ?1 AND revoked_at IS NULL AND kind = 'session'", [user.0])
    }

    /// Deletes all but the user's newest sessions.
    pub fn keep_newest_sessions(&self, user: UserId, keep: u32) -> Result<(), Error> {
        self.run(
            "DELETE FROM tokens WHERE id IN (
               SELECT id FROM tokens WHERE user_id = ?1 AND revoked_at IS NULL AND kind = 'session'
               ORDER BY id DESC LIMIT ?3 OFFSET ?2)",
            (user.0, keep, STEP),
        )
    }

    /// Deletes the user's revoked tokens beyond the newest ones, and of each kind those that are expired at `now`;
    /// [`STEP`] of each at most.
    pub fn keep_newest_ended_tokens(&self, user: UserId, now: Timestamp, keep: u32) -> Result<(), Error> {
        self.run(
            "DELETE FROM tokens WHERE id IN (
               SELECT id FROM tokens WHERE user_id = ?1 AND revoked_at IS NOT NULL
               ORDER BY revoked_at DESC LIMIT ?3 OFFSET ?2)",
            (user.0, keep, STEP),
        )?;
        // One kind at a time: the index then has them in their order, and no row before the newest ones is read.
        [TokenKind::Personal, TokenKind::Impersonation].into_iter().try_for_each(|kind| {
            self.run(
                "DELETE FROM tokens WHERE id IN (
                   SELECT id FROM tokens WHERE user_id = ?1 AND revoked_at IS NULL AND kind = ?4 AND expires_at <= ?5
                   ORDER BY expires_at DESC LIMIT ?3 OFFSET ?2)",
                (user.0, keep, STEP, kind.name(), micros(now)),
            )
        })
    }

    /// Records when and from where a token was last used and when its owner was last active, unless later times are
    /// stored.
    pub fn token_used(&self, id: TokenId, at: Timestamp, from: &LastAddresses) -> Result<(), Error> {
        let stored: Option<String> =
            self.one("SELECT last_used_ips FROM tokens WHERE id = ?1", [id.0], |row| row.get(0))?;
        let Some(stored) = stored else { return Ok(()) };
        let addresses = LastAddresses::stored(&stored).followed_by(from);
        self.run(
            "UPDATE tokens SET last_used_at = ?2, last_used_ips = ?3
             WHERE id = ?1 AND coalesce(last_used_at, ?2) <= ?2",
            (id.0, micros(at), addresses.to_string()),
        )?;
        self.run(
            "UPDATE users SET last_active_at = ?2
             WHERE id = (SELECT user_id FROM tokens WHERE id = ?1) AND coalesce(last_active_at, ?2) <= ?2",
            [id.0, micros(at)],
        )
    }
}

/// Reads a row of [`COLUMNS`].
pub(super) fn token(row: &Row<'_>) -> rusqlite::Result<TokenRecord> {
    Ok(TokenRecord {
        id: TokenId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        kind: row.get_ref("kind")?.as_str()?.parse().map_err(|_| rusqlite::Error::InvalidQuery)?,
        name: SingleLineText::stored(row.get("name")?),
        description: SingleLineText::stored(row.get("description")?),
        scopes: Scopes::stored(row.get_ref("scopes")?.as_str()?),
        created_at: time(row, "created_at")?,
        expires_at: optional_time(row, "expires_at")?,
        last_used_at: optional_time(row, "last_used_at")?,
        last_used_ips: LastAddresses::stored(row.get_ref("last_used_ips")?.as_str()?),
        revoked_at: optional_time(row, "revoked_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::{Connection, StatementStatus};

    /// Virtual machine steps of SQLite that a statement takes with this many tokens of one user. Half of them were
    /// rotated into each other and finally into the second one; the others are active.
    fn steps(tokens: i64, sql: &str, params: impl rusqlite::Params + Copy) -> i32 {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("../../schema.sql")).unwrap();
        let insert = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1)
            INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at, family, revoked_at)
            SELECT 1, 'personal', 'x', iif(x = 7, zeroblob(32), randomblob(32)), 'api', 0,
                   iif(x % 2 OR x = 2, 1, NULL), iif(x % 2, 1, NULL) FROM n";
        conn.execute_batch(
            "PRAGMA foreign_keys = ON; BEGIN;
             INSERT INTO users (id, username, primary_email_id, created_at) VALUES (1, 'jane', 1, 0);
             INSERT INTO emails (id, user_id, address) VALUES (1, 1, 'jane@example.com');
             COMMIT",
        )
        .unwrap();
        conn.execute(insert, [tokens]).unwrap();
        let mut statement = conn.prepare(sql).unwrap();
        let mut rows = statement.query(params).unwrap();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        statement.get_status(StatementStatus::VmStep)
    }

    #[test]
    fn the_cost_of_a_revoked_token_does_not_grow_with_the_number_of_tokens() {
        let revoke = |tokens| steps(tokens, REVOKE_FAMILY, (7, 1));
        let look_up = |tokens| steps(tokens, TOKEN_OWNER, [[0u8; 32]]);
        assert_eq!((revoke(20), look_up(20)), (revoke(20_000), look_up(20_000)));
        // It reads the columns of the user, so a row was found.
        assert!(look_up(20) > 40, "{}", look_up(20));
    }
}
