//! The reasons why a request fails. Each version has its own wording, in `v3/errors.rs` and `v4/errors.rs`.

use crate::accounts::{Error, Forbidden, Refused};
use crate::domain::{Field, Invalid, ModerationAction, Problem, State};
use crate::http::credentials::Unreadable;
use crate::http::error::{BEARER, ErrorHead, RequestError};
use crate::http::input::{BodyError, FieldError};
use hyper::StatusCode;
use serde_json::{Map, Value, json};

#[derive(derive_more::From)]
pub enum Failure {
    #[from(Error, Invalid, Unreadable)]
    Accounts(Error),
    /// The object that is named (`User`, `Key`, …) does not exist.
    Missing(&'static str),
    /// The user to be deleted does not exist.
    AlreadyDeleted,
    /// Required attributes that are missing, in the order in which they are documented.
    MissingParameters(Vec<&'static str>),
    /// An attribute or parameter whose value is not among the documented ones.
    InvalidValue(&'static str),
    /// Invalid attributes of an endpoint that v3's documents of 2013 do not have. Its status is always 400.
    BadAttributes(Invalid),
    /// Attributes that a request must have together or not at all.
    AllOrNone(&'static str),
    /// Attributes of which a request must have one.
    AtLeastOne(&'static str),
    #[from]
    Field(FieldError),
    /// No user has the id or user name in `sudo`.
    SudoUserNotFound(String),
    Moderation(ModerationAction, Refused),
    /// Only a personal or impersonation token can be rotated.
    NotRotatable,
    #[from(RequestError, BodyError)]
    Request(RequestError),
}

impl Failure {
    /// The status and headers of the response. Where the versions differ, these are v4's.
    pub fn head(&self) -> ErrorHead {
        ErrorHead::new(match self {
            Self::Accounts(Error::Taken(Field::Email | Field::Username) | Error::EmailTakenBy(_)) => {
                StatusCode::CONFLICT
            }
            Self::Accounts(Error::Taken(_)) => StatusCode::BAD_REQUEST,
            Self::Accounts(error) => return ErrorHead::of(error, &[BEARER]),
            Self::Request(error) => return error.into(),
            Self::MissingParameters(_)
            | Self::BadAttributes(_)
            | Self::InvalidValue(_)
            | Self::AllOrNone(_)
            | Self::AtLeastOne(_)
            | Self::Field(_) => StatusCode::BAD_REQUEST,
            Self::Missing(_) | Self::AlreadyDeleted | Self::SudoUserNotFound(_) => StatusCode::NOT_FOUND,
            Self::Moderation(ModerationAction::Reject, Refused::State(_))
            | Self::Moderation(
                ModerationAction::Approve,
                Refused::State(State::Active | State::Deactivated | State::BlockedPendingApproval),
            ) => StatusCode::CONFLICT,
            Self::Moderation(..) => StatusCode::FORBIDDEN,
            Self::NotRotatable => StatusCode::METHOD_NOT_ALLOWED,
        })
    }

    /// Names the object that a `NotFound` is about.
    pub fn missing(object: &'static str) -> impl Fn(Error) -> Self {
        move |error| match error {
            Error::NotFound => Self::Missing(object),
            other => Self::Accounts(other),
        }
    }
}

/// A taken address is a conflict only when a user is created or changed. In a list of addresses it is an invalid
/// attribute.
pub fn email_taken(error: Error) -> Error {
    match error {
        Error::Taken(Field::Email) => Error::invalid(Field::Email, Problem::Taken),
        Error::EmailTakenBy(owner) => Error::invalid(Field::Email, Problem::TakenBy(owner)),
        other => other,
    }
}

/// The `message` about a failed use case.
pub fn message(error: &Error) -> Value {
    const TAKEN: &str = "has already been taken";
    match error {
        Error::Unauthenticated | Error::TokenEnded(_) => "401 Unauthorized".into(),
        Error::NotFound => "404 Not Found".into(),
        Error::Forbidden(Forbidden::NotYou | Forbidden::NotAdmin | Forbidden::Scope(_)) => "403 Forbidden".into(),
        Error::Forbidden(Forbidden::AnonymousList) => "403 Forbidden - Not authorized to access /api/v4/users".into(),
        Error::Forbidden(Forbidden::SudoNotAdmin) => "403 Forbidden - Must be admin to use sudo".into(),
        Error::Forbidden(
            reason @ (Forbidden::Application | Forbidden::LastAdmin | Forbidden::SudoNotActive | Forbidden::OldSignIn),
        ) => format!("403 Forbidden - {reason}").into(),
        Error::Invalid(invalid) => reasons(invalid).into(),
        Error::Taken(Field::Email) => format!("Email {TAKEN}").into(),
        Error::EmailTakenBy(owner) => format!("Email {TAKEN} by {owner}").into(),
        Error::Taken(Field::Username) => format!("Username {TAKEN}").into(),
        Error::Taken(Field::Key | Field::Fingerprint) => json!({ "fingerprint": [TAKEN], "key": [TAKEN] }),
        Error::Taken(other) => json!({ attribute(*other): [TAKEN] }),
        Error::TooManyAttempts { .. } => "429 Too Many Requests".into(),
        Error::TooManyChanges { per_day, .. } => {
            format!("429 Too Many Requests - An account can make {per_day} changes a day").into()
        }
        Error::Busy => "503 Service Unavailable".into(),
        Error::Internal => "500 Internal Server Error".into(),
    }
}

/// The invalid attributes, each with its reasons.
pub fn reasons(invalid: &Invalid) -> Map<String, Value> {
    let mut body = Map::new();
    for (field, problem) in invalid.iter() {
        let reasons = body.entry(attribute(field)).or_insert_with(|| json!([]));
        reasons.as_array_mut().into_iter().for_each(|reasons| reasons.push(problem.to_string().into()));
    }
    body
}

/// The name of an attribute in the documents.
pub(super) fn attribute(field: Field) -> &'static str {
    match field {
        Field::Company => "organization",
        Field::ProfileUrl => "website_url",
        Field::GravatarEmail => "avatar_url",
        Field::TokenName => "name",
        Field::ClientId | Field::RedirectUri | Field::Id => "base",
        other => other.name(),
    }
}
