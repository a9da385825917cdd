//! Decides who may do what.
//!
//! Every function here takes an [`Actor`] and returns a permission object, or the reason why there is none. Use cases
//! demand these objects as arguments, and nothing else can make one, so no dialect can skip a check.

use self::sealed::Role;
use super::actor::{Actor, Proof};
use super::{Accounts, Error, Forbidden, SignedIn};
use crate::domain::{Field, Problem, Scope, Scopes, State, TokenId, TokenKind, User, UserId, VerifiedBy};
use crate::store::{self, Read, UserQuery, Write};
use jiff::Timestamp;
use std::sync::Arc;

/// Permission to read every user.
#[derive(Debug)]
pub struct Reader {
    account: Option<UserId>,
}

/// Permission to read active users, which every caller has.
#[derive(Debug)]
pub struct PublicReader(());

/// Permission to manage one account.
#[derive(Clone, Debug)]
pub struct AccountAccess {
    user: UserId,
    authorization: Authorization,
}

/// Permission to manage every account.
#[derive(Clone, Debug)]
pub struct Admin(Authorization);

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
    owner: Option<UserId>,
    authorization: Authorization,
}

/// What a permission is based on. The actor may have lost it since, because blocking, a new password and revoking a
/// token take effect immediately (SPEC 3); so every write checks it again.
#[derive(Clone, Debug)]
pub(super) struct Authorization {
    actor: Actor,
    as_admin: bool,
}

impl Authorization {
    /// # Errors
    /// `Unauthenticated` if the credential is no longer good, `Forbidden` if its owner is no longer an administrator.
    fn reauthorize(&self, db: &Read<'_>) -> Result<(), Error> {
        let Some(signed_in) = &self.actor.0 else { return Ok(()) };
        reauthorize(db, signed_in, self.as_admin)
    }

    /// Checks that a new token gives its holder no more than the credential of the request does: no other scope, and no
    /// longer life. Returns when the token expires: at `wanted`, or else at `otherwise`, or with the credential if that
    /// expires earlier. `None` means never.
    ///
    /// An application's token may create no token at all, because that would outlive the user's authorization.
    ///
    /// # Errors
    /// `Forbidden`, also with the first scope that is missing; `Invalid` if `wanted` is too late.
    pub(super) fn delegate(
        &self,
        db: &Read<'_>,
        scopes: Scopes,
        wanted: Option<Timestamp>,
        otherwise: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, Error> {
        let Some(signed_in) = &self.actor.0 else { return Ok(wanted.or(otherwise)) };
        let presented = signed_in.presented_token().map(|id| db.token(id)).transpose()?.flatten();
        if presented.is_some_and(|token| token.kind == TokenKind::Oauth) {
            return Err(Forbidden::Application.into());
        }
        scopes.iter().try_for_each(|wanted| scope(signed_in, wanted))?;
        match (wanted, signed_in.expires_at) {
            (Some(wanted), Some(end)) if wanted > end => {
                let rule = "must not be after the end of the token that makes the request";
                Err(Error::invalid(Field::ExpiresAt, Problem::Malformed(rule)))
            }
            (Some(wanted), _) => Ok(Some(wanted)),
            (None, end) => Ok([otherwise, end].into_iter().flatten().min()),
        }
    }
}

/// Checks that a credential is still good and, if `as_admin`, that its owner is still an administrator.
///
/// # Errors
/// As [`Authorization::reauthorize`].
pub(super) fn reauthorize(db: &Read<'_>, signed_in: &SignedIn, as_admin: bool) -> Result<(), Error> {
    let user = signed_in.user.id;
    let account = match &signed_in.proof {
        Proof::Sudo(administrator) => {
            reauthorize(db, administrator, true)?;
            db.account_status(user)?
        }
        Proof::Token(token) => db.account_status_by_token(user, *token)?,
        Proof::WebSession(session) => db.account_status_by_web_session(user, session, db.now())?,
        Proof::Password(hash) => db.account_status_by_password(user, hash)?,
    };
    let account = account.filter(|account| account.state == State::Active).ok_or(Error::Unauthenticated)?;
    if as_admin && !account.admin { Err(Forbidden::NotAdmin.into()) } else { Ok(()) }
}

/// A permission that a write can be done with.
pub(super) trait Permission {
    fn authorization(&self) -> &Authorization;
}

impl Permission for AccountAccess {
    fn authorization(&self) -> &Authorization {
        &self.authorization
    }
}

impl Permission for Admin {
    fn authorization(&self) -> &Authorization {
        &self.0
    }
}

impl Permission for TokenAccess {
    fn authorization(&self) -> &Authorization {
        &self.authorization
    }
}

/// A permission to read users: [`Reader`], [`PublicReader`], [`Admin`] or [`Viewer`].
pub trait ReadUsers {
    fn role(&self) -> Role;

    /// The account that asks; `None` for anonymous callers and the command line.
    fn account(&self) -> Option<UserId>;
}

/// Keeps other modules from implementing [`ReadUsers`], because they cannot name `Role`.
mod sealed {
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub enum Role {
        Anonymous,
        SignedIn,
        Administrator,
    }
}

impl ReadUsers for PublicReader {
    fn role(&self) -> Role {
        Role::Anonymous
    }

    fn account(&self) -> Option<UserId> {
        None
    }
}

impl ReadUsers for Reader {
    fn role(&self) -> Role {
        Role::SignedIn
    }

    fn account(&self) -> Option<UserId> {
        self.account
    }
}

impl ReadUsers for Admin {
    fn role(&self) -> Role {
        Role::Administrator
    }

    fn account(&self) -> Option<UserId> {
        self.user().map(|user| user.id)
    }
}

impl ReadUsers for Viewer {
    fn role(&self) -> Role {
        match self {
            Self::Public(reader) => reader.role(),
            Self::User(reader) => reader.role(),
            Self::Admin(admin) => admin.role(),
        }
    }

    fn account(&self) -> Option<UserId> {
        match self {
            Self::Public(reader) => reader.account(),
            Self::User(reader) => reader.account(),
            Self::Admin(admin) => admin.account(),
        }
    }
}

/// The user, if the permission includes it.
///
/// # Errors
/// `NotFound`.
pub(super) fn visible(reader: &impl ReadUsers, user: Option<User>) -> Result<User, Error> {
    user.filter(|user| shows(reader, user.state)).ok_or(Error::NotFound)
}

/// Whether the permission includes users in this state.
pub(super) fn shows(reader: &impl ReadUsers, state: State) -> bool {
    reader.role() != Role::Anonymous || state == State::Active
}

/// Narrows a list to the users that the permission includes.
///
/// # Errors
/// `Forbidden`: anonymous callers may look up one user name, but not list users; and only administrators may look users
/// up by their identity at another service.
pub(super) fn visible_list(reader: &impl ReadUsers, query: UserQuery) -> Result<UserQuery, Error> {
    let public = reader.role() == Role::Anonymous;
    if public && query.username.is_none() {
        return Err(Forbidden::AnonymousList.into());
    }
    if query.identity.is_some() && reader.role() != Role::Administrator {
        return Err(Forbidden::NotAdmin.into());
    }
    Ok(UserQuery { active: query.active || public, ..query })
}

impl AccountAccess {
    fn own(actor: &Actor, signed_in: &SignedIn) -> Self {
        let authorization = Authorization { actor: actor.clone(), as_admin: false };
        Self { user: signed_in.user.id, authorization }
    }

    /// The owner of the account.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Whose word it is if this caller says that an address is the user's own. An administrator who uses a route for
    /// their own account is a user like any other there.
    pub(super) fn vouches_as(&self) -> VerifiedBy {
        if self.authorization.as_admin { VerifiedBy::Administrator } else { VerifiedBy::User }
    }

    /// The user who asks; None for the command line.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        self.authorization.actor.signed_in()
    }

    /// Whether the bounds of an account apply to the caller: to everyone but the command line.
    pub(super) fn is_bounded(&self) -> bool {
        self.signed_in().is_some()
    }

    /// The same caller's permission to look at users.
    ///
    /// # Errors
    /// As [`reader`].
    pub fn reader(&self) -> Result<Reader, Error> {
        reader(&self.authorization.actor)
    }
}

impl Admin {
    /// The command line's permission.
    ///
    /// # Errors
    /// `Forbidden` for any other actor.
    pub fn operator(actor: &Actor) -> Result<Self, Error> {
        match &actor.0 {
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
    if let Some(signed_in) = &actor.0 {
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
    if let Some(signed_in) = &actor.0 {
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

    /// Runs a write that checks the permission again inside its transaction, and does nothing if it is gone.
    pub(super) async fn write_for<T, E, F>(&self, permission: &impl Permission, work: F) -> Result<T, E>
    where
        F: FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + From<store::Error> + Send + 'static,
    {
        let authorization = self.authorization(permission)?;
        self.store
            .write(move |tx| {
                authorization.reauthorize(tx)?;
                work(tx)
            })
            .await
    }

    /// [`Accounts::write_for`] for a write that only removes data or rights. If an administrator or the command line asks for
    /// it, it succeeds on a full disk too, where it may be run a second time. Other users would use up the reserve.
    pub(super) async fn write_reducing_for<T, E, F>(&self, permission: &impl Permission, mut work: F) -> Result<T, E>
    where
        F: FnMut(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + From<store::Error> + Send + 'static,
    {
        let authorization = self.authorization(permission)?;
        let as_admin = authorization.actor.0.as_ref().is_none_or(|signed_in| signed_in.user.admin);
        let work = move |tx: &Write<'_>| {
            authorization.reauthorize(tx)?;
            work(tx)
        };
        if as_admin { self.store.write_reducing(work).await } else { self.store.write(work).await }
    }

    /// # Errors
    /// `Busy` if the database was reopened since the sign-in. It may be another one, where the ids are other users'.
    fn authorization(&self, permission: &impl Permission) -> Result<Authorization, Error> {
        let authorization = permission.authorization().clone();
        let then = authorization.actor.0.as_ref().and_then(|signed_in| signed_in.opening());
        let now = self.store.data_version().map(|version| version.opening());
        if then.is_none_or(|then| now == Some(then)) { Ok(authorization) } else { Err(Error::Busy) }
    }

    /// Lets an administrator act as another user, within the scopes of the administrator's own credential (GitLab's
    /// `doc/api/rest/authentication.md`, "Sudo"). `who` is an id or a user name.
    ///
    /// # Errors
    /// `Forbidden(SudoNotAdmin)`; `NotFound` if there is no such user; `Forbidden(SudoNotActive)`.
    pub fn act_as(&self, actor: &Actor, who: &str) -> Result<Actor, Error> {
        let Some(signed_in) = &actor.0 else { return Err(Error::Unauthenticated) };
        if !signed_in.user.admin {
            return Err(Forbidden::SudoNotAdmin.into());
        }
        scope(signed_in, Scope::Api)?;
        let user = self.user_by_id_or_name(&Reader { account: Some(signed_in.user.id) }, who)?;
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
