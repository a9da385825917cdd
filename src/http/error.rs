//! The parts of an error response that are the same in every dialect: status, `Retry-After`, `Allow` and
//! `WWW-Authenticate`. The words are the dialect's; `X-Request-Id` is added to every response by the connection.

use super::input::BodyError;
use super::interceptor::Injected;
use super::reply;
use crate::accounts::{Error, Forbidden, TokenEnd};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;
use std::time::Duration;
use warp::reply::Response;

/// The challenge of RFC 6750, section 3.
pub const BEARER: &str = r#"Bearer realm="accountd""#;
/// The challenge of RFC 7617, section 2.
pub const BASIC: &str = r#"Basic realm="accountd""#;

/// Why a request does not reach its handler.
#[derive(Clone, Debug, PartialEq, Eq, derive_more::From)]
pub enum RequestError {
    /// No row has this path.
    NotFound,
    /// The whole dialect is turned off.
    Disabled,
    /// Rows have this path, but none of them this method. `allow` lists the methods that do exist.
    MethodNotAllowed { allow: String },
    #[from]
    Body(BodyError),
    /// Other large responses, in total or to the same address, occupy the memory for them.
    NoMemory,
    /// A test suite wants the caller's credential to be refused as one that has ended.
    TokenEnded(TokenEnd),
    /// A test suite asked for this error.
    #[from]
    Injected(Injected),
}

/// What the dialects say of [`RequestError::NoMemory`].
pub const UNREAD_RESPONSES: &str = "too many large responses have not been read yet: try again";

/// The status and the headers of an error response.
#[derive(Clone, Debug)]
pub struct ErrorHead {
    pub status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ErrorHead {
    pub fn new(status: StatusCode) -> Self {
        Self { status, headers: Vec::new() }
    }

    /// 401 with these challenges.
    pub fn unauthorized(challenges: &[&'static str]) -> Self {
        let challenges = challenges.iter().map(|challenge| (WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
        Self { status: StatusCode::UNAUTHORIZED, headers: challenges.collect() }
    }

    /// 401 for a token that has ended (RFC 6750, section 3.1).
    pub fn invalid_token(description: &str) -> Self {
        let challenge = format!(r#"{BEARER}, error="invalid_token", error_description="{description}""#);
        Self::new(StatusCode::UNAUTHORIZED).with(WWW_AUTHENTICATE, HeaderValue::try_from(challenge).ok())
    }

    /// 403 that names the scopes of which one is missing, separated by spaces (RFC 6750, section 3.1).
    pub fn insufficient_scope(scopes: &str) -> Self {
        let challenge = format!(r#"{BEARER}, error="insufficient_scope", scope="{scopes}""#);
        Self::new(StatusCode::FORBIDDEN).with(WWW_AUTHENTICATE, HeaderValue::try_from(challenge).ok())
    }

    /// The usual head of a failed use case. `challenges` belong to a 401.
    pub fn of(error: &Error, challenges: &[&'static str]) -> Self {
        match error {
            Error::Unauthenticated | Error::TokenEnded(_) => Self::unauthorized(challenges),
            Error::NotFound => Self::new(StatusCode::NOT_FOUND),
            Error::Forbidden(Forbidden::Scope(scope)) => Self::insufficient_scope(scope.name()),
            Error::Forbidden(_) => Self::new(StatusCode::FORBIDDEN),
            Error::Invalid(_) => Self::new(StatusCode::BAD_REQUEST),
            Error::Taken(_) | Error::EmailTakenBy(_) => Self::new(StatusCode::CONFLICT),
            Error::TooManyAttempts { retry_after } | Error::TooManyChanges { retry_after, .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS).retry_after(*retry_after)
            }
            Error::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE).retry_after(Duration::from_secs(1)),
            Error::Internal => Self::new(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// Adds `Retry-After`, in whole seconds.
    pub fn retry_after(self, wait: Duration) -> Self {
        self.with(RETRY_AFTER, Some(HeaderValue::from(whole_seconds(wait))))
    }

    fn with(mut self, name: HeaderName, value: Option<HeaderValue>) -> Self {
        self.headers.extend(value.map(|value| (name, value)));
        self
    }

    /// The response with a JSON body.
    pub fn json(self, body: &impl Serialize) -> Response {
        self.apply(reply::json(self.status, body))
    }

    /// The response with a line of text as its body.
    pub fn text(self, body: impl Into<Bytes>) -> Response {
        self.apply(reply::text(self.status, body))
    }

    /// Adds the headers to a response that has its status already.
    pub fn apply(&self, response: Response) -> Response {
        reply::with_headers(response, self.headers.iter().cloned())
    }
}

impl From<&RequestError> for ErrorHead {
    fn from(error: &RequestError) -> Self {
        match error {
            RequestError::NotFound | RequestError::Disabled => Self::new(StatusCode::NOT_FOUND),
            // RFC 9110, section 15.5.6: a 405 lists the methods that are allowed.
            RequestError::MethodNotAllowed { allow } => {
                Self::new(StatusCode::METHOD_NOT_ALLOWED).with(ALLOW, HeaderValue::try_from(allow).ok())
            }
            RequestError::Body(BodyError::NoMemory) | RequestError::NoMemory => Self::of(&Error::Busy, &[]),
            RequestError::Body(error) => Self::new(error.status()),
            RequestError::TokenEnded(_) | RequestError::Injected(Injected { status: StatusCode::UNAUTHORIZED, .. }) => {
                Self::unauthorized(&[BEARER])
            }
            RequestError::Injected(Injected { status, .. }) => Self::new(*status),
        }
    }
}

/// Rounded up, so that a client that waits this long does not come too early; at least one.
pub fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}
