//! Upgrades stored password hashes: a sign-in hashes the password again if its hash has outdated parameters.

use crate::accounts::{Accounts, Error};
use crate::domain::{PasswordAttempt, PasswordHash, UserId};

impl Accounts {
    /// Replaces the hash that the password was just verified against, if its parameters are not today's, and returns
    /// the hash that is stored now. Sessions stay: the password is the same. A failure only means that the next sign-in
    /// tries again.
    pub(crate) async fn rehash_if_outdated(
        &self,
        user: UserId,
        password: &PasswordAttempt,
        verified: Option<PasswordHash>,
    ) -> Option<PasswordHash> {
        let old = verified?;
        if !self.passwords.needs_rehash(&old) {
            return Some(old);
        }
        let (password, replaced) = (password.clone(), old.clone());
        let rehash = async {
            let new = self.passwords.hash_again(user, password).await?;
            self.store.write(move |tx| Ok(tx.replace_password_hash(user, &replaced, &new)?.then_some(new))).await
        };
        let new: Result<_, Error> = rehash.await;
        if let Err(error) = &new {
            tracing::warn!(%user, %error, "a password hash with outdated parameters was not replaced");
        }
        new.ok().flatten().or(Some(old))
    }
}
