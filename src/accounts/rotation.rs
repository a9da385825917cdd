//! Rotation of tokens: a new token replaces an old one.
//!
//! The rules are GitLab's (`doc/api/personal_access_tokens.md`, "Rotate a personal access token" and "Automatic reuse
//! detection", 17.9): a request to rotate a revoked token may come from a thief, so it revokes the whole family, which
//! is every token that the first one was rotated into.

use super::authentication::new_token;
use super::tokens::insert;
use super::{Accounts, Error, TokenAccess, now};
use crate::domain::{Token, TokenHash, TokenId, TokenPrefix, TokenRecord};
use crate::store::NewToken;
use jiff::Timestamp;

impl Accounts {
    /// Revokes the token and creates one of the same name and scopes.
    ///
    /// # Errors
    /// `NotFound`; `Unauthenticated` if the token is expired or revoked. If it is revoked, so is its family afterwards.
    pub async fn rotate_token(
        &self,
        access: &TokenAccess,
        id: TokenId,
        expires_at: Option<Timestamp>,
    ) -> Result<(TokenRecord, Token), Error> {
        let token = new_token(TokenPrefix::Gitlab)?;
        let (hash, owner) = (token.hash(), access.owner());
        let rotated = self
            .write_for(access, move |tx| {
                let old = tx.token(id)?.filter(|old| owner.is_none_or(|owner| owner == old.user_id));
                let old = old.ok_or(Error::NotFound)?;
                let at = now();
                if old.revoked_at.is_some() {
                    tx.revoke_family(id, at)?;
                    return Ok(None);
                }
                if !old.is_active(at) {
                    return Ok(None);
                }
                tx.revoke_token(id, at)?;
                let new = NewToken::new(old.user_id, old.kind, hash, old.scopes, at);
                let (name, description) = (old.name, old.description);
                insert(tx, &NewToken { name, description, replaces: Some(id), expires_at, ..new }).map(Some)
            })
            .await?;
        rotated.map(|record| (record, token)).ok_or(Error::Unauthenticated)
    }

    /// Revokes the family of a revoked token that authenticates a request to rotate itself.
    ///
    /// # Errors
    /// `Busy`.
    pub async fn presented_for_rotation(&self, hash: &TokenHash) -> Result<(), Error> {
        let revoked = self.store.read(|db| db.token_with_hash(hash))?.filter(|token| token.revoked_at.is_some());
        match revoked {
            Some(token) => self.store.write(move |tx| Ok(tx.revoke_family(token.id, now())?)).await,
            None => Ok(()),
        }
    }
}
