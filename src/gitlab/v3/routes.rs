//! The route table of v3. [`crate::http::router`] explains the rows.

use super::super::Gitlab;
use super::super::handlers::{fixed, keys, session, users};
use super::super::rules::{admin, managed_account, own_account, reader, signed_in};
use super::{V3, emails, user_list};
use crate::domain::Scope::{Api, ReadUser};
use crate::http::router::{Route, anyone, delete, get, post, put};

#[rustfmt::skip]
pub fn routes() -> Vec<Route<Gitlab<V3>>> {
    vec![
        post  ("/session",                  "session.create",   anyone(),                  session::create),
        get   ("/user",                     "users.current",    own_account(ReadUser),     users::current),
        get   ("/user/keys",                "keys.list_own",    own_account(ReadUser),     keys::list_own),
        post  ("/user/keys",                "keys.create_own",  own_account(Api),          keys::create),
        get   ("/user/keys/{key_id}",       "keys.get_own",     own_account(ReadUser),     keys::get),
        delete("/user/keys/{key_id}",       "keys.delete_own",  own_account(Api),          keys::delete_own),
        get   ("/user/emails",              "emails.list_own",  own_account(ReadUser),     emails::list),
        post  ("/user/emails",              "emails.create_own",own_account(Api),          emails::create_own),
        get   ("/user/emails/{email_id}",   "emails.get_own",   own_account(ReadUser),     emails::get),
        delete("/user/emails/{email_id}",   "emails.delete_own",own_account(Api),          emails::delete_own),
        get   ("/users",                    "users.list",       reader(),                  user_list::list),
        post  ("/users",                    "users.create",     admin(Api),                users::create),
        get   ("/users/{id}",               "users.get",        signed_in(),               users::get),
        put   ("/users/{id}",               "users.update",     admin(Api),                users::update),
        delete("/users/{id}",               "users.delete",     admin(Api),                users::delete),
        put   ("/users/{id}/block",         "users.block",      admin(Api),                users::block),
        put   ("/users/{id}/unblock",       "users.unblock",    admin(Api),                users::unblock),
        get   ("/users/{id}/keys",          "keys.list",        managed_account(ReadUser), keys::list),
        post  ("/users/{id}/keys",          "keys.create",      managed_account(Api),      keys::create),
        delete("/users/{id}/keys/{key_id}", "keys.delete",      managed_account(Api),      keys::delete),
        get   ("/users/{id}/emails",        "emails.list",      managed_account(ReadUser), emails::list),
        post  ("/users/{id}/emails",        "emails.create",    managed_account(Api),      emails::create_for),
        get   ("/users/{id}/emails/{email_id}", "emails.get",   managed_account(ReadUser), emails::get),
        delete("/users/{id}/emails/{email_id}", "emails.delete",managed_account(Api),      emails::delete),
        get   ("/keys",                     "keys.find",        admin(ReadUser),           keys::find),
        get   ("/keys/{key_id}",            "keys.get",         admin(ReadUser),           keys::get_with_user),
        get   ("/version",                  "server.version",   own_account(ReadUser),     fixed::version),
    ]
}
