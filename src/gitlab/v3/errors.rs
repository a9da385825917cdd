//! v3's error bodies (SPEC 5): `{"message": …}`, and the two modes of choosing their status.

use super::super::error::{self, Failure};
use crate::accounts::{Error, Refused};
use crate::domain::Field;
use crate::http::error::{ErrorHead, RequestError, UNREAD_RESPONSES};
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

pub fn respond(mode: ErrorStatusMode, failure: &Failure) -> Response {
    let head = match (mode, failure) {
        // Deleting a user twice is not an error (document, "User deletion").
        (ErrorStatusMode::Documented, Failure::AlreadyDeleted) => return reply::json(StatusCode::OK, &Value::Null),
        (
            ErrorStatusMode::Documented,
            Failure::Accounts(Error::Invalid(_) | Error::Taken(_) | Error::EmailTakenBy(_)),
        ) => ErrorHead::new(StatusCode::NOT_FOUND),
        (_, other) => other.head(),
    };
    head.json(&json!({ "message": message(failure) }))
}

fn message(failure: &Failure) -> Value {
    const NOT_FOUND: &str = "404 Not found";
    const TAKEN: &str = "has already been taken";
    let text = match failure {
        Failure::Accounts(Error::NotFound) => NOT_FOUND.into(),
        Failure::Accounts(Error::Taken(Field::Key | Field::Fingerprint)) => {
            return json!({ "key": [TAKEN], "fingerprint": [TAKEN] });
        }
        Failure::Accounts(error) => return error::message(error),
        Failure::MissingParameters(names) => bad_request(&format!("\"{}\" not given", names.first().unwrap_or(&""))),
        Failure::InvalidValue(name) => bad_request(&format!("\"{name}\" does not have a valid value")),
        Failure::BadAttributes(invalid) => return error::reasons(invalid).into(),
        Failure::AllOrNone(names) => bad_request(&format!("{names}: all or none")),
        Failure::AtLeastOne(names) => bad_request(&format!("{names}: at least one")),
        Failure::Field(error) => bad_request(&format!("\"{}\" {}", error.field, error.kind)),
        Failure::Request(RequestError::Body(error)) if error.status() == StatusCode::BAD_REQUEST => {
            bad_request(&error.to_string())
        }
        Failure::Request(RequestError::Body(error)) => format!("{} {error}", error.status().as_u16()),
        Failure::Missing(_) | Failure::AlreadyDeleted => NOT_FOUND.into(),
        Failure::SudoUserNotFound(name) => format!("404 No user id or username for: {name} Not Found"),
        Failure::Moderation(_, Refused::Oneself) => {
            "403 Forbidden - an administrator cannot block themself, so the last administrator cannot be blocked".into()
        }
        Failure::Moderation(_, reason) => format!("403 Forbidden - {reason}"),
        Failure::Request(RequestError::NoMemory) => format!("503 {UNREAD_RESPONSES}"),
        Failure::Request(RequestError::TokenEnded(end)) => return error::message(&Error::TokenEnded(*end)),
        Failure::Request(RequestError::Injected(injected)) => injected.to_string(),
        Failure::Request(RequestError::NotFound) => NOT_FOUND.into(),
        Failure::Request(RequestError::Disabled) => {
            format!("{NOT_FOUND}: this server has the gitlab-v3 dialect disabled")
        }
        Failure::NotRotatable | Failure::Request(RequestError::MethodNotAllowed { .. }) => {
            "405 Method Not Allowed".into()
        }
    };
    text.into()
}

fn bad_request(reason: &str) -> String {
    format!("400 (Bad request) {reason}")
}
