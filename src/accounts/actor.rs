//! The caller of a use case: a user who has authenticated, or the command line.

use crate::domain::{PasswordHash, Scopes, TokenHash, TokenId, User};
use crate::store::DataVersion;
use jiff::Timestamp;
use std::net::IpAddr;
use std::sync::Arc;

/// Who performs an action. Authentication returns one for a credential.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `None` for the command line, which has the database file.
    pub(super) signed_in: Option<Arc<SignedIn>>,
    /// The client's address; `None` for the command line.
    pub(super) from: Option<IpAddr>,
}

/// An authenticated user, as stored when the request arrived.
#[derive(Debug)]
pub struct SignedIn {
    pub user: Arc<User>,
    pub scopes: Scopes,
    pub expires_at: Option<Timestamp>,
    /// When the user last entered the password, if this is a session of a browser.
    pub(super) authenticated_at: Option<Timestamp>,
    pub(super) proof: Proof,
    /// The version of the database that all this was read at, or an older one.
    pub(super) data_version: Option<DataVersion>,
}

/// How a user authenticated, and so what must still hold when they write.
#[derive(Clone, Debug)]
pub(super) enum Proof {
    Token(TokenId),
    /// The password that has this hash.
    Password(PasswordHash),
    /// The cookie that has this hash.
    WebSession(TokenHash),
    /// This administrator acts as the user.
    Sudo(Arc<SignedIn>),
}

impl SignedIn {
    /// With every scope, for good; name the fields of a credential that has fewer scopes or an end beside
    /// `..SignedIn::new(…)`.
    pub(super) fn new(user: User, proof: Proof, data_version: Option<DataVersion>) -> Self {
        Self {
            user: Arc::new(user),
            scopes: Scopes::EVERYTHING,
            expires_at: None,
            authenticated_at: None,
            proof,
            data_version,
        }
    }

    /// Another user, impersonated with this credential.
    pub(super) fn impersonate(self: &Arc<Self>, user: User) -> Self {
        let proof = Proof::Sudo(Arc::clone(self));
        Self { scopes: self.scopes, expires_at: self.expires_at, ..Self::new(user, proof, None) }
    }

    /// The token that the user authenticated with, if it was one.
    pub fn token(&self) -> Option<TokenId> {
        match self.proof {
            Proof::Token(token) => Some(token),
            Proof::Password(_) | Proof::WebSession(_) | Proof::Sudo(_) => None,
        }
    }

    /// The [`DataVersion::opening`] in which the ids were read. `None` if it is not known.
    pub(super) fn opening(&self) -> Option<u64> {
        match &self.proof {
            Proof::Sudo(administrator) => administrator.opening(),
            Proof::Token(_) | Proof::Password(_) | Proof::WebSession(_) => Some(self.data_version?.opening()),
        }
    }

    /// When a token that this credential creates must end at the latest. A browser's session stands for the password,
    /// which has no end.
    pub(super) fn latest_end(&self) -> Option<Timestamp> {
        match self.proof {
            Proof::WebSession(_) => None,
            Proof::Token(_) | Proof::Password(_) | Proof::Sudo(_) => self.expires_at,
        }
    }

    /// The token in the request, also if it is an administrator's who acts as this user.
    pub(super) fn presented_token(&self) -> Option<TokenId> {
        match &self.proof {
            Proof::Token(token) => Some(*token),
            Proof::Sudo(administrator) => administrator.presented_token(),
            Proof::Password(_) | Proof::WebSession(_) => None,
        }
    }

    /// What is derived from this user and the database stays valid while the database has this version. `None` if the
    /// version is not known.
    pub fn data_version(&self) -> Option<DataVersion> {
        self.data_version
    }
}

impl Actor {
    /// The command line. It has the database file, and therefore every permission.
    pub fn operator() -> Self {
        Self { signed_in: None, from: None }
    }

    pub(super) fn user(signed_in: Arc<SignedIn>, from: Option<IpAddr>) -> Self {
        Self { signed_in: Some(signed_in), from }
    }

    /// The authenticated user; `None` for the command line.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        self.signed_in.as_deref()
    }
}
