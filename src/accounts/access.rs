//! Every decision about who may do what.
//!
//! Each function here takes the [`Actor`] first and gives the permission as an object, or says why not. The objects
//! can be made nowhere else.

use super::actor::{Actor, Kind};
use super::{Accounts, Error, Forbidden, SignedIn};
use crate::domain::{Scope, User, UserId};
use crate::store::{self, Read, Write};
use std::sync::Arc;

/// May look at users.
#[derive(Debug)]
pub struct Reader(());

/// May act for one user.
#[derive(Debug)]
pub struct Grant {
    user: UserId,
    standing: Standing,
}

/// May manage every user.
#[derive(Debug)]
pub struct Admin(Standing);

/// On what a permission rests: whoever it was given to may have lost it since (SPEC 3: blocking, a new password and
/// revoking work at once), so each write looks again.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    actor: Actor,
    as_admin: bool,
}

impl Standing {
    /// # Errors
    /// `Unauthenticated` if the credential is no longer good, `Forbidden` if its owner is no administrator any more.
    fn confirm(&self, db: &Read<'_>) -> Result<(), Error> {
        let Kind::User(then) = &self.actor.0 else { return Ok(()) };
        let (user, hash) = db.user_with_hash(then.user.id)?.ok_or(Error::Unauthenticated)?;
        let token_is_gone = match then.token {
            Some(token) => db.token(token)?.is_none(),
            None => then.password_hash != hash,
        };
        if !user.is_active() || token_is_gone {
            return Err(Error::Unauthenticated);
        }
        if self.as_admin && !user.admin { Err(Forbidden::NotAdmin.into()) } else { Ok(()) }
    }
}

/// What a write can be done for.
pub(super) trait Permission {
    fn standing(&self) -> &Standing;
}

impl Permission for Grant {
    fn standing(&self) -> &Standing {
        &self.standing
    }
}

impl Permission for Admin {
    fn standing(&self) -> &Standing {
        &self.0
    }
}

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
            Kind::Operator => Ok(Self(Standing { actor: actor.clone(), as_admin: true })),
            Kind::User(_) => Err(Forbidden::NotAdmin.into()),
        }
    }

    /// An administrator may act for anybody.
    pub fn over(&self, user: UserId) -> Grant {
        Grant { user, standing: self.0.clone() }
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
    Ok(Grant { user: signed_in.user.id, standing: Standing { actor: actor.clone(), as_admin: false } })
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
    Ok(Admin(Standing { actor: actor.clone(), as_admin: true }))
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
        let standing = Standing { actor: actor.clone(), as_admin: false };
        Ok((Grant { user: signed_in.user.id, standing }, Arc::clone(&signed_in.user)))
    }

    /// Every write that somebody asked for: the permission is looked at once more inside it, and nothing of it is done
    /// if that is gone.
    pub(super) async fn write_for<T, E, F>(&self, permission: &impl Permission, work: F) -> Result<T, E>
    where
        F: FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + From<store::Error> + Send + 'static,
    {
        let standing = permission.standing().clone();
        self.store
            .write(move |tx| {
                standing.confirm(tx)?;
                work(tx)
            })
            .await
    }
}

fn scope(signed_in: &SignedIn, wanted: Scope) -> Result<(), Error> {
    if signed_in.scopes.allow(wanted) { Ok(()) } else { Err(Forbidden::Scope(wanted).into()) }
}
