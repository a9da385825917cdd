//! OAuth grants: one row for each authorization code and the tokens issued for it.

use super::error::Error;
use super::purge::STEP;
use super::tx::{Read, Write, micros, optional_time, time};
use crate::domain::{
    ApplicationId, CodeChallenge, GrantId, RefreshToken, Scopes, SingleLineText, TokenHash, TokenId, UserId, Username,
};
use jiff::Timestamp;
use rusqlite::Row;

/// What a user consented to.
#[derive(Clone, Debug)]
pub struct Consent {
    pub application: ApplicationId,
    /// Not empty.
    pub scopes: Scopes,
    /// The redirect URI of the authorization request, if it had one.
    pub redirect_uri: Option<String>,
    pub code_challenge: Option<CodeChallenge>,
}

/// What a user allowed an application.
#[derive(Debug)]
pub struct Grant {
    pub id: GrantId,
    pub user_id: UserId,
    pub application_id: ApplicationId,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    /// When the code expires or, once it is used, the refresh token.
    pub expires_at: Timestamp,
    pub code_used_at: Option<Timestamp>,
    pub redirect_uri: Option<String>,
    pub code_challenge: Option<CodeChallenge>,
    /// The hash of the valid refresh token.
    pub refresh_hash: Option<TokenHash>,
}

/// A grant whose code was used, for display.
#[derive(Debug)]
pub struct GrantSummary {
    pub username: Username,
    pub client_id: SingleLineText,
    /// The name of the application.
    pub application: SingleLineText,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// A user who allowed an application something.
#[derive(Clone, Debug)]
pub struct ApplicationUser {
    pub id: UserId,
    pub username: Username,
    /// Of the oldest grant.
    pub since: Timestamp,
}

/// The current grants to the application ?1 at ?2.
const CURRENT: &str = "application_id = ?1 AND code_used_at IS NOT NULL AND expires_at > ?2";

impl Read<'_> {
    /// Users with a grant to the application whose code was used and that has not expired at `now`, by id from the one
    /// after `after` on.
    pub fn users_of_application(
        &self,
        application: ApplicationId,
        now: Timestamp,
        after: UserId,
        limit: u64,
    ) -> Result<Vec<ApplicationUser>, Error> {
        let sql = format!(
            "SELECT user_id, (SELECT username FROM users WHERE id = user_id) AS username, min(created_at) AS since
             FROM authorizations WHERE {CURRENT} AND user_id > ?3 AND user_id NOT IN (SELECT id FROM deleted_users)
             GROUP BY user_id ORDER BY user_id LIMIT ?4"
        );
        self.all(&sql, (application.0, micros(now), after.0, limit as i64), |row| {
            let username = Username::stored(row.get("username")?);
            Ok(ApplicationUser { id: UserId(row.get("user_id")?), username, since: time(row, "since")? })
        })
    }

    /// How many users there are of that kind; counts no further than `most`.
    pub fn count_users_of_application(&self, id: ApplicationId, now: Timestamp, most: u64) -> Result<u64, Error> {
        let sql =
            format!("SELECT count(*) FROM (SELECT DISTINCT user_id FROM authorizations WHERE {CURRENT} LIMIT ?3)");
        self.count(&sql, (id.0, micros(now), most as i64))
    }

    /// The grant with that code, which may have been used.
    pub fn grant_by_code(&self, hash: &TokenHash) -> Result<Option<Grant>, Error> {
        self.one("SELECT * FROM authorizations WHERE code_hash = ?1", [hash.as_bytes()], grant)
    }

    /// The grant with that family of refresh tokens.
    pub fn grant_by_family(&self, family: &TokenHash) -> Result<Option<Grant>, Error> {
        self.one("SELECT * FROM authorizations WHERE refresh_family = ?1", [family.as_bytes()], grant)
    }

    /// The grant that an access token belongs to.
    pub fn grant_of(&self, token: TokenId) -> Result<Option<Grant>, Error> {
        let sql = "SELECT * FROM authorizations WHERE id = (SELECT authorization_id FROM tokens WHERE id = ?1)";
        self.one(sql, [token.0], grant)
    }

    /// The grants of one user or of all users whose code was used and that have not expired at `now`, by application
    /// and then by age. A refresh counts as a use, because it deletes the earlier access tokens with their times of
    /// use.
    pub fn granted(&self, user: Option<UserId>, now: Timestamp) -> Result<Vec<GrantSummary>, Error> {
        let sql = "SELECT u.username, p.client_id, p.name, a.scopes, a.created_at,
                          (SELECT max(at) FROM (SELECT a.refreshed_at AS at UNION ALL
                                                SELECT last_used_at FROM tokens WHERE authorization_id = a.id)) AS last_used_at
                   FROM authorizations a JOIN users u ON u.id = a.user_id JOIN applications p ON p.id = a.application_id
                   WHERE a.code_used_at IS NOT NULL AND a.expires_at > ?1 AND (?2 IS NULL OR a.user_id = ?2)
                   ORDER BY p.id, a.id";
        self.all(sql, (micros(now), user.map(|user| user.0)), |row| {
            Ok(GrantSummary {
                username: Username::stored(row.get("username")?),
                client_id: SingleLineText::stored(row.get("client_id")?),
                application: SingleLineText::stored(row.get("name")?),
                scopes: Scopes::stored(row.get_ref("scopes")?.as_str()?),
                created_at: time(row, "created_at")?,
                last_used_at: optional_time(row, "last_used_at")?,
            })
        })
    }

    /// Everything that a user allows an application at `now`, in all grants whose code was used.
    pub fn allowed_scopes(&self, user: UserId, application: ApplicationId, now: Timestamp) -> Result<Scopes, Error> {
        let sql = "SELECT scopes FROM authorizations
                   WHERE user_id = ?1 AND application_id = ?2 AND code_used_at IS NOT NULL AND expires_at > ?3";
        let scopes = self.all(sql, (user.0, application.0, micros(now)), |row| {
            Ok(Scopes::stored(row.get_ref("scopes")?.as_str()?))
        })?;
        Ok(scopes.into_iter().flat_map(Scopes::iter).collect())
    }
}

impl Write<'_> {
    /// Adds a grant, which has only a code so far. The code expires at `expires_at`.
    ///
    /// # Errors
    /// `Gone` if there is no such user or application.
    pub fn insert_grant(
        &self,
        user: UserId,
        consent: &Consent,
        code: &TokenHash,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        self.run(
            "INSERT INTO authorizations
               (user_id, application_id, scopes, created_at, expires_at, code_hash, redirect_uri, code_challenge)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                user.0,
                consent.application.0,
                consent.scopes.to_string(),
                micros(created_at),
                micros(expires_at),
                code.as_bytes(),
                consent.redirect_uri.as_deref(),
                consent.code_challenge.as_ref().map(CodeChallenge::as_bytes),
            ),
        )
    }

    /// Deletes all but the user's newest grants: to the application, and to all applications together.
    pub fn keep_newest_grants(
        &self,
        user: UserId,
        application: ApplicationId,
        keep: u32,
        keep_of_all: u32,
    ) -> Result<(), Error> {
        self.run(
            "DELETE FROM authorizations WHERE id IN (
               SELECT id FROM authorizations WHERE user_id = ?1 AND application_id = ?2
               ORDER BY id DESC LIMIT ?4 OFFSET ?3)",
            (user.0, application.0, keep, STEP),
        )?;
        self.run(
            "DELETE FROM authorizations WHERE id IN (
               SELECT id FROM authorizations WHERE user_id = ?1 ORDER BY id DESC LIMIT ?3 OFFSET ?2)",
            (user.0, keep_of_all, STEP),
        )
    }

    /// Records that the code was used. From now on the grant expires with its refresh token.
    pub fn code_used(
        &self,
        id: GrantId,
        first: &RefreshToken,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        self.run(
            "UPDATE authorizations
             SET code_used_at = ?2, expires_at = ?3, refresh_family = ?4, refresh_hash = ?5 WHERE id = ?1",
            (id.0, micros(at), micros(expires_at), first.family().as_bytes(), first.hash().as_bytes()),
        )
    }

    /// Replaces the refresh token, and deletes the access tokens.
    pub fn refreshed(
        &self,
        id: GrantId,
        next: &RefreshToken,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        self.run("DELETE FROM tokens WHERE authorization_id = ?1", [id.0])?;
        self.run(
            "UPDATE authorizations SET refreshed_at = ?2, expires_at = ?3, refresh_hash = ?4 WHERE id = ?1",
            (id.0, micros(at), micros(expires_at), next.hash().as_bytes()),
        )
    }

    /// Deletes the grant with its tokens.
    pub fn delete_grant(&self, id: GrantId) -> Result<(), Error> {
        self.run("DELETE FROM authorizations WHERE id = ?1", [id.0])
    }

    /// Deletes the grant that an access token belongs to.
    pub fn delete_grant_of(&self, token: TokenId) -> Result<(), Error> {
        let sql = "DELETE FROM authorizations WHERE id = (SELECT authorization_id FROM tokens WHERE id = ?1)";
        self.run(sql, [token.0])
    }

    /// Deletes all grants of a user to an application, and returns their number.
    pub fn delete_grants(&self, user: UserId, application: ApplicationId) -> Result<usize, Error> {
        self.change("DELETE FROM authorizations WHERE user_id = ?1 AND application_id = ?2", [user.0, application.0])
    }
}

fn grant(row: &Row<'_>) -> rusqlite::Result<Grant> {
    Ok(Grant {
        id: GrantId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        application_id: ApplicationId(row.get("application_id")?),
        scopes: Scopes::stored(row.get_ref("scopes")?.as_str()?),
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        code_used_at: optional_time(row, "code_used_at")?,
        redirect_uri: row.get("redirect_uri")?,
        code_challenge: row.get::<_, Option<[u8; 32]>>("code_challenge")?.map(CodeChallenge::from_bytes),
        refresh_hash: row.get::<_, Option<[u8; 32]>>("refresh_hash")?.map(TokenHash::from_bytes),
    })
}
