//! Version 4 of the API, as GitLab 17.9 documents it and today's clients use it.

mod audit_events;
pub mod entities;
mod errors;
mod reference;
mod routes;
mod schemas;
mod user_list;

pub use routes::routes;

use super::Gitlab;
use super::error::Failure;
use super::fields::{AttributeReader, flag, identity, optional_text};
use super::key_pieces::key_pieces;
use super::version::Version;
use crate::accounts::access::{Admin, Reader, Viewer};
use crate::accounts::{
    AccountAccess, Credential, Error, IdentityChange, KeyList, Moderated, ProfileChange, UserAttributes,
};
use crate::domain::{
    CustomAttribute, EmailAddress, Field, Identity, Key, KeyUsage, ModerationAction, SingleLineText, User,
};
use crate::http::credentials::{Unreadable, access_token};
use crate::http::input::{Fields, Patch};
use crate::http::paging::Page;
use crate::http::reference::Reference;
use crate::http::{Request, reply};
use bytes::Bytes;
use entities::View;
use hyper::StatusCode;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::Arc;
use warp::reply::Response;

pub struct V4;

impl Version for V4 {
    const NAME: &'static str = "gitlab.v4";
    const PREFIX: &'static str = "/api/v4";
    const LABEL: &'static str = "gitlab_v4";
    const REFERENCE: &'static Reference = &reference::REFERENCE;
    const BLANK_IS_MISSING: bool = false;
    const READS_BODY_FIRST: bool = true;
    const RELEASE: &'static str = "17.9.0";

    fn refuse(&self, failure: &Failure) -> Response {
        errors::respond(failure)
    }

    fn query_credential(query: &Fields) -> Result<Option<Credential>, Unreadable> {
        access_token(query)
    }

    /// Attributes may be in the query, even if the request has a body.
    fn attributes(request: &Request) -> Cow<'_, Fields> {
        Cow::Owned(request.body().or(request.query()))
    }

    /// python-gitlab 8.6.0 sends `True` in a query.
    fn boolean_word(text: &str) -> Option<bool> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" => Some(true),
            "false" | "f" | "no" | "n" | "off" => Some(false),
            _ => None,
        }
    }

    fn needs_password(fields: &Fields) -> Result<bool, Failure> {
        Ok(!(flag::<Self>(fields, "reset_password")? || flag::<Self>(fields, "force_random_password")?))
    }

    fn is_verified(fields: &Fields) -> Result<bool, Failure> {
        flag::<Self>(fields, "skip_confirmation")
    }

    fn user_attributes(reader: &mut AttributeReader<'_, Self>) -> Result<UserAttributes, Failure> {
        let common = reader.common()?;
        let address = |text: &str| match text {
            "" => Ok(None),
            text => EmailAddress::parse(text).map(Some),
        };
        Ok(UserAttributes {
            identities: new_identity(reader)?.into_iter().collect(),
            public_email: reader.clearable(Field::PublicEmail, address)?,
            discord: reader.clearable(Field::Discord, SingleLineText::parse)?,
            pronouns: reader.clearable(Field::Pronouns, optional_text)?,
            note: reader.clearable(Field::Note, optional_text)?,
            external: reader.boolean("external")?,
            private_profile: reader.boolean("private_profile")?,
            theme_id: reader.theme(Field::ThemeId)?,
            color_scheme_id: reader.theme(Field::ColorSchemeId)?,
            profile: ProfileChange {
                location: reader.clearable(Field::Location, SingleLineText::parse)?,
                company: reader.clearable(Field::Company, SingleLineText::parse)?,
                ..common.profile
            },
            ..common
        })
    }

    fn key_usage(fields: &Fields) -> Result<KeyUsage, Failure> {
        match fields.text("usage_type")? {
            Patch::Absent | Patch::Null => Ok(KeyUsage::default()),
            Patch::Value(name) => name.parse().map_err(|_| Failure::InvalidValue("usage_type")),
        }
    }

    fn current_user(api: &Gitlab<Self>, request: &Request, own: &AccountAccess) -> Result<Bytes, Error> {
        let signed_in = own.signed_in().ok_or(Error::Unauthenticated)?;
        let user = &*signed_in.user;
        let base_url = api.app.base(request);
        api.app.responses.text("gitlab.v4.users.current", signed_in, Some(base_url), || match user.admin {
            true => user_text(api, &base_url.to_string(), View::CurrentAdmin, user, Some(own.reader()?), None),
            false => user_text(api, &base_url.to_string(), View::Current, user, None, None),
        })
    }

    fn user(api: &Gitlab<Self>, request: &Request, viewer: &Viewer, user: &User) -> Result<Bytes, Failure> {
        let base_url = api.app.base_url(request);
        let with_attributes = flag::<Self>(request.query(), "with_custom_attributes")?;
        Ok(match viewer {
            Viewer::Admin(admin) => {
                let attributes = with_attributes.then(|| api.app.accounts.custom_attributes(admin, user.id));
                let attributes = attributes.transpose()?;
                user_text(api, &base_url, View::Single, user, Some(admin.reader()), attributes.as_deref())?
            }
            Viewer::User(_) | Viewer::Public(_) => user_text(api, &base_url, View::Public, user, None, None)?,
        })
    }

    fn changed_user(api: &Gitlab<Self>, request: &Request, admin: &Admin, user: &User) -> Result<Bytes, Error> {
        user_text(api, &api.app.base_url(request), View::Listed, user, Some(admin.reader()), None)
    }

    fn deleted_user(_: &Gitlab<Self>, _: &User) -> Response {
        reply::no_content()
    }

    /// The body is `true`, `null` or `false`, which clients evaluate.
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

    fn key(key: &Key) -> Value {
        entities::key(key)
    }

    fn keys(api: &Gitlab<Self>, request: &Request, list: KeyList) -> Result<Response, Failure> {
        let page = Page::parse(request.query())?;
        let total = api.app.accounts.count_keys(&list)?;
        let headers = api.page_headers(request, page, total);
        let limit = if page.offset() < total { page.per_page } else { 0 };
        let list = list.page(page.offset(), limit);
        let pieces = key_pieces(Arc::clone(&api.app.accounts), list, |key| entities::key(&key));
        Ok(reply::with_headers(reply::in_pieces(reply::json_ok, pieces)?, headers))
    }

    fn key_owner(api: &Gitlab<Self>, request: &Request, user: &User) -> Value {
        let (base_url, trust) = (&api.app.base_url(request), api.app.accounts.email_trust());
        json!(entities::User { view: View::KeyOwner, user, creator: None, base_url, trust, custom_attributes: None })
    }

    fn deleted_key(_key: &Key) -> Response {
        reply::no_content()
    }

    fn no_key_to_delete() -> Result<Response, Failure> {
        Err(Failure::Missing("Key"))
    }
}

/// A user as JSON. The views for administrators need a `reader`, for the user who created the account.
fn user_text(
    api: &Gitlab<V4>,
    base_url: &str,
    view: View,
    user: &User,
    reader: Option<Reader>,
    custom_attributes: Option<&[CustomAttribute]>,
) -> Result<Bytes, Error> {
    let creator = reader.map(|reader| api.app.accounts.creator_of(&reader, user)).transpose()?.flatten();
    let trust = api.app.accounts.email_trust();
    reply::json_text(&entities::User { view, user, creator: creator.as_ref(), base_url, trust, custom_attributes })
}

/// A user can have one identity for each provider. A request must contain both its parts or neither.
fn new_identity(reader: &mut AttributeReader<'_, V4>) -> Result<Option<Identity>, Failure> {
    match identity(reader.fields)? {
        IdentityChange { provider: Some(provider), extern_uid: Some(uid) } => {
            Ok(match Identity::pair(&provider, &uid) {
                Ok(identity) => identity,
                Err((field, problem)) => reader.keep(field, Err(problem)),
            })
        }
        IdentityChange { provider: None, extern_uid: None } => Ok(None),
        _ => Err(Failure::AllOrNone("extern_uid, provider")),
    }
}
