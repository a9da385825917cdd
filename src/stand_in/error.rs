//! Errors of the control service: `{"error": CODE, "message": TEXT}`, with line and column for JSON that cannot be read.

use crate::accounts::Error;
use crate::accounts::archive::ArchiveError;
use crate::http::error::{ErrorHead, RequestError};
use crate::http::input::BodyError;
use hyper::StatusCode;
use serde_json::json;
use warp::reply::Response;

pub enum Failure {
    Request(RequestError),
    Refused { status: StatusCode, code: &'static str, message: String, at: Option<(usize, usize)> },
}

impl Failure {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::Refused { status, code, message: message.into(), at: None }
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    pub fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many", message)
    }

    /// A reset came between the beginning of the call and its work.
    pub fn overtaken() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "a reset came first: nothing was done")
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message)
    }

    /// JSON that is not what the route takes. Line and column are counted from 1.
    pub fn unreadable(unknown_key: bool, message: String, at: (usize, usize)) -> Self {
        let code = if unknown_key { "unknown_key" } else { "unreadable" };
        Self::Refused { status: StatusCode::BAD_REQUEST, code, message, at: Some((at.0.max(1), at.1.max(1))) }
    }

    pub fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "the control service failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the log has the cause")
    }

    pub fn into_response(self) -> Response {
        match self {
            Self::Request(error) => {
                let (code, message) = describe(&error);
                ErrorHead::from(&error).json(&json!({ "error": code, "message": message }))
            }
            Self::Refused { status, code, message, at } => {
                let mut body = json!({ "error": code, "message": message });
                if let Some((line, column)) = at {
                    body["line"] = line.into();
                    body["column"] = column.into();
                }
                ErrorHead::new(status).json(&body)
            }
        }
    }
}

fn describe(error: &RequestError) -> (&'static str, String) {
    match error {
        RequestError::NotFound | RequestError::Disabled => ("not_found", "the control service has no such path".into()),
        RequestError::MethodNotAllowed { allow } => ("method_not_allowed", format!("use {allow}")),
        RequestError::NoMemory => ("busy", "other answers occupy the memory: try again".into()),
        RequestError::TokenEnded(_) => ("unauthorized", "the credential is invalid".into()),
        RequestError::Injected(injected) => ("injected", injected.to_string()),
        RequestError::Body(error) => {
            let code = match error {
                BodyError::TooLarge => "too_large",
                BodyError::UnsupportedMediaType(_) => "unsupported_media_type",
                BodyError::NoMemory => "busy",
                _ => "unreadable",
            };
            (code, error.to_string())
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("there is no such user"),
            Error::Taken(_) | Error::EmailTakenBy(_) => Self::conflict(error.to_string()),
            Error::Invalid(_) => Self::invalid(error.to_string()),
            Error::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "busy, try again"),
            Error::Unauthenticated | Error::TokenEnded(_) | Error::Forbidden(_) => {
                Self::invalid("the user is not active")
            }
            Error::TooManyAttempts { .. } | Error::TooManyChanges { .. } => Self::too_many(error.to_string()),
            Error::Internal => Self::internal(error),
        }
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Json { message, line, column, unknown_key } => {
                Self::unreadable(unknown_key, message, (line, column))
            }
            ArchiveError::Value { taken: true, .. } => Self::conflict(error.to_string()),
            ArchiveError::Value { .. } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "rejected", error.to_string()),
            ArchiveError::Accounts(error) => error.into(),
        }
    }
}
