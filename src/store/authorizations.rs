//! What users allowed applications: one row a code, and the tokens that came of it.

use super::error::Error;
use super::tx::{Read, Write, micros, optional_time, time};
use crate::domain::{
    ApplicationId, AuthorizationId, CodeChallenge, Scopes, SingleLineText, TokenHash, TokenId, UserId, Username,
};
use jiff::Timestamp;
use rusqlite::Row;

/// An authorization to be made, of which there is only the code yet.
#[derive(Debug)]
pub struct NewGrant {
    pub user_id: UserId,
    pub application_id: ApplicationId,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    /// Of the code.
    pub expires_at: Timestamp,
    pub code_hash: TokenHash,
    /// As the request had it, if it had one.
    pub redirect_uri: Option<String>,
    pub code_challenge: Option<CodeChallenge>,
}

#[derive(Debug)]
pub struct Grant {
    pub id: AuthorizationId,
    pub user_id: UserId,
    pub application_id: ApplicationId,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    /// Of the code; once that was used, of the refresh token.
    pub expires_at: Timestamp,
    pub code_used_at: Option<Timestamp>,
    pub redirect_uri: Option<String>,
    pub code_challenge: Option<CodeChallenge>,
    /// Of the refresh token that is good.
    pub refresh_hash: Option<TokenHash>,
}

/// A refresh token to be stored.
#[derive(Debug)]
pub struct NewRefresh {
    pub family: TokenHash,
    pub hash: TokenHash,
    pub at: Timestamp,
    pub expires_at: Timestamp,
}

/// An authorization whose code was used, for people to read.
#[derive(Debug)]
pub struct GrantSummary {
    pub username: Username,
    pub client_id: SingleLineText,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl Read<'_> {
    /// Whether the code was used before or not.
    pub fn authorization_by_code(&self, hash: &TokenHash) -> Result<Option<Grant>, Error> {
        self.one("SELECT * FROM authorizations WHERE code_hash = ?1", [hash.as_bytes()], grant)
    }

    /// By what its refresh tokens share.
    pub fn authorization_by_family(&self, family: &TokenHash) -> Result<Option<Grant>, Error> {
        self.one("SELECT * FROM authorizations WHERE refresh_family = ?1", [family.as_bytes()], grant)
    }

    /// The one that an access token came of.
    pub fn authorization_of(&self, token: TokenId) -> Result<Option<Grant>, Error> {
        let sql = "SELECT * FROM authorizations WHERE id = (SELECT authorization_id FROM tokens WHERE id = ?1)";
        self.one(sql, [token.0], grant)
    }

    /// Those whose code was used and that have not ended at `now`, by application and then by age: one user's, or
    /// everybody's. A refresh is a use, too: the tokens until then, and when they were used, went with it.
    pub fn granted(&self, user: Option<UserId>, now: Timestamp) -> Result<Vec<GrantSummary>, Error> {
        let sql = "SELECT u.username, p.client_id, a.scopes, a.created_at,
                          (SELECT max(at) FROM (SELECT a.refreshed_at AS at UNION ALL
                                                SELECT last_used_at FROM tokens WHERE authorization_id = a.id)) AS last_used_at
                   FROM authorizations a JOIN users u ON u.id = a.user_id JOIN applications p ON p.id = a.application_id
                   WHERE a.code_used_at IS NOT NULL AND a.expires_at > ?1 AND (?2 IS NULL OR a.user_id = ?2)
                   ORDER BY p.id, a.id";
        self.all(sql, (micros(now), user.map(|user| user.0)), |row| {
            Ok(GrantSummary {
                username: Username::stored(row.get("username")?),
                client_id: SingleLineText::stored(row.get("client_id")?),
                scopes: Scopes::stored(row.get_ref("scopes")?.as_str()?),
                created_at: time(row, "created_at")?,
                last_used_at: optional_time(row, "last_used_at")?,
            })
        })
    }
}

impl Write<'_> {
    /// Those that ended by themselves go.
    ///
    /// # Errors
    /// `Gone` if there is no such user or application.
    pub fn insert_authorization(&self, new: &NewGrant) -> Result<(), Error> {
        self.run("DELETE FROM authorizations WHERE expires_at <= ?1", [micros(new.created_at)])?;
        self.insert(
            "INSERT INTO authorizations
               (user_id, application_id, scopes, created_at, expires_at, code_hash, redirect_uri, code_challenge)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                new.user_id.0,
                new.application_id.0,
                new.scopes.to_string(),
                micros(new.created_at),
                micros(new.expires_at),
                new.code_hash.as_bytes(),
                new.redirect_uri.as_deref(),
                new.code_challenge.as_ref().map(CodeChallenge::as_bytes),
            ),
        )
        .map(drop)
    }

    /// Keeps the newest that the user allowed the application.
    pub fn keep_newest_authorizations(&self, new: &NewGrant, keep: u32) -> Result<(), Error> {
        self.run(
            "DELETE FROM authorizations WHERE user_id = ?1 AND application_id = ?2 AND id NOT IN (
               SELECT id FROM authorizations WHERE user_id = ?1 AND application_id = ?2 ORDER BY id DESC LIMIT ?3)",
            (new.user_id.0, new.application_id.0, keep),
        )
        .map(drop)
    }

    /// The code was used: from now on the authorization lives as long as its refresh token.
    pub fn code_used(&self, id: AuthorizationId, first: &NewRefresh) -> Result<(), Error> {
        self.run(
            "UPDATE authorizations
             SET code_used_at = ?2, expires_at = ?3, refresh_family = ?4, refresh_hash = ?5 WHERE id = ?1",
            (id.0, micros(first.at), micros(first.expires_at), first.family.as_bytes(), first.hash.as_bytes()),
        )
        .map(drop)
    }

    /// Another refresh token takes the place of the one that was good; the access tokens until now end.
    pub fn refreshed(&self, id: AuthorizationId, next: &NewRefresh) -> Result<(), Error> {
        self.run("DELETE FROM tokens WHERE authorization_id = ?1", [id.0])?;
        self.run(
            "UPDATE authorizations SET refreshed_at = ?2, expires_at = ?3, refresh_hash = ?4 WHERE id = ?1",
            (id.0, micros(next.at), micros(next.expires_at), next.hash.as_bytes()),
        )
        .map(drop)
    }

    /// Ends it with all its tokens; nothing stays.
    pub fn end_authorization(&self, id: AuthorizationId) -> Result<(), Error> {
        self.run("DELETE FROM authorizations WHERE id = ?1", [id.0]).map(drop)
    }

    /// Ends the one that an access token came of.
    pub fn end_authorization_of(&self, token: TokenId) -> Result<(), Error> {
        let sql = "DELETE FROM authorizations WHERE id = (SELECT authorization_id FROM tokens WHERE id = ?1)";
        self.run(sql, [token.0]).map(drop)
    }

    /// Ends all that a user allowed an application, and says how many there were.
    pub fn end_authorizations(&self, user: UserId, application: ApplicationId) -> Result<usize, Error> {
        self.run("DELETE FROM authorizations WHERE user_id = ?1 AND application_id = ?2", [user.0, application.0])
    }
}

fn grant(row: &Row<'_>) -> rusqlite::Result<Grant> {
    Ok(Grant {
        id: AuthorizationId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        application_id: ApplicationId(row.get("application_id")?),
        scopes: Scopes::stored(row.get_ref("scopes")?.as_str()?),
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        code_used_at: optional_time(row, "code_used_at")?,
        redirect_uri: row.get("redirect_uri")?,
        code_challenge: row.get::<_, Option<[u8; 32]>>("code_challenge")?.map(CodeChallenge::stored),
        refresh_hash: row.get::<_, Option<[u8; 32]>>("refresh_hash")?.map(TokenHash::from_bytes),
    })
}
