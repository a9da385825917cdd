//! Decides who may do what.
//!
//! Every function here takes an [`Actor`] and returns a permission object, or the reason why there is none. Use cases
//! demand these objects as arguments, and nothing else can make one, so no dialect can skip a check.

mod audit_reader;
mod authorization;
mod permissions;
mod read_users;

pub use audit_reader::AuditReader;
pub use permissions::{AccountAccess, Admin, PublicReader, Reader, TokenAccess, Viewer};
pub use read_users::ReadUsers;

pub(super) use authorization::{Authorization, Permission, reauthorize};
pub(super) use read_users::{shows, visible, visible_list};

use super::actor::Actor;
use super::{Accounts, Error, Forbidden, SignedIn};
use crate::domain::{Scope, State, TokenId, UserId};
use jiff::SignedDuration;
use std::sync::Arc;

/// How long a sign-in counts as recent.
const RECENT_SIGN_IN: SignedDuration = SignedDuration::from_mins(10);

/// Every caller may read active users: GitLab's `doc/api/users.md` and `doc/api/user_keys.md` need no authentication
/// for a user of a known name and for its keys.
pub fn public() -> PublicReader {
    PublicReader(())
}

/// Every signed-in user may read users (SPEC 5).
///
/// # Errors
/// `Forbidden` without the scope `read_user`.
pub fn reader(actor: &Actor) -> Result<Reader, Error> {
    if let Some(signed_in) = &actor.signed_in {
        scope(signed_in, Scope::ReadUser)?;
    }
    Ok(Reader { account: actor.signed_in().map(|signed_in| signed_in.user.id) })
}

/// Permission on a route that anonymous callers may use: `actor` is `None` for them.
///
/// # Errors
/// `Forbidden` for an actor without the scope `read_user`.
pub fn viewer(actor: Option<&Actor>) -> Result<Viewer, Error> {
    let Some(actor) = actor else { return Ok(Viewer::Public(public())) };
    let reader = reader(actor)?;
    Ok(admin_if_any(actor, Scope::ReadUser)?.map_or(Viewer::User(reader), Viewer::Admin))
}

/// The actor's own account.
///
/// # Errors
/// `Forbidden` without the scope; `Unauthenticated` for the operator, who has no account.
pub fn oneself(actor: &Actor, wanted: Scope) -> Result<AccountAccess, Error> {
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    scope(signed_in, wanted)?;
    Ok(AccountAccess::own(actor, signed_in))
}

/// # Errors
/// `Forbidden` for users who are not administrators, and without the scope.
pub fn admin(actor: &Actor, wanted: Scope) -> Result<Admin, Error> {
    if let Some(signed_in) = &actor.signed_in {
        scope(signed_in, wanted)?;
        if !signed_in.user.admin {
            return Err(Forbidden::NotAdmin.into());
        }
    }
    Ok(Admin(Authorization { actor: actor.clone(), as_admin: true }))
}

/// `None` for users who are not administrators.
fn admin_if_any(actor: &Actor, wanted: Scope) -> Result<Option<Admin>, Error> {
    match admin(actor, wanted) {
        Ok(admin) => Ok(Some(admin)),
        Err(Error::Forbidden(Forbidden::NotAdmin)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// One account, for its owner and for administrators.
///
/// # Errors
/// `Forbidden` for everyone else, and without the scope; `Unauthenticated` for the operator, who has no account.
pub fn oneself_or_admin(actor: &Actor, user: UserId, wanted: Scope) -> Result<AccountAccess, Error> {
    let own = oneself(actor, wanted)?;
    if own.user == user {
        return Ok(own);
    }
    Ok(admin_if_any(actor, wanted)?.ok_or(Forbidden::NotYou)?.access_to(user))
}

/// Administrators manage every token, other users their own.
///
/// # Errors
/// `Forbidden` without the scope; `Unauthenticated` for the operator, who has no account.
pub fn tokens(actor: &Actor, wanted: Scope) -> Result<TokenAccess, Error> {
    let own = oneself(actor, wanted)?;
    let all_users = |admin: Admin| TokenAccess { owner: None, authorization: admin.0 };
    Ok(admin_if_any(actor, wanted)?.map_or(own.into(), all_users))
}

/// The token that authenticates the request, whatever its scopes (`doc/api/personal_access_tokens.md`, "Self-revoke").
///
/// # Errors
/// `NotFound` if the actor presented no token.
pub fn current_token(actor: &Actor) -> Result<(TokenAccess, TokenId), Error> {
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    let token = signed_in.token().ok_or(Error::NotFound)?;
    Ok((AccountAccess::own(actor, signed_in).into(), token))
}

impl Accounts {
    /// The actor's own account, for what a stolen or borrowed session must not be enough for.
    ///
    /// # Errors
    /// As [`oneself`]; `Forbidden(OldSignIn)` for a browser whose user last entered the password too long ago.
    pub fn oneself_recently(&self, actor: &Actor, wanted: Scope) -> Result<AccountAccess, Error> {
        let own = oneself(actor, wanted)?;
        self.require_recent_sign_in(actor)?;
        Ok(own)
    }

    /// Every account, for what a stolen or borrowed session of an administrator must not be enough for.
    ///
    /// # Errors
    /// As [`admin`]; `Forbidden(OldSignIn)` as in [`Accounts::oneself_recently`].
    pub fn admin_recently(&self, actor: &Actor, wanted: Scope) -> Result<Admin, Error> {
        let admin = admin(actor, wanted)?;
        self.require_recent_sign_in(actor)?;
        Ok(admin)
    }

    fn require_recent_sign_in(&self, actor: &Actor) -> Result<(), Error> {
        let signed_in_at = actor.signed_in().and_then(|signed_in| signed_in.authenticated_at);
        let age = signed_in_at.map(|at| self.now().duration_since(at));
        // A time in the future is no better than an old one: the clock was set back.
        let is_recent = age.is_none_or(|age| (SignedDuration::ZERO..RECENT_SIGN_IN).contains(&age));
        if is_recent { Ok(()) } else { Err(Forbidden::OldSignIn.into()) }
    }

    /// The account that a caller names, which must be the caller's own; administrators are no exception.
    ///
    /// # Errors
    /// As [`Accounts::own_profile`].
    pub fn own_account(&self, actor: &Actor, username: &str, wanted: Scope) -> Result<AccountAccess, Error> {
        Ok(AccountAccess::own(actor, self.own_profile(actor, username, wanted)?))
    }

    /// The same for reading only.
    ///
    /// # Errors
    /// In this order (SPEC 4): `NotFound` if there is no such user; `Forbidden` if it is another user, or the scope is
    /// missing.
    pub fn own_profile<'a>(&self, actor: &'a Actor, username: &str, wanted: Scope) -> Result<&'a SignedIn, Error> {
        let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
        if !signed_in.user.username.matches(username) {
            let other = self.store.read(|db| db.user_by_name(username))?;
            return Err(other.map_or(Error::NotFound, |_| Forbidden::NotYou.into()));
        }
        scope(signed_in, wanted)?;
        Ok(signed_in)
    }

    /// Lets an administrator act as another user, within the scopes of the administrator's own credential (GitLab's
    /// `doc/api/rest/authentication.md`, "Sudo"). `who` is an id or a user name.
    ///
    /// # Errors
    /// `Forbidden(SudoNotAdmin)`; `NotFound` if there is no such user; `Forbidden(SudoNotActive)`.
    pub fn act_as(&self, actor: &Actor, who: &str) -> Result<Actor, Error> {
        let Some(signed_in) = &actor.signed_in else { return Err(Error::Unauthenticated) };
        if !signed_in.user.admin {
            return Err(Forbidden::SudoNotAdmin.into());
        }
        scope(signed_in, Scope::Api)?;
        let user = self.user_by_id_or_name(&Reader { account: Some(signed_in.user.id) }, who)?;
        match user.state {
            State::Active => Ok(Actor::user(Arc::new(signed_in.impersonate(user)), actor.from)),
            State::Blocked | State::Deactivated | State::Banned | State::BlockedPendingApproval => {
                Err(Forbidden::SudoNotActive.into())
            }
        }
    }
}

fn scope(signed_in: &SignedIn, wanted: Scope) -> Result<(), Error> {
    if signed_in.scopes.allow(wanted) { Ok(()) } else { Err(Forbidden::Scope(wanted).into()) }
}
