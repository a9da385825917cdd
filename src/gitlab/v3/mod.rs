//! Version 3 of the API (2013), with the additions of later v3 releases.

mod emails;
pub mod entities;
mod errors;
mod reference;
mod routes;
mod user_list;

pub use errors::ErrorStatusMode;
pub use routes::routes;

use super::Gitlab;
use super::error::Failure;
use super::fields::{AttributeReader, identity};
use super::key_pieces::key_pieces;
use super::version::Version;
use crate::accounts::access::{Admin, Viewer};
use crate::accounts::{AccountAccess, Error, KeyList, Moderated, ProfileChange, Refused, UserAttributes};
use crate::domain::{Field, Key, ModerationAction, SingleLineText, State, User};
use crate::http::input::Fields;
use crate::http::reference::Reference;
use crate::http::reply::Piece;
use crate::http::{Request, reply};
use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use warp::reply::Response;

pub struct V3 {
    pub error_status_mode: ErrorStatusMode,
}

impl Version for V3 {
    const NAME: &'static str = "gitlab.v3";
    const PREFIX: &'static str = "/api/v3";
    const LABEL: &'static str = "gitlab_v3";
    const REFERENCE: &'static Reference = &reference::REFERENCE;
    const BLANK_IS_MISSING: bool = true;
    const READS_BODY_FIRST: bool = false;
    const RELEASE: &'static str = "9.5.10";

    fn refuse(&self, failure: &Failure) -> Response {
        errors::respond(self.error_status_mode, failure)
    }

    /// An address that an administrator sets counts as verified.
    fn is_verified(_fields: &Fields) -> Result<bool, Failure> {
        Ok(true)
    }

    fn user_attributes(reader: &mut AttributeReader<'_, Self>) -> Result<UserAttributes, Failure> {
        let common = reader.common()?;
        Ok(UserAttributes {
            identity: identity(reader.fields)?,
            external: reader.boolean("external")?,
            profile: ProfileChange {
                location: reader.clearable(Field::Location, SingleLineText::parse)?,
                company: reader.clearable(Field::Company, SingleLineText::parse)?,
                ..common.profile
            },
            ..common
        })
    }

    fn current_user(api: &Gitlab<Self>, _: &Request, own: &AccountAccess) -> Result<Bytes, Error> {
        let signed_in = own.signed_in().ok_or(Error::Unauthenticated)?;
        let trust = api.app.accounts.email_trust();
        let entity = || reply::json_text(&entities::User::Current(&signed_in.user, trust));
        api.app.responses.text("gitlab.v3.users.current", signed_in, None, entity)
    }

    fn user(api: &Gitlab<Self>, _: &Request, _: &Viewer, user: &User) -> Result<Bytes, Failure> {
        Ok(reply::json_text(&entities::User::Any(user, api.app.accounts.email_trust()))?)
    }

    fn changed_user(api: &Gitlab<Self>, _: &Request, _: &Admin, user: &User) -> Result<Bytes, Error> {
        reply::json_text(&entities::User::Any(user, api.app.accounts.email_trust()))
    }

    fn deleted_user(api: &Gitlab<Self>, user: &User) -> Response {
        reply::json(StatusCode::OK, &entities::User::Any(user, api.app.accounts.email_trust()))
    }

    /// Not in the documents of 2013, but in later v3 releases, whose clients use it.
    fn moderated(action: ModerationAction, outcome: Moderated) -> Result<Response, Failure> {
        match outcome {
            Moderated::Done | Moderated::Already | Moderated::NoOp(State::Active) => {
                Ok(reply::json(StatusCode::OK, &true))
            }
            Moderated::NoOp(state) => Err(Failure::Moderation(action, Refused::State(state))),
            Moderated::Refused(reason) => Err(Failure::Moderation(action, reason)),
        }
    }

    fn key(key: &Key) -> Value {
        json!(entities::Key(key))
    }

    fn keys(api: &Gitlab<Self>, _: &Request, list: KeyList) -> Result<Response, Failure> {
        Ok(reply::in_pieces(reply::json_ok, key_pieces(Arc::clone(&api.app.accounts), list, entities::Key))?)
    }

    fn own_keys(api: &Gitlab<Self>, _: &Request, own: &AccountAccess) -> Result<Response, Failure> {
        let signed_in = own.signed_in().ok_or(Error::Unauthenticated)?;
        let mut pieces = key_pieces(Arc::clone(&api.app.accounts), api.app.accounts.key_list(own), entities::Key);
        let cached = api.app.responses.text("gitlab.v3.keys.list_own", signed_in, None, || match pieces() {
            Ok(Piece::Last(text)) => Ok(text),
            Ok(Piece::More(first)) => Err(Ok(first)),
            Err(error) => Err(Err(error)),
        });
        match cached {
            Ok(text) => Ok(reply::json_ok(text)),
            // The list is too long for the cache.
            Err(Ok(first)) => Ok(reply::stream_pieces(reply::json_ok, first, pieces)),
            Err(Err(error)) => Err(error.into()),
        }
    }

    fn key_owner(api: &Gitlab<Self>, _: &Request, user: &User) -> Value {
        json!(entities::User::Any(user, api.app.accounts.email_trust()))
    }

    fn deleted_key(key: &Key) -> Response {
        reply::json(StatusCode::OK, &entities::Key(key))
    }

    /// "An idempotent function" (document): deleting an own key twice is not an error, and returns `null`.
    fn no_key_to_delete() -> Result<Response, Failure> {
        Ok(reply::json(StatusCode::OK, &Value::Null))
    }
}
