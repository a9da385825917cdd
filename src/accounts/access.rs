//! Every decision about who may do what.
//!
//! Each function here takes the [`Actor`] first and gives the permission as an object, or says why not. The objects
//! can be made nowhere else.

use super::actor::{Actor, Kind};
use super::{Accounts, Error, Forbidden, SignedIn};
use crate::domain::{Scope, User, UserId};
use std::sync::Arc;

/// May look at users.
#[derive(Debug)]
pub struct Reader(());

/// May act for one user.
#[derive(Debug)]
pub struct Grant {
    user: UserId,
}

/// May manage every user.
#[derive(Debug)]
pub struct Admin(());

impl Grant {
    /// Whose account it is.
    pub fn user(&self) -> UserId {
        self.user
    }
}

impl Admin {
    /// The command line's permission.
    pub fn operator(actor: &Actor) -> Result<Self, Error> {
        match &actor.0 {
            Kind::Operator => Ok(Self(())),
            Kind::User(_) => Err(Forbidden::NotAdmin.into()),
        }
    }

    /// An administrator may act for anybody.
    pub fn over(&self, user: UserId) -> Grant {
        Grant { user }
    }

    /// And look at everybody.
    pub fn reader(&self) -> Reader {
        Reader(())
    }
}

/// Anybody who is signed in may look at users (SPEC 5).
///
/// # Errors
/// `Forbidden` without the scope `read_user`.
pub fn reader(actor: &Actor) -> Result<Reader, Error> {
    if let Kind::User(signed_in) = &actor.0 {
        scope(signed_in, Scope::ReadUser)?;
    }
    Ok(Reader(()))
}

/// The user who asks, for what only concerns that user.
///
/// # Errors
/// `Forbidden` without the scope; `Unauthenticated` for the operator, who is no user.
pub fn oneself(actor: &Actor, wanted: Scope) -> Result<Grant, Error> {
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    scope(signed_in, wanted)?;
    Ok(Grant { user: signed_in.user.id })
}

/// # Errors
/// `Forbidden` for who is no administrator, and without the scope.
pub fn admin(actor: &Actor, wanted: Scope) -> Result<Admin, Error> {
    if let Kind::User(signed_in) = &actor.0 {
        scope(signed_in, wanted)?;
        if !signed_in.user.admin {
            return Err(Forbidden::NotAdmin.into());
        }
    }
    Ok(Admin(()))
}

impl Accounts {
    /// The account that a caller names, which must be the caller's own, administrators included.
    ///
    /// # Errors
    /// In this order (SPEC 4): `NotFound` if there is no such user, `Forbidden` if it is another or the scope is missing.
    pub fn own_account(&self, actor: &Actor, username: &str, wanted: Scope) -> Result<(Grant, Arc<User>), Error> {
        let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
        if !signed_in.user.username.matches(username) {
            let other = self.store.read(|db| db.user_by_name(username))?;
            return Err(other.map_or(Error::NotFound, |_| Forbidden::NotYou.into()));
        }
        scope(signed_in, wanted)?;
        Ok((Grant { user: signed_in.user.id }, Arc::clone(&signed_in.user)))
    }
}

fn scope(signed_in: &SignedIn, wanted: Scope) -> Result<(), Error> {
    if signed_in.scopes.allow(wanted) { Ok(()) } else { Err(Forbidden::Scope(wanted).into()) }
}
