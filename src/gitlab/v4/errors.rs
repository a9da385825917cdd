//! v4's error bodies, with GitLab 17.9's wording: `{"message": …}` from the use cases, `{"error": …}` from the
//! validation of the request before them (`doc/api/rest/troubleshooting.md`, `doc/api/rest/authentication.md`, and the
//! page of each endpoint).

use super::super::error::{Failure, attribute, reasons};
use crate::accounts::{Error, Forbidden, Refused};
use crate::domain::{Field, ModerationAction, Scope, Scopes, State};
use crate::http::error::{BEARER, ErrorHead, RoutingError};
use crate::http::input::{FieldError, FieldErrorKind};
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

pub fn respond(failure: &Failure) -> Response {
    head(failure).json(&body(failure))
}

fn head(failure: &Failure) -> ErrorHead {
    match failure {
        Failure::Accounts(Error::Forbidden(Forbidden::Scope(scope))) => {
            ErrorHead::insufficient_scope(&sufficient_scopes(*scope))
        }
        Failure::Accounts(Error::Taken(Field::Email | Field::Username)) => ErrorHead::new(StatusCode::CONFLICT),
        Failure::Accounts(Error::Taken(_)) => ErrorHead::new(StatusCode::BAD_REQUEST),
        Failure::Accounts(error) => ErrorHead::of(error, &[BEARER]),
        Failure::Body(error) => error.into(),
        Failure::Routing(error) => error.into(),
        Failure::MissingParameters(_) | Failure::InvalidValue(_) | Failure::AllOrNone(_) | Failure::Field(_) => {
            ErrorHead::new(StatusCode::BAD_REQUEST)
        }
        Failure::Missing(_) | Failure::AlreadyDeleted | Failure::SudoUserNotFound(_) => {
            ErrorHead::new(StatusCode::NOT_FOUND)
        }
        Failure::Moderation(action, reason) => ErrorHead::new(moderation(*action, *reason).0),
        Failure::NotRotatable => ErrorHead::new(StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn body(failure: &Failure) -> Value {
    match failure {
        Failure::Accounts(error) => accounts(error),
        Failure::MissingParameters(names) => {
            let missing: Vec<_> = names.iter().map(|name| format!("{name} is missing")).collect();
            error(missing.join(", "))
        }
        Failure::InvalidValue(name) => error(format!("{name} does not have a valid value")),
        Failure::AllOrNone(names) => error(format!("{names} provide all or none of parameters")),
        Failure::Field(invalid) => error(field(invalid)),
        Failure::Body(unreadable) => error(unreadable.to_string()),
        Failure::Missing(object) => message(format!("404 {object} Not Found")),
        Failure::AlreadyDeleted => message("404 User Not Found"),
        Failure::SudoUserNotFound(username) => message(format!("404 User with ID or username '{username}' Not Found")),
        Failure::Moderation(action, reason) => message(moderation(*action, *reason).1),
        Failure::NotRotatable => message("405 Method Not Allowed"),
        Failure::Routing(RoutingError::NotFound) => error("404 Not Found"),
        Failure::Routing(RoutingError::Disabled) => {
            error("404 Not Found: this server has the gitlab-v4 dialect disabled")
        }
        Failure::Routing(RoutingError::MethodNotAllowed { .. }) => error("405 Not Allowed"),
    }
}

fn accounts(error: &Error) -> Value {
    match error {
        Error::Unauthenticated => message("401 Unauthorized"),
        Error::NotFound => message("404 Not Found"),
        Error::Forbidden(reason) => forbidden(*reason),
        Error::Invalid(invalid) => message(reasons(invalid)),
        Error::Taken(field) => taken(*field),
        Error::TooManyAttempts { .. } => message("429 Too Many Requests"),
        Error::Busy => message("503 Service Unavailable"),
        Error::Internal => message("500 Internal Server Error"),
    }
}

fn message(text: impl Into<Value>) -> Value {
    json!({ "message": text.into() })
}

fn error(text: impl Into<Value>) -> Value {
    json!({ "error": text.into() })
}

fn field(error: &FieldError) -> String {
    match error.kind {
        FieldErrorKind::NotText | FieldErrorKind::NotBoolean | FieldErrorKind::NotInteger => {
            format!("{} is invalid", error.field)
        }
        FieldErrorKind::NotPositive => format!("{} does not have a valid value", error.field),
        FieldErrorKind::GivenTwice => error.to_string(),
    }
}

fn forbidden(reason: Forbidden) -> Value {
    match reason {
        Forbidden::NotYou | Forbidden::NotAdmin => message("403 Forbidden"),
        Forbidden::LastAdmin | Forbidden::SudoNotActive => message(format!("403 Forbidden - {reason}")),
        Forbidden::AnonymousList => message("403 Forbidden - Not authorized to access /api/v4/users"),
        Forbidden::SudoNotAdmin => message("403 Forbidden - Must be admin to use sudo"),
        // The body is that of GitLab's page on authentication.
        Forbidden::Scope(scope) => json!({
            "error": "insufficient_scope",
            "error_description": "The request requires higher privileges than provided by the access token.",
            "scope": sufficient_scopes(scope),
        }),
    }
}

/// Every scope that would suffice, separated by spaces.
fn sufficient_scopes(needed: Scope) -> String {
    let allows = |scope: &Scope| Scopes::from_iter([*scope]).allow(needed);
    Scope::ALL.iter().copied().filter(allows).map(Scope::name).collect::<Vec<_>>().join(" ")
}

fn taken(field: Field) -> Value {
    const TAKEN: &str = "has already been taken";
    match field {
        Field::Email => message(format!("Email {TAKEN}")),
        Field::Username => message(format!("Username {TAKEN}")),
        Field::Key | Field::Fingerprint => message(json!({ "fingerprint": [TAKEN], "key": [TAKEN] })),
        other => message(json!({ attribute(other): [TAKEN] })),
    }
}

/// `doc/api/user_moderation.md`. Clients print these sentences.
fn moderation(action: ModerationAction, reason: Refused) -> (StatusCode, String) {
    let state = match reason {
        Refused::Oneself => {
            let text = "403 Forbidden - The API initiating user cannot be blocked by the API";
            return (StatusCode::FORBIDDEN, text.into());
        }
        Refused::InUse => {
            let text = "The user you are trying to deactivate has been active in the past 90 days and cannot be \
                        deactivated";
            return (StatusCode::FORBIDDEN, text.into());
        }
        Refused::State(state) => state,
    };
    match action {
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
    }
}
