//! The dialect's refusals (SPEC 4): `{"detail": …}`, and for bad attributes `{"attribute": ["what is wrong"]}`.

use crate::accounts::{Error, Forbidden};
use crate::domain::{Field, Invalid, Problem, Scope};
use crate::http::body::BodyError;
use crate::http::credentials::Unreadable;
use crate::http::fields::FieldError;
use crate::http::reply;
use hyper::StatusCode;
use hyper::header::{HeaderValue, WWW_AUTHENTICATE};
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use std::time::Duration;
use warp::reply::Response;
use warp::{Rejection, Reply};

/// Why a request was not answered with what it asked for.
pub enum Failure {
    Accounts(Error),
    NoCredential,
    Credential(Unreadable),
    Body(BodyError),
    Field(FieldError),
    /// A documented attribute is not there, or says what it must not: its name and what is wrong.
    Attribute(&'static str, &'static str),
}

pub const REQUIRED: &str = "This field is required.";

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Accounts(error.into())
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<&BodyError> for Failure {
    fn from(error: &BodyError) -> Self {
        Self::Body(error.clone())
    }
}

impl Reply for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::NoCredential => unauthenticated("Authentication credentials were not provided."),
            Self::Credential(unreadable) => unauthenticated(unreadable.0),
            Self::Body(error) if error.status() == StatusCode::BAD_REQUEST => {
                bad("non_field_errors", error.to_string())
            }
            Self::Body(error) => detail(error.status(), &error.to_string()),
            Self::Field(error) => bad(error.field, format!("This value {}.", error.kind)),
            Self::Attribute(name, why) => bad(name, why),
            Self::Accounts(error) => accounts(&error),
        }
    }
}

fn accounts(error: &Error) -> Response {
    match error {
        Error::Unauthenticated => unauthenticated("Invalid username, password or token."),
        Error::NotFound => detail(StatusCode::NOT_FOUND, "Not found."),
        Error::Forbidden(why) => forbidden(*why),
        Error::Invalid(invalid) => attributes(invalid),
        Error::Taken(field) => bad(attribute(*field), "This value is already in use."),
        Error::TooManyAttempts { retry_after } => throttled(*retry_after),
        Error::Busy => {
            let busy = detail(StatusCode::SERVICE_UNAVAILABLE, "Busy, try again.");
            reply::with_retry_soon(busy)
        }
        Error::Internal => detail(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error."),
    }
}

/// In Django REST framework's words.
fn throttled(wait: Duration) -> Response {
    let seconds = reply::whole_seconds(wait);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let text = format!("Request was throttled. Expected available in {seconds} {unit}.");
    reply::with_retry_after(detail(StatusCode::TOO_MANY_REQUESTS, &text), wait)
}

fn detail(status: StatusCode, text: &str) -> Response {
    reply::json(status, &json!({ "detail": text }))
}

fn unauthenticated(text: &str) -> Response {
    let challenges = [r#"Basic realm="accountd""#, r#"Bearer realm="accountd""#];
    let headers = challenges.map(|challenge| (WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
    reply::with_headers(detail(StatusCode::UNAUTHORIZED, text), headers)
}

fn forbidden(why: Forbidden) -> Response {
    let text = match why {
        Forbidden::Scope(scope) => return out_of_scope(scope),
        Forbidden::NotYou
        | Forbidden::NotAdmin
        | Forbidden::LastAdmin
        | Forbidden::SudoNotAdmin
        | Forbidden::SudoNotActive => "You do not have permission to perform this action.",
    };
    detail(StatusCode::FORBIDDEN, text)
}

/// RFC 6750 section 3.1.
fn out_of_scope(scope: Scope) -> Response {
    let name = scope.name();
    let response = detail(StatusCode::FORBIDDEN, &format!("The token needs the scope {name}."));
    reply::with_insufficient_scope(response, name)
}

fn bad(name: &str, why: impl Into<String>) -> Response {
    reply::json(StatusCode::BAD_REQUEST, &json!({ name: [why.into()] }))
}

fn attributes(invalid: &Invalid) -> Response {
    let mut body = Map::new();
    for (field, problem) in invalid.iter() {
        let reasons = body.entry(attribute(field)).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(reasons) = reasons {
            reasons.push(words(problem).into());
        }
    }
    reply::json(StatusCode::BAD_REQUEST, &body)
}

/// In the words of Django REST framework, which docker.io's clients met.
fn words(problem: &Problem) -> String {
    match problem {
        Problem::Blank => "This field may not be blank.".into(),
        Problem::TooLong(most) => format!("Ensure this field has no more than {most} characters."),
        Problem::TooShort(least) => format!("Ensure this field has at least {least} characters."),
        Problem::Taken => "This value is already in use.".into(),
        Problem::Malformed(_) | Problem::Negative | Problem::Key(_) => format!("This value {problem}."),
    }
}

/// What the document calls an attribute.
fn attribute(field: Field) -> &'static str {
    match field {
        Field::Name => "full_name",
        Field::Location => "location",
        Field::Company => "company",
        Field::ProfileUrl => "profile_url",
        Field::GravatarEmail => "gravatar_email",
        Field::Email => "email",
        Field::Username => "username",
        Field::Password
        | Field::Bio
        | Field::Skype
        | Field::Linkedin
        | Field::Twitter
        | Field::Discord
        | Field::Pronouns
        | Field::Note
        | Field::PublicEmail
        | Field::ThemeId
        | Field::ColorSchemeId
        | Field::ProjectsLimit
        | Field::ExternUid
        | Field::Provider
        | Field::KeyTitle
        | Field::Key
        | Field::UsageType
        | Field::Fingerprint
        | Field::ExpiresAt
        | Field::TokenName
        | Field::Description
        | Field::Token
        | Field::Scopes
        | Field::ClientId
        | Field::RedirectUri
        | Field::Id => "non_field_errors",
    }
}

/// A known path with a method that it doesn't have; the table adds `Allow`.
pub fn not_allowed(_allow: &'static str) -> Response {
    detail(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed.")
}

/// A path of no route.
pub async fn rejected(_: Rejection) -> Result<Response, Infallible> {
    Ok(detail(StatusCode::NOT_FOUND, "Not found."))
}
