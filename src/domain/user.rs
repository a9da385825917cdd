//! The records: a user, its identities, keys and tokens, as they stand in the database.

use super::{
    EmailAddress, Field, KeyId, Problem, Scopes, SingleLineText, SshKey, State, Title, TokenId, TokenKind, UserId,
    Username, WebUrl,
};
use jiff::{SignedDuration, Timestamp};
use md5::{Digest, Md5};

/// GitLab's default (`doc/administration/moderate_users.md`, "Automatically deactivate dormant users").
const DORMANT_AFTER: SignedDuration = SignedDuration::from_hours(90 * 24);

/// One account, as every dialect shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub username: Username,
    /// The person's name; may be empty.
    pub name: SingleLineText,
    /// The primary address.
    pub email: EmailAddress,
    /// When the primary address became known to be the user's.
    pub confirmed_at: Option<Timestamp>,
    /// The address that everybody may see: one of the user's own.
    pub public_email: Option<EmailAddress>,
    pub admin: bool,
    pub state: State,
    /// To the microsecond.
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Who made the account, if it was another user.
    pub created_by: Option<UserId>,
    pub location: SingleLineText,
    pub company: SingleLineText,
    pub profile_url: WebUrl,
    /// Whose picture is shown, if not that of the primary address.
    pub gravatar_email: Option<EmailAddress>,
    pub bio: Option<SingleLineText>,
    pub skype: SingleLineText,
    pub linkedin: SingleLineText,
    pub twitter: SingleLineText,
    pub discord: SingleLineText,
    pub pronouns: Option<SingleLineText>,
    /// What administrators say of the user, to each other.
    pub note: Option<SingleLineText>,
    /// Not a member of the house.
    pub external: bool,
    pub private_profile: bool,
    /// From 1.
    pub theme_id: u8,
    /// From 1.
    pub color_scheme_id: u8,
    pub dark_scheme: bool,
    pub can_create_group: bool,
    pub projects_limit: u32,
    pub activity: Activity,
    /// Accounts elsewhere, oldest first.
    pub identities: Vec<Identity>,
}

impl User {
    /// Who is not active cannot authenticate by any means, but for a deactivated user's password.
    pub fn is_active(&self) -> bool {
        self.state == State::Active
    }

    /// Whether nobody has used the account for so long that an administrator may deactivate it.
    pub fn is_dormant(&self, now: Timestamp) -> bool {
        let used = self.activity.last_active_at.max(self.activity.current_sign_in_at);
        used.is_none_or(|used| now.duration_since(used) > DORMANT_AFTER)
    }

    /// What Gravatar knows the picture by: MD5 of the address, trimmed and in lower case, in hexadecimal
    /// (Gravatar's "Creating the Hash").
    pub fn gravatar_hash(&self) -> String {
        let address = self.gravatar_email.as_ref().unwrap_or(&self.email).as_str();
        format!("{:x}", Md5::digest(address.trim().to_ascii_lowercase()))
    }
}

/// What is known of a user's coming and going.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Sign-ins with a password for a token that stands for it.
    pub sign_in_count: u32,
    pub current_sign_in_at: Option<Timestamp>,
    /// The one before that.
    pub last_sign_in_at: Option<Timestamp>,
    /// When a token of the user was last used; written once a minute.
    pub last_active_at: Option<Timestamp>,
}

/// The same person at another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub provider: SingleLineText,
    pub extern_uid: SingleLineText,
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
                provider: SingleLineText::required(provider).map_err(|p| (Provider, p))?,
                extern_uid: SingleLineText::required(extern_uid).map_err(|p| (ExternUid, p))?,
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
    pub usage: KeyUsage,
    pub created_at: Timestamp,
    /// From then on it opens nothing.
    pub expires_at: Option<Timestamp>,
    /// When a program last asked for it to let somebody in.
    pub last_used_at: Option<Timestamp>,
}

/// What a key is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyUsage {
    /// Letting its owner in.
    Auth,
    /// Signing.
    Signing,
    #[default]
    Both,
}

impl KeyUsage {
    /// GitLab's name (`doc/api/user_keys.md`, `usage_type`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Signing => "signing",
            Self::Both => "auth_and_signing",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Auth, Self::Signing, Self::Both].into_iter().find(|usage| usage.name() == name)
    }
}

/// A key to be added to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    pub title: Title,
    pub key: SshKey,
    pub usage: KeyUsage,
    pub expires_at: Option<Timestamp>,
}

/// What is known of a token, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    pub id: TokenId,
    pub user_id: UserId,
    pub kind: TokenKind,
    pub name: SingleLineText,
    pub description: SingleLineText,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    /// From then on it opens nothing.
    pub revoked_at: Option<Timestamp>,
}

impl TokenRecord {
    /// Whether it still opens something.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
