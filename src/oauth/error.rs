//! Refusals of the endpoints that applications request themselves (RFC 6749 section 5.2): `error` is one of the registered
//! words, `error_description` is for the person who writes the application.

use crate::accounts::{Error, NotRevoked, TokenError};
use crate::http::error::{BASIC, ErrorHead, RoutingError};
use crate::http::input::{BodyError, FieldError};
use crate::http::reply;
use hyper::StatusCode;
use hyper::header::{HeaderValue, PRAGMA};
use serde_json::json;
use warp::reply::Response;

/// Why a request failed.
#[derive(Debug)]
pub enum Failure {
    InvalidRequest(String),
    /// The client is unknown, or its credential is wrong.
    InvalidClient(&'static str),
    UnauthorizedClient(&'static str),
    UnsupportedGrantType,
    InvalidScope(String),
    TokenError(TokenError),
    Body(BodyError),
    /// The metadata was asked for under another issuer's path.
    NoSuchIssuer,
    Accounts(Error),
    Routing(RoutingError),
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

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::InvalidRequest(error.to_string())
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<RoutingError> for Failure {
    fn from(error: RoutingError) -> Self {
        Self::Routing(error)
    }
}

impl Failure {
    pub fn into_response(self) -> Response {
        let (word, description) = self.words();
        // Section 5.2 allows neither quotation marks nor backslashes, nor anything beyond ASCII, in a description.
        let plain = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '\'' };
        let description: String = description.chars().map(plain).collect();
        no_store(self.head().json(&json!({ "error": word, "error_description": description })))
    }

    fn head(&self) -> ErrorHead {
        match self {
            Self::InvalidClient(_) => ErrorHead::unauthorized(&[BASIC]),
            Self::NoSuchIssuer => ErrorHead::new(StatusCode::NOT_FOUND),
            Self::Body(error) => error.into(),
            Self::Routing(error) => error.into(),
            Self::TokenError(TokenError::Accounts(error)) | Self::Accounts(error) => match error {
                Error::Forbidden(_) | Error::NotFound | Error::Taken(_) => ErrorHead::new(StatusCode::BAD_REQUEST),
                other => ErrorHead::of(other, &[BASIC]),
            },
            Self::InvalidRequest(_)
            | Self::UnauthorizedClient(_)
            | Self::UnsupportedGrantType
            | Self::InvalidScope(_)
            | Self::TokenError(TokenError::InvalidGrant(_) | TokenError::InvalidScope(_)) => {
                ErrorHead::new(StatusCode::BAD_REQUEST)
            }
        }
    }

    /// One of the registered words, and a description.
    fn words(&self) -> (&'static str, String) {
        match self {
            Self::InvalidRequest(reason) => ("invalid_request", reason.clone()),
            Self::InvalidClient(reason) => ("invalid_client", (*reason).into()),
            Self::UnauthorizedClient(reason) => ("unauthorized_client", (*reason).into()),
            Self::UnsupportedGrantType => {
                ("unsupported_grant_type", "grant_type must be authorization_code or refresh_token".into())
            }
            Self::InvalidScope(reason) => ("invalid_scope", reason.clone()),
            Self::TokenError(TokenError::InvalidGrant(reason)) => ("invalid_grant", (*reason).into()),
            Self::TokenError(TokenError::InvalidScope(reason)) => ("invalid_scope", (*reason).into()),
            Self::NoSuchIssuer => ("invalid_request", "no such issuer".into()),
            Self::Body(error) => ("invalid_request", error.to_string()),
            Self::Routing(RoutingError::NotFound | RoutingError::Disabled) => {
                ("invalid_request", "no such endpoint".into())
            }
            Self::Routing(RoutingError::MethodNotAllowed { allow }) => {
                ("invalid_request", format!("the method must be one of {allow}"))
            }
            Self::TokenError(TokenError::Accounts(error)) | Self::Accounts(error) => accounts(error),
        }
    }
}

/// The registered words of section 4.1.2.1 serve here, too: section 5.2 has none for what is not the application's fault.
fn accounts(error: &Error) -> (&'static str, String) {
    match error {
        Error::Busy => ("temporarily_unavailable", "busy, try again".into()),
        Error::TooManyAttempts { .. } => ("temporarily_unavailable", "too many attempts".into()),
        Error::Internal => ("server_error", "internal error".into()),
        Error::Unauthenticated => ("invalid_client", "no such application, or another secret".into()),
        Error::Forbidden(_) | Error::NotFound => ("invalid_grant", "the user may not sign in any more".into()),
        Error::Invalid(_) | Error::Taken(_) => ("invalid_request", error.to_string()),
    }
}

/// RFC 6749 section 5.1: a cache of HTTP/1.0 must not keep it either.
pub fn no_store(response: Response) -> Response {
    reply::with_header(response, PRAGMA, HeaderValue::from_static("no-cache"))
}
