//! The permission objects, which only this folder can make.

use super::authorization::Authorization;
use super::read_users::ReadUsers;
use crate::accounts::actor::Actor;
use crate::accounts::{Error, Forbidden, SignedIn};
use crate::domain::{User, UserId, VerifiedBy};

/// Permission to read every user.
#[derive(Debug)]
pub struct Reader {
    pub(super) account: Option<UserId>,
}

/// Permission to read active users, which every caller has.
#[derive(Debug)]
pub struct PublicReader(pub(super) ());

/// Permission to manage one account.
#[derive(Clone, Debug)]
pub struct AccountAccess {
    pub(super) user: UserId,
    pub(super) authorization: Authorization,
}

/// Permission to manage every account.
#[derive(Clone, Debug)]
pub struct Admin(pub(super) Authorization);

/// Permission on a route that anonymous callers may use.
#[derive(Debug)]
pub enum Viewer {
    Public(PublicReader),
    User(Reader),
    Admin(Admin),
}

/// Permission to manage tokens.
#[derive(Debug)]
pub struct TokenAccess {
    pub(super) owner: Option<UserId>,
    pub(super) authorization: Authorization,
}

impl AccountAccess {
    pub(super) fn own(actor: &Actor, signed_in: &SignedIn) -> Self {
        let authorization = Authorization { actor: actor.clone(), as_admin: false };
        Self { user: signed_in.user.id, authorization }
    }

    /// The owner of the account.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Whose word it is if this caller says that an address is the user's own. An administrator who uses a route for
    /// their own account is a user like any other there.
    pub(in crate::accounts) fn vouches_as(&self) -> VerifiedBy {
        if self.authorization.as_admin { VerifiedBy::Administrator } else { VerifiedBy::User }
    }

    /// The user who asks; None for the command line.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        self.authorization.actor.signed_in()
    }

    /// Whether the bounds of an account apply to the caller: to everyone but the command line.
    pub(in crate::accounts) fn is_bounded(&self) -> bool {
        self.signed_in().is_some()
    }

    /// The same caller's permission to look at users.
    ///
    /// # Errors
    /// As [`super::reader`].
    pub fn reader(&self) -> Result<Reader, Error> {
        super::reader(&self.authorization.actor)
    }
}

impl Admin {
    /// The command line's permission.
    ///
    /// # Errors
    /// `Forbidden` for any other actor.
    pub fn operator(actor: &Actor) -> Result<Self, Error> {
        match &actor.signed_in {
            None => Ok(Self(Authorization { actor: actor.clone(), as_admin: true })),
            Some(_) => Err(Forbidden::NotAdmin.into()),
        }
    }

    /// The administrator's own account, as of the sign-in; `None` for the command line.
    pub fn user(&self) -> Option<&User> {
        self.0.actor.signed_in().map(|signed_in| &*signed_in.user)
    }

    /// An administrator may manage any account.
    pub fn access_to(&self, user: UserId) -> AccountAccess {
        AccountAccess { user, authorization: self.0.clone() }
    }

    /// An administrator may read every user.
    pub fn reader(&self) -> Reader {
        Reader { account: self.account() }
    }
}

impl TokenAccess {
    /// The account that asks.
    pub fn account(&self) -> Option<UserId> {
        self.authorization.actor.signed_in().map(|signed_in| signed_in.user.id)
    }

    /// The only user whose tokens are included; `None` for all users.
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }
}

impl From<AccountAccess> for TokenAccess {
    fn from(access: AccountAccess) -> Self {
        Self { owner: Some(access.user), authorization: access.authorization }
    }
}
