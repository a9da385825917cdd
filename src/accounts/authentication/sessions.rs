//! Sessions: sign-in exchanges a password for a token.

use crate::accounts::access::reauthorize;
use crate::accounts::{Accounts, Error, now};
use crate::domain::{PasswordAttempt, Scopes, SingleLineText, Token, TokenKind, TokenPrefix, User};
use crate::store::NewToken;
use std::net::IpAddr;
use std::sync::Arc;

/// The number of sessions of one user. A new one replaces the oldest, so that a client that signs in for every request
/// does not fill the database.
const MAX_SESSIONS: u32 = 100;

impl Accounts {
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
            grant: None,
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
                Ok::<_, Error>(tx.keep_newest_sessions(user, MAX_SESSIONS)?)
            })
            .await?;
        Ok((answer, token))
    }
}

/// Generates a token.
pub(crate) fn new_token(prefix: TokenPrefix) -> Result<Token, Error> {
    Token::generate(prefix).map_err(|_| Error::Internal)
}
