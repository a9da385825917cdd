//! v3's refusals (SPEC 5): `{"message": …}`, and the two manners of saying no.

use super::{Failure, attribute, reasons};
use crate::accounts::{Error, Forbidden};
use crate::domain::Field;
use crate::http::reply;
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

/// Which status a refusal of v3 has. The documents of 2013 say 404 where later versions of v3 had telling codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ErrorStatusMode {
    /// As the documents say: 404, and 200 for deleting a user who isn't there
    #[default]
    Documented,
    /// As later versions of v3 did: 400, 404 and 409
    Precise,
}

impl ErrorStatusMode {
    /// The status that the documents have, or the later one.
    fn or_later(self, later: StatusCode) -> StatusCode {
        match self {
            Self::Documented => StatusCode::NOT_FOUND,
            Self::Precise => later,
        }
    }
}

pub fn answer(manner: ErrorStatusMode, failure: &Failure) -> Response {
    match failure {
        Failure::MissingParameters(names) => bad_request(&format!("\"{}\" not given", names.first().unwrap_or(&""))),
        Failure::NotAValue(name) => bad_request(&format!("\"{name}\" does not have a valid value")),
        Failure::AllOrNone(names) => bad_request(&format!("{names}: all or none")),
        Failure::Field(error) => bad_request(&format!("\"{}\" {}", error.field, error.kind)),
        Failure::Body(error) if error.status() == StatusCode::BAD_REQUEST => bad_request(&error.to_string()),
        Failure::Body(error) => {
            let status = error.status();
            message(status, format!("{} {error}", status.as_u16()))
        }
        Failure::AlreadyDeleted => match manner {
            ErrorStatusMode::Documented => reply::json(StatusCode::OK, &Value::Null),
            ErrorStatusMode::Precise => not_found(),
        },
        Failure::Missing(_) | Failure::SudoUserNotFound(_) | Failure::NoRoute => not_found(),
        Failure::Moderation(_, refused) => message(StatusCode::FORBIDDEN, format!("403 Forbidden - {refused}")),
        Failure::NotRotatable | Failure::NotAllowed => {
            message(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed")
        }
        Failure::Accounts(error) => accounts(manner, error),
    }
}

fn accounts(manner: ErrorStatusMode, error: &Error) -> Response {
    match error {
        Error::Unauthenticated => reply::with_bearer_challenge(message(StatusCode::UNAUTHORIZED, "401 Unauthorized")),
        Error::NotFound => not_found(),
        Error::Forbidden(why) => forbidden(*why),
        Error::Invalid(invalid) => message(manner.or_later(StatusCode::BAD_REQUEST), reasons(invalid)),
        Error::Taken(field) => taken(manner, *field),
        Error::TooManyAttempts { retry_after } => {
            let refused = message(StatusCode::TOO_MANY_REQUESTS, "429 Too Many Requests");
            reply::with_retry_after(refused, *retry_after)
        }
        Error::Busy => {
            let busy = message(StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable");
            reply::with_retry_soon(busy)
        }
        Error::Internal => message(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error"),
    }
}

fn message(status: StatusCode, text: impl Into<Value>) -> Response {
    reply::json(status, &json!({ "message": text.into() }))
}

fn not_found() -> Response {
    message(StatusCode::NOT_FOUND, "404 Not found")
}

fn bad_request(why: &str) -> Response {
    message(StatusCode::BAD_REQUEST, format!("400 (Bad request) {why}"))
}

fn forbidden(why: Forbidden) -> Response {
    match why {
        Forbidden::NotYou
        | Forbidden::NotAdmin
        | Forbidden::SudoNotAdmin
        | Forbidden::SudoNotActive
        | Forbidden::AnonymousList => message(StatusCode::FORBIDDEN, "403 Forbidden"),
        Forbidden::LastAdmin => message(StatusCode::FORBIDDEN, format!("403 Forbidden - {why}")),
        Forbidden::Scope(scope) => {
            let response = message(StatusCode::FORBIDDEN, "403 Forbidden");
            reply::with_insufficient_scope(response, scope.name())
        }
    }
}

fn taken(manner: ErrorStatusMode, field: Field) -> Response {
    const TAKEN: &str = "has already been taken";
    let conflict = manner.or_later(StatusCode::CONFLICT);
    let bad_request = manner.or_later(StatusCode::BAD_REQUEST);
    match field {
        Field::Email => message(conflict, format!("Email {TAKEN}")),
        Field::Username => message(conflict, format!("Username {TAKEN}")),
        Field::Key | Field::Fingerprint => message(bad_request, json!({ "key": [TAKEN], "fingerprint": [TAKEN] })),
        other => message(bad_request, json!({ attribute(other): [TAKEN] })),
    }
}
