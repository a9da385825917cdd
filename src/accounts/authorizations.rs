//! From a user's consent to an application's tokens (RFC 6749 sections 4.1 and 6, safe by RFC 9700).

use super::clients::Client;
use super::sessions::new_token;
use super::{AccountAccess, Accounts, Error, now};
use crate::domain::{
    ApplicationId, AuthorizationId, CodeChallenge, RedirectUri, RefreshToken, Scopes, SingleLineText, Token, TokenKind,
    TokenPrefix, User,
};
use crate::store::{Grant, NewGrant, NewRefresh, NewToken, Write};
use jiff::{SignedDuration, Timestamp};

/// SPEC of the docker.io OAuth API: a code is valid for 60 seconds.
const CODE_LIVES: SignedDuration = SignedDuration::from_secs(60);
/// The documented `expires_in`: 180 days, in seconds.
const ACCESS_LIVES: SignedDuration = SignedDuration::from_secs(15_552_000);
/// A refresh token that is not used for twice as long has been forgotten (RFC 9700 section 4.14.2 wants an end).
const REFRESH_LIVES: SignedDuration = SignedDuration::from_secs(2 * 15_552_000);
/// The oldest ends when one more begins: an application that asks at every sign-in must not fill the database.
const AUTHORIZATIONS: u32 = 100;

/// What a user said yes to.
#[derive(Debug)]
pub struct Consent {
    pub application: ApplicationId,
    /// Not empty.
    pub scopes: Scopes,
    /// As the request had it, if it had one.
    pub redirect_uri: Option<String>,
    pub code_challenge: Option<CodeChallenge>,
}

/// A code as an application presents it.
#[derive(Debug)]
pub struct CodeExchange {
    pub code: String,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<String>,
}

/// An access token and the refresh token that comes with it.
#[derive(Debug)]
pub struct TokenResponse {
    pub user: User,
    pub access: Token,
    pub refresh: RefreshToken,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    /// Seconds.
    pub expires_in: i64,
}

/// Why an application gets no token, in the words of RFC 6749 section 5.2.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TokenError {
    #[error("{0}")]
    InvalidGrant(&'static str),
    #[error("{0}")]
    InvalidScope(&'static str),
    #[error(transparent)]
    Accounts(#[from] Error),
}

impl From<crate::store::Error> for TokenError {
    fn from(error: crate::store::Error) -> Self {
        Self::Accounts(error.into())
    }
}

impl Accounts {
    /// Writes down what the user allowed, and gives the code for it.
    ///
    /// # Errors
    /// `Unauthenticated` if the user may not sign in any more; `NotFound` if the application is gone.
    pub async fn authorize(&self, access: &AccountAccess, consent: Consent) -> Result<Token, Error> {
        let code = new_token(TokenPrefix::Code)?;
        let created_at = now();
        let new = NewGrant {
            user_id: access.user(),
            application_id: consent.application,
            scopes: consent.scopes,
            created_at,
            expires_at: created_at + CODE_LIVES,
            code_hash: code.hash(),
            redirect_uri: consent.redirect_uri,
            code_challenge: consent.code_challenge,
        };
        self.write_for(access, move |tx| {
            tx.user(new.user_id)?.filter(User::is_active).ok_or(Error::Unauthenticated)?;
            tx.insert_authorization(&new)?;
            Ok::<_, Error>(tx.keep_newest_authorizations(&new, AUTHORIZATIONS)?)
        })
        .await?;
        Ok(code)
    }

    /// Gives the tokens for a code, once. A code that comes again ends what came of it (RFC 6749 section 4.1.2).
    ///
    /// # Errors
    /// `InvalidGrant`, which does not spend the code unless it was spent; `Unauthenticated` if the client is no longer one.
    pub async fn redeem_code(&self, client: &Client, given: CodeExchange) -> Result<TokenResponse, TokenError> {
        const UNKNOWN: TokenError = TokenError::InvalidGrant("the code is unknown, has been used or has expired");
        let code = Token::parse(&given.code).map_err(|_| UNKNOWN)?.hash();
        let client = client.clone();
        let default_uri = client.application().registration.redirect_uris.first().cloned();
        let refresh = RefreshToken::generate().map_err(|_| Error::Internal)?;
        // A refusal is no error of the write: what it ends must stay ended.
        let outcome = self.store.write(move |tx| {
            client.reauthorize(tx)?;
            let Some(found) = tx.authorization_by_code(&code)? else { return Ok(Err(UNKNOWN)) };
            if found.application_id != client.id() {
                return Ok(Err(UNKNOWN));
            }
            if found.code_used_at.is_some() {
                tracing::warn!(application = client.name().as_str(), user = %found.user_id, "a code was used twice: its tokens end");
                tx.end_authorization(found.id)?;
                return Ok(Err(UNKNOWN));
            }
            let at = now();
            let user = tx.user(found.user_id)?.filter(User::is_active).filter(|_| found.expires_at > at);
            let Some(user) = user else { return Ok(Err(UNKNOWN)) };
            if let Some(objection) = objection(&found, &given, default_uri.as_ref()) {
                return Ok(Err(TokenError::InvalidGrant(objection)));
            }
            tx.code_used(found.id, &stored(&refresh, at))?;
            issue(tx, user, client.name().clone(), found.id, found.scopes, refresh, at).map(Ok)
        });
        outcome.await.map_err(TokenError::Accounts)?
    }

    /// Takes a refresh token for a new pair, with fewer scopes if that is wanted. One that comes again ends its whole
    /// family (RFC 9700 section 4.14.2).
    ///
    /// # Errors
    /// `InvalidGrant`; `InvalidScope`, which does not spend the token; `Unauthenticated` as above.
    pub async fn refresh(
        &self,
        client: &Client,
        token: &str,
        wanted: Option<Scopes>,
    ) -> Result<TokenResponse, TokenError> {
        const UNKNOWN: TokenError =
            TokenError::InvalidGrant("the refresh token is unknown, has been used or has expired");
        let given = RefreshToken::parse(token).map_err(|_| UNKNOWN)?;
        let next = given.next().map_err(|_| Error::Internal)?;
        let client = client.clone();
        let outcome = self.store.write(move |tx| {
            client.reauthorize(tx)?;
            let found = tx.authorization_by_family(&given.family())?;
            let Some(found) = found.filter(|found| found.application_id == client.id()) else {
                return Ok(Err(UNKNOWN));
            };
            if found.refresh_hash != Some(given.hash()) {
                tracing::warn!(application = client.name().as_str(), user = %found.user_id, "a refresh token was used twice: its family ends");
                tx.end_authorization(found.id)?;
                return Ok(Err(UNKNOWN));
            }
            let at = now();
            let user = tx.user(found.user_id)?.filter(User::is_active).filter(|_| found.expires_at > at);
            let Some(user) = user else { return Ok(Err(UNKNOWN)) };
            let scopes = wanted.unwrap_or(found.scopes);
            if !scopes.within(found.scopes) {
                return Ok(Err(TokenError::InvalidScope("the user did not allow all of that")));
            }
            tx.refreshed(found.id, &stored(&next, at))?;
            issue(tx, user, client.name().clone(), found.id, scopes, next, at).map(Ok)
        });
        outcome.await.map_err(TokenError::Accounts)?
    }
}

/// What is wrong with the request of a code that is good, if anything is.
fn objection(code: &Grant, given: &CodeExchange, default_uri: Option<&RedirectUri>) -> Option<&'static str> {
    let same_uri = match (&code.redirect_uri, &given.redirect_uri) {
        (Some(then), Some(now)) => then == now,
        (None, Some(now)) => default_uri.is_some_and(|default| default.as_str() == now),
        (None, None) => true,
        (Some(_), None) => false,
    };
    let proven = match (&code.code_challenge, &given.code_verifier) {
        (Some(challenge), Some(verifier)) => challenge.matches(verifier),
        (None, None) => true,
        // RFC 9700 section 4.8.2: a verifier without a challenge tells that somebody took the challenge away.
        (Some(_), None) | (None, Some(_)) => false,
    };
    if !same_uri {
        Some("redirect_uri is not the one that the code was sent to")
    } else if !proven {
        Some("code_verifier does not fit the request for the code")
    } else {
        None
    }
}

fn stored(token: &RefreshToken, at: Timestamp) -> NewRefresh {
    NewRefresh { family: token.family(), hash: token.hash(), at, expires_at: at + REFRESH_LIVES }
}

fn issue(
    tx: &Write<'_>,
    user: User,
    application: SingleLineText,
    authorization: AuthorizationId,
    scopes: Scopes,
    refresh: RefreshToken,
    created_at: Timestamp,
) -> Result<TokenResponse, Error> {
    let access = new_token(TokenPrefix::Own)?;
    tx.insert_token(&NewToken {
        user_id: user.id,
        kind: TokenKind::Oauth,
        name: application,
        description: SingleLineText::default(),
        hash: access.hash(),
        scopes,
        replaces: None,
        authorization: Some(authorization),
        created_at,
        expires_at: Some(created_at + ACCESS_LIVES),
    })?;
    Ok(TokenResponse { user, access, refresh, scopes, created_at, expires_in: ACCESS_LIVES.as_secs() })
}
