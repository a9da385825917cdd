//! A user's key as a server sends it to a host, and as the host caches it.

use crate::accounts::AuthorizedKey;
use crate::domain::{KeyId, KeyPolicy, SshKey, UserId, Username};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A key with its owner. Deserializing one parses every value again: the server is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Entry {
    pub user_id: UserId,
    pub username: Username,
    pub key_id: KeyId,
    /// Sent without its comment, which sshd does not use.
    pub key: SshKey,
    pub expires_at: Option<Timestamp>,
}

/// The JSON of an entry. Unknown keys are ignored, so that a newer server can add some.
#[derive(Deserialize, Serialize)]
struct Wire {
    user_id: i64,
    username: String,
    key_id: i64,
    key: String,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// A value in an answer that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct EntryError {
    field: &'static str,
    problem: String,
}

impl TryFrom<Wire> for Entry {
    type Error = EntryError;

    fn try_from(wire: Wire) -> Result<Self, EntryError> {
        let invalid = |field: &'static str, problem: String| EntryError { field, problem };
        let username = Username::parse(&wire.username).map_err(|problem| invalid("username", problem.to_string()))?;
        let key = SshKey::parse(&wire.key, KeyPolicy::default());
        Ok(Self {
            user_id: UserId(wire.user_id),
            username,
            key_id: KeyId(wire.key_id),
            key: key.map_err(|refusal| invalid("key", refusal.to_string()))?,
            expires_at: wire.expires_at,
        })
    }
}

impl From<Entry> for Wire {
    fn from(entry: Entry) -> Self {
        Self {
            user_id: entry.user_id.0,
            username: entry.username.as_str().to_owned(),
            key_id: entry.key_id.0,
            key: entry.key.without_comment().to_owned(),
            expires_at: entry.expires_at,
        }
    }
}

impl From<AuthorizedKey> for Entry {
    fn from(AuthorizedKey { username, key, .. }: AuthorizedKey) -> Self {
        Self { user_id: key.user_id, username, key_id: key.id, key: key.key, expires_at: key.expires_at }
    }
}
