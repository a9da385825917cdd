//! Upgrades stored password hashes: a sign-in hashes the password again if its hash has outdated parameters.

use super::{Accounts, Error};
use crate::domain::{PasswordAttempt, PasswordHash, UserId};

impl Accounts {
    /// Replaces the hash that the password was just verified against, if its parameters are not today's, and returns
    /// the hash that is stored now. Sessions stay: the password is the same. A failure only means that the next sign-in
    /// tries again.
    pub(super) async fn rehash_if_outdated(
        &self,
        user: UserId,
        password: &PasswordAttempt,
        verified: Option<PasswordHash>,
    ) -> Option<PasswordHash> {
        let old = verified?;
        if !self.passwords.needs_rehash(&old) {
            return Some(old);
        }
        match self.rehash_password(user, password.clone(), old.clone()).await {
            Ok(Some(new)) => Some(new),
            Ok(None) => Some(old),
            Err(error) => {
                tracing::warn!(%user, %error, "a password hash with outdated parameters was not replaced");
                Some(old)
            }
        }
    }

    /// `None` if the stored hash is no longer the one that was verified.
    async fn rehash_password(
        &self,
        user: UserId,
        password: PasswordAttempt,
        old: PasswordHash,
    ) -> Result<Option<PasswordHash>, Error> {
        let new = self.passwords.hash_attempt(password).await?;
        self.store.write(move |tx| Ok(tx.replace_password_hash(user, &old, &new)?.then_some(new))).await
    }
}
