//! The differences between the versions of the dialect.

use super::Gitlab;
use super::error::Failure;
use super::fields::AttributeReader;
use crate::accounts::access::{Admin, Viewer};
use crate::accounts::{AccountAccess, Credential, Error, KeyList, Moderated, UserAttributes};
use crate::domain::{Key, KeyUsage, ModerationAction, User};
use crate::http::Request;
use crate::http::credentials::Unreadable;
use crate::http::input::Fields;
use crate::http::reference::Reference;
use bytes::Bytes;
use serde_json::Value;
use std::borrow::Cow;
use warp::reply::Response;

pub trait Version: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    const PREFIX: &'static str;
    const LABEL: &'static str;
    const REFERENCE: &'static Reference;
    /// Whether a blank required attribute counts as missing. Otherwise it is invalid.
    const BLANK_IS_MISSING: bool;
    /// Whether an unreadable body is an error before the permission is decided, because it may contain `sudo`. Otherwise
    /// only the bodies of administrators are searched for it.
    const READS_BODY_FIRST: bool;
    /// The GitLab release whose documentation it follows. Clients read it to find out which features they can use.
    const RELEASE: &'static str;

    /// The response to a request that failed.
    fn refuse(&self, failure: &Failure) -> Response;

    // Reading requests. The defaults are those of a version without the feature.

    /// A credential in the query other than `private_token`.
    fn query_credential(_query: &Fields) -> Result<Option<Credential>, Unreadable> {
        Ok(None)
    }

    /// The attributes of a request that has a body.
    fn attributes(request: &Request) -> Cow<'_, Fields> {
        Cow::Borrowed(request.body())
    }

    /// The boolean that a word such as `yes` stands for.
    fn boolean_word(_text: &str) -> Option<bool> {
        None
    }

    /// Whether a new user must have a password.
    fn needs_password(_fields: &Fields) -> Result<bool, Failure> {
        Ok(true)
    }

    /// Whether the address of a new user counts as verified.
    fn is_verified(fields: &Fields) -> Result<bool, Failure>;

    /// The attributes that are optional both when a user is created and when it is changed.
    fn user_attributes(reader: &mut AttributeReader<'_, Self>) -> Result<UserAttributes, Failure>;

    fn key_usage(_fields: &Fields) -> Result<KeyUsage, Failure> {
        Ok(KeyUsage::default())
    }

    // Writing responses.

    /// The caller's own user.
    fn current_user(api: &Gitlab<Self>, request: &Request, own: &AccountAccess) -> Result<Bytes, Error>;

    /// A user as this viewer may see it.
    fn user(api: &Gitlab<Self>, request: &Request, viewer: &Viewer, user: &User) -> Result<Bytes, Failure>;

    /// A user for the administrator who created or changed it.
    fn changed_user(api: &Gitlab<Self>, request: &Request, admin: &Admin, user: &User) -> Result<Bytes, Error>;

    fn deleted_user(api: &Gitlab<Self>, user: &User) -> Response;

    fn moderated(action: ModerationAction, outcome: Moderated) -> Result<Response, Failure>;

    fn key(key: &Key) -> Value;

    /// The keys of a user, or one page of them.
    fn keys(api: &Gitlab<Self>, request: &Request, list: KeyList) -> Result<Response, Failure>;

    /// The caller's own keys, by id.
    fn own_keys(api: &Gitlab<Self>, request: &Request, own: &AccountAccess) -> Result<Response, Failure> {
        Self::keys(api, request, api.app.accounts.key_list(own))
    }

    /// The user of a key, in the response to looking the key up.
    fn key_owner(api: &Gitlab<Self>, request: &Request, user: &User) -> Value;

    fn deleted_key(key: &Key) -> Response;

    /// The response to deleting an own key that does not exist.
    fn no_key_to_delete() -> Result<Response, Failure>;
}
