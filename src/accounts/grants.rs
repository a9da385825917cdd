//! OAuth grants: authorization codes, access tokens and refresh tokens (RFC 6749 sections 4.1 and 6, RFC 9700).

use super::audit::{Author, Event, EventKind};
use super::clients::Client;
use super::limits::{MAX_GRANTS, MAX_GRANTS_OF_USER};
use super::{AccountAccess, Accounts, Error};
use crate::domain::{
    GrantId, NoRandomness, Random, RedirectUri, RefreshToken, Scopes, SingleLineText, Token, TokenHash, TokenKind,
    TokenPrefix, User, UserId,
};
use crate::store::{self, Application, Consent, Grant, NewToken, Read, Write};
use jiff::{SignedDuration, Timestamp};

/// The lifetime of a code in the docker.io OAuth API: 60 seconds.
const CODE_LIFETIME: SignedDuration = SignedDuration::from_secs(60);
/// The `expires_in` that the docker.io OAuth API documents: 180 days.
const ACCESS_LIFETIME: SignedDuration = SignedDuration::from_secs(15_552_000);
/// Refresh tokens expire if they are unused for twice as long: RFC 9700 section 4.14.2 recommends an end.
const REFRESH_LIFETIME: SignedDuration = SignedDuration::from_secs(2 * 15_552_000);

/// The request of an application to redeem a code.
#[derive(Debug)]
pub struct CodeExchange {
    pub code: String,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<String>,
}

/// An access token with its refresh token.
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

/// Why an application gets no token; the variants are named as in RFC 6749 section 5.2.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TokenError {
    #[error("{0}")]
    InvalidGrant(&'static str),
    #[error("{0}")]
    InvalidScope(&'static str),
    #[error(transparent)]
    Accounts(#[from] Error),
}

impl Accounts {
    /// Stores the user's consent and returns a code for it.
    ///
    /// # Errors
    /// `Unauthenticated` if the user is no longer active; `NotFound` if the application no longer exists.
    pub async fn authorize(&self, access: &AccountAccess, consent: Consent) -> Result<Token, Error> {
        let code = self.new_token(TokenPrefix::Code)?;
        let (user, hash, at) = (access.user(), code.hash(), self.now());
        self.write_for(access, move |tx| Ok::<_, Error>(((), [insert(tx, user, &consent, hash, at)?]))).await?;
        Ok(code)
    }

    /// Returns a code without asking the user, if the application is trusted or the user allowed it as much before.
    /// `None`: the user must be asked.
    ///
    /// Another program on the user's device can pretend to be a public client whose redirect URI is not https, so for
    /// these the user is always asked (RFC 8252 section 8.6).
    ///
    /// # Errors
    /// As [`Accounts::authorize`].
    pub async fn authorize_unasked(
        &self,
        access: &AccountAccess,
        application: &Application,
        uri: &RedirectUri,
        consent: &Consent,
    ) -> Result<Option<Token>, Error> {
        let registration = &application.registration;
        if registration.secret_hash.is_none() && !uri.is_https() {
            return Ok(None);
        }
        let (user, id, wanted, trusted) = (access.user(), application.id, consent.scopes, registration.trusted);
        let is_allowed = move |db: &Read<'_>| -> Result<bool, store::Error> {
            Ok(trusted || wanted.within(db.allowed_scopes(user, id, db.now())?))
        };
        if !self.store.read(is_allowed)? {
            return Ok(None);
        }
        let (code, consent) = (self.new_token(TokenPrefix::Code)?, consent.clone());
        let (hash, at) = (code.hash(), self.now());
        let is_issued = self.write_for(access, move |tx| {
            // The user may have revoked the application since.
            let event = is_allowed(tx)?.then(|| insert(tx, user, &consent, hash, at)).transpose()?;
            Ok::<_, Error>((event.is_some(), event.map(|event| event.with("asked", false))))
        });
        Ok(is_issued.await?.then_some(code))
    }

    /// Redeems a code for tokens. A reused code ends the grant with its tokens (RFC 6749 section 4.1.2).
    ///
    /// # Errors
    /// `InvalidGrant`, after which an unused code stays valid; `Unauthenticated` if the client has been deleted or has
    /// another secret by now.
    pub async fn redeem_code(&self, client: &Client, given: CodeExchange) -> Result<TokenResponse, TokenError> {
        const UNKNOWN: TokenError = TokenError::InvalidGrant("the code is unknown, has been used or has expired");
        let code = Token::parse(&given.code).map_err(|_| UNKNOWN)?.hash();
        let client = client.clone();
        let default_uri = client.application().registration.redirect_uris.first().cloned();
        let (access, refresh) = self.new_tokens(RefreshToken::generate)?;
        // A refusal must be the result of the write, not its error, which would roll back the deletion of the grant.
        let outcome = self.write_by(Author::application(&client), move |tx| {
            client.reauthorize(tx)?;
            let at = tx.now();
            let found = tx.grant_by_code(&code)?;
            let usable = usable(tx, &client, found, at, "code", |found| found.code_used_at.is_some())?;
            let (found, user) = match usable {
                Ok(usable) => usable,
                Err(reused) => return Ok((Err(UNKNOWN), reused)),
            };
            if let Some(objection) = objection(&found, &given, default_uri.as_ref()) {
                return Ok((Err(TokenError::InvalidGrant(objection)), None));
            }
            tx.code_used(found.id, &refresh, at, at + REFRESH_LIFETIME)?;
            let event = event(EventKind::GrantRedeemed, user.id, client.name(), found.scopes);
            let issued = issue(tx, user, client.name().clone(), found.id, found.scopes, (access, refresh), at)?;
            Ok((Ok(issued), Some(event)))
        });
        outcome.await.map_err(TokenError::Accounts)?
    }

    /// Exchanges a refresh token for new tokens, with fewer scopes if requested. A reused refresh token ends the grant
    /// with its tokens (RFC 9700 section 4.14.2).
    ///
    /// # Errors
    /// `InvalidGrant`; `InvalidScope`, after which the token stays valid; `Unauthenticated` as above.
    pub async fn refresh(
        &self,
        client: &Client,
        token: &str,
        wanted: Option<Scopes>,
    ) -> Result<TokenResponse, TokenError> {
        const UNKNOWN: TokenError =
            TokenError::InvalidGrant("the refresh token is unknown, has been used or has expired");
        let given = RefreshToken::parse(token).map_err(|_| UNKNOWN)?;
        let (access, next) = self.new_tokens(|random| given.next(random))?;
        let client = client.clone();
        let outcome = self.write_by(Author::application(&client), move |tx| {
            client.reauthorize(tx)?;
            let at = tx.now();
            let found = tx.grant_by_family(&given.family())?;
            let is_reused = |found: &Grant| found.refresh_hash != Some(given.hash());
            let usable = usable(tx, &client, found, at, "refresh token", is_reused)?;
            let (found, user) = match usable {
                Ok(usable) => usable,
                Err(reused) => return Ok((Err(UNKNOWN), reused)),
            };
            let scopes = wanted.unwrap_or(found.scopes);
            if !scopes.within(found.scopes) {
                return Ok((Err(TokenError::InvalidScope("the user did not allow all of that")), None));
            }
            tx.refreshed(found.id, &next, at, at + REFRESH_LIFETIME)?;
            let event = event(EventKind::GrantRefreshed, user.id, client.name(), scopes);
            let issued = issue(tx, user, client.name().clone(), found.id, scopes, (access, next), at)?;
            Ok((Ok(issued), Some(event)))
        });
        outcome.await.map_err(TokenError::Accounts)?
    }

    /// An access token with a refresh token.
    fn new_tokens(
        &self,
        refresh: impl FnOnce(&Random) -> Result<RefreshToken, NoRandomness>,
    ) -> Result<(Token, RefreshToken), Error> {
        Ok((self.new_token(TokenPrefix::Own)?, refresh(self.random())?))
    }
}

pub(super) fn event(kind: EventKind, user: UserId, application: &SingleLineText, scopes: Scopes) -> Event {
    Event::of_user(kind, user).with("application", application.as_str()).with("scopes", scopes.to_string())
}

/// Adds a grant with its code.
fn insert(tx: &Write<'_>, user: UserId, consent: &Consent, code: TokenHash, at: Timestamp) -> Result<Event, Error> {
    tx.user(user)?.filter(User::is_active).ok_or(Error::Unauthenticated)?;
    tx.delete_expired(at)?;
    tx.insert_grant(user, consent, &code, at, at + CODE_LIFETIME)?;
    tx.keep_newest_grants(user, consent.application, MAX_GRANTS, MAX_GRANTS_OF_USER)?;
    let application = tx.application_name(consent.application)?.ok_or(Error::NotFound)?;
    Ok(event(EventKind::GrantCreated, user, &application, consent.scopes))
}

/// The client's grant with its active user, unless it is expired. A reused code or refresh token ends the grant, which
/// is an event.
fn usable(
    tx: &Write<'_>,
    client: &Client,
    found: Option<Grant>,
    at: Timestamp,
    presented: &str,
    is_reused: impl FnOnce(&Grant) -> bool,
) -> Result<Result<(Grant, User), Option<Event>>, Error> {
    let Some(found) = found.filter(|found| found.application_id == client.id()) else { return Ok(Err(None)) };
    if is_reused(&found) {
        let (application, user) = (client.name().as_str(), found.user_id);
        tracing::warn!(application, %user, "a {presented} was used twice, so its tokens are revoked");
        tx.delete_grant(found.id)?;
        let event = event(EventKind::GrantReused, found.user_id, client.name(), found.scopes);
        return Ok(Err(Some(event.with("reused", presented))));
    }
    let user = tx.user(found.user_id)?.filter(|user| user.is_active() && found.expires_at > at);
    Ok(user.map(|user| (found, user)).ok_or(None))
}

/// Why a request may not redeem a valid code.
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
        // RFC 9700 section 4.8.2: a verifier without a challenge means that an attacker removed the challenge.
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

fn issue(
    tx: &Write<'_>,
    user: User,
    application: SingleLineText,
    grant: GrantId,
    scopes: Scopes,
    (access, refresh): (Token, RefreshToken),
    created_at: Timestamp,
) -> Result<TokenResponse, Error> {
    let new = NewToken::new(user.id, TokenKind::Oauth, access.hash(), scopes, created_at);
    let expires_at = Some(created_at + ACCESS_LIFETIME);
    tx.insert_token(&NewToken { name: application, grant: Some(grant), expires_at, ..new })?;
    Ok(TokenResponse { user, access, refresh, scopes, created_at, expires_in: ACCESS_LIFETIME.as_secs() })
}
