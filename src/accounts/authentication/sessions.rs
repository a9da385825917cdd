//! `POST /session`: exchanges a password for a session token.

use crate::accounts::actor::Proof;
use crate::accounts::{Accounts, Error, now};
use crate::domain::{PasswordAttempt, Scopes, SingleLineText, Token, TokenKind, TokenPrefix, User};
use crate::store::NewToken;
use std::net::IpAddr;
use std::sync::Arc;

/// Sessions of one user. A new one ends the oldest, so that a client that signs in for every request cannot fill the
/// database.
const SESSIONS: u32 = 100;

impl Accounts {
    /// Checks the password and makes a session token with every scope. It ends when the password changes, when it is
    /// revoked, or when a hundred newer ones exist.
    ///
    /// # Errors
    /// `Unauthenticated` for every fault of the credential; `TooManyAttempts`.
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
        let Proof::Password(verified) = signed_in.proof.clone() else { return Err(Error::Internal) };
        let username = signed_in.user.username.clone();
        self.store
            .write(move |tx| {
                // The password may have changed since it was checked, which ended all sessions.
                let now = tx.login(username.as_str())?;
                if !now.is_some_and(|(now, hash)| now.id == user && now.is_active() && hash.as_ref() == Some(&verified))
                {
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

/// Generates a secret.
pub(crate) fn new_token(prefix: TokenPrefix) -> Result<Token, Error> {
    Token::generate(prefix).map_err(|_| Error::Internal)
}
