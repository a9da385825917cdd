//! What an application may learn of a token and do to it by presenting it (RFC 7662, RFC 7009).

use super::clients::Client;
use super::{Accounts, Error, now};
use crate::domain::{RefreshToken, Scopes, Token, TokenHash, TokenKind, User};
use crate::store::{Grant, Read};
use jiff::Timestamp;

/// A token that opens something at present.
#[derive(Debug)]
pub struct Introspected {
    pub user: User,
    /// Whose it is, by its client id.
    pub client_id: String,
    pub scopes: Scopes,
    /// An access token's; a refresh token's lies within its authorization.
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub is_access: bool,
}

/// A token of another application's is not to be ended by this one (RFC 7009 section 2.1).
#[derive(Debug, thiserror::Error)]
pub enum NotRevoked {
    #[error("the token was issued to another application")]
    NotYours,
    #[error(transparent)]
    Accounts(#[from] Error),
}

impl From<crate::store::Error> for NotRevoked {
    fn from(error: crate::store::Error) -> Self {
        Self::Accounts(error.into())
    }
}

impl Accounts {
    /// Ends the authorization that an access token or a refresh token came of, with all its tokens. A token that is
    /// unknown has ended already.
    ///
    /// # Errors
    /// `NotYours`; `Unauthenticated` if the client is no longer one.
    pub async fn revoke_presented(&self, client: &Client, text: &str) -> Result<(), NotRevoked> {
        let (client, text) = (client.clone(), text.to_owned());
        self.store
            .write(move |tx| {
                client.reauthorize(tx)?;
                let Some(found) = presented(tx, &text)? else { return Ok(()) };
                if found.authorization.application_id != client.id() {
                    return Err(NotRevoked::NotYours);
                }
                Ok(tx.end_authorization(found.authorization.id)?)
            })
            .await
    }

    /// What a token stands for: any application's access token, or the caller's own refresh token. Tokens of users have
    /// nothing to do with applications, and are told of no more than ones that do not exist.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn introspect(&self, client: &Client, text: &str) -> Result<Option<Introspected>, Error> {
        let now = now();
        Ok(self.store.read(|db| {
            let Some(found) = presented(db, text)? else { return Ok(None) };
            let own = found.authorization.application_id == client.id();
            let user = db.user(found.authorization.user_id)?.filter(User::is_active);
            let client_id = db.client_id(found.authorization.application_id)?;
            let (Some(user), Some(client_id)) = (user, client_id) else { return Ok(None) };
            let good = found.expires_at > now && (found.is_access || own);
            Ok::<_, crate::store::Error>(good.then(|| Introspected {
                user,
                client_id: client_id.as_str().to_owned(),
                scopes: found.scopes,
                created_at: found.created_at,
                expires_at: found.expires_at,
                is_access: found.is_access,
            }))
        })?)
    }
}

struct Presented {
    authorization: Grant,
    scopes: Scopes,
    created_at: Timestamp,
    expires_at: Timestamp,
    is_access: bool,
}

/// The authorization that the text is a token of, if it is the access token or the refresh token that is good.
fn presented(db: &Read<'_>, text: &str) -> Result<Option<Presented>, crate::store::Error> {
    if let Ok(refresh) = RefreshToken::parse(text) {
        let found = db.authorization_by_family(&refresh.family())?;
        let found = found.filter(|found| found.refresh_hash == Some(refresh.hash()));
        return Ok(found.map(|authorization| Presented {
            scopes: authorization.scopes,
            created_at: authorization.created_at,
            expires_at: authorization.expires_at,
            is_access: false,
            authorization,
        }));
    }
    let Ok(token) = Token::parse(text) else { return Ok(None) };
    let hash: TokenHash = token.hash();
    let token = db.token_with_hash(&hash)?.filter(|token| token.kind == TokenKind::Oauth);
    let Some(token) = token else { return Ok(None) };
    let authorization = db.authorization_of(token.id)?;
    Ok(authorization.map(|authorization| Presented {
        authorization,
        scopes: token.scopes,
        created_at: token.created_at,
        expires_at: token.expires_at.unwrap_or(Timestamp::MAX),
        is_access: true,
    }))
}
