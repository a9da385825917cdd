//! The records: a user, its identities, keys and tokens, as they stand in the database.

use super::{
    EmailAddress, Field, KeyId, Line, Problem, Scopes, SshKey, Title, TokenId, TokenKind, UserId, Username, WebUrl,
};
use jiff::Timestamp;
use md5::{Digest, Md5};

/// One account, as every dialect shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub username: Username,
    /// The person's name; may be empty.
    pub name: Line,
    /// The primary address.
    pub email: EmailAddress,
    pub admin: bool,
    pub blocked: bool,
    /// To the microsecond.
    pub created_at: Timestamp,
    pub location: Line,
    pub company: Line,
    pub profile_url: WebUrl,
    /// Whose picture is shown, if not that of the primary address.
    pub gravatar_email: Option<EmailAddress>,
    pub bio: Option<Line>,
    pub skype: Line,
    pub linkedin: Line,
    pub twitter: Line,
    pub dark_scheme: bool,
    pub can_create_group: bool,
    pub projects_limit: u32,
    /// Accounts elsewhere, oldest first.
    pub identities: Vec<Identity>,
}

impl User {
    /// A blocked user cannot authenticate by any means.
    pub fn is_active(&self) -> bool {
        !self.blocked
    }

    /// What Gravatar knows the picture by: MD5 of the address, trimmed and in lower case, in hexadecimal
    /// (Gravatar's "Creating the Hash").
    pub fn gravatar_hash(&self) -> String {
        let address = self.gravatar_email.as_ref().unwrap_or(&self.email).as_str();
        let digest = Md5::digest(address.trim().to_ascii_lowercase());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The same person at another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub provider: Line,
    pub extern_uid: Line,
}

impl Identity {
    /// Both or neither: an identity is a pair.
    ///
    /// # Errors
    /// `Blank` for the half that is missing, with the field it belongs to.
    pub fn pair(provider: &str, extern_uid: &str) -> Result<Option<Self>, (Field, Problem)> {
        use Field::{ExternUid, Provider};
        match (provider, extern_uid) {
            ("", "") => Ok(None),
            ("", _) => Err((Provider, Problem::Blank)),
            (_, "") => Err((ExternUid, Problem::Blank)),
            (provider, extern_uid) => Ok(Some(Self {
                provider: Line::required(provider).map_err(|p| (Provider, p))?,
                extern_uid: Line::required(extern_uid).map_err(|p| (ExternUid, p))?,
            })),
        }
    }
}

/// An SSH key with its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub id: KeyId,
    pub user_id: UserId,
    pub title: Title,
    pub key: SshKey,
    pub created_at: Timestamp,
    /// From then on it opens nothing.
    pub expires_at: Option<Timestamp>,
    /// When a program last asked for it to let somebody in.
    pub last_used_at: Option<Timestamp>,
}

/// A key to be added to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    pub title: Title,
    pub key: SshKey,
    pub expires_at: Option<Timestamp>,
}

/// What is known of a token, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    pub id: TokenId,
    pub user_id: UserId,
    pub kind: TokenKind,
    pub name: Line,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}
