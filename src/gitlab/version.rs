//! The differences between the versions of the dialect.

use super::error::Failure;
use super::{Api, Gitlab};
use crate::accounts::access::{Admin, Viewer};
use crate::accounts::{AccountAccess, CreateUser, Credential, Moderated, SignedIn, UpdateUser};
use crate::domain::{Key, KeyUsage, ModerationAction, User};
use crate::http::Request;
use crate::http::credentials::Unreadable;
use crate::http::input::Fields;
use hyper::StatusCode;
use std::borrow::Cow;
use std::future::Future;
use warp::reply::Response;

pub trait Version: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    const PREFIX: &'static str;
    const LABEL: &'static str;
    /// Whether a blank required attribute counts as missing. Otherwise it is invalid.
    const BLANK_IS_MISSING: bool;

    /// The response to a request that failed.
    fn refuse(&self, failure: &Failure) -> Response;

    // Reading requests.

    /// A credential in the query other than `private_token`.
    fn query_credential(query: &Fields) -> Result<Option<Credential>, Unreadable>;

    /// The user that an administrator wants to act as: an id or a user name.
    fn sudo(request: &mut Request) -> impl Future<Output = Result<Option<String>, Failure>> + Send;

    /// The attributes of a request that has a body.
    fn attributes(request: &Request) -> Cow<'_, Fields>;

    /// The boolean that a word such as `yes` stands for.
    fn boolean_word(text: &str) -> Option<bool>;

    fn new_user(fields: &Fields) -> Result<CreateUser, Failure>;

    fn user_update(fields: &Fields) -> Result<UpdateUser, Failure>;

    fn key_usage(fields: &Fields) -> Result<KeyUsage, Failure>;

    // Writing responses.

    /// The caller's own user.
    fn current_user(api: &Gitlab<Self>, request: &Request, own: &AccountAccess) -> Result<Response, Failure>;

    /// A user as this viewer may see it.
    fn user(api: &Gitlab<Self>, request: &Request, viewer: &Viewer, user: &User) -> Result<Response, Failure>;

    /// A user for the administrator who created or changed it.
    fn changed_user(
        api: &Api<Self>,
        request: &Request,
        admin: &Admin,
        status: StatusCode,
        user: &User,
    ) -> Result<Response, Failure>;

    fn deleted_user(user: &User) -> Response;

    fn moderated(action: ModerationAction, outcome: Moderated) -> Result<Response, Failure>;

    fn key(status: StatusCode, key: &Key) -> Response;

    fn keys(api: &Gitlab<Self>, request: &Request, keys: &[Key]) -> Result<Response, Failure>;

    /// The caller's own keys, by id.
    fn own_keys(
        api: &Gitlab<Self>,
        request: &Request,
        signed_in: &SignedIn,
        keys: impl FnOnce() -> Result<Vec<Key>, crate::accounts::Error>,
    ) -> Result<Response, Failure>;

    fn key_with_user(api: &Gitlab<Self>, request: &Request, key: &Key, user: &User) -> Response;

    fn deleted_key(key: &Key) -> Response;

    /// The response to deleting an own key that does not exist.
    fn no_key_to_delete() -> Result<Response, Failure>;
}
