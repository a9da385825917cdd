//! Every decision about who may do what.
//!
//! Each function here takes the [`Actor`] first and gives the permission as an object, or says why not. The objects
//! can be made nowhere else.

use super::actor::{Actor, Kind};
use super::{Accounts, Error, Forbidden, SignedIn, now};
use crate::domain::{Scope, Scopes, State, TokenId, UserId};
use crate::store::{self, Read, Write};
use std::sync::Arc;

/// May look at users.
#[derive(Debug)]
pub struct Reader(());

/// May act for one user.
#[derive(Debug)]
pub struct AccountAccess {
    user: UserId,
    authorization: Authorization,
}

/// May manage every user.
#[derive(Debug)]
pub struct Admin(Authorization);

/// On what a permission rests: whoever it was given to may have lost it since (SPEC 3: blocking, a new password and
/// revoking work at once), so each write looks again.
#[derive(Clone, Debug)]
pub(super) struct Authorization {
    actor: Actor,
    as_admin: bool,
}

impl Authorization {
    /// # Errors
    /// `Unauthenticated` if the credential is no longer good, `Forbidden` if its owner is no administrator any more.
    fn reauthorize(&self, db: &Read<'_>) -> Result<(), Error> {
        let Kind::User(then) = &self.actor.0 else { return Ok(()) };
        reauthorize(db, then, self.as_admin)
    }
}

/// Whether the credential is still good, and its owner still an administrator, if that is needed.
///
/// # Errors
/// As [`Authorization::reauthorize`].
pub(super) fn reauthorize(db: &Read<'_>, then: &SignedIn, as_admin: bool) -> Result<(), Error> {
    let (user, hash) = db.user_with_hash(then.user.id)?.ok_or(Error::Unauthenticated)?;
    match (&then.impersonator, then.token, then.web_session) {
        (Some(administrator), _, _) => reauthorize(db, administrator, true)?,
        (None, Some(token), _) => {
            let token = db.token(token)?.filter(|token| token.revoked_at.is_none());
            token.ok_or(Error::Unauthenticated)?;
        }
        // A new password ends it, too.
        (None, None, Some(session)) => {
            let session = db.web_session(&session)?.filter(|(owner, end)| owner.id == user.id && *end > now());
            session.ok_or(Error::Unauthenticated)?;
        }
        (None, None, None) if then.password_hash == hash => {}
        (None, None, None) => return Err(Error::Unauthenticated),
    }
    if !user.is_active() {
        return Err(Error::Unauthenticated);
    }
    if as_admin && !user.admin { Err(Forbidden::NotAdmin.into()) } else { Ok(()) }
}

/// May look after tokens: one user's, or everybody's.
#[derive(Debug)]
pub struct TokenAccess {
    user: Option<UserId>,
    authorization: Authorization,
}

/// What a write can be done for.
pub(super) trait Permission {
    fn authorization(&self) -> &Authorization;
}

impl Permission for AccountAccess {
    fn authorization(&self) -> &Authorization {
        &self.authorization
    }
}

impl Permission for TokenAccess {
    fn authorization(&self) -> &Authorization {
        &self.authorization
    }
}

impl Permission for Admin {
    fn authorization(&self) -> &Authorization {
        &self.0
    }
}

impl AccountAccess {
    /// Whose account it is.
    pub fn user(&self) -> UserId {
        self.user
    }
}

impl Admin {
    /// The command line's permission.
    pub fn operator(actor: &Actor) -> Result<Self, Error> {
        match &actor.0 {
            Kind::Operator => Ok(Self(Authorization { actor: actor.clone(), as_admin: true })),
            Kind::User(_) => Err(Forbidden::NotAdmin.into()),
        }
    }

    /// Who it is; nobody for the command line.
    pub fn by(&self) -> Option<UserId> {
        self.0.actor.signed_in().map(|signed_in| signed_in.user.id)
    }

    /// An administrator may act for anybody.
    pub fn access_to(&self, user: UserId) -> AccountAccess {
        AccountAccess { user, authorization: self.0.clone() }
    }

    /// And look at everybody.
    pub fn reader(&self) -> Reader {
        Reader(())
    }

    /// And look after every token.
    pub fn tokens(&self) -> TokenAccess {
        TokenAccess { user: None, authorization: self.0.clone() }
    }
}

impl TokenAccess {
    /// Whose tokens; everybody's without one.
    pub fn user(&self) -> Option<UserId> {
        self.user
    }
}

impl From<&AccountAccess> for TokenAccess {
    fn from(access: &AccountAccess) -> Self {
        Self { user: Some(access.user), authorization: access.authorization.clone() }
    }
}

/// Everybody may look at what is public of users: GitLab's `doc/api/users.md` and `doc/api/user_keys.md` need no
/// authentication for a user of a known name and its keys.
pub fn public() -> Reader {
    Reader(())
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
pub fn oneself(actor: &Actor, wanted: Scope) -> Result<AccountAccess, Error> {
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    scope(signed_in, wanted)?;
    Ok(AccountAccess {
        user: signed_in.user.id,
        authorization: Authorization { actor: actor.clone(), as_admin: false },
    })
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
    Ok(Admin(Authorization { actor: actor.clone(), as_admin: true }))
}

/// An administrator looks after every token, everybody else after their own.
///
/// # Errors
/// `Forbidden` without the scope; `Unauthenticated` for the operator, who is no user.
pub fn tokens(actor: &Actor, wanted: Scope) -> Result<TokenAccess, Error> {
    let own = oneself(actor, wanted)?;
    let admin = actor.signed_in().is_some_and(|signed_in| signed_in.user.admin);
    let authorization = Authorization { actor: actor.clone(), as_admin: true };
    Ok(if admin { TokenAccess { user: None, authorization } } else { TokenAccess::from(&own) })
}

/// The token that was presented may be looked at and ended by who presents it, whatever its scopes
/// (`doc/api/personal_access_tokens.md`, "Self-revoke").
///
/// # Errors
/// `NotFound` if no token was presented.
pub fn current_token(actor: &Actor) -> Result<(AccountAccess, TokenId), Error> {
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    let token = signed_in.token.ok_or(Error::NotFound)?;
    Ok((
        AccountAccess {
            user: signed_in.user.id,
            authorization: Authorization { actor: actor.clone(), as_admin: false },
        },
        token,
    ))
}

/// Administrators may give a token any scope, everybody else what the credential has that they present.
///
/// # Errors
/// `Forbidden`, with the first scope that is too much.
pub fn can_delegate(actor: &Actor, scopes: Scopes) -> Result<(), Error> {
    let Kind::User(signed_in) = &actor.0 else { return Ok(()) };
    scopes.iter().try_for_each(|wanted| scope(signed_in, wanted))
}

impl Accounts {
    /// The account that a caller names, which must be the caller's own, administrators included.
    ///
    /// # Errors
    /// As [`Accounts::own_profile`].
    pub fn own_account(&self, actor: &Actor, username: &str, wanted: Scope) -> Result<AccountAccess, Error> {
        let user = self.own_profile(actor, username, wanted)?.user.id;
        Ok(AccountAccess { user, authorization: Authorization { actor: actor.clone(), as_admin: false } })
    }

    /// The same, only to be looked at.
    ///
    /// # Errors
    /// In this order (SPEC 4): `NotFound` if there is no such user, `Forbidden` if it is another or the scope is missing.
    pub fn own_profile<'a>(&self, actor: &'a Actor, username: &str, wanted: Scope) -> Result<&'a SignedIn, Error> {
        let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
        if !signed_in.user.username.matches(username) {
            let other = self.store.read(|db| db.user_by_name(username))?;
            return Err(other.map_or(Error::NotFound, |_| Forbidden::NotYou.into()));
        }
        scope(signed_in, wanted)?;
        Ok(signed_in)
    }

    /// Every write that somebody asked for: the permission is looked at once more inside it, and nothing of it is done
    /// if that is gone.
    pub(super) async fn write_for<T, E, F>(&self, permission: &impl Permission, work: F) -> Result<T, E>
    where
        F: FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + From<store::Error> + Send + 'static,
    {
        let authorization = permission.authorization().clone();
        self.store
            .write(move |tx| {
                authorization.reauthorize(tx)?;
                work(tx)
            })
            .await
    }
}

impl Accounts {
    /// The actor that an administrator wants to be: everything then happens as if that user had asked, within the scopes
    /// of the administrator's own credential (GitLab's `doc/api/rest/authentication.md`, "Sudo").
    ///
    /// # Errors
    /// `Forbidden(SudoNotAdmin)`; `NotFound` if neither an id nor a user name; `Forbidden(SudoNotActive)`.
    pub fn act_as(&self, actor: &Actor, who: &str) -> Result<Actor, Error> {
        let Kind::User(signed_in) = &actor.0 else { return Err(Error::Unauthenticated) };
        if !signed_in.user.admin {
            return Err(Forbidden::SudoNotAdmin.into());
        }
        scope(signed_in, Scope::Api)?;
        let user = self.user_called(&Reader(()), who)?;
        match user.state {
            State::Active => Ok(Actor::user(Arc::new(signed_in.impersonate(user)))),
            State::Blocked | State::Deactivated | State::Banned | State::BlockedPendingApproval => {
                Err(Forbidden::SudoNotActive.into())
            }
        }
    }
}

fn scope(signed_in: &SignedIn, wanted: Scope) -> Result<(), Error> {
    if signed_in.scopes.allow(wanted) { Ok(()) } else { Err(Forbidden::Scope(wanted).into()) }
}
