//! Who is asking: a private token in header, query or body, or a Bearer token.

use super::error::Failure;
use crate::accounts::{Actor, Error};
use crate::http::{Call, Site, credentials};

/// # Errors
/// `Unauthenticated`.
pub async fn actor(site: &Site, call: &Call) -> Result<Actor, Failure> {
    let credential = credentials::token(call).map_err(|_| Error::Unauthenticated)?;
    let actor = site.accounts.authenticate(credential.ok_or(Error::Unauthenticated)?).await?;
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    call.set_user(signed_in.user.username.as_str());
    Ok(actor)
}
