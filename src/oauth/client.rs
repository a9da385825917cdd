//! Client authentication: HTTP Basic, or `client_id` and `client_secret` in the body (RFC 6749 section 2.3.1).

use super::error::Failure;
use crate::accounts::{Client, Credential, Error};
use crate::http::credentials::{AuthorizationHeader, authorization};
use crate::http::input::{Fields, form};
use crate::http::{AppState, RequestContext};

/// A parameter; one without a value is as good as absent (RFC 6749 section 3.2).
///
/// # Errors
/// `InvalidRequest` if it is given twice, or is no text.
pub fn parameter(body: &Fields, name: &'static str) -> Result<Option<String>, Failure> {
    Ok(body.text(name)?.value().filter(|text| !text.is_empty()))
}

/// Finds out which application calls, by one of the two methods.
///
/// # Errors
/// `InvalidRequest` for both methods at once, `InvalidClient` for neither and for whatever is wrong.
pub fn authenticate(app: &AppState, request: &RequestContext, body: &Fields) -> Result<Client, Failure> {
    let (id, secret) = (parameter(body, "client_id")?, parameter(body, "client_secret")?);
    match authorization(request).map_err(|unreadable| Failure::InvalidClient(unreadable.0))? {
        Some(AuthorizationHeader::Basic(Credential::Login { login, secret: password, .. })) => {
            if secret.is_some() {
                return Err(Failure::InvalidRequest("client_secret and Authorization are two ways at once".into()));
            }
            if id.is_some_and(|id| id != login && id != form::decode_text(&login)) {
                return Err(Failure::InvalidRequest("client_id is not the one of the Authorization header".into()));
            }
            by_basic(app, &login, password.expose())
        }
        Some(AuthorizationHeader::Basic(Credential::Token(_)) | AuthorizationHeader::Bearer(_)) => {
            Err(Failure::InvalidClient("an application authenticates with Basic"))
        }
        None => {
            let id = id.ok_or(Failure::InvalidClient("client_id is missing: send it with Basic or in the body"))?;
            Ok(app.accounts.authenticate_client(&id, secret.as_deref())?)
        }
    }
}

/// Section 2.3.1 has both parts form-encoded; many clients don't do it, so they are taken as they are, too.
fn by_basic(app: &AppState, id: &str, secret: &str) -> Result<Client, Failure> {
    let secret = Some(secret).filter(|secret| !secret.is_empty());
    let plain = app.accounts.authenticate_client(id, secret);
    if !matches!(plain, Err(Error::Unauthenticated)) {
        return Ok(plain?);
    }
    Ok(app.accounts.authenticate_client(&form::decode_text(id), secret.map(form::decode_text).as_deref())?)
}
