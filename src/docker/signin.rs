//! Who is asking: HTTP Basic with a password or a token, or a Bearer token.

use super::error::Failure;
use crate::accounts::Actor;
use crate::http::credentials::{Authorization, authorization};
use crate::http::{Call, Site};

/// # Errors
/// `Unauthenticated`, saying what was wrong with the header if it could not be read.
pub async fn actor(site: &Site, call: &Call) -> Result<Actor, Failure> {
    let credential = match authorization(call).map_err(Failure::Credential)? {
        Some(Authorization::Basic(credential) | Authorization::Bearer(credential)) => credential,
        None => return Err(Failure::NoCredential),
    };
    Ok(site.actor(call, credential).await?)
}
