//! Sessions: sign-in exchanges a password for a token or, in a browser, for a cookie.

use crate::accounts::access::reauthorize;
use crate::accounts::actor::{Actor, Proof, SignedIn};
use crate::accounts::audit::{Author, Event, EventKind};
use crate::accounts::limits::MAX_SESSIONS;
use crate::accounts::{Accounts, Admin, Error};
use crate::domain::{PasswordAttempt, Scopes, State, Token, TokenHash, TokenKind, TokenPrefix, User, UserId};
use crate::store::{self, Browser, NewToken, Write};
use jiff::{SignedDuration, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;

impl Accounts {
    /// How long a browser stays signed in.
    pub const WEB_SESSION: SignedDuration = SignedDuration::from_hours(14 * 24);

    /// Checks the password and creates a session token with every scope. It ends when the password changes, when it is
    /// revoked, or when there are a hundred newer ones.
    ///
    /// # Errors
    /// `Unauthenticated` for a wrong login, a wrong password and a user who is not active; `TooManyAttempts`.
    pub async fn sign_in(
        &self,
        login: &str,
        secret: &PasswordAttempt,
        from: IpAddr,
    ) -> Result<(Arc<User>, Token), Error> {
        self.open_session(login, secret, from, TokenPrefix::Own, |tx, user, hash, at| {
            tx.insert_token(&NewToken::new(user, TokenKind::Session, hash, Scopes::EVERYTHING, at))?;
            tx.keep_newest_sessions(user, MAX_SESSIONS)
        })
        .await
    }

    /// Checks the password and creates a browser session with every permission of the user. It ends after
    /// [`Self::WEB_SESSION`], when the password changes, when the user signs out, or when there are a hundred newer
    /// ones. `old`, the previous session of the same browser, is deleted: an attacker may have planted it (session
    /// fixation). `browser` is what the user sees in the list of sessions.
    ///
    /// # Errors
    /// As [`Accounts::sign_in`].
    pub async fn open_web_session(
        &self,
        login: &str,
        secret: &PasswordAttempt,
        browser: Browser,
        old: Option<&Token>,
    ) -> Result<(Arc<User>, Token), Error> {
        let old = old.map(Token::hash);
        self.open_session(login, secret, browser.address, TokenPrefix::WebSession, move |tx, user, hash, at| {
            if let Some(old) = old {
                tx.delete_web_session(&old)?;
            }
            insert_web_session(tx, user, hash, Some(&browser), at)
        })
        .await
    }

    /// Opens a browser session without a password, as the control service of a stand-in does.
    ///
    /// # Errors
    /// `NotFound`; `Unauthenticated` for a user who could not sign in with a password either.
    pub async fn open_web_session_for(&self, operator: &Admin, user: UserId) -> Result<Token, Error> {
        let (found, password) = self.store.read(|db| db.user_with_hash(user))?.ok_or(Error::NotFound)?;
        if found.state == State::Deactivated {
            self.reactivate(user, password, None).await?;
        }
        let token = self.new_token(TokenPrefix::WebSession)?;
        let (hash, at) = (token.hash(), self.now());
        self.write_for(operator, move |tx| {
            tx.user(user)?.filter(User::is_active).ok_or(Error::Unauthenticated)?;
            insert_web_session(tx, user, hash, None, at)?;
            tx.signed_in(user, at)?;
            Ok::<_, Error>(((), [Event::of_user(EventKind::SessionStarted, user).with("session", "browser")]))
        })
        .await?;
        Ok(token)
    }

    /// `insert` stores the session.
    async fn open_session(
        &self,
        login: &str,
        secret: &PasswordAttempt,
        from: IpAddr,
        prefix: TokenPrefix,
        insert: impl FnOnce(&Write<'_>, UserId, TokenHash, Timestamp) -> Result<(), store::Error> + Send + 'static,
    ) -> Result<(Arc<User>, Token), Error> {
        let signed_in = self.by_password(login, secret, from).await?;
        let token = self.new_token(prefix)?;
        let (user, hash, at) = (Arc::clone(&signed_in.user), token.hash(), self.now());
        let id = user.id;
        let kind = if prefix == TokenPrefix::WebSession { "browser" } else { "token" };
        let stored = self.write_by(Author::signing_in(&user, "password", from), move |tx| {
            // A password that was set after the check ends this session like all others.
            reauthorize(tx, &signed_in, false)?;
            insert(tx, id, hash, at)?;
            tx.signed_in(id, at)?;
            Ok::<_, Error>(((), [Event::of_user(EventKind::SessionStarted, id).with("session", kind)]))
        });
        stored.await?;
        Ok((user, token))
    }

    /// Authenticates the cookie of a browser at this address.
    ///
    /// # Errors
    /// `Unauthenticated` if the session has ended or its user is not active.
    pub fn web_session(&self, cookie: &Token, from: IpAddr) -> Result<Actor, Error> {
        let hash = cookie.hash();
        let session = self.store.read(|db| db.web_session(&hash))?.ok_or(Error::Unauthenticated)?;
        let signed_in = self.still_good(Arc::new(SignedIn {
            expires_at: Some(session.expires_at),
            authenticated_at: Some(session.authenticated_at),
            ..SignedIn::new(session.user, Proof::WebSession(hash), None)
        }));
        // A cookie is not a token: a browser whose session has ended is asked to sign in, as one without a session.
        let signed_in = signed_in.map_err(|error| match error {
            Error::TokenEnded(_) => Error::Unauthenticated,
            other => other,
        })?;
        self.usage.note_web_session(&hash, self.now());
        Ok(Actor::user(signed_in, Some(from)))
    }

    /// Ends every session of a user, in browsers and of API clients. Personal tokens stay.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn end_sessions(&self, admin: &Admin, user: UserId) -> Result<User, Error> {
        self.write_reducing_for(admin, move |tx| {
            let found = tx.user(user)?.ok_or(Error::NotFound)?;
            tx.delete_sessions(user)?;
            let event = Event::of_user(EventKind::SessionEnded, &found).with("all", true);
            Ok((found, [event]))
        })
        .await
    }

    /// Deletes the session, if there is one.
    ///
    /// # Errors
    /// `Busy`.
    pub async fn end_web_session(&self, cookie: &Token, from: IpAddr) -> Result<(), Error> {
        let hash = cookie.hash();
        let Some(session) = self.store.read(|db| db.web_session(&hash))? else { return Ok(()) };
        let user = session.user;
        self.write_by(Author::signing_in(&user, "browser session", from), move |tx| {
            let event = tx.delete_web_session(&hash)?.then(|| Event::of_user(EventKind::SessionEnded, &user));
            Ok(((), event.map(|event| event.with("session", "browser"))))
        })
        .await
    }
}

/// `browser` is not known for a session that was opened without one.
fn insert_web_session(
    tx: &Write<'_>,
    user: UserId,
    hash: TokenHash,
    browser: Option<&Browser>,
    at: Timestamp,
) -> Result<(), store::Error> {
    tx.delete_expired(at)?;
    tx.insert_web_session(&hash, user, browser, at, at + Accounts::WEB_SESSION)?;
    tx.keep_newest_web_sessions(user, MAX_SESSIONS)
}
