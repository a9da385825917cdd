//! Tokens that take each other's place.
//!
//! The rules are GitLab's (`doc/api/personal_access_tokens.md`, "Rotate a personal access token" and "Automatic reuse
//! detection", 17.9): who asks to rotate a token that has ended may have stolen it, so every token that came of the
//! same one ends.

use super::sessions::new_token;
use super::tokens::insert;
use super::{Accounts, Error, TokenAccess, now};
use crate::domain::{Token, TokenHash, TokenId, TokenPrefix, TokenRecord};
use crate::store::NewToken;
use jiff::Timestamp;

impl Accounts {
    /// Ends the token and makes one of the same name and scopes in its place.
    ///
    /// # Errors
    /// `NotFound`; `Unauthenticated` if it has ended already, and then its whole family has.
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
                let new = NewToken {
                    user_id: old.user_id,
                    kind: old.kind,
                    name: old.name,
                    description: old.description,
                    hash,
                    scopes: old.scopes,
                    replaces: Some(id),
                    authorization: None,
                    created_at: at,
                    expires_at,
                };
                insert(tx, &new).map(Some)
            })
            .await?;
        rotated.map(|record| (record, token)).ok_or(Error::Unauthenticated)
    }

    /// Somebody wants to rotate a token by presenting it. If it has ended, its whole family does.
    ///
    /// # Errors
    /// `Busy`.
    pub async fn presented_for_rotation(&self, hash: &TokenHash) -> Result<(), Error> {
        let ended = self.store.read(|db| db.token_with_hash(hash))?.filter(|token| token.revoked_at.is_some());
        match ended {
            Some(token) => self.store.write(move |tx| Ok(tx.revoke_family(token.id, now())?)).await,
            None => Ok(()),
        }
    }
}
