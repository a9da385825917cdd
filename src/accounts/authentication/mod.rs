//! Authentication: turns a credential into an [`Actor`]. Nothing else does.

mod credential_cache;
mod hash_queue;
mod own_password;
mod own_sessions;
mod password_login;
mod passwords;
mod rate_limit;
mod rehash;
mod sessions;

pub use passwords::Cost;
pub use rate_limit::LoginRate;

pub(super) use credential_cache::CredentialCache;
pub(super) use passwords::Passwords;
pub(super) use rate_limit::{CELLS, LoginLimiter, PassedTime, Table};

use super::actor::{Actor, Proof, SignedIn};
use super::{Accounts, Error, TokenEnd};
use crate::domain::{PasswordAttempt, Token, TokenId};
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Credential {
    /// A user name or address with a password, or a token in its place.
    Login { login: String, secret: PasswordAttempt },
    /// A token of any kind.
    Token(Token),
}

impl Accounts {
    /// The user who presents this credential, from this address.
    ///
    /// # Errors
    /// `TokenEnded` for a token that expired or was revoked; `Unauthenticated` for every other fault of the credential,
    /// and for users who are not active; `TooManyAttempts` for a password; `Busy` if the family of a reused token could
    /// not be revoked.
    pub async fn authenticate(&self, credential: Credential, from: IpAddr) -> Result<Actor, Error> {
        let signed_in = match credential {
            Credential::Token(token) => self.by_token(&token, from).await?,
            Credential::Login { login, secret } => match self.by_cached_login(&login, &secret, from) {
                Some(cached) => cached?,
                // Boxed, because a request whose future is longer than a kilobyte takes longer to allocate.
                None => Box::pin(self.by_login(&login, &secret, from)).await?,
            },
        };
        self.usage.note(&signed_in, self.now(), from);
        Ok(Actor::user(signed_in, Some(from)))
    }

    /// A token that was replaced by a rotation is refused, and revokes its family.
    async fn by_token(&self, token: &Token, from: IpAddr) -> Result<Arc<SignedIn>, Error> {
        match self.find_token(token)? {
            Found::Owner(signed_in) => self.still_good(signed_in),
            Found::Reused(token) => {
                Box::pin(self.reused(token, from)).await?;
                Err(Error::TokenEnded(TokenEnd::Revoked))
            }
        }
    }

    /// Not a part of [`Self::by_token`], whose future would then have the size of a user.
    fn find_token(&self, token: &Token) -> Result<Found, Error> {
        let hash = token.hash();
        // Read before the look-up: a commit in between makes the entry stale, and never wrong.
        let version = self.store.data_version();
        if let Some(signed_in) = self.credentials.token(&hash, version) {
            self.counters.token_hits.increment();
            return Ok(Found::Owner(signed_in));
        }
        self.counters.token_misses.increment();
        let owner = self.store.read(|db| db.token_owner(&hash))?.ok_or(Error::Unauthenticated)?;
        if owner.is_reused {
            return Ok(Found::Reused(owner.token));
        }
        if owner.is_revoked {
            let expired = owner.expires_at.is_some_and(|end| end <= self.now());
            return Err(Error::TokenEnded(if expired { TokenEnd::Expired } else { TokenEnd::Revoked }));
        }
        let signed_in = Arc::new(SignedIn {
            scopes: owner.scopes,
            expires_at: owner.expires_at,
            ..SignedIn::new(owner.user, Proof::Token(owner.token), version)
        });
        self.credentials.insert_token(hash, &signed_in);
        Ok(Found::Owner(signed_in))
    }

    /// Checks what can change without a commit: the time.
    fn still_good(&self, signed_in: Arc<SignedIn>) -> Result<Arc<SignedIn>, Error> {
        if signed_in.expires_at.is_some_and(|end| end <= self.now()) {
            Err(Error::TokenEnded(TokenEnd::Expired))
        } else if signed_in.user.is_active() {
            Ok(signed_in)
        } else {
            Err(Error::Unauthenticated)
        }
    }
}

/// What a token stands for.
enum Found {
    Owner(Arc<SignedIn>),
    /// A token that was rotated, and should not be used any more.
    Reused(TokenId),
}
