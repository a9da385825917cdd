//! Rotation of tokens: a new token replaces an old one.
//!
//! The rules are those of GitLab's `doc/api/personal_access_tokens.md` ("Rotate a personal access token" and "Automatic
//! reuse detection", 17.9): a rotated token that is used again may be in the hands of a thief, or its successor may be,
//! so the use revokes the whole family, which is every token that the first one was rotated into. GitLab's program checks
//! this only when the request is to rotate a token; here every use counts, as that page's last paragraph says.

use super::access::Permission;
use super::audit::{Author, Event, EventKind};
use super::tokens::{event, insert};
use super::{Accounts, Error, TokenAccess};
use crate::domain::{Token, TokenId, TokenPrefix, TokenRecord, UserId};
use crate::store::{NewToken, Write};
use jiff::Timestamp;
use std::net::IpAddr;

impl Accounts {
    /// Revokes the token and creates one of the same name and scopes. Without `expires_at`, the new one expires at
    /// `otherwise` or with the credential of the request, whichever is earlier.
    ///
    /// # Errors
    /// `NotFound`; `Unauthenticated` if the token is expired or revoked. If it is revoked, so is its family afterwards.
    /// Those of [`super::access::Authorization::delegate`].
    pub async fn rotate_token(
        &self,
        access: &TokenAccess,
        id: TokenId,
        expires_at: Option<Timestamp>,
        otherwise: Option<Timestamp>,
    ) -> Result<(TokenRecord, Token), Error> {
        let token = self.new_token(TokenPrefix::Gitlab)?;
        let (hash, owner, authorization) = (token.hash(), access.owner(), access.authorization().clone());
        let rotated = self
            .write_for(access, move |tx| {
                let old = tx.token(id)?.filter(|old| owner.is_none_or(|owner| owner == old.user_id));
                let old = old.ok_or(Error::NotFound)?;
                let at = tx.now();
                if old.revoked_at.is_some() {
                    return Ok::<_, Error>((None, revoke_family(tx, id, old.user_id)?));
                }
                if !old.is_active(at) {
                    return Ok((None, None));
                }
                let expires_at = authorization.delegate(tx, old.scopes, expires_at, otherwise)?;
                tx.revoke_token(id, at)?;
                let new = NewToken::new(old.user_id, old.kind, hash, old.scopes, at);
                let (name, description) = (old.name, old.description);
                let new = insert(tx, &NewToken { name, description, replaces: Some(id), expires_at, ..new })?;
                let event = event(EventKind::TokenRotated, &new).with("replaces", id.0);
                Ok((Some(new), Some(event)))
            })
            .await?;
        rotated.map(|record| (record, token)).ok_or(Error::Unauthenticated)
    }

    /// Revokes the family of a rotated token that was used again.
    ///
    /// # Errors
    /// `Busy`.
    pub(super) async fn reused(&self, id: TokenId, from: IpAddr) -> Result<(), Error> {
        let author = Author::stranger(format!("token {id}"), from);
        self.write_by(author, move |tx| match tx.token(id)? {
            Some(token) => Ok(((), revoke_family(tx, id, token.user_id)?)),
            None => Ok(((), None)),
        })
        .await
    }
}

/// Returns no event if the whole family was revoked before.
fn revoke_family(tx: &Write<'_>, reused: TokenId, owner: UserId) -> Result<Option<Event>, Error> {
    if !tx.revoke_family(reused, tx.now())? {
        return Ok(None);
    }
    tracing::warn!(token = %reused, "a rotated token was used again, so the token that replaced it is revoked");
    Ok(Some(Event::of_user(EventKind::TokenReused, owner).with("token", reused.0)))
}
