//! Version 3 of the API (2013), with what later releases of v3 added.

pub mod entities;
mod errors;
mod routes;
mod user_list;

pub use errors::ErrorStatusMode;
pub use routes::routes;

use super::error::Failure;
use super::fields::{Required, common_attributes, identity, optional};
use super::version::Version;
use super::{Api, Gitlab};
use crate::accounts::access::{Admin, Viewer};
use crate::accounts::{
    AccountAccess, CreateUser, Credential, Error, Moderated, Refused, SignedIn, UpdateUser, UserAttributes,
};
use crate::domain::{
    EmailAddress, Field, Invalid, Key, KeyUsage, ModerationAction, Password, SingleLineText, State, User, Username,
};
use crate::http::credentials::Unreadable;
use crate::http::input::Fields;
use crate::http::{Request, reply};
use bytes::Bytes;
use hyper::StatusCode;
use serde_json::Value;
use std::borrow::Cow;
use warp::reply::Response;

pub struct V3 {
    pub error_status_mode: ErrorStatusMode,
}

impl Version for V3 {
    const NAME: &'static str = "gitlab.v3";
    const PREFIX: &'static str = "/api/v3";
    const LABEL: &'static str = "gitlab_v3";
    const BLANK_IS_MISSING: bool = true;

    fn refuse(&self, failure: &Failure) -> Response {
        errors::respond(self.error_status_mode, failure)
    }

    fn query_credential(_query: &Fields) -> Result<Option<Credential>, Unreadable> {
        Ok(None)
    }

    async fn sudo(_request: &mut Request) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    fn attributes(request: &Request) -> Cow<'_, Fields> {
        Cow::Borrowed(request.body())
    }

    fn boolean_word(_text: &str) -> Option<bool> {
        None
    }

    fn new_user(fields: &Fields) -> Result<CreateUser, Failure> {
        // In the order of the document, in which the responses name them.
        let mut required = Required::<Self>::of(fields);
        let (email, password) = (required.text("email")?, required.text("password")?);
        let (username, name) = (required.text("username")?, required.text("name")?);
        required.check()?;
        let mut invalid = Invalid::default();
        let email = invalid.keep(Field::Email, EmailAddress::parse(&email));
        let password = invalid.keep(Field::Password, Password::parse(&password));
        let username = invalid.keep(Field::Username, Username::parse(&username));
        let name = invalid.keep(Field::Name, SingleLineText::required(&name));
        let mut attributes = attributes(fields, &mut invalid)?;
        attributes.profile.name = name;
        attributes.password = password;
        invalid.into_result()?;
        let (username, email) = username.zip(email).ok_or(Error::Internal)?;
        // v3's administrators vouch for the address.
        Ok(CreateUser { username, email, verified: true, attributes })
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

    /// v3 only has keys for every use.
    fn key_usage(_fields: &Fields) -> Result<KeyUsage, Failure> {
        Ok(KeyUsage::default())
    }

    fn current_user(api: &Gitlab<Self>, _: &Request, own: &AccountAccess) -> Result<Response, Failure> {
        let signed_in = own.signed_in().ok_or(Error::Unauthenticated)?;
        let user = &*signed_in.user;
        let entity = || reply::json_text(&entities::User::current(user));
        let text = api.app.responses.text("gitlab.v3.users.current", signed_in, "", entity)?;
        Ok(reply::json_as_it_is(StatusCode::OK, text))
    }

    fn user(_: &Gitlab<Self>, _: &Request, _: &Viewer, user: &User) -> Result<Response, Failure> {
        Ok(reply::json(StatusCode::OK, &entities::User::new(user)))
    }

    fn changed_user(
        _: &Api<Self>,
        _: &Request,
        _: &Admin,
        status: StatusCode,
        user: &User,
    ) -> Result<Response, Failure> {
        Ok(reply::json(status, &entities::User::new(user)))
    }

    fn deleted_user(user: &User) -> Response {
        reply::json(StatusCode::OK, &entities::User::new(user))
    }

    /// Not in the documents of 2013; later versions of v3 have it, and their clients call it.
    fn moderated(action: ModerationAction, outcome: Moderated) -> Result<Response, Failure> {
        match outcome {
            Moderated::Done | Moderated::Already | Moderated::NoOp(State::Active) => {
                Ok(reply::json(StatusCode::OK, &true))
            }
            Moderated::NoOp(state) => Err(Failure::Moderation(action, Refused::State(state))),
            Moderated::Refused(reason) => Err(Failure::Moderation(action, reason)),
        }
    }

    fn key(status: StatusCode, key: &Key) -> Response {
        reply::json(status, &entities::Key::from(key))
    }

    fn keys(_: &Gitlab<Self>, _: &Request, keys: &[Key]) -> Result<Response, Failure> {
        Ok(reply::json_as_it_is(StatusCode::OK, key_list(keys)?))
    }

    fn own_keys(
        api: &Gitlab<Self>,
        _: &Request,
        signed_in: &SignedIn,
        keys: impl FnOnce() -> Result<Vec<Key>, Error>,
    ) -> Result<Response, Failure> {
        let text = api.app.responses.text("gitlab.v3.keys.list_own", signed_in, "", || key_list(&keys()?))?;
        Ok(reply::json_as_it_is(StatusCode::OK, text))
    }

    fn key_with_user(_: &Gitlab<Self>, _: &Request, key: &Key, user: &User) -> Response {
        reply::json(StatusCode::OK, &entities::KeyWithUser::new(key, user))
    }

    fn deleted_key(key: &Key) -> Response {
        Self::key(StatusCode::OK, key)
    }

    /// "An idempotent function" (document): deleting one's own key twice is not an error, and gives `null`.
    fn no_key_to_delete() -> Result<Response, Failure> {
        Ok(reply::json(StatusCode::OK, &Value::Null))
    }
}

fn key_list(keys: &[Key]) -> Result<Bytes, Error> {
    reply::json_text(&keys.iter().map(entities::Key::from).collect::<Vec<_>>())
}

/// The attributes that are optional both when a user is created and when it is changed.
fn attributes(fields: &Fields, invalid: &mut Invalid) -> Result<UserAttributes, Failure> {
    Ok(UserAttributes { identity: identity(fields)?, ..common_attributes::<V3>(fields, invalid)? })
}
