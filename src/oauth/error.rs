//! Errors of the endpoints that applications call directly (RFC 6749 section 5.2). `error` is a registered error code,
//! and `error_description` is for the application's developer.

use crate::accounts::{Error, TokenError};
use crate::http::error::{BASIC, ErrorHead, RoutingError};
use crate::http::input::{BodyError, FieldError};
use crate::http::reply;
use hyper::StatusCode;
use hyper::header::{HeaderValue, PRAGMA};
use serde_json::json;
use warp::reply::Response;

/// Why a request failed.
#[derive(Debug, derive_more::From)]
pub enum Failure {
    InvalidRequest(String),
    /// The client is unknown, or its credential is wrong.
    InvalidClient(&'static str),
    UnauthorizedClient(&'static str),
    UnsupportedGrantType,
    InvalidScope(String),
    #[from]
    TokenError(TokenError),
    #[from]
    Body(BodyError),
    /// The metadata was requested under the path of another issuer.
    UnknownIssuer,
    #[from]
    Accounts(Error),
    #[from]
    Routing(RoutingError),
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::InvalidRequest(error.to_string())
    }
}

impl Failure {
    pub fn into_response(self) -> Response {
        let (code, description) = self.code_and_description();
        // Section 5.2 allows only printable ASCII without quotation marks and backslashes in a description.
        let plain = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '\'' };
        let description: String = description.chars().map(plain).collect();
        no_store(self.head().json(&json!({ "error": code, "error_description": description })))
    }

    fn head(&self) -> ErrorHead {
        match self {
            Self::InvalidClient(_) => ErrorHead::unauthorized(&[BASIC]),
            Self::UnknownIssuer => ErrorHead::new(StatusCode::NOT_FOUND),
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

    /// A registered error code, and a description.
    fn code_and_description(&self) -> (&'static str, String) {
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
            Self::UnknownIssuer => ("invalid_request", "no such issuer".into()),
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

/// Section 5.2 has no codes for failures that are not the application's fault, so this uses those of section 4.1.2.1.
fn accounts(error: &Error) -> (&'static str, String) {
    match error {
        Error::Busy => ("temporarily_unavailable", "busy, try again".into()),
        Error::TooManyAttempts { .. } => ("temporarily_unavailable", "too many attempts".into()),
        Error::Internal => ("server_error", "internal error".into()),
        Error::Unauthenticated => ("invalid_client", "unknown application or wrong secret".into()),
        Error::Forbidden(_) | Error::NotFound => ("invalid_grant", "the user may no longer sign in".into()),
        Error::Invalid(_) | Error::Taken(_) => ("invalid_request", error.to_string()),
    }
}

/// Adds `Pragma: no-cache` for HTTP/1.0 caches (RFC 6749 section 5.1).
pub fn no_store(response: Response) -> Response {
    reply::with_header(response, PRAGMA, HeaderValue::from_static("no-cache"))
}
