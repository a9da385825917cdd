//! Records: a user, its identities, keys and tokens, as the database holds them.

use super::{
    EmailAddress, Field, KeyId, LastAddresses, Problem, Scopes, SingleLineText, SshKey, State, TokenId, TokenKind,
    UserId, Username, Verification, WebUrl,
};
use jiff::{SignedDuration, Timestamp};
use md5::{Digest, Md5};

/// GitLab's default (`doc/administration/moderate_users.md`, "Automatically deactivate dormant users").
const DORMANT_AFTER: SignedDuration = SignedDuration::from_hours(90 * 24);

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub username: Username,
    /// The person's name; may be empty.
    pub name: SingleLineText,
    /// The primary address.
    pub email: EmailAddress,
    /// Of the primary address.
    pub verification: Option<Verification>,
    /// One of the user's own addresses, visible to everyone.
    pub public_email: Option<EmailAddress>,
    pub admin: bool,
    pub state: State,
    /// To the microsecond.
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The user who created the account, if it was one.
    pub created_by: Option<UserId>,
    pub location: SingleLineText,
    pub company: SingleLineText,
    pub profile_url: WebUrl,
    /// The address whose Gravatar picture is shown, if not the primary one.
    pub gravatar_email: Option<EmailAddress>,
    pub bio: Option<SingleLineText>,
    pub skype: SingleLineText,
    pub linkedin: SingleLineText,
    pub twitter: SingleLineText,
    pub discord: SingleLineText,
    pub pronouns: Option<SingleLineText>,
    /// A note that only administrators see.
    pub note: Option<SingleLineText>,
    /// Not a member of the organization.
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
    /// The user's accounts at other services, oldest first.
    pub identities: Vec<Identity>,
}

impl User {
    /// An account that is not stored yet, with id 0 and the default of every attribute.
    pub fn new(username: Username, email: EmailAddress, created_at: Timestamp) -> Self {
        Self {
            id: UserId(0),
            username,
            name: SingleLineText::default(),
            email,
            verification: None,
            public_email: None,
            admin: false,
            state: State::Active,
            created_at,
            updated_at: created_at,
            created_by: None,
            location: SingleLineText::default(),
            company: SingleLineText::default(),
            profile_url: WebUrl::default(),
            gravatar_email: None,
            bio: None,
            skype: SingleLineText::default(),
            linkedin: SingleLineText::default(),
            twitter: SingleLineText::default(),
            discord: SingleLineText::default(),
            pronouns: None,
            note: None,
            external: false,
            private_profile: false,
            theme_id: 1,
            color_scheme_id: 1,
            dark_scheme: false,
            can_create_group: true,
            projects_limit: 100,
            activity: Activity::default(),
            identities: Vec::new(),
        }
    }

    /// Users who are not active cannot authenticate; the password of a deactivated user, which reactivates the account,
    /// is the only exception.
    pub fn is_active(&self) -> bool {
        self.state == State::Active
    }

    /// Whether the account has been unused for so long that an administrator may deactivate it.
    pub fn is_dormant(&self, now: Timestamp) -> bool {
        let used = self.activity.last_active_at.max(self.activity.current_sign_in_at);
        used.is_none_or(|used| now.duration_since(used) > DORMANT_AFTER)
    }

    /// Gravatar's name of the picture: MD5 of the address, trimmed and in lower case, in hexadecimal (Gravatar's
    /// "Creating the Hash").
    pub fn gravatar_hash(&self) -> String {
        let address = self.gravatar_email.as_ref().unwrap_or(&self.email).as_str();
        format!("{:x}", Md5::digest(address.trim().to_ascii_lowercase()))
    }
}

/// When a user signed in and was active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Sign-ins that exchanged a password for a session.
    pub sign_in_count: u32,
    pub current_sign_in_at: Option<Timestamp>,
    /// The sign-in before the current one.
    pub last_sign_in_at: Option<Timestamp>,
    /// When a credential of the user was last used; written once a minute.
    pub last_active_at: Option<Timestamp>,
}

/// The same person at another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub provider: SingleLineText,
    pub extern_uid: SingleLineText,
}

impl Identity {
    /// Parses a pair: both or neither.
    ///
    /// # Errors
    /// `Blank` for a missing half, with its field.
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

/// An SSH key of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub id: KeyId,
    pub user_id: UserId,
    /// Not blank.
    pub title: SingleLineText,
    pub key: SshKey,
    pub usage: KeyUsage,
    pub created_at: Timestamp,
    /// The first moment at which the key is no longer accepted.
    pub expires_at: Option<Timestamp>,
    /// When the key was last looked up to authenticate its owner.
    pub last_used_at: Option<Timestamp>,
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum KeyUsage {
    Auth,
    Signing,
    #[default]
    #[strum(serialize = "auth_and_signing")]
    Both,
}

impl KeyUsage {
    /// GitLab's name (`doc/api/user_keys.md`, `usage_type`).
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A key to add to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Not blank.
    pub title: SingleLineText,
    pub key: SshKey,
    pub usage: KeyUsage,
    pub expires_at: Option<Timestamp>,
}

/// A stored token, without the secret.
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
    pub last_used_ips: LastAddresses,
    pub revoked_at: Option<Timestamp>,
}

impl TokenRecord {
    /// Whether the token is neither revoked nor expired.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
