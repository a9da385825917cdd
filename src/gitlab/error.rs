//! Why a request was not answered with what it asked for. What is said then depends on the version: [`v3`] and [`v4`].

pub mod v3;
pub mod v4;

use crate::accounts::{Error, Moderated, Refused};
use crate::domain::{Field, Invalid, ModerationAction};
use crate::http::body::BodyError;
use crate::http::fields::FieldError;
use hyper::StatusCode;
use serde_json::{Map, Value};
use std::convert::Infallible;
use warp::reply::Response;
use warp::{Rejection, Reply};

pub use v3::ErrorStatusMode;

#[derive(Clone)]
pub enum Failure {
    Accounts(Error),
    /// There is no such user, key or other thing, which is named.
    Missing(&'static str),
    /// The user to be deleted does not exist.
    AlreadyDeleted,
    /// Required attributes that are not there, in the order in which they are documented.
    MissingParameters(Vec<&'static str>),
    /// An attribute or parameter that is none of its known values.
    NotAValue(&'static str),
    /// Attributes that only go together.
    AllOrNone(&'static str),
    Body(BodyError),
    Field(FieldError),
    /// A list of everybody for nobody in particular.
    ListNeedsName,
    /// Nobody has this id or user name, to act as.
    SudoUserNotFound(String),
    Moderation(ModerationAction, Refused),
    /// Only a token that was made on purpose can be rotated.
    NotRotatable,
    NotAllowed,
    NoRoute,
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

/// Travels with an empty response to where the version is known.
impl Reply for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Failure {
    /// The failure that a response carries, if it is one.
    pub fn carried_by(response: &mut Response) -> Option<Self> {
        response.extensions_mut().remove::<Self>()
    }

    /// Says what is not there.
    pub fn missing(what: &'static str) -> impl Fn(Error) -> Self {
        move |error| match error {
            Error::NotFound => Self::Missing(what),
            other => Self::Accounts(other),
        }
    }

    /// Says which transition was refused.
    ///
    /// # Errors
    /// `Moderation`.
    pub fn unless_moderated(transition: ModerationAction, moderated: Moderated) -> Result<Moderated, Self> {
        match moderated {
            Moderated::Refused(why) => Err(Self::Moderation(transition, why)),
            Moderated::Done | Moderated::Already | Moderated::NoOp => Ok(moderated),
        }
    }
}

/// Each attribute with what is wrong with it.
fn reasons(invalid: &Invalid) -> Map<String, Value> {
    let mut body = Map::new();
    for (field, problem) in invalid.iter() {
        let reasons = body.entry(attribute(field)).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(reasons) = reasons {
            reasons.push(problem.to_string().into());
        }
    }
    body
}

/// What the documents call an attribute.
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
        Field::Discord => "discord",
        Field::Pronouns => "pronouns",
        Field::Note => "note",
        Field::PublicEmail => "public_email",
        Field::ThemeId => "theme_id",
        Field::ColorSchemeId => "color_scheme_id",
        Field::ProjectsLimit => "projects_limit",
        Field::ExternUid => "extern_uid",
        Field::Provider => "provider",
        Field::KeyTitle => "title",
        Field::Key => "key",
        Field::UsageType => "usage_type",
        Field::Fingerprint => "fingerprint",
        Field::ExpiresAt => "expires_at",
        Field::Description => "description",
        Field::Token => "token",
        Field::Scopes => "scopes",
        Field::ClientId | Field::RedirectUri | Field::Id => "base",
    }
}

/// A known path with a method that it doesn't have; the table adds `Allow`.
pub fn not_allowed(_allow: &'static str) -> Failure {
    Failure::NotAllowed
}

/// A path of no route.
pub async fn rejected(_: Rejection) -> Result<Response, Infallible> {
    Ok(Failure::NoRoute.into_response())
}
