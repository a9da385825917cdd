//! `sudo`, with which an administrator acts as another user: `doc/api/rest/authentication.md`, 17.9, "Sudo", and in v3
//! `doc/api/README.md`, 9.5.

use super::error::Failure;
use super::version::Version;
use crate::accounts::Actor;
use crate::http::Request;
use crate::http::input::{FieldError, FieldErrorKind, Fields};

/// The id or the user name in the header or the parameter, which clients also send in the body. An unreadable `sudo` is an
/// error, because the administrator must not act as themselves instead.
pub async fn requested<V: Version>(request: &mut Request, actor: &Actor) -> Result<Option<String>, Failure> {
    let is_admin = actor.signed_in().is_some_and(|signed_in| signed_in.user.admin);
    if V::READS_BODY_FIRST || is_admin {
        request.read_body().await?;
    }
    let mut headers = request.headers.get_all("sudo").iter();
    if let Some(header) = headers.next() {
        if headers.next().is_some() {
            return Err(FieldError { field: "sudo", kind: FieldErrorKind::Repeated }.into());
        }
        let username = header.to_str().map_err(|_| Failure::SudoUserNotFound(String::new()))?;
        return Ok(Some(username.to_owned()).filter(|username| !username.is_empty()));
    }
    let in_query = field(request.query())?;
    let in_body = field(request.body())?;
    Ok(in_query.or(in_body).filter(|username| !username.is_empty()))
}

fn field(fields: &Fields) -> Result<Option<String>, Failure> {
    match fields.integer("sudo") {
        Ok(id) => Ok(id.map(|id| id.to_string()).value()),
        Err(_) => Ok(fields.text("sudo")?.value()),
    }
}
