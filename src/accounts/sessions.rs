//! Signing in with a password for a token that stands for it.

use super::access::reauthorize;
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
        let answer = Arc::clone(&signed_in.user);
        self.store
            .write(move |tx| {
                // A password that was set after the check ends this session like all others.
                reauthorize(tx, &signed_in, false)?;
                tx.insert_token(&new)?;
                tx.signed_in(user, new.created_at)?;
                Ok::<_, Error>(tx.keep_newest_sessions(user, SESSIONS)?)
            })
            .await?;
        Ok((answer, token))
    }
}

/// A new secret.
pub(super) fn new_token(prefix: TokenPrefix) -> Result<Token, Error> {
    Token::generate(prefix).map_err(|_| Error::Internal)
}
