//! The web pages: signing in and out, the user's own account, and the page at `/`. README.md beside this file describes
//! each page.
//!
//! A page is a row below, a handler and a template. The rule of the row ([`rules`]) finds the session and verifies
//! forms. The handler makes a [`Shell`], which has the layout's data, and answers with [`Shell::page`], or after a form
//! with [`shell::done`], which redirects with a [`Message`].
//!
//! Another dialect that shows pages uses this one to find the session of a request ([`session()`]), to redirect
//! browsers without one to sign in ([`to_sign_in`]), to verify a submitted form ([`Session::verify_form`]), and to show
//! its pages in the same layout ([`Shell`], [`Failure`]).

mod account;
mod administration;
mod assets;
mod confirm;
mod cookie;
mod csrf;
mod equivalent;
mod failure;
mod form;
mod links;
mod message;
mod navigation;
mod pager;
mod return_to;
mod rules;
mod scopes;
mod secret;
mod session;
mod set_password;
mod shell;
mod sign_in;
mod start;

pub use cookie::SessionCookie;
pub use csrf::Csrf;
pub use failure::Failure;
pub use links::Links;
pub use message::Message;
pub use scopes::{Permission, permissions};
pub use session::{Session, session, to_sign_in};
pub use set_password::path as password_link_path;
pub use shell::{FormAction, Shell};

use crate::http::input::{Fields, Patch};
use crate::http::router::{Dialect, Route, anyone, get, post};
use crate::http::{AppState, RequestContext};
use account::{applications, confirm_password, emails, keys, overview, password, profile, sessions, tokens};
use administration::{
    addresses, application_form, grants, invitations, links as password_links, log, server, user, user_action,
    user_edit, user_new, users,
};
use administration::{applications as all_applications, keys as user_keys, tokens as user_tokens};
use rules::{administrator, recent_administrator, recently_signed_in, signed_in};
use std::sync::Arc;
use warp::reply::Response;

pub struct Web {
    pub app: AppState,
    /// The APIs that are turned on.
    pub apis: Vec<Api>,
    /// Accounts and requests to try, with `{url}` for the server's address.
    pub examples: Option<Arc<str>>,
}

/// An API that is served beside the pages.
#[derive(Clone, Copy)]
pub struct Api {
    pub name: &'static str,
    pub path: &'static str,
}

impl Dialect for Web {
    type Error = Failure;
    const NAME: &'static str = "web";
    const PREFIX: &'static str = "";
    const LABEL: &'static str = "web";
    const OWNS: &'static [&'static str] = &["/account", "/admin"];

    fn refuse(&self, failure: Failure, request: &Arc<RequestContext>) -> Response {
        failure.page(&self.app, request)
    }
}

/// The route table. [`crate::http::router`] explains the rows, [`rules`] who may call them.
#[rustfmt::skip]
pub fn routes() -> Vec<Route<Web>> {
    vec![
        get ("",                             "start",               anyone(),             start::show),

        get ("/account/sign-in",             "sign_in.form",        anyone(),             sign_in::form),
        post("/account/sign-in",             "sign_in.submit",      anyone(),             sign_in::submit),
        post("/account/sign-out",            "sign_out.submit",     anyone(),             sign_in::sign_out),
        get ("/account/confirm-password",    "password.ask",        signed_in(),          confirm_password::form),
        post("/account/confirm-password",    "password.confirm",    signed_in(),          confirm_password::submit),
        get ("/account/set-password",        "password.form",       anyone(),             set_password::form),
        post("/account/set-password",        "password.set",        anyone(),             set_password::submit),

        get ("/account",                             "overview",                   signed_in(),          overview::show),
        get ("/account/profile",                     "profile",                    signed_in(),          profile::form),
        post("/account/profile",                     "profile.update",             signed_in(),          profile::update),
        get ("/account/emails",                      "emails.list",                signed_in(),          emails::list),
        get ("/account/emails/new",                  "emails.new",                 recently_signed_in(), emails::new),
        post("/account/emails/new",                  "emails.create",              recently_signed_in(), emails::create),
        get ("/account/emails/{email_id}",           "emails.show",                recently_signed_in(), emails::show),
        post("/account/emails/{email_id}",           "emails.change",              recently_signed_in(), emails::change),
        get ("/account/emails/{email_id}/remove",    "emails.confirm_remove",      recently_signed_in(), emails::confirm_remove),
        post("/account/emails/{email_id}/remove",    "emails.remove",              recently_signed_in(), emails::remove),
        get ("/account/keys",                        "keys.list",                  signed_in(),          keys::list),
        get ("/account/keys/new",                    "keys.new",                   recently_signed_in(), keys::new),
        post("/account/keys/new",                    "keys.create",                recently_signed_in(), keys::create),
        get ("/account/keys/{key_id}",               "keys.show",                  signed_in(),          keys::show),
        get ("/account/keys/{key_id}/remove",        "keys.confirm_remove",        recently_signed_in(), keys::confirm_remove),
        post("/account/keys/{key_id}/remove",        "keys.remove",                recently_signed_in(), keys::remove),
        get ("/account/tokens",                      "tokens.list",                signed_in(),          tokens::list),
        get ("/account/tokens/new",                  "tokens.new",                 recently_signed_in(), tokens::new),
        post("/account/tokens/new",                  "tokens.create",              recently_signed_in(), tokens::create),
        get ("/account/tokens/{token_id}",           "tokens.show",                signed_in(),          tokens::show),
        get ("/account/tokens/{token_id}/rotate",    "tokens.confirm_rotate",      recently_signed_in(), tokens::confirm_rotate),
        post("/account/tokens/{token_id}/rotate",    "tokens.rotate",              recently_signed_in(), tokens::rotate),
        get ("/account/tokens/{token_id}/revoke",    "tokens.confirm_revoke",      recently_signed_in(), tokens::confirm_revoke),
        post("/account/tokens/{token_id}/revoke",    "tokens.revoke",              recently_signed_in(), tokens::revoke),
        get ("/account/applications",                "applications.list",          signed_in(),          applications::list),
        get ("/account/applications/revoke",         "applications.confirm_revoke", signed_in(),          applications::confirm_revoke),
        post("/account/applications/revoke",         "applications.revoke",        signed_in(),          applications::revoke),
        get ("/account/sessions",                    "sessions.list",              signed_in(),          sessions::list),
        get ("/account/sessions/end-others",         "sessions.confirm_end_others", signed_in(),          sessions::confirm_end_others),
        post("/account/sessions/end-others",         "sessions.end_others",        signed_in(),          sessions::end_others),
        get ("/account/sessions/{session_id}/end",   "sessions.confirm_end",       signed_in(),          sessions::confirm_end),
        post("/account/sessions/{session_id}/end",   "sessions.end",               signed_in(),          sessions::end),
        get ("/account/password",                    "password",                   signed_in(),          password::form),
        post("/account/password",                    "password.change",            signed_in(),          password::change),

        get ("/admin",                       "server",              administrator(),      server::show),
        get ("/admin/users",                 "users.list",          administrator(),      users::list),
        get ("/admin/users/new",             "users.new",           recent_administrator(), user_new::new),
        post("/admin/users/new",             "users.create",        recent_administrator(), user_new::create),
        get ("/admin/users/{id}",            "users.show",          administrator(),      user::show),
        get ("/admin/users/{id}/edit",       "users.edit",          recent_administrator(), user_edit::edit),
        post("/admin/users/{id}/edit",       "users.update",        recent_administrator(), user_edit::update),
        get ("/admin/users/{id}/reset-link", "users.ask_link",      recent_administrator(), password_links::ask),
        post("/admin/users/{id}/reset-link", "users.create_link",   recent_administrator(), password_links::create),
        get ("/admin/users/{id}/addresses",  "users.addresses",     recent_administrator(), addresses::list),
        post("/admin/users/{id}/addresses",  "users.add_address",   recent_administrator(), addresses::add),
        get ("/admin/users/{id}/addresses/{email_id}/{change}", "users.ask_address", recent_administrator(), addresses::ask),
        post("/admin/users/{id}/addresses/{email_id}/{change}", "users.change_address", recent_administrator(), addresses::act),
        get ("/admin/users/{id}/keys",       "users.keys",          administrator(),      user_keys::list),
        get ("/admin/users/{id}/keys/new",   "users.new_key",       recent_administrator(), user_keys::new),
        post("/admin/users/{id}/keys/new",   "users.add_key",       recent_administrator(), user_keys::create),
        get ("/admin/users/{id}/keys/{key_id}/remove", "users.ask_key", recent_administrator(), user_keys::ask),
        post("/admin/users/{id}/keys/{key_id}/remove", "users.remove_key", recent_administrator(), user_keys::remove),
        get ("/admin/users/{id}/tokens",     "users.tokens",        administrator(),      user_tokens::list),
        get ("/admin/users/{id}/tokens/{token_id}/revoke", "users.ask_token", recent_administrator(), user_tokens::ask),
        post("/admin/users/{id}/tokens/{token_id}/revoke", "users.revoke_token", recent_administrator(), user_tokens::revoke),
        get ("/admin/users/{id}/applications", "users.applications", administrator(),     grants::list),
        get ("/admin/users/{id}/applications/{client_id}/revoke", "users.ask_application", recent_administrator(), grants::ask),
        post("/admin/users/{id}/applications/{client_id}/revoke", "users.revoke_application", recent_administrator(), grants::revoke),
        get ("/admin/users/{id}/{action}",   "users.ask",           recent_administrator(), user_action::ask),
        post("/admin/users/{id}/{action}",   "users.act",           recent_administrator(), user_action::act),
        get ("/admin/applications",          "all_applications.list", administrator(),    all_applications::list),
        get ("/admin/applications/new",      "all_applications.new", recent_administrator(), application_form::new),
        post("/admin/applications/new",      "all_applications.create", recent_administrator(), application_form::create),
        get ("/admin/applications/{client_id}", "all_applications.show", administrator(), all_applications::show),
        get ("/admin/applications/{client_id}/edit", "all_applications.edit", recent_administrator(), application_form::edit),
        post("/admin/applications/{client_id}/edit", "all_applications.update", recent_administrator(), application_form::update),
        get ("/admin/applications/{client_id}/rotate-secret", "all_applications.ask_rotate", recent_administrator(), all_applications::ask_rotate),
        post("/admin/applications/{client_id}/rotate-secret", "all_applications.rotate", recent_administrator(), all_applications::rotate),
        get ("/admin/applications/{client_id}/delete", "all_applications.ask_delete", recent_administrator(), all_applications::ask_delete),
        post("/admin/applications/{client_id}/delete", "all_applications.delete", recent_administrator(), all_applications::delete),
        get ("/admin/log",                   "log.list",            administrator(),      log::list),
        get ("/admin/invitations",           "invitations.list",    administrator(),      invitations::list),
        get ("/admin/invitations/{link_id}/revoke", "invitations.ask", recent_administrator(), invitations::ask),
        post("/admin/invitations/{link_id}/revoke", "invitations.revoke", recent_administrator(), invitations::revoke),

        get ("/account/style.css",           "style",               anyone(),             assets::style),
        get ("/account/icon.svg",            "icon",                anyone(),             assets::icon),
    ]
}

/// A text in a query or a form; None if it is missing or not text, which a browser never sends.
pub fn field(fields: &Fields, name: &'static str) -> Option<String> {
    fields.text(name).ok().and_then(Patch::value)
}
