//! Version 4 of the API, as today's clients speak it: the documentation of GitLab 17.9.

pub mod entities;
mod errors;
mod routes;
mod user_list;

pub use routes::routes;

use super::error::Failure;
use super::fields::{Required, boolean, clearable, common_attributes, flag, identity, optional, optional_text, theme};
use super::version::Version;
use super::{Api, Gitlab};
use crate::accounts::access::{Admin, Viewer};
use crate::accounts::{
    AccountAccess, CreateUser, Credential, Error, IdentityChange, Moderated, ProfileChange, SignedIn, UpdateUser,
    UserAttributes,
};
use crate::domain::{
    EmailAddress, Field, Identity, Invalid, Key, KeyUsage, ModerationAction, Password, SingleLineText, User, Username,
};
use crate::http::credentials::{Unreadable, access_token};
use crate::http::input::{FieldError, FieldErrorKind, Fields, Patch};
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use std::borrow::Cow;
use warp::reply::Response;

pub struct V4;

impl Version for V4 {
    const NAME: &'static str = "gitlab.v4";
    const PREFIX: &'static str = "/api/v4";
    const LABEL: &'static str = "gitlab_v4";
    const BLANK_IS_MISSING: bool = false;

    fn refuse(&self, failure: &Failure) -> Response {
        errors::respond(failure)
    }

    fn query_credential(query: &Fields) -> Result<Option<Credential>, Unreadable> {
        access_token(query)
    }

    /// `doc/api/rest/authentication.md`, 17.9, "Sudo": in a header or the query; clients send it in a body, too. Sudo
    /// that cannot be read is an error: the administrator must not act as themself instead.
    async fn sudo(request: &mut Request) -> Result<Option<String>, Failure> {
        request.read_body().await?;
        let mut headers = request.headers.get_all("sudo").iter();
        if let Some(header) = headers.next() {
            if headers.next().is_some() {
                return Err(FieldError { field: "sudo", kind: FieldErrorKind::GivenTwice }.into());
            }
            let username = header.to_str().map_err(|_| Failure::SudoUserNotFound(String::new()))?;
            return Ok(Some(username.to_owned()).filter(|username| !username.is_empty()));
        }
        let in_query = sudo_field(request.query())?;
        let in_body = sudo_field(request.body())?;
        Ok(in_query.or(in_body).filter(|username| !username.is_empty()))
    }

    /// Attributes may stand in the query of a request that has a body, too.
    fn attributes(request: &Request) -> Cow<'_, Fields> {
        Cow::Owned(request.body().or(request.query()))
    }

    /// python-gitlab 8.6.0 writes `True` into a query.
    fn boolean_word(text: &str) -> Option<bool> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" => Some(true),
            "false" | "f" | "no" | "n" | "off" => Some(false),
            _ => None,
        }
    }

    fn new_user(fields: &Fields) -> Result<CreateUser, Failure> {
        // In the order of the document, in which the responses name them.
        let mut required = Required::<Self>::of(fields);
        let email = required.text("email")?;
        let no_password = flag::<Self>(fields, "reset_password")? || flag::<Self>(fields, "force_random_password")?;
        let password = if no_password { None } else { Some(required.text("password")?) };
        let (username, name) = (required.text("username")?, required.text("name")?);
        required.check()?;
        let mut invalid = Invalid::default();
        let email = invalid.keep(Field::Email, EmailAddress::parse(&email));
        let password = password.and_then(|text| invalid.keep(Field::Password, Password::parse(&text)));
        let username = invalid.keep(Field::Username, Username::parse(&username));
        let name = invalid.keep(Field::Name, SingleLineText::required(&name));
        let mut attributes = attributes(fields, &mut invalid)?;
        attributes.profile.name = name;
        attributes.password = password;
        let verified = flag::<Self>(fields, "skip_confirmation")?;
        invalid.into_result()?;
        let (username, email) = username.zip(email).ok_or(Error::Internal)?;
        Ok(CreateUser { username, email, verified, attributes })
    }

    fn user_update(fields: &Fields) -> Result<UpdateUser, Failure> {
        let mut invalid = Invalid::default();
        let mut attributes = attributes(fields, &mut invalid)?;
        attributes.profile.name = optional(fields, "name", Field::Name, SingleLineText::required, &mut invalid)?;
        attributes.password = optional(fields, "password", Field::Password, Password::parse, &mut invalid)?;
        let email = optional(fields, "email", Field::Email, EmailAddress::parse, &mut invalid)?;
        let username = optional(fields, "username", Field::Username, Username::parse, &mut invalid)?;
        invalid.into_result()?;
        Ok(UpdateUser { username, email, attributes })
    }

    fn key_usage(fields: &Fields) -> Result<KeyUsage, Failure> {
        match fields.text("usage_type")? {
            Patch::Absent | Patch::Null => Ok(KeyUsage::default()),
            Patch::Value(name) => KeyUsage::parse(&name).ok_or(Failure::NotAValue("usage_type")),
        }
    }

    fn current_user(api: &Gitlab<Self>, request: &Request, own: &AccountAccess) -> Result<Response, Failure> {
        let signed_in = own.signed_in().ok_or(Error::Unauthenticated)?;
        let user = &*signed_in.user;
        let base_url = api.app.base_url(request);
        let text = api.app.responses.text("gitlab.v4.users.current", signed_in, &base_url, || {
            let urls = entities::Urls::new(base_url.clone());
            if !user.admin {
                return reply::json_text(&entities::Current::new(user, &urls));
            }
            let creator = api.app.accounts.creator_of(&own.reader()?, user)?;
            reply::json_text(&entities::CurrentAdmin::new(user, creator.as_ref(), &urls))
        })?;
        Ok(reply::json_as_it_is(StatusCode::OK, text))
    }

    fn user(api: &Gitlab<Self>, request: &Request, viewer: &Viewer, user: &User) -> Result<Response, Failure> {
        let urls = entities::Urls::new(api.app.base_url(request));
        Ok(match viewer {
            Viewer::Admin(admin) => {
                let creator = api.app.accounts.creator_of(admin, user)?;
                reply::json(StatusCode::OK, &entities::Single::new(user, creator.as_ref(), &urls))
            }
            Viewer::User(_) | Viewer::Public(_) => reply::json(StatusCode::OK, &entities::Public::new(user, &urls)),
        })
    }

    fn changed_user(
        api: &Api<Self>,
        request: &Request,
        admin: &Admin,
        status: StatusCode,
        user: &User,
    ) -> Result<Response, Failure> {
        let urls = entities::Urls::new(api.app.base_url(request));
        let creator = api.app.accounts.creator_of(admin, user)?;
        Ok(reply::json(status, &entities::Listed::new(user, creator.as_ref(), &urls)))
    }

    fn deleted_user(_user: &User) -> Response {
        reply::no_content()
    }

    /// Clients read `true`, `null` and `false`.
    fn moderated(action: ModerationAction, outcome: Moderated) -> Result<Response, Failure> {
        let body = match (action, outcome) {
            (_, Moderated::Refused(reason)) => return Err(Failure::Moderation(action, reason)),
            (ModerationAction::Approve | ModerationAction::Reject, Moderated::Done) => {
                json!({ "message": "Success" })
            }
            (_, Moderated::Done) => Value::Bool(true),
            (_, Moderated::Already) => Value::Null,
            (_, Moderated::NoOp(_)) => Value::Bool(false),
        };
        let status = if action == ModerationAction::Reject { StatusCode::OK } else { StatusCode::CREATED };
        Ok(reply::json(status, &body))
    }

    fn key(status: StatusCode, key: &Key) -> Response {
        reply::json(status, &entities::Key::from(key))
    }

    fn keys(api: &Gitlab<Self>, request: &Request, keys: &[Key]) -> Result<Response, Failure> {
        api.page_of(request, keys, entities::Key::from)
    }

    fn own_keys(
        api: &Gitlab<Self>,
        request: &Request,
        _: &SignedIn,
        keys: impl FnOnce() -> Result<Vec<Key>, Error>,
    ) -> Result<Response, Failure> {
        Self::keys(api, request, &keys()?)
    }

    fn key_with_user(api: &Gitlab<Self>, request: &Request, key: &Key, user: &User) -> Response {
        let urls = entities::Urls::new(api.app.base_url(request));
        reply::json(StatusCode::OK, &entities::KeyWithUser::new(key, user, &urls))
    }

    fn deleted_key(_key: &Key) -> Response {
        reply::no_content()
    }

    fn no_key_to_delete() -> Result<Response, Failure> {
        Err(Failure::Missing("Key"))
    }
}

/// A number, or a name.
fn sudo_field(fields: &Fields) -> Result<Option<String>, Failure> {
    match fields.integer("sudo") {
        Ok(id) => Ok(id.map(|id| id.to_string()).value()),
        Err(_) => Ok(fields.text("sudo")?.value()),
    }
}

/// The attributes that are optional both when a user is created and when it is changed.
fn attributes(fields: &Fields, invalid: &mut Invalid) -> Result<UserAttributes, Failure> {
    let common = common_attributes::<V4>(fields, invalid)?;
    let address = |text: &str| match text {
        "" => Ok(None),
        text => EmailAddress::parse(text).map(Some),
    };
    Ok(UserAttributes {
        identities: new_identity(identity(fields)?, invalid)?.into_iter().collect(),
        public_email: clearable(fields, "public_email", Field::PublicEmail, address, invalid)?,
        discord: clearable(fields, "discord", Field::Discord, SingleLineText::parse, invalid)?,
        pronouns: clearable(fields, "pronouns", Field::Pronouns, optional_text, invalid)?,
        note: clearable(fields, "note", Field::Note, optional_text, invalid)?,
        external: boolean::<V4>(fields, "external")?,
        private_profile: boolean::<V4>(fields, "private_profile")?,
        theme_id: theme(fields, "theme_id", Field::ThemeId, invalid)?,
        color_scheme_id: theme(fields, "color_scheme_id", Field::ColorSchemeId, invalid)?,
        profile: ProfileChange {
            location: clearable(fields, "location", Field::Location, SingleLineText::parse, invalid)?,
            company: clearable(fields, "organization", Field::Company, SingleLineText::parse, invalid)?,
            ..common.profile
        },
        ..common
    })
}

/// A user has as many identities as there are providers, and each is given as a whole.
fn new_identity(given: IdentityChange, invalid: &mut Invalid) -> Result<Option<Identity>, Failure> {
    match (given.provider, given.extern_uid) {
        (Some(provider), Some(uid)) => Ok(match Identity::pair(&provider, &uid) {
            Ok(identity) => identity,
            Err((field, problem)) => invalid.keep(field, Err(problem)),
        }),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(Failure::AllOrNone("extern_uid, provider")),
    }
}
