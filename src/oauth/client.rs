//! Client authentication: HTTP Basic, or `client_id` and `client_secret` in the body (RFC 6749 section 2.3.1).

use super::error::Failure;
use crate::accounts::{Client, Credential, Error};
use crate::http::credentials::{AuthorizationHeader, authorization};
use crate::http::input::{Fields, form};
use crate::http::{AppState, RequestContext};

/// A parameter of the body. An empty value counts as absent (RFC 6749 section 3.2).
///
/// # Errors
/// `invalid_request` if it is repeated or is not text.
pub fn parameter(body: &Fields, name: &'static str) -> Result<Option<String>, Failure> {
    Ok(body.text(name)?.value().filter(|text| !text.is_empty()))
}

/// A parameter of the body that must be there.
///
/// # Errors
/// `invalid_request` if it is absent, repeated or not text.
pub fn required(body: &Fields, name: &'static str) -> Result<String, Failure> {
    parameter(body, name)?.ok_or_else(|| Failure::invalid_request(format!("{name} is missing")))
}

/// Authenticates the calling application by one of the two methods.
///
/// # Errors
/// `invalid_request` if the client uses both methods, `InvalidClient` if it uses neither or its credential is wrong.
pub fn authenticate(app: &AppState, request: &RequestContext, body: &Fields) -> Result<Client, Failure> {
    let (id, secret) = (parameter(body, "client_id")?, parameter(body, "client_secret")?);
    match authorization(&request.headers).map_err(|unreadable| Failure::InvalidClient(unreadable.0))? {
        Some(AuthorizationHeader::Basic(Credential::Login { login, secret: password })) => {
            if secret.is_some() {
                return Err(Failure::invalid_request("send client_secret or an Authorization header, not both"));
            }
            if id.is_some_and(|id| id != login && id != form::decode_text(&login)) {
                return Err(Failure::invalid_request("client_id differs from the one in the Authorization header"));
            }
            authenticate_basic(app, request, &login, password.expose())
        }
        Some(AuthorizationHeader::Basic(Credential::Token(_)) | AuthorizationHeader::Bearer(_)) => {
            Err(Failure::InvalidClient("an application must authenticate with Basic"))
        }
        None => {
            let id = id.ok_or(Failure::InvalidClient("client_id is missing: send it with Basic or in the body"))?;
            Ok(app.accounts.authenticate_client(&id, secret.as_deref(), request.client())?)
        }
    }
}

/// Section 2.3.1 requires both parts to be form-encoded, but many clients send them unencoded: both forms are accepted.
fn authenticate_basic(app: &AppState, request: &RequestContext, id: &str, secret: &str) -> Result<Client, Failure> {
    let secret = Some(secret).filter(|secret| !secret.is_empty());
    let plain = app.accounts.authenticate_client(id, secret, request.client());
    if !matches!(plain, Err(Error::Unauthenticated)) {
        return Ok(plain?);
    }
    let (id, secret) = (form::decode_text(id), secret.map(form::decode_text));
    Ok(app.accounts.authenticate_client(&id, secret.as_deref(), request.client())?)
}
