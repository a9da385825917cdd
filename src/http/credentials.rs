//! What a request's headers and fields say of who is asking. Which of it counts is the dialect's to say.

use super::fields::{Fields, Patch};
use super::request::Call;
use crate::accounts::Credential;
use crate::domain::{PasswordAttempt, Token};
use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName};
use std::net::IpAddr;

static PRIVATE_TOKEN: HeaderName = HeaderName::from_static("private-token");

/// A credential that can't be read; the text says what is wrong and nothing of what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

/// The `Authorization` header, by its scheme.
#[derive(Clone, Debug)]
pub enum AuthorizationHeader {
    Basic(Credential),
    Bearer(Credential),
}

/// # Errors
/// More than one header, an unknown scheme, or one of the two schemes with something wrong after it.
pub fn authorization(call: &Call) -> Result<Option<AuthorizationHeader>, Unreadable> {
    authorization_in(call.headers(), call.client())
}

/// The same of headers that came from this address.
///
/// # Errors
/// As [`authorization`].
pub fn authorization_in(headers: &HeaderMap, from: IpAddr) -> Result<Option<AuthorizationHeader>, Unreadable> {
    let mut headers = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(Unreadable("More than one Authorization header."));
    }
    let header = header.to_str().map_err(|_| Unreadable("The Authorization header is not ASCII."))?;
    let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    let rest = rest.trim_start();
    if scheme.eq_ignore_ascii_case("basic") {
        basic(rest, from).map(AuthorizationHeader::Basic).map(Some)
    } else if scheme.eq_ignore_ascii_case("bearer") {
        let token = Token::parse(rest).map_err(|_| Unreadable("The bearer token is not one."))?;
        Ok(Some(AuthorizationHeader::Bearer(Credential::Token(token))))
    } else {
        Err(Unreadable("The Authorization scheme must be Basic or Bearer."))
    }
}

/// RFC 7617: base64 of `user:password` in UTF-8; the password may hold colons.
fn basic(encoded: &str, from: IpAddr) -> Result<Credential, Unreadable> {
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| Unreadable("The Basic credential is not base64."))?;
    let text = String::from_utf8(bytes).map_err(|_| Unreadable("The Basic credential is not UTF-8."))?;
    let (login, secret) = text.split_once(':').ok_or(Unreadable("The Basic credential has no colon."))?;
    Ok(Credential::Login { login: login.to_owned(), secret: PasswordAttempt::new(secret.to_owned()), from })
}

/// GitLab's own: the `PRIVATE-TOKEN` header, or `private_token` in the query or the body, in this order.
///
/// # Errors
/// The header twice, the field twice, or something that can be no token.
pub fn private_token(call: &Call) -> Result<Option<Credential>, Unreadable> {
    let mut headers = call.headers().get_all(&PRIVATE_TOKEN).iter();
    let header = headers.next();
    if headers.next().is_some() {
        return Err(Unreadable("More than one PRIVATE-TOKEN header."));
    }
    let parse = |text: &str| Token::parse(text).map_err(|_| Unreadable("The private token is not one."));
    if let Some(header) = header {
        let text = header.to_str().map_err(|_| Unreadable("The private token is not one."))?;
        return if text.is_empty() { Ok(None) } else { parse(text).map(Credential::Token).map(Some) };
    }
    let mut given = None;
    if call.raw_query().contains("token") {
        given = field(&call.query(), "private_token")?;
    }
    if given.is_none()
        && let Ok(body) = call.body()
    {
        given = field(body, "private_token")?;
    }
    let given = given.filter(|text| !text.is_empty());
    given.map(|text| parse(&text).map(Credential::Token)).transpose()
}

/// A token, wherever it is: [`private_token`], else `Authorization: Bearer`. A Basic credential is not looked at: clients
/// send one for the proxy in front.
///
/// # Errors
/// As the two have them.
pub fn token(call: &Call) -> Result<Option<Credential>, Unreadable> {
    if let Some(credential) = private_token(call)? {
        return Ok(Some(credential));
    }
    match authorization(call)? {
        Some(AuthorizationHeader::Bearer(credential)) => Ok(Some(credential)),
        Some(AuthorizationHeader::Basic(_)) | None => Ok(None),
    }
}

/// `access_token` in the query (RFC 6750 section 2.3), where social sign-in clients send it.
///
/// # Errors
/// The field twice, or something that can be no token.
pub fn access_token(call: &Call) -> Result<Option<Credential>, Unreadable> {
    if !call.raw_query().contains("access_token") {
        return Ok(None);
    }
    let given = field(&call.query(), "access_token")?.filter(|text| !text.is_empty());
    let parse = |text: String| Token::parse(&text).map(Credential::Token);
    given.map(parse).transpose().map_err(|_| Unreadable("The access token is not one."))
}

fn field(fields: &Fields, name: &'static str) -> Result<Option<String>, Unreadable> {
    let text = fields.text(name).map_err(|_| Unreadable("The private token is not one."))?;
    Ok(match text {
        Patch::Absent | Patch::Null => None,
        Patch::Value(text) => Some(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(encoded: &str) -> Result<Credential, Unreadable> {
        super::basic(encoded, IpAddr::from([127, 0, 0, 1]))
    }

    #[test]
    fn basic_is_base64_of_a_pair_in_utf8() {
        // The documents' own header.
        let Credential::Login { login, secret, .. } = basic("dXNlcm5hbWU6cGFzc3dvcmQ=").unwrap() else { panic!() };
        assert_eq!((login.as_str(), secret.expose()), ("username", "password"));
        let Credential::Login { login, secret, .. } = basic(&BASE64_STANDARD.encode("a:b:c")).unwrap() else {
            panic!()
        };
        assert_eq!((login.as_str(), secret.expose()), ("a", "b:c"));
    }

    #[test]
    fn what_is_wrong_with_basic_is_said() {
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
