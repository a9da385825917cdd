//! The events of the log.

use crate::domain::{ModerationAction, User, UserId, Username};
use serde_json::{Map, Value};

/// The kinds of events. Their names are part of the program's interface: `src/cli/README.md` describes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
pub enum EventKind {
    #[strum(serialize = "user.created")]
    UserCreated,
    #[strum(serialize = "user.updated")]
    UserUpdated,
    #[strum(serialize = "user.deleted")]
    UserDeleted,
    #[strum(serialize = "user.blocked")]
    UserBlocked,
    #[strum(serialize = "user.unblocked")]
    UserUnblocked,
    #[strum(serialize = "user.banned")]
    UserBanned,
    #[strum(serialize = "user.unbanned")]
    UserUnbanned,
    #[strum(serialize = "user.deactivated")]
    UserDeactivated,
    #[strum(serialize = "user.activated")]
    UserActivated,
    #[strum(serialize = "user.approved")]
    UserApproved,
    #[strum(serialize = "user.rejected")]
    UserRejected,
    #[strum(serialize = "identity.removed")]
    IdentityRemoved,
    #[strum(serialize = "status.set")]
    StatusSet,
    #[strum(serialize = "status.cleared")]
    StatusCleared,
    #[strum(serialize = "preferences.updated")]
    PreferencesUpdated,
    /// The value is free text, so only the key is recorded.
    #[strum(serialize = "custom_attribute.set")]
    CustomAttributeSet,
    #[strum(serialize = "custom_attribute.removed")]
    CustomAttributeRemoved,
    #[strum(serialize = "email.added")]
    EmailAdded,
    #[strum(serialize = "email.updated")]
    EmailUpdated,
    #[strum(serialize = "email.removed")]
    EmailRemoved,
    #[strum(serialize = "key.added")]
    KeyAdded,
    #[strum(serialize = "key.removed")]
    KeyRemoved,
    #[strum(serialize = "token.created")]
    TokenCreated,
    #[strum(serialize = "token.rotated")]
    TokenRotated,
    #[strum(serialize = "token.revoked")]
    TokenRevoked,
    /// A token that was rotated before was used, so that its successor was revoked.
    #[strum(serialize = "token.reused")]
    TokenReused,
    #[strum(serialize = "session.started")]
    SessionStarted,
    /// The password was entered again.
    #[strum(serialize = "session.confirmed")]
    SessionConfirmed,
    #[strum(serialize = "session.ended")]
    SessionEnded,
    /// An administrator made a link with which the user sets a password.
    #[strum(serialize = "password_link.created")]
    PasswordLinkCreated,
    #[strum(serialize = "password_link.revoked")]
    PasswordLinkRevoked,
    /// The user set a password with a link.
    #[strum(serialize = "password_link.used")]
    PasswordLinkUsed,
    #[strum(serialize = "sign_in.failed")]
    SignInFailed,
    /// A user allowed an application access.
    #[strum(serialize = "grant.created")]
    GrantCreated,
    /// An application exchanged its code for tokens.
    #[strum(serialize = "grant.redeemed")]
    GrantRedeemed,
    #[strum(serialize = "grant.refreshed")]
    GrantRefreshed,
    #[strum(serialize = "grant.revoked")]
    GrantRevoked,
    /// A code or a refresh token was used twice, so that the grant was revoked.
    #[strum(serialize = "grant.reused")]
    GrantReused,
    #[strum(serialize = "application.registered")]
    ApplicationRegistered,
    #[strum(serialize = "application.updated")]
    ApplicationUpdated,
    #[strum(serialize = "application.secret_rotated")]
    ApplicationSecretRotated,
    #[strum(serialize = "application.deleted")]
    ApplicationDeleted,
    #[strum(serialize = "accounts.imported")]
    AccountsImported,
}

impl EventKind {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl From<ModerationAction> for EventKind {
    fn from(action: ModerationAction) -> Self {
        match action {
            ModerationAction::Block => Self::UserBlocked,
            ModerationAction::Unblock => Self::UserUnblocked,
            ModerationAction::Ban => Self::UserBanned,
            ModerationAction::Unban => Self::UserUnbanned,
            ModerationAction::Deactivate => Self::UserDeactivated,
            ModerationAction::Activate => Self::UserActivated,
            ModerationAction::Approve => Self::UserApproved,
            ModerationAction::Reject => Self::UserRejected,
        }
    }
}

/// The user whose account was changed. A user who is known only by id is looked up when the event is recorded.
#[derive(Debug)]
pub struct Subject {
    pub(super) id: UserId,
    pub(super) name: Option<Username>,
}

impl From<UserId> for Subject {
    fn from(id: UserId) -> Self {
        Self { id, name: None }
    }
}

impl From<&User> for Subject {
    fn from(user: &User) -> Self {
        Self { id: user.id, name: Some(user.username.clone()) }
    }
}

/// A change to record.
#[derive(Debug)]
pub struct Event {
    pub(super) kind: EventKind,
    pub(super) subject: Option<Subject>,
    pub(super) details: Map<String, Value>,
}

impl Event {
    /// A change of a user's account.
    pub fn of_user(kind: EventKind, user: impl Into<Subject>) -> Self {
        Self { kind, subject: Some(user.into()), details: Map::new() }
    }

    /// A change of something that belongs to no user.
    pub fn of_server(kind: EventKind) -> Self {
        Self { kind, subject: None, details: Map::new() }
    }

    /// Adds a detail: a few hundred bytes at most, and never a secret.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}
