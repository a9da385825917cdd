//! v4's error bodies, with GitLab 17.9's wording: `{"message": …}` from the use cases, `{"error": …}` from the
//! validation of the request before them (`doc/api/rest/troubleshooting.md`, `doc/api/rest/authentication.md`, and the
//! page of each endpoint).

use super::super::error::{self, Failure};
use crate::accounts::{Error, Forbidden, Refused, TokenEnd};
use crate::domain::{ModerationAction, Scope, Scopes};
use crate::http::error::{ErrorHead, RequestError, UNREAD_RESPONSES};
use crate::http::input::{FieldError, FieldErrorKind};
use serde_json::{Value, json};
use warp::reply::Response;

pub fn respond(failure: &Failure) -> Response {
    let head = match failure {
        Failure::Accounts(Error::Forbidden(Forbidden::Scope(scope))) => {
            ErrorHead::insufficient_scope(&sufficient_scopes(*scope))
        }
        Failure::Accounts(Error::TokenEnded(end)) | Failure::Request(RequestError::TokenEnded(end)) => {
            ErrorHead::invalid_token(token_end(*end))
        }
        other => other.head(),
    };
    head.json(&body(failure))
}

fn body(failure: &Failure) -> Value {
    match failure {
        // The body is that of GitLab's page on authentication.
        Failure::Accounts(Error::Forbidden(Forbidden::Scope(scope))) => json!({
            "error": "insufficient_scope",
            "error_description": "The request requires higher privileges than provided by the access token.",
            "scope": sufficient_scopes(*scope),
        }),
        Failure::Accounts(Error::TokenEnded(end)) | Failure::Request(RequestError::TokenEnded(end)) => {
            json!({ "error": "invalid_token", "error_description": token_end(*end) })
        }
        Failure::Accounts(error) => message(error::message(error)),
        Failure::MissingParameters(names) => {
            let missing: Vec<_> = names.iter().map(|name| format!("{name} is missing")).collect();
            error(missing.join(", "))
        }
        Failure::InvalidValue(name) => error(format!("{name} does not have a valid value")),
        Failure::BadAttributes(invalid) => message(error::reasons(invalid)),
        Failure::AllOrNone(names) => error(format!("{names} provide all or none of parameters")),
        Failure::AtLeastOne(names) => error(format!("{names} are missing, at least one parameter must be provided")),
        Failure::Field(invalid) => error(field(invalid)),
        Failure::Request(RequestError::Body(unreadable)) => error(unreadable.to_string()),
        Failure::Missing(object) => message(format!("404 {object} Not Found")),
        Failure::AlreadyDeleted => message("404 User Not Found"),
        Failure::SudoUserNotFound(username) => message(format!("404 User with ID or username '{username}' Not Found")),
        Failure::Moderation(action, reason) => message(moderation(*action, *reason)),
        Failure::NotRotatable => message("405 Method Not Allowed"),
        Failure::Request(RequestError::NoMemory) => error(UNREAD_RESPONSES),
        Failure::Request(RequestError::Injected(injected)) => message(injected.to_string()),
        Failure::Request(RequestError::NotFound) => error("404 Not Found"),
        Failure::Request(RequestError::Disabled) => {
            error("404 Not Found: this server has the gitlab-v4 dialect disabled")
        }
        Failure::Request(RequestError::MethodNotAllowed { .. }) => error("405 Not Allowed"),
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
        FieldErrorKind::Repeated => error.to_string(),
    }
}

/// `lib/api/api_guard.rb`, 17.9.
fn token_end(end: TokenEnd) -> &'static str {
    match end {
        TokenEnd::Expired => "Token is expired. You can either do re-authorization or token refresh.",
        TokenEnd::Revoked => "Token was revoked. You have to re-authorize from the user.",
    }
}

/// Every scope that would suffice, separated by spaces.
fn sufficient_scopes(needed: Scope) -> String {
    let allows = |scope: &Scope| Scopes::from_iter([*scope]).allow(needed);
    Scope::ALL.iter().copied().filter(allows).map(Scope::name).collect::<Vec<_>>().join(" ")
}

/// `doc/api/user_moderation.md`. Clients print these sentences.
fn moderation(action: ModerationAction, reason: Refused) -> String {
    use ModerationAction::{Activate, Approve, Ban, Block, Deactivate, Reject, Unban, Unblock};
    let text = match (action, reason) {
        (_, Refused::Oneself) => "403 Forbidden - The API initiating user cannot be blocked by the API",
        (_, Refused::InUse) => {
            "The user you are trying to deactivate has been active in the past 90 days and cannot be deactivated"
        }
        (Unblock, _) => "403 Forbidden - Deactivated users cannot be unblocked by the API",
        (Ban | Block, Refused::State(state)) => return format!("You cannot ban {} users.", state.name()),
        (Unban, Refused::State(state)) => return format!("You cannot unban {} users.", state.name()),
        (Deactivate, _) => "Error occurred. A blocked user cannot be deactivated",
        (Activate, _) => "Error occurred. A blocked user must be unblocked to be activated",
        (Approve, _) => "The user you are trying to approve is not pending approval",
        (Reject, _) => "User does not have a pending request",
    };
    text.to_owned()
}
