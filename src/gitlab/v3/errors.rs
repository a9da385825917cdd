//! v3's error bodies (SPEC 5): `{"message": …}`, and the two modes of choosing their status.

use super::super::error::{Failure, attribute, reasons};
use crate::accounts::{Error, Forbidden, Refused};
use crate::domain::Field;
use crate::http::error::{BEARER, ErrorHead, RoutingError};
use crate::http::reply;
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

/// The choice of status for v3's errors. The documents of 2013 say 404 where later v3 releases had more specific codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ErrorStatusMode {
    /// As the documents say: 404, and 200 for deleting a user that does not exist
    #[default]
    Documented,
    /// As later versions of v3 did: 400, 404 and 409
    Precise,
}

impl ErrorStatusMode {
    /// The documented 404, or the status of later releases.
    fn choose(self, later: StatusCode) -> StatusCode {
        match self {
            Self::Documented => StatusCode::NOT_FOUND,
            Self::Precise => later,
        }
    }
}

pub fn respond(mode: ErrorStatusMode, failure: &Failure) -> Response {
    if matches!((mode, failure), (ErrorStatusMode::Documented, Failure::AlreadyDeleted)) {
        // Deleting a user twice is not an error (document, "User deletion").
        return reply::json(StatusCode::OK, &Value::Null);
    }
    head(mode, failure).json(&json!({ "message": message(failure) }))
}

fn head(mode: ErrorStatusMode, failure: &Failure) -> ErrorHead {
    match failure {
        Failure::Accounts(Error::Invalid(_)) => ErrorHead::new(mode.choose(StatusCode::BAD_REQUEST)),
        Failure::Accounts(Error::Taken(Field::Email | Field::Username)) => {
            ErrorHead::new(mode.choose(StatusCode::CONFLICT))
        }
        Failure::Accounts(Error::Taken(_)) => ErrorHead::new(mode.choose(StatusCode::BAD_REQUEST)),
        Failure::Accounts(error) => ErrorHead::of(error, &[BEARER]),
        Failure::Body(error) => error.into(),
        Failure::Routing(error) => error.into(),
        Failure::MissingParameters(_) | Failure::InvalidValue(_) | Failure::AllOrNone(_) | Failure::Field(_) => {
            ErrorHead::new(StatusCode::BAD_REQUEST)
        }
        Failure::Missing(_) | Failure::AlreadyDeleted | Failure::SudoUserNotFound(_) => {
            ErrorHead::new(StatusCode::NOT_FOUND)
        }
        Failure::Moderation(..) => ErrorHead::new(StatusCode::FORBIDDEN),
        Failure::NotRotatable => ErrorHead::new(StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn message(failure: &Failure) -> Value {
    const NOT_FOUND: &str = "404 Not found";
    let text = match failure {
        Failure::Accounts(error) => return accounts(error),
        Failure::MissingParameters(names) => bad_request(&format!("\"{}\" not given", names.first().unwrap_or(&""))),
        Failure::InvalidValue(name) => bad_request(&format!("\"{name}\" does not have a valid value")),
        Failure::AllOrNone(names) => bad_request(&format!("{names}: all or none")),
        Failure::Field(error) => bad_request(&format!("\"{}\" {}", error.field, error.kind)),
        Failure::Body(error) if error.status() == StatusCode::BAD_REQUEST => bad_request(&error.to_string()),
        Failure::Body(error) => format!("{} {error}", error.status().as_u16()),
        Failure::Missing(_) | Failure::AlreadyDeleted | Failure::SudoUserNotFound(_) => NOT_FOUND.into(),
        Failure::Moderation(_, Refused::Oneself) => {
            "403 Forbidden - an administrator cannot block themself, so the last administrator cannot be blocked".into()
        }
        Failure::Moderation(_, reason) => format!("403 Forbidden - {reason}"),
        Failure::Routing(RoutingError::NotFound) => NOT_FOUND.into(),
        Failure::Routing(RoutingError::Disabled) => {
            format!("{NOT_FOUND}: this server has the gitlab-v3 dialect disabled")
        }
        Failure::NotRotatable | Failure::Routing(RoutingError::MethodNotAllowed { .. }) => {
            "405 Method Not Allowed".into()
        }
    };
    text.into()
}

fn accounts(error: &Error) -> Value {
    match error {
        Error::Unauthenticated => "401 Unauthorized".into(),
        Error::NotFound => "404 Not found".into(),
        Error::Forbidden(reason @ Forbidden::LastAdmin) => format!("403 Forbidden - {reason}").into(),
        Error::Forbidden(_) => "403 Forbidden".into(),
        Error::Invalid(invalid) => reasons(invalid).into(),
        Error::Taken(field) => taken(*field),
        Error::TooManyAttempts { .. } => "429 Too Many Requests".into(),
        Error::Busy => "503 Service Unavailable".into(),
        Error::Internal => "500 Internal Server Error".into(),
    }
}

fn bad_request(reason: &str) -> String {
    format!("400 (Bad request) {reason}")
}

fn taken(field: Field) -> Value {
    const TAKEN: &str = "has already been taken";
    match field {
        Field::Email => format!("Email {TAKEN}").into(),
        Field::Username => format!("Username {TAKEN}").into(),
        Field::Key | Field::Fingerprint => json!({ "key": [TAKEN], "fingerprint": [TAKEN] }),
        other => json!({ attribute(other): [TAKEN] }),
    }
}
