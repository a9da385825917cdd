//! Token introspection (RFC 7662) and revocation by applications (RFC 7009).

use super::audit::{Author, EventKind};
use super::clients::Client;
use super::grants::event;
use super::{Accounts, Error};
use crate::domain::{RefreshToken, Scopes, Token, TokenKind, TokenRecord, User};
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

impl Accounts {
    /// Ends the grant of an access token or a refresh token, with all its tokens. An unknown token counts as revoked.
    /// Returns false, and does nothing, for the token of another application (RFC 7009 section 2.1).
    ///
    /// # Errors
    /// `Unauthenticated` if the client has been deleted or has another secret by now.
    pub async fn revoke_presented(&self, client: &Client, text: &str) -> Result<bool, Error> {
        let (client, text) = (client.clone(), text.to_owned());
        self.write_by(Author::application(&client), move |tx| {
            client.reauthorize(tx)?;
            let Some((grant, _)) = find(tx, &text)? else { return Ok((true, None)) };
            if grant.application_id != client.id() {
                return Ok((false, None));
            }
            tx.delete_grant(grant.id)?;
            Ok((true, Some(event(EventKind::GrantRevoked, grant.user_id, client.name(), grant.scopes))))
        })
        .await
    }

    /// Describes any application's access token, or the client's own refresh token. Personal tokens and sessions do not
    /// belong to applications and are treated as unknown.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn introspect(&self, client: &Client, text: &str) -> Result<Option<Introspected>, Error> {
        Ok(self.store.read(|db| {
            let Some((grant, access)) = find(db, text)? else { return Ok(None) };
            let user = db.user(grant.user_id)?.filter(User::is_active);
            let client_id = db.client_id(grant.application_id)?;
            let (Some(user), Some(client_id)) = (user, client_id) else { return Ok(None) };
            let (scopes, created_at, expires_at) = match &access {
                Some(token) => (token.scopes, token.created_at, token.expires_at.unwrap_or(Timestamp::MAX)),
                None => (grant.scopes, grant.created_at, grant.expires_at),
            };
            let is_access = access.is_some();
            let good = expires_at > db.now() && (is_access || grant.application_id == client.id());
            let client_id = client_id.as_str().to_owned();
            let found = Introspected { user, client_id, scopes, created_at, expires_at, is_access };
            Ok::<_, crate::store::Error>(good.then_some(found))
        })?)
    }
}

/// The grant of an access token, with the token, or that of a valid refresh token.
fn find(db: &Read<'_>, text: &str) -> Result<Option<(Grant, Option<TokenRecord>)>, crate::store::Error> {
    if let Ok(refresh) = RefreshToken::parse(text) {
        let grant = db.grant_by_family(&refresh.family())?;
        return Ok(grant.filter(|grant| grant.refresh_hash == Some(refresh.hash())).map(|grant| (grant, None)));
    }
    let Ok(token) = Token::parse(text) else { return Ok(None) };
    let token = db.token_with_hash(&token.hash())?.filter(|token| token.kind == TokenKind::Oauth);
    let Some(token) = token else { return Ok(None) };
    Ok(db.grant_of(token.id)?.map(|grant| (grant, Some(token))))
}
