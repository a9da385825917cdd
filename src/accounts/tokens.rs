//! Tokens that a user or the operator makes.

use super::sessions::new_token;
use super::{Accounts, Admin, Error, Grant, now};
use crate::domain::{Line, Scopes, Token, TokenId, TokenKind, TokenRecord};
use crate::store::NewToken;
use jiff::Timestamp;

/// A personal token to be made.
#[derive(Debug)]
pub struct NewPersonalToken {
    pub name: Line,
    /// Not empty.
    pub scopes: Scopes,
    pub expires_at: Option<Timestamp>,
}

impl Accounts {
    /// By id, sessions included.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn tokens(&self, grant: &Grant) -> Result<Vec<TokenRecord>, Error> {
        Ok(self.store.read(|db| db.tokens(grant.user()))?)
    }

    /// A token by its id, whosever it is.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn token_of_anybody(&self, _admin: &Admin, id: TokenId) -> Result<TokenRecord, Error> {
        self.store.read(|db| db.token(id))?.ok_or(Error::NotFound)
    }

    /// Makes a token. The secret is in this answer and nowhere else.
    ///
    /// # Errors
    /// `NotFound` if the user was deleted meanwhile.
    pub async fn create_token(&self, grant: &Grant, new: NewPersonalToken) -> Result<(TokenRecord, Token), Error> {
        let token = new_token()?;
        let row = NewToken {
            user_id: grant.user(),
            kind: TokenKind::Personal,
            name: new.name,
            hash: token.hash(),
            scopes: new.scopes,
            created_at: now(),
            expires_at: new.expires_at,
        };
        let record = self
            .write_for(grant, move |tx| {
                let id = tx.insert_token(&row)?;
                tx.token(id)?.ok_or(Error::Internal)
            })
            .await?;
        Ok((record, token))
    }

    /// Ends a token at once.
    ///
    /// # Errors
    /// `NotFound`, also for somebody else's token.
    pub async fn revoke_token(&self, grant: &Grant, id: TokenId) -> Result<TokenRecord, Error> {
        let user = grant.user();
        self.write_for(grant, move |tx| {
            let token = tx.token(id)?.filter(|token| token.user_id == user).ok_or(Error::NotFound)?;
            tx.delete_token(id)?;
            Ok(token)
        })
        .await
    }
}
