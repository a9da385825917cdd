//! Writes with a permission: each checks it again inside its transaction.

use super::permissions::{AccountAccess, Admin, TokenAccess};
use super::scope;
use crate::accounts::actor::{Actor, Proof};
use crate::accounts::audit::{self, Author, ChangeLimiter, Event};
use crate::accounts::{Accounts, Error, Forbidden, SignedIn};
use crate::domain::{Field, Problem, Scopes, State, TokenKind};
use crate::store::{self, Read, Write};
use jiff::Timestamp;
use std::sync::Arc;

/// What a permission is based on. The actor may have lost it since, because blocking, a new password and revoking a
/// token take effect immediately (SPEC 3); so every write checks it again.
#[derive(Clone, Debug)]
pub(in crate::accounts) struct Authorization {
    pub(super) actor: Actor,
    pub(super) as_admin: bool,
}

impl Authorization {
    /// Returns the author of what is written.
    ///
    /// # Errors
    /// `Unauthenticated` if the credential is no longer good, `Forbidden` if its owner is no longer an administrator.
    fn reauthorize(&self, db: &Read<'_>) -> Result<Author, Error> {
        let Some(signed_in) = &self.actor.signed_in else { return Ok(Author::command_line()) };
        Ok(Author::caller(signed_in, reauthorize(db, signed_in, self.as_admin)?, self.actor.from))
    }

    /// Does the work if the permission is still there, and records its events.
    fn write<T, E, I>(
        &self,
        tx: &Write<'_>,
        limiter: &ChangeLimiter,
        work: impl FnOnce(&Write<'_>) -> Result<(T, I), E>,
    ) -> Result<T, E>
    where
        E: From<Error> + From<store::Error>,
        I: IntoIterator<Item = Event>,
    {
        let author = self.reauthorize(tx)?;
        let (result, events) = work(tx)?;
        author.record(tx, limiter, events)?;
        Ok(result)
    }

    /// Checks that a new token gives its holder no more than the credential of the request does: no other scope, and no
    /// longer life. Returns when the token expires: at `wanted`, or else at `otherwise`, or with the credential if that
    /// expires earlier. `None` means never.
    ///
    /// An application's token may create no token at all, because that would outlive the user's authorization.
    ///
    /// # Errors
    /// `Forbidden`, also with the first scope that is missing; `Invalid` if `wanted` is too late.
    pub(in crate::accounts) fn delegate(
        &self,
        db: &Read<'_>,
        scopes: Scopes,
        wanted: Option<Timestamp>,
        otherwise: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, Error> {
        let Some(signed_in) = &self.actor.signed_in else { return Ok(wanted.or(otherwise)) };
        let presented = signed_in.presented_token().map(|id| db.token(id)).transpose()?.flatten();
        if presented.is_some_and(|token| token.kind == TokenKind::Oauth) {
            return Err(Forbidden::Application.into());
        }
        scopes.iter().try_for_each(|wanted| scope(signed_in, wanted))?;
        match (wanted, signed_in.latest_end()) {
            (Some(wanted), Some(end)) if wanted > end => {
                let rule = "must not be after the end of the token that makes the request";
                Err(Error::invalid(Field::ExpiresAt, Problem::Malformed(rule)))
            }
            (Some(wanted), _) => Ok(Some(wanted)),
            (None, end) => Ok([otherwise, end].into_iter().flatten().min()),
        }
    }
}

/// Checks that a credential is still good and, if `as_admin`, that its owner is still an administrator. Returns the
/// credential's description for the audit log.
///
/// # Errors
/// As [`Authorization::reauthorize`].
pub(in crate::accounts) fn reauthorize(db: &Read<'_>, signed_in: &SignedIn, as_admin: bool) -> Result<String, Error> {
    let user = signed_in.user.id;
    let (account, via) = match &signed_in.proof {
        Proof::Sudo(administrator) => {
            let via = reauthorize(db, administrator, true)?;
            (db.account_status(user)?, format!("{via}, sudo as {}", signed_in.user.username))
        }
        Proof::Token(token) => {
            let found = db.account_status_by_token(user, *token)?;
            let (account, kind, name) = found.ok_or(Error::Unauthenticated)?;
            (Some(account), audit::token(*token, kind, &name))
        }
        Proof::WebSession(session) => {
            (db.account_status_by_web_session(user, session, db.now())?, "browser session".to_owned())
        }
        Proof::Password(hash) => (db.account_status_by_password(user, hash)?, "password".to_owned()),
    };
    let account = account.filter(|account| account.state == State::Active).ok_or(Error::Unauthenticated)?;
    if as_admin && !account.admin { Err(Forbidden::NotAdmin.into()) } else { Ok(via) }
}

/// A permission that a write can be done with.
pub(in crate::accounts) trait Permission {
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

impl Accounts {
    /// Runs a write that checks the permission again inside its transaction, and does nothing if it is gone. The events
    /// that `work` returns beside its result, one for each change, become rows of the audit log.
    pub(in crate::accounts) async fn write_for<T, E, F, I>(&self, permission: &impl Permission, work: F) -> Result<T, E>
    where
        F: FnOnce(&Write<'_>) -> Result<(T, I), E> + Send + 'static,
        I: IntoIterator<Item = Event>,
        T: Send + 'static,
        E: From<Error> + From<store::Error> + Send + 'static,
    {
        let (authorization, limiter) = (self.authorization(permission)?, Arc::clone(&self.change_limiter));
        self.store.write(move |tx| authorization.write(tx, &limiter, work)).await
    }

    /// [`Accounts::write_for`] for a write that only removes data or rights. If an administrator or the command line asks for
    /// it, it succeeds on a full disk too, where it may be run a second time. Other users would use up the reserve.
    pub(in crate::accounts) async fn write_reducing_for<T, E, F, I>(
        &self,
        permission: &impl Permission,
        mut work: F,
    ) -> Result<T, E>
    where
        F: FnMut(&Write<'_>) -> Result<(T, I), E> + Send + 'static,
        I: IntoIterator<Item = Event>,
        T: Send + 'static,
        E: From<Error> + From<store::Error> + Send + 'static,
    {
        let (authorization, limiter) = (self.authorization(permission)?, Arc::clone(&self.change_limiter));
        let as_admin = authorization.actor.signed_in.as_ref().is_none_or(|signed_in| signed_in.user.admin);
        let work = move |tx: &Write<'_>| authorization.write(tx, &limiter, &mut work);
        if as_admin { self.store.write_reducing(work).await } else { self.store.write(work).await }
    }

    /// # Errors
    /// `Busy` if the database was reopened since the sign-in. It may be another one, where the ids are other users'.
    fn authorization(&self, permission: &impl Permission) -> Result<Authorization, Error> {
        let authorization = permission.authorization().clone();
        let then = authorization.actor.signed_in.as_ref().and_then(|signed_in| signed_in.opening());
        let now = self.store.data_version().map(|version| version.opening());
        if then.is_none_or(|then| now == Some(then)) { Ok(authorization) } else { Err(Error::Busy) }
    }
}
