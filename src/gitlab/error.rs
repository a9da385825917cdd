//! The dialect's refusals (SPEC 5): `{"message": …}`, and the two manners of saying no.

use crate::accounts::{Error, Forbidden};
use crate::domain::{Field, Invalid};
use crate::http::body::BodyError;
use crate::http::fields::FieldError;
use crate::http::reply;
use hyper::StatusCode;
use hyper::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use warp::reply::Response;
use warp::{Rejection, Reply};

/// Which status a refusal has. The documents of 2013 say 404 where later versions of v3 had telling codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Manner {
    /// As the documents say: 404, and 200 for deleting a user who isn't there
    #[default]
    Documented,
    /// As later versions of v3 did: 400, 404 and 409
    Precise,
}

/// The refusals in which the two manners differ; travels with the response to [`Manner::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Invalid,
    Taken,
    KeyTaken,
    NothingToDelete,
}

impl Manner {
    /// Gives a refusal its status: the one place where the manners are decided.
    pub fn settle(self, mut response: Response) -> Response {
        use Refusal::{Invalid, KeyTaken, NothingToDelete, Taken};
        let Some(refusal) = response.extensions_mut().remove::<Refusal>() else { return response };
        let status = match (self, refusal) {
            (Self::Documented, NothingToDelete) => return reply::json(StatusCode::OK, &Value::Null),
            (Self::Documented, Invalid | Taken | KeyTaken) | (Self::Precise, NothingToDelete) => StatusCode::NOT_FOUND,
            (Self::Precise, Invalid | KeyTaken) => StatusCode::BAD_REQUEST,
            (Self::Precise, Taken) => StatusCode::CONFLICT,
        };
        *response.status_mut() = status;
        response
    }
}

/// Why a request was not answered with what it asked for.
pub enum Failure {
    Accounts(Error),
    /// The user to be deleted does not exist.
    NothingToDelete,
    /// A required attribute is not there.
    NotGiven(&'static str),
    Body(BodyError),
    Field(FieldError),
}

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
            Self::NotGiven(name) => bad_request(&format!("\"{name}\" not given")),
            Self::Field(error) => bad_request(&format!("\"{}\" {}", error.field, error.why)),
            Self::Body(error) if error.status() == StatusCode::BAD_REQUEST => bad_request(&error.to_string()),
            Self::Body(error) => {
                let status = error.status();
                message(status, format!("{} {error}", status.as_u16()))
            }
            Self::NothingToDelete => refused(Refusal::NothingToDelete, not_found()),
            Self::Accounts(error) => accounts(&error),
        }
    }
}

fn accounts(error: &Error) -> Response {
    match error {
        Error::Unauthenticated => {
            let challenge = HeaderValue::from_static(r#"Bearer realm="accountd""#);
            let response = message(StatusCode::UNAUTHORIZED, "401 Unauthorized");
            reply::with_header(response, WWW_AUTHENTICATE, challenge)
        }
        Error::NotFound => not_found(),
        Error::Forbidden(why) => forbidden(*why),
        Error::Invalid(invalid) => refused(Refusal::Invalid, attributes(invalid)),
        Error::Taken(field) => taken(*field),
        Error::Busy => {
            let busy = message(StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable");
            reply::with_header(busy, RETRY_AFTER, HeaderValue::from_static("1"))
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

fn refused(refusal: Refusal, mut response: Response) -> Response {
    response.extensions_mut().insert(refusal);
    response
}

fn forbidden(why: Forbidden) -> Response {
    match why {
        Forbidden::NotYou | Forbidden::NotAdmin => message(StatusCode::FORBIDDEN, "403 Forbidden"),
        Forbidden::LastAdmin => message(StatusCode::FORBIDDEN, format!("403 Forbidden - {why}")),
        Forbidden::Scope(scope) => {
            let response = message(StatusCode::FORBIDDEN, "403 Forbidden");
            // RFC 6750 section 3.1.
            let challenge = format!(r#"Bearer realm="accountd", error="insufficient_scope", scope="{}""#, scope.name());
            match HeaderValue::try_from(challenge) {
                Ok(value) => reply::with_header(response, WWW_AUTHENTICATE, value),
                Err(_) => response,
            }
        }
    }
}

fn taken(field: Field) -> Response {
    const TAKEN: &str = "has already been taken";
    match field {
        Field::Email => refused(Refusal::Taken, message(StatusCode::CONFLICT, format!("Email {TAKEN}"))),
        Field::Username => refused(Refusal::Taken, message(StatusCode::CONFLICT, format!("Username {TAKEN}"))),
        Field::Key | Field::Fingerprint => {
            let body = json!({ "key": [TAKEN], "fingerprint": [TAKEN] });
            refused(Refusal::KeyTaken, message(StatusCode::BAD_REQUEST, body))
        }
        other => {
            let name = attribute(other);
            refused(Refusal::Invalid, message(StatusCode::BAD_REQUEST, json!({ name: [TAKEN] })))
        }
    }
}

fn attributes(invalid: &Invalid) -> Response {
    let mut body = Map::new();
    for (field, problem) in invalid.iter() {
        let reasons = body.entry(attribute(field)).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(reasons) = reasons {
            reasons.push(problem.to_string().into());
        }
    }
    message(StatusCode::BAD_REQUEST, body)
}

/// What the document calls an attribute.
fn attribute(field: Field) -> &'static str {
    match field {
        Field::Username => "username",
        Field::Email => "email",
        Field::Password => "password",
        Field::Name | Field::TokenName => "name",
        Field::Location => "location",
        Field::Company => "organization",
        Field::ProfileUrl => "website_url",
        Field::GravatarEmail => "avatar_url",
        Field::Bio => "bio",
        Field::Skype => "skype",
        Field::Linkedin => "linkedin",
        Field::Twitter => "twitter",
        Field::ProjectsLimit => "projects_limit",
        Field::ExternUid => "extern_uid",
        Field::Provider => "provider",
        Field::KeyTitle => "title",
        Field::Key => "key",
        Field::Fingerprint => "fingerprint",
        Field::ExpiresAt => "expires_at",
        Field::Token => "token",
        Field::Scopes => "scopes",
        Field::ClientId | Field::RedirectUri | Field::Id => "base",
    }
}

/// A known path with a method that it doesn't have; the table adds `Allow`.
pub fn not_allowed(_allow: &'static str) -> Response {
    message(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed")
}

/// A path of no route.
pub async fn rejected(_: Rejection) -> Result<Response, Infallible> {
    Ok(not_found())
}
