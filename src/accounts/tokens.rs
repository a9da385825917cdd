//! Personal and impersonation tokens.

use super::access::Permission;
use super::audit::{Event, EventKind};
use super::limits::{MAX_ACTIVE_TOKENS, MAX_ENDED_TOKENS, too_many_tokens};
use super::{AccountAccess, Accounts, Admin, Error, TokenAccess};
use crate::domain::{Scopes, SingleLineText, Token, TokenId, TokenKind, TokenPrefix, TokenRecord};
use crate::store::{NewToken, TokenQuery, Write};
use jiff::Timestamp;

/// A token to create.
#[derive(Debug)]
pub struct NewPersonalToken {
    /// Personal or impersonation.
    pub kind: TokenKind,
    pub prefix: TokenPrefix,
    pub name: SingleLineText,
    pub description: SingleLineText,
    /// Not empty.
    pub scopes: Scopes,
    /// Without one, the token expires together with the credential that creates it.
    pub expires_at: Option<Timestamp>,
}

/// One page of tokens and the number of tokens on all pages.
#[derive(Debug)]
pub struct TokenList {
    pub tokens: Vec<TokenRecord>,
    pub total: u64,
}

impl Accounts {
    /// The user's tokens that are not revoked, sessions included, by id.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn tokens(&self, access: &AccountAccess) -> Result<Vec<TokenRecord>, Error> {
        Ok(self.store.read(|db| db.tokens(access.user()))?)
    }

    /// One page of the tokens that the permission includes.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn token_list(&self, access: &TokenAccess, query: TokenQuery) -> Result<TokenList, Error> {
        let query = TokenQuery { user: access.owner().or(query.user), ..query };
        let (tokens, total) = self.store.list(move |db| db.token_list(&query)).await?;
        Ok(TokenList { tokens, total })
    }

    /// A token by its id. It may be revoked.
    ///
    /// # Errors
    /// `NotFound`, also for a token that the permission does not include.
    pub fn token(&self, access: &TokenAccess, id: TokenId) -> Result<TokenRecord, Error> {
        let token = self.store.read(|db| db.token(id))?;
        token.filter(|token| access.owner().is_none_or(|owner| owner == token.user_id)).ok_or(Error::NotFound)
    }

    /// Any user's token by its id, unless it is revoked.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn any_token(&self, _admin: &Admin, id: TokenId) -> Result<TokenRecord, Error> {
        self.store.read(|db| db.token(id))?.filter(|token| token.revoked_at.is_none()).ok_or(Error::NotFound)
    }

    /// Creates a token. The secret is returned here and never again.
    ///
    /// # Errors
    /// `NotFound` if the user was deleted in the meantime; `Invalid` if the user has too many; those of
    /// [`super::access::Authorization::delegate`].
    pub async fn create_token(
        &self,
        access: &AccountAccess,
        new: NewPersonalToken,
    ) -> Result<(TokenRecord, Token), Error> {
        let token = self.new_token(new.prefix)?;
        let NewPersonalToken { kind, name, description, scopes, expires_at, .. } = new;
        let row = NewToken::new(access.user(), kind, token.hash(), scopes, self.now());
        let row = NewToken { name, description, ..row };
        let authorization = access.authorization().clone();
        let created = self.write_for(access, move |tx| {
            let expires_at = authorization.delegate(tx, scopes, expires_at, None)?;
            if tx.count_active_tokens(row.user_id, row.created_at, MAX_ACTIVE_TOKENS)? >= MAX_ACTIVE_TOKENS {
                return Err(too_many_tokens());
            }
            let token = insert(tx, &NewToken { expires_at, ..row })?;
            let event = event(EventKind::TokenCreated, &token);
            Ok((token, [event]))
        });
        Ok((created.await?, token))
    }

    /// Revokes a token, and returns its last state.
    ///
    /// # Errors
    /// `NotFound`, also for a token that is revoked already and for one that the permission does not include.
    pub async fn revoke_token(&self, access: &TokenAccess, id: TokenId) -> Result<TokenRecord, Error> {
        let owner = access.owner();
        self.write_reducing_for(access, move |tx| {
            let token = tx.token(id)?.filter(|token| owner.is_none_or(|owner| owner == token.user_id));
            let token = token.filter(|token| token.revoked_at.is_none()).ok_or(Error::NotFound)?;
            match token.kind {
                TokenKind::Session => tx.delete_token(id)?,
                TokenKind::Oauth => tx.delete_grant_of(id)?,
                TokenKind::Personal | TokenKind::Impersonation => tx.revoke_token(id, tx.now())?,
            }
            let event = event(EventKind::TokenRevoked, &token);
            Ok((token, [event]))
        })
        .await
    }
}

pub(super) fn event(kind: EventKind, token: &TokenRecord) -> Event {
    Event::of_user(kind, token.user_id)
        .with("token", token.id.0)
        .with("kind", token.kind.name())
        .with("name", token.name.as_str())
        .with("scopes", token.scopes.to_string())
        .with("expires_at", token.expires_at.map(|time| time.to_string()))
}

/// Adds a personal or impersonation token, and deletes ended ones of which there are too many.
pub(super) fn insert(tx: &Write<'_>, new: &NewToken) -> Result<TokenRecord, Error> {
    let id = tx.insert_token(new)?;
    tx.keep_newest_ended_tokens(new.user_id, new.created_at, MAX_ENDED_TOKENS)?;
    tx.token(id)?.ok_or(Error::Internal)
}
