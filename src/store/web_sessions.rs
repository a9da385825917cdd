//! Sessions of signed-in browsers.

use super::error::Error;
use super::tx::{Columns, Read, Write, micros, optional_time, time};
use super::users::{read_user, user_columns};
use crate::domain::{TokenHash, User, UserAgent, UserId};
use jiff::Timestamp;
use std::net::IpAddr;

/// A session that the database holds. It may have ended.
pub struct WebSession {
    pub user: User,
    pub expires_at: Timestamp,
    /// When the user last entered the password in this session.
    pub authenticated_at: Timestamp,
}

/// A session as its user sees it.
pub struct WebSessionSummary {
    pub hash: TokenHash,
    /// Of the request that signed in; empty if it is not known.
    pub user_agent: String,
    pub address: String,
    pub created_at: Timestamp,
    /// Written once a minute.
    pub last_used_at: Option<Timestamp>,
}

/// The browser that signed in.
#[derive(Clone, Debug)]
pub struct Browser {
    pub user_agent: UserAgent,
    pub address: IpAddr,
}

impl Read<'_> {
    /// The session of that cookie.
    pub fn web_session(&self, hash: &TokenHash) -> Result<Option<WebSession>, Error> {
        const SQL: &str = concat!(
            "SELECT ",
            user_columns!(),
            ", s.expires_at, s.authenticated_at
              FROM web_sessions s JOIN users u ON u.id = s.user_id JOIN emails e ON e.id = u.primary_email_id
              WHERE s.hash = ?1"
        );
        self.one(SQL, [hash.as_bytes()], |row| {
            let mut row = Columns::of(row);
            Ok(WebSession { user: read_user(&mut row)?, expires_at: row.time()?, authenticated_at: row.time()? })
        })
    }

    /// The user's sessions that have not ended at `now`, the newest first.
    pub fn web_sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<WebSessionSummary>, Error> {
        const SQL: &str = "SELECT hash, user_agent, address, created_at, last_used_at
            FROM web_sessions WHERE user_id = ?1 AND expires_at > ?2 ORDER BY created_at DESC, hash";
        self.all(SQL, (user.0, micros(now)), |row| {
            Ok(WebSessionSummary {
                hash: TokenHash::from_bytes(row.get("hash")?),
                user_agent: row.get("user_agent")?,
                address: row.get("address")?,
                created_at: time(row, "created_at")?,
                last_used_at: optional_time(row, "last_used_at")?,
            })
        })
    }
}

impl Write<'_> {
    /// # Errors
    /// `Gone` if there is no such user.
    pub fn insert_web_session(
        &self,
        hash: &TokenHash,
        user: UserId,
        browser: Option<&Browser>,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        let user_agent = browser.map_or("", |browser| browser.user_agent.as_str());
        let address = browser.map(|browser| browser.address.to_string()).unwrap_or_default();
        self.run(
            "INSERT INTO web_sessions (hash, user_id, created_at, expires_at, authenticated_at, user_agent, address)
             VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6)",
            (hash.as_bytes(), user.0, micros(created_at), micros(expires_at), user_agent, address),
        )
    }

    /// Records that the user has entered the password again.
    pub fn web_session_authenticated(&self, hash: &TokenHash, at: Timestamp) -> Result<(), Error> {
        self.run("UPDATE web_sessions SET authenticated_at = ?2 WHERE hash = ?1", (hash.as_bytes(), micros(at)))
    }

    /// Records when a session was last used, unless a later time is stored.
    pub fn web_session_used(&self, hash: &TokenHash, at: Timestamp) -> Result<(), Error> {
        self.run(
            "UPDATE web_sessions SET last_used_at = ?2 WHERE hash = ?1 AND coalesce(last_used_at, ?2) <= ?2",
            (hash.as_bytes(), micros(at)),
        )
    }

    /// Deletes the session, and returns whether there was one.
    pub fn delete_web_session(&self, hash: &TokenHash) -> Result<bool, Error> {
        Ok(self.change("DELETE FROM web_sessions WHERE hash = ?1", [hash.as_bytes()])? > 0)
    }

    /// Deletes a session of the user; how many there were.
    pub fn delete_web_session_of(&self, user: UserId, hash: &TokenHash) -> Result<usize, Error> {
        self.change("DELETE FROM web_sessions WHERE user_id = ?1 AND hash = ?2", (user.0, hash.as_bytes()))
    }

    /// Deletes all sessions of the user but this one; how many there were.
    pub fn delete_other_web_sessions(&self, user: UserId, keep: &TokenHash) -> Result<usize, Error> {
        self.change("DELETE FROM web_sessions WHERE user_id = ?1 AND hash <> ?2", (user.0, keep.as_bytes()))
    }

    /// Deletes all but the user's newest sessions.
    pub fn keep_newest_web_sessions(&self, user: UserId, keep: u32) -> Result<(), Error> {
        self.run(
            "DELETE FROM web_sessions WHERE user_id = ?1 AND hash NOT IN (
               SELECT hash FROM web_sessions WHERE user_id = ?1 ORDER BY created_at DESC LIMIT ?2)",
            (user.0, keep),
        )
    }
}
