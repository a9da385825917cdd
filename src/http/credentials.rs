//! Reads credentials from a request's headers, query and body. Each dialect decides which of them it accepts.

use super::input::{Fields, Patch};
use super::request::Request;
use super::{AppState, RequestContext};
use crate::accounts::{Actor, Credential, Error};
use crate::domain::{PasswordAttempt, Token};
use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName};

static PRIVATE_TOKEN: HeaderName = HeaderName::from_static("private-token");

/// A credential that cannot be read. The text says what is wrong, and nothing of the credential itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

impl From<Unreadable> for Error {
    fn from(_: Unreadable) -> Self {
        Self::Unauthenticated
    }
}

/// The `Authorization` header, by its scheme.
#[derive(Clone, Debug)]
pub enum AuthorizationHeader {
    Basic(Credential),
    Bearer(Credential),
}

/// Finds out whose credential this is, and names the user in the access log.
///
/// # Errors
/// `Unauthenticated` for whatever is wrong with the credential; `TooManyAttempts` for a password.
pub async fn authenticate(app: &AppState, request: &RequestContext, credential: Credential) -> Result<Actor, Error> {
    let actor = app.accounts.authenticate(credential, request.client()).await?;
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    request.set_user(signed_in.user.username.as_str());
    if let Some(observed) = request.observed() {
        observed.set_token(signed_in.token());
    }
    Ok(actor)
}

/// The `Authorization` header.
///
/// # Errors
/// There is more than one header, its scheme is unknown, or what follows the scheme cannot be read.
pub fn authorization(headers: &HeaderMap) -> Result<Option<AuthorizationHeader>, Unreadable> {
    let mut headers = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(Unreadable("More than one Authorization header."));
    }
    let header = header.to_str().map_err(|_| Unreadable("The Authorization header is not ASCII."))?;
    let header = header.trim_ascii();
    let space = header.bytes().position(|byte| byte == b' ').unwrap_or(header.len());
    let (scheme, rest) = (&header[..space], header[space..].trim_ascii_start());
    if scheme.eq_ignore_ascii_case("basic") {
        basic(rest).map(AuthorizationHeader::Basic).map(Some)
    } else if scheme.eq_ignore_ascii_case("bearer") {
        let token = Token::parse(rest).map_err(|_| Unreadable("The bearer token is not one."))?;
        Ok(Some(AuthorizationHeader::Bearer(Credential::Token(token))))
    } else {
        Err(Unreadable("The Authorization scheme must be Basic or Bearer."))
    }
}

/// RFC 7617: base64 of `user:password` in UTF-8; the password may hold colons.
fn basic(encoded: &str) -> Result<Credential, Unreadable> {
    // With its capacity, so that `decode_vec` does not allocate zeroed memory, which glibc serves slowly.
    let mut bytes = Vec::with_capacity(encoded.len());
    BASE64_STANDARD.decode_vec(encoded, &mut bytes).map_err(|_| Unreadable("The Basic credential is not base64."))?;
    let mut login = String::from_utf8(bytes).map_err(|_| Unreadable("The Basic credential is not UTF-8."))?;
    let colon = login.find(':').ok_or(Unreadable("The Basic credential has no colon."))?;
    let secret = PasswordAttempt::new(login.split_off(colon + 1));
    login.truncate(colon);
    Ok(Credential::Login { login, secret })
}

/// A token from the `PRIVATE-TOKEN` header (GitLab's own), else from `private_token` in the query, else from
/// `Authorization: Bearer`. Basic credentials are ignored: clients send them for the proxy in front.
///
/// # Errors
/// A credential is given twice, or cannot be a token.
pub fn token(request: &Request) -> Result<Option<Credential>, Unreadable> {
    let mut headers = request.headers.get_all(&PRIVATE_TOKEN).iter();
    let header = headers.next();
    if headers.next().is_some() {
        return Err(Unreadable("More than one PRIVATE-TOKEN header."));
    }
    if let Some(header) = header {
        let text = header.to_str().map_err(|_| NOT_A_PRIVATE_TOKEN)?;
        return if text.is_empty() { Ok(None) } else { parse(text, NOT_A_PRIVATE_TOKEN).map(Some) };
    }
    if let Some(credential) = private_token(request.query())? {
        return Ok(Some(credential));
    }
    match authorization(&request.headers)? {
        Some(AuthorizationHeader::Bearer(credential)) => Ok(Some(credential)),
        Some(AuthorizationHeader::Basic(_)) | None => Ok(None),
    }
}

const NOT_A_PRIVATE_TOKEN: Unreadable = Unreadable("The private token is not one.");

/// `private_token` in a query or a body.
///
/// # Errors
/// It is given twice, or cannot be a token.
pub fn private_token(fields: &Fields) -> Result<Option<Credential>, Unreadable> {
    field(fields, "private_token", NOT_A_PRIVATE_TOKEN)
}

/// `access_token` in the query (RFC 6750, section 2.3), where social sign-in clients send it.
///
/// # Errors
/// It is given twice, or cannot be a token.
pub fn access_token(query: &Fields) -> Result<Option<Credential>, Unreadable> {
    field(query, "access_token", Unreadable("The access token is not one."))
}

fn field(fields: &Fields, name: &'static str, unreadable: Unreadable) -> Result<Option<Credential>, Unreadable> {
    match fields.text(name).map_err(|_| unreadable)? {
        Patch::Value(text) if !text.is_empty() => parse(&text, unreadable).map(Some),
        Patch::Absent | Patch::Null | Patch::Value(_) => Ok(None),
    }
}

fn parse(text: &str, unreadable: Unreadable) -> Result<Credential, Unreadable> {
    Token::parse(text).map(Credential::Token).map_err(|_| unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_base64_of_a_pair_in_utf8() {
        // The documents' own header.
        let Credential::Login { login, secret } = basic("dXNlcm5hbWU6cGFzc3dvcmQ=").unwrap() else { panic!() };
        assert_eq!((login.as_str(), secret.expose()), ("username", "password"));
        let Credential::Login { login, secret } = basic(&BASE64_STANDARD.encode("a:b:c")).unwrap() else { panic!() };
        assert_eq!((login.as_str(), secret.expose()), ("a", "b:c"));
    }

    #[test]
    fn an_unreadable_basic_credential_says_what_is_wrong() {
        for (bad, why) in [
            ("", "no colon"),
            ("!!!", "not base64"),
            ("dXNlcm5hbWU", "not base64"),
            ("dXNlcm5hbWU=", "no colon"),
            ("/zr/", "not UTF-8"),
        ] {
            let said = basic(bad).unwrap_err().to_string();
            assert!(said.contains(why), "{bad}: {said}");
        }
    }
}
