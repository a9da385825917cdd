//! v4's refusals, in the words of GitLab 17.9: `{"message": …}` from the use cases, `{"error": …}` from what looks at the
//! request before them (`doc/api/rest/troubleshooting.md`, `doc/api/rest/authentication.md`, and the page of each
//! endpoint).

use super::{Failure, attribute, reasons};
use crate::accounts::{Error, Forbidden, Refused};
use crate::domain::{Field, ModerationAction, Scope, State};
use crate::http::body::BodyError;
use crate::http::fields::{FieldError, FieldErrorKind};
use crate::http::reply;
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

pub fn answer(failure: &Failure) -> Response {
    match failure {
        Failure::MissingParameters(names) => {
            let missing: Vec<_> = names.iter().map(|name| format!("{name} is missing")).collect();
            error(StatusCode::BAD_REQUEST, missing.join(", "))
        }
        Failure::NotAValue(name) => error(StatusCode::BAD_REQUEST, format!("{name} does not have a valid value")),
        Failure::AllOrNone(names) => {
            error(StatusCode::BAD_REQUEST, format!("{names} provide all or none of parameters"))
        }
        Failure::Field(wrong) => error(StatusCode::BAD_REQUEST, field(wrong)),
        Failure::Body(wrong) => body(wrong),
        Failure::Missing(what) => message(StatusCode::NOT_FOUND, format!("404 {what} Not Found")),
        Failure::AlreadyDeleted => message(StatusCode::NOT_FOUND, "404 User Not Found"),
        Failure::ListNeedsName => {
            message(StatusCode::FORBIDDEN, "403 Forbidden - Not authorized to access /api/v4/users")
        }
        Failure::SudoUserNotFound(who) => {
            message(StatusCode::NOT_FOUND, format!("404 User with ID or username '{who}' Not Found"))
        }
        Failure::Moderation(transition, why) => moderation(*transition, *why),
        Failure::NotRotatable => message(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed"),
        Failure::NotAllowed => error(StatusCode::METHOD_NOT_ALLOWED, "405 Not Allowed"),
        Failure::NoRoute => error(StatusCode::NOT_FOUND, "404 Not Found"),
        Failure::Accounts(error) => accounts(error),
    }
}

fn accounts(error: &Error) -> Response {
    match error {
        Error::Unauthenticated => reply::with_bearer_challenge(message(StatusCode::UNAUTHORIZED, "401 Unauthorized")),
        Error::NotFound => message(StatusCode::NOT_FOUND, "404 Not Found"),
        Error::Forbidden(why) => forbidden(*why),
        Error::Invalid(invalid) => message(StatusCode::BAD_REQUEST, reasons(invalid)),
        Error::Taken(field) => taken(*field),
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

fn error(status: StatusCode, text: impl Into<Value>) -> Response {
    reply::json(status, &json!({ "error": text.into() }))
}

fn field(wrong: &FieldError) -> String {
    match wrong.kind {
        FieldErrorKind::NotText | FieldErrorKind::NotBoolean | FieldErrorKind::NotInteger => {
            format!("{} is invalid", wrong.field)
        }
        FieldErrorKind::NotPositive => format!("{} does not have a valid value", wrong.field),
        FieldErrorKind::GivenTwice => wrong.to_string(),
    }
}

fn body(wrong: &BodyError) -> Response {
    let status = wrong.status();
    error(status, wrong.to_string())
}

fn forbidden(why: Forbidden) -> Response {
    match why {
        Forbidden::NotYou | Forbidden::NotAdmin => message(StatusCode::FORBIDDEN, "403 Forbidden"),
        Forbidden::LastAdmin => message(StatusCode::FORBIDDEN, format!("403 Forbidden - {why}")),
        Forbidden::SudoNotAdmin => message(StatusCode::FORBIDDEN, "403 Forbidden - Must be admin to use sudo"),
        Forbidden::SudoNotActive => message(StatusCode::FORBIDDEN, format!("403 Forbidden - {why}")),
        Forbidden::Scope(scope) => out_of_scope(scope),
    }
}

/// RFC 6750 section 3.1, with the body that GitLab's page on authentication shows.
fn out_of_scope(wanted: Scope) -> Response {
    let enough: Vec<_> = Scope::ALL
        .into_iter()
        .filter(|scope| [*scope].into_iter().collect::<crate::domain::Scopes>().allow(wanted))
        .map(Scope::name)
        .collect();
    let enough = enough.join(" ");
    let description = "The request requires higher privileges than provided by the access token.";
    let body = json!({ "error": "insufficient_scope", "error_description": description, "scope": enough });
    let response = reply::json(StatusCode::FORBIDDEN, &body);
    reply::with_insufficient_scope(response, &enough)
}

fn taken(field: Field) -> Response {
    const TAKEN: &str = "has already been taken";
    match field {
        Field::Email => message(StatusCode::CONFLICT, format!("Email {TAKEN}")),
        Field::Username => message(StatusCode::CONFLICT, format!("Username {TAKEN}")),
        Field::Key | Field::Fingerprint => {
            message(StatusCode::BAD_REQUEST, json!({ "fingerprint": [TAKEN], "key": [TAKEN] }))
        }
        other => message(StatusCode::BAD_REQUEST, json!({ attribute(other): [TAKEN] })),
    }
}

/// `doc/api/user_moderation.md`; the sentences are what clients print.
fn moderation(transition: ModerationAction, why: Refused) -> Response {
    let state = match why {
        Refused::Oneself => {
            let why = "403 Forbidden - The API initiating user cannot be blocked by the API";
            return message(StatusCode::FORBIDDEN, why);
        }
        Refused::InUse => {
            let why = "The user you are trying to deactivate has been active in the past 90 days and cannot be \
                       deactivated";
            return message(StatusCode::FORBIDDEN, why);
        }
        Refused::State(state) => state,
    };
    let (status, why) = match transition {
        ModerationAction::Unblock => {
            (StatusCode::FORBIDDEN, "403 Forbidden - Deactivated users cannot be unblocked by the API".to_owned())
        }
        ModerationAction::Ban | ModerationAction::Block => {
            (StatusCode::FORBIDDEN, format!("You cannot ban {} users.", state.name()))
        }
        ModerationAction::Unban => (StatusCode::FORBIDDEN, format!("You cannot unban {} users.", state.name())),
        ModerationAction::Deactivate => {
            (StatusCode::FORBIDDEN, "Error occurred. A blocked user cannot be deactivated".to_owned())
        }
        ModerationAction::Activate => {
            (StatusCode::FORBIDDEN, "Error occurred. A blocked user must be unblocked to be activated".to_owned())
        }
        ModerationAction::Approve => {
            let status = match state {
                State::Blocked | State::Banned => StatusCode::FORBIDDEN,
                State::Active | State::Deactivated | State::BlockedPendingApproval => StatusCode::CONFLICT,
            };
            (status, "The user you are trying to approve is not pending approval".to_owned())
        }
        ModerationAction::Reject => (StatusCode::CONFLICT, "User does not have a pending request".to_owned()),
    };
    message(status, why)
}
