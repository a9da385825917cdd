//! Who is asking: a private token in header, query or body, or a Bearer token; in v4 `access_token` in the query, too, and
//! for administrators whoever they say with `Sudo`.

use super::Api;
use super::error::Failure;
use crate::accounts::{Actor, Credential, Error};
use crate::http::fields::Patch;
use crate::http::{Call, credentials};

/// # Errors
/// `Unauthenticated`; with `Sudo`, what [`crate::accounts::Accounts::act_as`] says.
pub async fn actor(api: &Api, call: &Call) -> Result<Actor, Failure> {
    anyone(api, call).await?.ok_or(Error::Unauthenticated.into())
}

/// The same where nobody needs to be known: nothing without a credential.
///
/// # Errors
/// As [`actor`].
pub async fn anyone(api: &Api, call: &Call) -> Result<Option<Actor>, Failure> {
    let Some(credential) = credential(api, call)? else { return Ok(None) };
    let actor = api.actor(call, credential).await?;
    if !api.version.knows_sudo() {
        return Ok(Some(actor));
    }
    match sudo(call)? {
        None => Ok(Some(actor)),
        Some(who) => match api.accounts.act_as(&actor, &who) {
            Ok(other) => Ok(Some(other)),
            Err(Error::NotFound) => Err(Failure::SudoUserNotFound(who)),
            Err(error) => Err(error.into()),
        },
    }
}

/// What is presented, whether it is good or not.
///
/// # Errors
/// `Unauthenticated` for what cannot be read.
pub fn credential(api: &Api, call: &Call) -> Result<Option<Credential>, Error> {
    let unreadable = |_| Error::Unauthenticated;
    let credential = credentials::token(call).map_err(unreadable)?;
    match credential {
        None if api.version.knows_sudo() => credentials::access_token(call).map_err(unreadable),
        credential => Ok(credential),
    }
}

/// `doc/api/rest/authentication.md`, 17.9, "Sudo": in a header or the query; clients send it in a body, too.
fn sudo(call: &Call) -> Result<Option<String>, Failure> {
    if let Some(header) = call.header("sudo") {
        // One that cannot be read must not leave the administrator acting in person.
        let who = header.to_str().map_err(|_| Failure::SudoUserNotFound(String::new()))?;
        return Ok(Some(who.to_owned()).filter(|who| !who.is_empty()));
    }
    let in_query = if call.raw_query().contains("sudo") { call.query().text("sudo")? } else { Patch::Absent };
    let in_body = match call.body() {
        // A number, or a name.
        Ok(body) => match body.integer("sudo") {
            Ok(id) => id.map(|id| id.to_string()),
            Err(_) => body.text("sudo")?,
        },
        Err(_) => Patch::Absent,
    };
    Ok(in_query.value().or(in_body.value()).filter(|who| !who.is_empty()))
}
