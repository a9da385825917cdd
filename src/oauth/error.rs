//! Errors of the endpoints that applications call directly (RFC 6749 section 5.2). `error` is a registered error code,
//! and `error_description` is for the application's developer.

use crate::accounts::{Error, TokenError};
use crate::http::error::{BASIC, ErrorHead, RequestError, UNREAD_RESPONSES};
use crate::http::input::FieldError;
use crate::http::{AppState, RequestContext, reply};
use crate::web;
use hyper::StatusCode;
use hyper::header::{HeaderValue, PRAGMA};
use serde_json::json;
use warp::reply::Response;

/// Why a request failed.
#[derive(derive_more::From)]
pub enum Failure {
    /// 400 with a registered error code and a description.
    BadRequest(&'static str, String),
    /// The client is unknown, or its credential is wrong.
    InvalidClient(&'static str),
    /// The metadata was requested under the path of another issuer.
    UnknownIssuer,
    #[from]
    Accounts(Error),
    #[from]
    Request(RequestError),
    /// A page of the authorization endpoint.
    #[from]
    Page(web::Failure),
    /// A redirect of the authorization endpoint to the application, with an error.
    Redirect(Box<Response>),
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::InvalidGrant(reason) => Self::BadRequest("invalid_grant", reason.into()),
            TokenError::InvalidScope(reason) => Self::BadRequest("invalid_scope", reason.into()),
            TokenError::Accounts(error) => Self::Accounts(error),
        }
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

impl Failure {
    pub fn invalid_request(reason: impl Into<String>) -> Self {
        Self::BadRequest("invalid_request", reason.into())
    }

    pub fn into_response(self, app: &AppState, request: &RequestContext) -> Response {
        let (head, code, description) = match self {
            Self::Page(failure) => return failure.page(app, request),
            Self::Redirect(response) => return *response,
            Self::BadRequest(code, reason) => (ErrorHead::new(StatusCode::BAD_REQUEST), code, reason),
            Self::InvalidClient(reason) => (ErrorHead::unauthorized(&[BASIC]), "invalid_client", reason.into()),
            Self::UnknownIssuer => (ErrorHead::new(StatusCode::NOT_FOUND), "invalid_request", "no such issuer".into()),
            Self::Request(RequestError::TokenEnded(end)) => {
                return Self::Accounts(Error::TokenEnded(end)).into_response(app, request);
            }
            Self::Request(error) => {
                let reason = match &error {
                    RequestError::NotFound | RequestError::Disabled => "no such endpoint".into(),
                    RequestError::MethodNotAllowed { allow } => format!("the method must be one of {allow}"),
                    RequestError::Body(error) => error.to_string(),
                    RequestError::NoMemory => UNREAD_RESPONSES.into(),
                    RequestError::TokenEnded(_) => "the credential is invalid".into(),
                    RequestError::Injected(injected) => injected.to_string(),
                };
                let head = ErrorHead::from(&error);
                let code = match head.status {
                    StatusCode::UNAUTHORIZED => "invalid_client",
                    StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "temporarily_unavailable",
                    status if status.is_server_error() => "server_error",
                    _ => "invalid_request",
                };
                (head, code, reason)
            }
            Self::Accounts(error) => {
                let head = match &error {
                    Error::Forbidden(_) | Error::NotFound | Error::Taken(_) | Error::EmailTakenBy(_) => {
                        ErrorHead::new(StatusCode::BAD_REQUEST)
                    }
                    other => ErrorHead::of(other, &[BASIC]),
                };
                let (code, description) = accounts(&error);
                (head, code, description)
            }
        };
        // Section 5.2 allows only printable ASCII without quotation marks and backslashes in a description.
        let plain = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '\'' };
        let description: String = description.chars().map(plain).collect();
        no_store(head.json(&json!({ "error": code, "error_description": description })))
    }
}

/// Section 5.2 has no codes for failures that are not the application's fault, so this uses those of section 4.1.2.1.
fn accounts(error: &Error) -> (&'static str, String) {
    match error {
        Error::Busy => ("temporarily_unavailable", "busy, try again".into()),
        Error::TooManyAttempts { .. } => ("temporarily_unavailable", "too many attempts".into()),
        Error::TooManyChanges { per_day, .. } => {
            ("temporarily_unavailable", format!("the tokens of one user can be refreshed {per_day} times a day"))
        }
        Error::Internal => ("server_error", "internal error".into()),
        Error::Unauthenticated | Error::TokenEnded(_) => {
            ("invalid_client", "unknown application or wrong secret".into())
        }
        Error::Forbidden(_) | Error::NotFound => ("invalid_grant", "the user may no longer sign in".into()),
        Error::Invalid(_) | Error::Taken(_) | Error::EmailTakenBy(_) => ("invalid_request", error.to_string()),
    }
}

/// Adds `Pragma: no-cache` for HTTP/1.0 caches (RFC 6749 section 5.1).
pub fn no_store(response: Response) -> Response {
    reply::with_header(response, PRAGMA, HeaderValue::from_static("no-cache"))
}
