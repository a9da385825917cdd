//! Browser sessions: sign-in exchanges a password for a cookie.

use super::new_token;
use crate::accounts::access::reauthorize;
use crate::accounts::actor::{Actor, Proof, SignedIn};
use crate::accounts::{Accounts, Error, now};
use crate::domain::{PasswordAttempt, Token, TokenPrefix, User};
use crate::store::NewWebSession;
use jiff::{SignedDuration, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;

/// The number of browser sessions of one user. A new one replaces the oldest.
const MAX_SESSIONS: u32 = 100;

impl Accounts {
    /// How long a browser stays signed in.
    pub const WEB_SESSION: SignedDuration = SignedDuration::from_hours(14 * 24);

    /// Checks the password and creates a session with every permission of the user. It ends after
    /// [`Self::WEB_SESSION`], when the password changes, when the user signs out, or when there are a hundred newer
    /// ones. `old`, the previous session of the same browser, is deleted: an attacker may have planted it (session
    /// fixation).
    ///
    /// # Errors
    /// `Unauthenticated` for a wrong login, a wrong password and a user who is not active; `TooManyAttempts`.
    pub async fn open_web_session(
        &self,
        login: &str,
        secret: &PasswordAttempt,
        from: IpAddr,
        old: Option<&Token>,
    ) -> Result<(Arc<User>, Token), Error> {
        let signed_in = self.by_password(login, secret, from).await?;
        let user = Arc::clone(&signed_in.user);
        let token = new_token(TokenPrefix::WebSession)?;
        let at = now();
        let expires_at = at.checked_add(Self::WEB_SESSION).map_err(|_| Error::Internal)?;
        let new = NewWebSession { hash: token.hash(), user_id: user.id, created_at: at, expires_at };
        let old = old.map(Token::hash);
        self.store
            .write(move |tx| {
                // A password that was set after the check ends this session like all others.
                reauthorize(tx, &signed_in, false)?;
                if let Some(old) = old {
                    tx.delete_web_session(&old)?;
                }
                tx.delete_expired_web_sessions(at)?;
                tx.insert_web_session(&new)?;
                tx.signed_in(new.user_id, at)?;
                tx.keep_newest_web_sessions(new.user_id, MAX_SESSIONS)?;
                Ok::<_, Error>(())
            })
            .await?;
        Ok((user, token))
    }

    /// Authenticates the cookie of a browser.
    ///
    /// # Errors
    /// `Unauthenticated` if the session has ended or its user is not active.
    pub fn web_session(&self, cookie: &Token) -> Result<Actor, Error> {
        let hash = cookie.hash();
        let (user, expires_at) = self.store.read(|db| db.web_session(&hash))?.ok_or(Error::Unauthenticated)?;
        if expires_at <= Timestamp::now() || !user.is_active() {
            return Err(Error::Unauthenticated);
        }
        let session = SignedIn::new(user, Proof::WebSession(hash), None);
        Ok(Actor::user(Arc::new(SignedIn { expires_at: Some(expires_at), ..session })))
    }

    /// Deletes the session, if there is one.
    ///
    /// # Errors
    /// `Busy`.
    pub async fn end_web_session(&self, cookie: &Token) -> Result<(), Error> {
        let hash = cookie.hash();
        self.store.write(move |tx| Ok(tx.delete_web_session(&hash)?)).await
    }
}
