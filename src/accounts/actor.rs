//! Who is asking.

use crate::domain::{PasswordHash, Scopes, TokenHash, TokenId, User};
use crate::store::DataVersion;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

/// The one on whose behalf something is done. A dialect gets one by presenting a credential.
#[derive(Clone, Debug)]
pub struct Actor(pub(super) Kind);

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Whoever can open the database file: the command line.
    Operator,
    User(Arc<SignedIn>),
}

/// A user who has authenticated, as the database had it when this request came.
#[derive(Debug)]
pub struct SignedIn {
    pub user: Arc<User>,
    pub scopes: Scopes,
    /// The token that was presented, if it was one.
    pub token: Option<TokenId>,
    pub expires_at: Option<Timestamp>,
    /// The version that the database had, or one before it, when all this was read. None: it may be of any time.
    pub(super) data_version: Option<DataVersion>,
    /// The second, since 1970, in which the use of the token was last noted.
    pub(super) noted: AtomicI64,
    /// The hash that the presented password matched, if it was one.
    pub(super) password_hash: Option<PasswordHash>,
    /// Of the cookie, if it was a browser that signed in before.
    pub(super) web_session: Option<TokenHash>,
    /// The administrator who wants to be this user, and presented the credential.
    pub(super) impersonator: Option<Arc<Self>>,
}

impl SignedIn {
    /// What follows from this user and the database is as it was while the database has this version. None: nothing is
    /// known about that.
    pub fn data_version(&self) -> Option<DataVersion> {
        self.data_version
    }

    /// The same credential in another user's hands.
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
    /// The command line: it has the file, so it has every right to what is in it.
    pub fn operator() -> Self {
        Self(Kind::Operator)
    }

    pub(super) fn user(signed_in: Arc<SignedIn>) -> Self {
        Self(Kind::User(signed_in))
    }

    /// The user who is signed in, if it is one.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        match &self.0 {
            Kind::Operator => None,
            Kind::User(signed_in) => Some(signed_in),
        }
    }
}
