//! Refusals of the endpoints that applications call themselves (RFC 6749 section 5.2): `error` is one of the registered
//! words, `error_description` is for the person who writes the application.

use crate::accounts::{Error, NotRevoked, TokenError};
use crate::http::body::BodyError;
use crate::http::fields::FieldError;
use crate::http::reply;
use hyper::StatusCode;
use hyper::header::{HeaderValue, PRAGMA, WWW_AUTHENTICATE};
use serde_json::json;
use warp::Reply;
use warp::reply::Response;

/// Why an application was not given what it asked for.
#[derive(Debug)]
pub enum Failure {
    InvalidRequest(String),
    /// Nobody, or not who it says.
    InvalidClient(&'static str),
    UnauthorizedClient(&'static str),
    UnsupportedGrantType,
    InvalidScope(String),
    TokenError(TokenError),
    Body(BodyError),
    /// Metadata of an issuer that this server is not.
    NoSuchIssuer,
    Accounts(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Accounts(error)
    }
}

impl From<TokenError> for Failure {
    fn from(refusal: TokenError) -> Self {
        Self::TokenError(refusal)
    }
}

impl From<NotRevoked> for Failure {
    fn from(refusal: NotRevoked) -> Self {
        match refusal {
            NotRevoked::NotYours => Self::UnauthorizedClient("the token was issued to another application"),
            NotRevoked::Accounts(error) => Self::Accounts(error),
        }
    }
}

impl From<&BodyError> for Failure {
    fn from(error: &BodyError) -> Self {
        Self::Body(error.clone())
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::InvalidRequest(error.to_string())
    }
}

impl Reply for Failure {
    fn into_response(self) -> Response {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        match self {
            Self::InvalidRequest(why) => answer(BAD, "invalid_request", &why),
            Self::InvalidClient(why) => invalid_client(why),
            Self::UnauthorizedClient(why) => answer(BAD, "unauthorized_client", why),
            Self::UnsupportedGrantType => {
                answer(BAD, "unsupported_grant_type", "grant_type must be authorization_code or refresh_token")
            }
            Self::InvalidScope(why) => answer(BAD, "invalid_scope", &why),
            Self::TokenError(TokenError::InvalidGrant(why)) => answer(BAD, "invalid_grant", why),
            Self::TokenError(TokenError::InvalidScope(why)) => answer(BAD, "invalid_scope", why),
            Self::NoSuchIssuer => answer(StatusCode::NOT_FOUND, "invalid_request", "no such issuer"),
            Self::Body(error) => answer(error.status(), "invalid_request", &error.to_string()),
            Self::TokenError(TokenError::Accounts(error)) | Self::Accounts(error) => accounts(&error),
        }
    }
}

/// The registered words of section 4.1.2.1 serve here, too: section 5.2 has none for what is not the application's fault.
fn accounts(error: &Error) -> Response {
    match error {
        Error::Busy => {
            let busy = answer(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "busy, try again");
            reply::with_retry_soon(busy)
        }
        Error::TooManyAttempts { retry_after } => {
            let wait = answer(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", "too many attempts");
            reply::with_retry_after(wait, *retry_after)
        }
        Error::Internal => answer(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal error"),
        Error::Unauthenticated => invalid_client("no such application, or another secret"),
        Error::Forbidden(_) | Error::NotFound => {
            answer(StatusCode::BAD_REQUEST, "invalid_grant", "the user may not sign in any more")
        }
        Error::Invalid(_) | Error::Taken(_) => answer(StatusCode::BAD_REQUEST, "invalid_request", &error.to_string()),
    }
}

fn invalid_client(why: &str) -> Response {
    let response = answer(StatusCode::UNAUTHORIZED, "invalid_client", why);
    reply::with_header(response, WWW_AUTHENTICATE, HeaderValue::from_static(r#"Basic realm="accountd""#))
}

fn answer(status: StatusCode, error: &str, description: &str) -> Response {
    // Section 5.2 has neither quotation mark nor backslash, nor anything beyond ASCII, in a description.
    let plain = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '\'' };
    let description: String = description.chars().map(plain).collect();
    no_store(reply::json(status, &json!({ "error": error, "error_description": description })))
}

/// RFC 6749 section 5.1: a cache of HTTP/1.0 must not keep it either.
pub fn no_store(response: Response) -> Response {
    reply::with_header(response, PRAGMA, HeaderValue::from_static("no-cache"))
}

/// The 405 of every endpoint here.
pub fn not_allowed(allow: &'static str) -> Response {
    answer(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", &format!("the method must be one of {allow}"))
}
