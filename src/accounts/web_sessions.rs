//! Browsers: signing in with a password for a cookie that stands for it.

use super::access::reauthorize;
use super::sessions::new_token;
use super::{Accounts, Actor, Error, SignedIn, now};
use crate::domain::{PasswordAttempt, Scopes, Token, TokenPrefix, User};
use crate::store::NewWebSession;
use jiff::{SignedDuration, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

/// The oldest session of a user ends when one more than this begins.
const SESSIONS: u32 = 100;

impl Accounts {
    /// From when a browser signs in to when it has to do so again.
    pub const WEB_SESSION: SignedDuration = SignedDuration::from_hours(14 * 24);

    /// Checks the password and makes a session with every right of the user. It lives for [`Self::WEB_SESSION`], or until
    /// the password changes, it is ended, or a hundred newer ones exist. `old`, the session that the same browser had,
    /// ends with it: who planted that in the browser must not find it signed in.
    ///
    /// # Errors
    /// `Unauthenticated`, whatever is wrong; `TooManyAttempts`.
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
                // The password may have changed since it was checked: its sessions have ended already.
                reauthorize(tx, &signed_in, false)?;
                if let Some(old) = old {
                    tx.delete_web_session(&old)?;
                }
                tx.delete_expired_web_sessions(at)?;
                tx.insert_web_session(&new)?;
                tx.signed_in(new.user_id, at)?;
                tx.keep_newest_web_sessions(new.user_id, SESSIONS)?;
                Ok::<_, Error>(())
            })
            .await?;
        Ok((user, token))
    }

    /// Who signed in with this cookie.
    ///
    /// # Errors
    /// `Unauthenticated` if the session has ended or its user is not active.
    pub fn web_session(&self, cookie: &Token) -> Result<Actor, Error> {
        let hash = cookie.hash();
        let (user, expires_at) = self.store.read(|db| db.web_session(&hash))?.ok_or(Error::Unauthenticated)?;
        if expires_at <= Timestamp::now() || !user.is_active() {
            return Err(Error::Unauthenticated);
        }
        Ok(Actor::user(Arc::new(SignedIn {
            user: Arc::new(user),
            scopes: Scopes::EVERYTHING,
            token: None,
            expires_at: Some(expires_at),
            data_version: None,
            noted: AtomicI64::default(),
            password_hash: None,
            web_session: Some(hash),
            impersonator: None,
        })))
    }

    /// Ends the session, if there is one.
    ///
    /// # Errors
    /// `Busy`.
    pub async fn end_web_session(&self, cookie: &Token) -> Result<(), Error> {
        let hash = cookie.hash();
        self.store.write(move |tx| Ok(tx.delete_web_session(&hash)?)).await
    }
}
