//! The dialect's error bodies (SPEC 4): `{"detail": …}`, and for invalid attributes `{"attribute": ["the problem"]}`.

use crate::accounts::{Error, Forbidden};
use crate::domain::{Field, Invalid, Problem};
use crate::http::credentials::Unreadable;
use crate::http::error::{BASIC, BEARER, ErrorHead, RequestError, UNREAD_RESPONSES, whole_seconds};
use crate::http::input::FieldError;
use hyper::StatusCode;
use serde_json::{Map, Value, json};
use std::time::Duration;
use warp::reply::Response;

const CHALLENGES: [&str; 2] = [BASIC, BEARER];

/// Why a request failed.
#[derive(derive_more::From)]
pub enum Failure {
    #[from(Error, Invalid)]
    Accounts(Error),
    NoCredential,
    Credential(Unreadable),
    #[from]
    Field(FieldError),
    /// A documented attribute is missing or has a forbidden value: its name and the reason.
    Attribute(&'static str, &'static str),
    #[from]
    Request(RequestError),
}

pub const REQUIRED: &str = "This field is required.";

impl Failure {
    pub fn into_response(self) -> Response {
        self.head().json(&self.body())
    }

    fn head(&self) -> ErrorHead {
        match self {
            Self::Accounts(Error::Taken(_) | Error::EmailTakenBy(_)) | Self::Field(_) | Self::Attribute(..) => {
                ErrorHead::new(StatusCode::BAD_REQUEST)
            }
            Self::Accounts(error) => ErrorHead::of(error, &CHALLENGES),
            Self::NoCredential | Self::Credential(_) => ErrorHead::unauthorized(&CHALLENGES),
            Self::Request(RequestError::TokenEnded(_)) => ErrorHead::unauthorized(&CHALLENGES),
            Self::Request(error) => error.into(),
        }
    }

    fn body(&self) -> Value {
        match self {
            Self::Accounts(error) => accounts(error),
            Self::NoCredential => detail("Authentication credentials were not provided."),
            Self::Credential(unreadable) => detail(unreadable.0),
            Self::Request(RequestError::Body(error)) if error.status() == StatusCode::BAD_REQUEST => {
                attribute_error("non_field_errors", error.to_string())
            }
            Self::Request(RequestError::Body(error)) => detail(error.to_string()),
            Self::Field(error) => attribute_error(error.field, format!("This value {}.", error.kind)),
            Self::Attribute(name, reason) => attribute_error(name, *reason),
            Self::Request(RequestError::NoMemory) => detail(UNREAD_RESPONSES),
            Self::Request(RequestError::TokenEnded(end)) => accounts(&Error::TokenEnded(*end)),
            Self::Request(RequestError::Injected(injected)) => detail(injected.to_string()),
            Self::Request(RequestError::NotFound) => detail("Not found."),
            Self::Request(RequestError::Disabled) => detail("Not found: this server has the docker dialect disabled."),
            Self::Request(RequestError::MethodNotAllowed { .. }) => detail("Method not allowed."),
        }
    }
}

fn accounts(error: &Error) -> Value {
    match error {
        Error::Unauthenticated | Error::TokenEnded(_) => detail("Invalid username, password or token."),
        Error::NotFound => detail("Not found."),
        Error::Forbidden(Forbidden::Scope(scope)) => detail(format!("The token needs the scope {}.", scope.name())),
        Error::Forbidden(_) => detail("You do not have permission to perform this action."),
        Error::Invalid(invalid) => attributes(invalid),
        Error::Taken(field) => attribute_error(attribute(*field), "This value is already in use."),
        Error::EmailTakenBy(_) => attribute_error("email", "This value is already in use."),
        Error::TooManyAttempts { retry_after } => detail(throttled(*retry_after)),
        Error::TooManyChanges { per_day, retry_after } => {
            detail(format!("{} An account can make {per_day} changes a day.", throttled(*retry_after)))
        }
        Error::Busy => detail("Busy, try again."),
        Error::Internal => detail("Internal server error."),
    }
}

/// Worded as in Django REST framework.
fn throttled(wait: Duration) -> String {
    let seconds = whole_seconds(wait);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    format!("Request was throttled. Expected available in {seconds} {unit}.")
}

fn detail(text: impl Into<String>) -> Value {
    json!({ "detail": text.into() })
}

fn attribute_error(name: &str, reason: impl Into<String>) -> Value {
    json!({ name: [reason.into()] })
}

fn attributes(invalid: &Invalid) -> Value {
    let mut body = Map::new();
    for (field, problem) in invalid.iter() {
        let reasons = body.entry(attribute(field)).or_insert_with(|| json!([]));
        reasons.as_array_mut().into_iter().for_each(|reasons| reasons.push(describe(problem).into()));
    }
    body.into()
}

/// Worded as in Django REST framework, which docker.io's clients know.
fn describe(problem: &Problem) -> String {
    match problem {
        Problem::Blank => "This field may not be blank.".into(),
        Problem::TooLong(max) => format!("Ensure this field has no more than {max} characters."),
        Problem::TooShort(min) => format!("Ensure this field has at least {min} characters."),
        Problem::Taken | Problem::TakenBy(_) => "This value is already in use.".into(),
        Problem::Malformed(_) | Problem::Negative | Problem::Key(_) | Problem::TooMany { .. } => {
            format!("This value {problem}.")
        }
    }
}

/// The name of an attribute in the document.
pub fn attribute(field: Field) -> &'static str {
    match field {
        Field::Name => "full_name",
        Field::Location
        | Field::Company
        | Field::ProfileUrl
        | Field::GravatarEmail
        | Field::Email
        | Field::Username => field.name(),
        _ => "non_field_errors",
    }
}
