//! Signing in with a password for a token that stands for it.

use super::{Accounts, Error, now};
use crate::domain::{PasswordAttempt, Scopes, SingleLineText, Token, TokenKind, TokenPrefix, User};
use crate::store::NewToken;
use std::net::IpAddr;
use std::sync::Arc;

/// The oldest session ends when one more than this begins: a client that signs in for every request must not fill the
/// database.
const SESSIONS: u32 = 100;

impl Accounts {
    /// Checks the password and makes a session token with every scope, which lives until the password changes, it is
    /// revoked, or a hundred newer ones exist.
    ///
    /// # Errors
    /// `Unauthenticated`, whatever is wrong; `TooManyAttempts`.
    pub async fn sign_in(
        &self,
        login: &str,
        secret: &PasswordAttempt,
        from: IpAddr,
    ) -> Result<(Arc<User>, Token), Error> {
        let signed_in = self.by_password(login, secret, from).await?;
        let token = new_token(TokenPrefix::Own)?;
        let user = signed_in.user.id;
        let new = NewToken {
            user_id: user,
            kind: TokenKind::Session,
            name: SingleLineText::default(),
            description: SingleLineText::default(),
            hash: token.hash(),
            scopes: Scopes::EVERYTHING,
            replaces: None,
            authorization: None,
            created_at: now(),
            expires_at: None,
        };
        let verified = signed_in.password_hash.clone();
        let username = signed_in.user.username.clone();
        self.store
            .write(move |tx| {
                // The password may have changed since it was checked: its sessions have ended already.
                let now = tx.login(username.as_str())?;
                if !now.is_some_and(|(now, hash)| now.id == user && now.is_active() && hash == verified) {
                    return Err(Error::Unauthenticated);
                }
                tx.insert_token(&new)?;
                tx.signed_in(user, new.created_at)?;
                tx.keep_newest_sessions(user, SESSIONS)?;
                Ok(())
            })
            .await?;
        Ok((Arc::clone(&signed_in.user), token))
    }
}

/// A new secret.
pub(super) fn new_token(prefix: TokenPrefix) -> Result<Token, Error> {
    Token::generate(prefix).map_err(|_| Error::Internal)
}
