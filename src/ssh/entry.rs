//! One authorized key, as a server sends it to a host and as the cache of the host stores it.

use crate::accounts::AuthorizedKey;
use crate::domain::{KeyId, KeyPolicy, SshKey, UserId, Username};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A key with its owner. One that came over the wire has been parsed as if a stranger had sent it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Entry {
    pub user_id: UserId,
    pub username: Username,
    pub key_id: KeyId,
    /// Without its comment, which sshd has no use for.
    pub key: SshKey,
    pub expires_at: Option<Timestamp>,
}

/// The JSON of an entry. Unknown keys are ignored, so that a newer server may say more.
#[derive(Deserialize, Serialize)]
struct Wire {
    user_id: i64,
    username: String,
    key_id: i64,
    key: String,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// What came is not what a server of ours says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {why}")]
pub struct EntryError {
    field: &'static str,
    why: String,
}

impl TryFrom<Wire> for Entry {
    type Error = EntryError;

    fn try_from(wire: Wire) -> Result<Self, EntryError> {
        let wrong = |field: &'static str, why: String| EntryError { field, why };
        let username = Username::parse(&wire.username).map_err(|problem| wrong("username", problem.to_string()))?;
        let key = SshKey::parse(&wire.key, KeyPolicy::default());
        Ok(Self {
            user_id: UserId(wire.user_id),
            username,
            key_id: KeyId(wire.key_id),
            key: key.map_err(|refusal| wrong("key", refusal.to_string()))?,
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
    fn from(lookup: AuthorizedKey) -> Self {
        Self {
            user_id: lookup.key.user_id,
            username: lookup.username,
            key_id: lookup.key.id,
            key: lookup.key.key,
            expires_at: lookup.key.expires_at,
        }
    }
}
