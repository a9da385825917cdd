//! The actor of a request.

use crate::domain::{PasswordHash, Scopes, TokenHash, TokenId, User};
use crate::store::DataVersion;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

/// Who performs an action. Authentication returns one for a credential.
#[derive(Clone, Debug)]
pub struct Actor(pub(super) Kind);

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// The command line, which has the database file.
    Operator,
    User(Arc<SignedIn>),
}

/// An authenticated user, as stored when the request arrived.
#[derive(Debug)]
pub struct SignedIn {
    pub user: Arc<User>,
    pub scopes: Scopes,
    /// The token, if that was the credential.
    pub token: Option<TokenId>,
    pub expires_at: Option<Timestamp>,
    /// The version that the database had, or one before it, when all this was read. None: it may be of any time.
    pub(super) data_version: Option<DataVersion>,
    /// The second, since 1970, in which the use of the token was last noted.
    pub(super) noted: AtomicI64,
    /// The hash that the password matched, if that was the credential.
    pub(super) password_hash: Option<PasswordHash>,
    /// The hash of the session cookie, if that was the credential.
    pub(super) web_session: Option<TokenHash>,
    /// The administrator who acts as this user, and whose credential it was.
    pub(super) impersonator: Option<Arc<Self>>,
}

impl SignedIn {
    /// What follows from this user and the database is as it was while the database has this version. None: nothing is
    /// known about that.
    pub fn data_version(&self) -> Option<DataVersion> {
        self.data_version
    }

    /// Another user, impersonated with this credential.
    pub(super) fn impersonate(self: &Arc<Self>, user: User) -> Self {
        Self {
            user: Arc::new(user),
            impersonator: Some(Arc::clone(self)),
            scopes: self.scopes,
            token: None,
            expires_at: self.expires_at,
            data_version: None,
            noted: AtomicI64::default(),
            password_hash: None,
            web_session: None,
        }
    }
}

impl Actor {
    /// The command line. It has the database file, and therefore every permission.
    pub fn operator() -> Self {
        Self(Kind::Operator)
    }

    pub(super) fn user(signed_in: Arc<SignedIn>) -> Self {
        Self(Kind::User(signed_in))
    }

    /// The authenticated user; `None` for the command line.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        match &self.0 {
            Kind::Operator => None,
            Kind::User(signed_in) => Some(signed_in),
        }
    }
}
