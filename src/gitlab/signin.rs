//! Who is asking: a private token in header, query or body, or a Bearer token.

use super::error::Failure;
use crate::accounts::{Actor, Error};
use crate::http::credentials::{Authorization, authorization, private_token};
use crate::http::{Call, Site};

/// A Basic credential is not looked at: clients send one for the proxy in front of a GitLab.
///
/// # Errors
/// `Unauthenticated`.
pub async fn actor(site: &Site, call: &Call) -> Result<Actor, Failure> {
    let credential = match private_token(call).map_err(|_| Error::Unauthenticated)? {
        Some(token) => token,
        None => match authorization(call).map_err(|_| Error::Unauthenticated)? {
            Some(Authorization::Bearer(token)) => token,
            Some(Authorization::Basic(_)) | None => return Err(Error::Unauthenticated.into()),
        },
    };
    let actor = site.accounts.authenticate(credential).await?;
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    call.set_user(signed_in.user.username.as_str());
    Ok(actor)
}
