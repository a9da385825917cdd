//! The reasons why a request fails. Each version has its own wording, in `v3/errors.rs` and `v4/errors.rs`.

use crate::accounts::{Error, Refused};
use crate::domain::{Field, Invalid, ModerationAction, Problem};
use crate::http::error::RoutingError;
use crate::http::input::{BodyError, FieldError};
use serde_json::{Map, Value};

pub enum Failure {
    Accounts(Error),
    /// The object that is named (`User`, `Key`, …) does not exist.
    Missing(&'static str),
    /// The user to be deleted does not exist.
    AlreadyDeleted,
    /// Required attributes that are missing, in the order in which they are documented.
    MissingParameters(Vec<&'static str>),
    /// An attribute or parameter whose value is not among the documented ones.
    InvalidValue(&'static str),
    /// Attributes that a request must have together or not at all.
    AllOrNone(&'static str),
    Body(BodyError),
    Field(FieldError),
    /// No user has the id or user name in `sudo`.
    SudoUserNotFound(String),
    Moderation(ModerationAction, Refused),
    /// Only a personal or impersonation token can be rotated.
    NotRotatable,
    Routing(RoutingError),
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

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<RoutingError> for Failure {
    fn from(error: RoutingError) -> Self {
        Self::Routing(error)
    }
}

impl Failure {
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
        other => other,
    }
}

/// The invalid attributes, each with its reasons.
pub(super) fn reasons(invalid: &Invalid) -> Map<String, Value> {
    let mut body = Map::new();
    for (field, problem) in invalid.iter() {
        let reasons = body.entry(attribute(field)).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(reasons) = reasons {
            reasons.push(problem.to_string().into());
        }
    }
    body
}

/// The name of an attribute in the documents.
pub(super) fn attribute(field: Field) -> &'static str {
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
