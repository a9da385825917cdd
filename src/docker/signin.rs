//! Who is asking: HTTP Basic with a password or a token, or a Bearer token.

use super::error::Failure;
use crate::accounts::Actor;
use crate::http::credentials::{AuthorizationHeader, authorization};
use crate::http::{AppState, Call};

/// # Errors
/// `Unauthenticated`, saying what was wrong with the header if it could not be read.
pub async fn actor(app: &AppState, call: &Call) -> Result<Actor, Failure> {
    let credential = match authorization(call).map_err(Failure::Credential)? {
        Some(AuthorizationHeader::Basic(credential) | AuthorizationHeader::Bearer(credential)) => credential,
        None => return Err(Failure::NoCredential),
    };
    Ok(app.actor(call, credential).await?)
}
