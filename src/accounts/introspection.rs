//! Token introspection (RFC 7662) and revocation by applications (RFC 7009).

use super::clients::Client;
use super::{Accounts, Error, now};
use crate::domain::{RefreshToken, Scopes, Token, TokenHash, TokenKind, User};
use crate::store::{Grant, Read};
use jiff::Timestamp;

/// A valid token.
#[derive(Debug)]
pub struct Introspected {
    pub user: User,
    /// The client id of its application.
    pub client_id: String,
    pub scopes: Scopes,
    /// When the access token was issued or, for a refresh token, the grant was created.
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub is_access: bool,
}

/// Why a token was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum NotRevoked {
    /// An application may revoke its own tokens only (RFC 7009 section 2.1).
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
    /// Ends the grant of an access token or a refresh token, with all its tokens. An unknown token counts as revoked.
    ///
    /// # Errors
    /// `NotYours`; `Unauthenticated` if the client has been deleted or has another secret by now.
    pub async fn revoke_presented(&self, client: &Client, text: &str) -> Result<(), NotRevoked> {
        let (client, text) = (client.clone(), text.to_owned());
        self.store
            .write(move |tx| {
                client.reauthorize(tx)?;
                let Some(found) = find(tx, &text)? else { return Ok(()) };
                if found.grant.application_id != client.id() {
                    return Err(NotRevoked::NotYours);
                }
                Ok(tx.delete_grant(found.grant.id)?)
            })
            .await
    }

    /// Describes any application's access token, or the client's own refresh token. Personal tokens and sessions do not
    /// belong to applications and are treated as unknown.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn introspect(&self, client: &Client, text: &str) -> Result<Option<Introspected>, Error> {
        let now = now();
        Ok(self.store.read(|db| {
            let Some(found) = find(db, text)? else { return Ok(None) };
            let own = found.grant.application_id == client.id();
            let user = db.user(found.grant.user_id)?.filter(User::is_active);
            let client_id = db.client_id(found.grant.application_id)?;
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

struct Found {
    grant: Grant,
    scopes: Scopes,
    created_at: Timestamp,
    expires_at: Timestamp,
    is_access: bool,
}

/// The grant of an access token or of a valid refresh token.
fn find(db: &Read<'_>, text: &str) -> Result<Option<Found>, crate::store::Error> {
    if let Ok(refresh) = RefreshToken::parse(text) {
        let found = db.grant_by_family(&refresh.family())?;
        let found = found.filter(|found| found.refresh_hash == Some(refresh.hash()));
        return Ok(found.map(|grant| Found {
            scopes: grant.scopes,
            created_at: grant.created_at,
            expires_at: grant.expires_at,
            is_access: false,
            grant,
        }));
    }
    let Ok(token) = Token::parse(text) else { return Ok(None) };
    let hash: TokenHash = token.hash();
    let token = db.token_with_hash(&hash)?.filter(|token| token.kind == TokenKind::Oauth);
    let Some(token) = token else { return Ok(None) };
    let grant = db.grant_of(token.id)?;
    Ok(grant.map(|grant| Found {
        grant,
        scopes: token.scopes,
        created_at: token.created_at,
        expires_at: token.expires_at.unwrap_or(Timestamp::MAX),
        is_access: true,
    }))
}
