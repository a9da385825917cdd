//! The route table of v4. [`crate::http::router`] explains the rows.

use super::super::Gitlab;
use super::super::handlers::{
    custom_attributes, emails, fixed, keys, preferences, service_accounts, statuses, tokens, users,
};
use super::super::rules::{
    account_or_admin, admin, current_token, managed_account, named_token, own_account, rotatable_token, signed_in,
    tokens as own_tokens, viewer,
};
use super::{V4, audit_events, user_list};
use crate::domain::Scope::{Api, ReadApi, ReadUser};
use crate::http::router::{Route, delete, get, patch, post, put};

#[rustfmt::skip]
pub fn routes() -> Vec<Route<Gitlab<V4>>> {
    vec![
        get   ("/user",                                  "users.current",             own_account(ReadUser),      users::current),
        get   ("/user/keys",                             "keys.list_own",             own_account(ReadUser),      keys::list_own),
        post  ("/user/keys",                             "keys.create_own",           own_account(Api),           keys::create),
        get   ("/user/keys/{key_id}",                    "keys.get_own",              own_account(ReadUser),      keys::get),
        delete("/user/keys/{key_id}",                    "keys.delete_own",           own_account(Api),           keys::delete_own),
        get   ("/user/emails",                           "emails.list_own",           own_account(ReadUser),      emails::list),
        post  ("/user/emails",                           "emails.create_own",         own_account(Api),           emails::create_own),
        get   ("/user/emails/{email_id}",                "emails.get_own",            own_account(ReadUser),      emails::get),
        delete("/user/emails/{email_id}",                "emails.delete_own",         own_account(Api),           emails::delete),
        post  ("/user/personal_access_tokens",           "tokens.create_own",         own_account(Api),           tokens::create_own),
        get   ("/user/status",                           "status.get_own",            own_account(ReadUser),      statuses::get_own),
        put   ("/user/status",                           "status.set",                own_account(Api),           statuses::put),
        patch ("/user/status",                           "status.change",             own_account(Api),           statuses::patch),
        get   ("/user/preferences",                      "preferences.get",           own_account(ReadUser),      preferences::get),
        put   ("/user/preferences",                      "preferences.update",        own_account(Api),           preferences::update),
        get   ("/user/activities",                       "users.activities",          admin(ReadUser),            preferences::activities),
        get   ("/user_counts",                           "users.counts",              own_account(ReadUser),      fixed::user_counts),

        get   ("/users",                                 "users.list",                viewer(),                   user_list::list),
        post  ("/users",                                 "users.create",              admin(Api),                 users::create),
        get   ("/users/{id}",                            "users.get",                 signed_in(),                users::get),
        put   ("/users/{id}",                            "users.update",              admin(Api),                 users::update),
        delete("/users/{id}",                            "users.delete",              admin(Api),                 users::delete),
        post  ("/users/{id}/block",                      "users.block",               admin(Api),                 users::block),
        post  ("/users/{id}/unblock",                    "users.unblock",             admin(Api),                 users::unblock),
        post  ("/users/{id}/ban",                        "users.ban",                 admin(Api),                 users::ban),
        post  ("/users/{id}/unban",                      "users.unban",               admin(Api),                 users::unban),
        post  ("/users/{id}/deactivate",                 "users.deactivate",          admin(Api),                 users::deactivate),
        post  ("/users/{id}/activate",                   "users.activate",            admin(Api),                 users::activate),
        post  ("/users/{id}/approve",                    "users.approve",             admin(Api),                 users::approve),
        post  ("/users/{id}/reject",                     "users.reject",              admin(Api),                 users::reject),
        delete("/users/{id}/identities/{provider}",      "users.delete_identity",     admin(Api),                 users::delete_identity),
        get   ("/users/{id}/status",                     "status.get",                viewer(),                   statuses::get),
        get   ("/users/{id}/custom_attributes",          "custom_attributes.list",    admin(ReadUser),            custom_attributes::list),
        get   ("/users/{id}/custom_attributes/{key}",    "custom_attributes.get",     admin(ReadUser),            custom_attributes::get),
        put   ("/users/{id}/custom_attributes/{key}",    "custom_attributes.set",     admin(Api),                 custom_attributes::set),
        delete("/users/{id}/custom_attributes/{key}",    "custom_attributes.delete",  admin(Api),                 custom_attributes::delete),
        get   ("/users/{id}/projects",                   "users.projects",            viewer(),                   fixed::list_of_user),
        get   ("/users/{id}/contributed_projects",       "users.contributed_projects",viewer(),                   fixed::list_of_user),
        get   ("/users/{id}/starred_projects",           "users.starred_projects",    viewer(),                   fixed::list_of_user),
        get   ("/users/{id}/events",                     "users.events",              viewer(),                   fixed::list_of_user),
        get   ("/users/{id}/memberships",                "users.memberships",         managed_account(ReadUser),  fixed::memberships),
        get   ("/users/{id}/associations_count",         "users.associations_count",  account_or_admin(ReadUser), fixed::associations_count),

        get   ("/users/{id}/keys",                       "keys.list",                 viewer(),                   keys::list_visible),
        post  ("/users/{id}/keys",                       "keys.create",               managed_account(Api),       keys::create),
        get   ("/users/{id}/keys/{key_id}",              "keys.get_of_user",          viewer(),                   keys::get_visible),
        delete("/users/{id}/keys/{key_id}",              "keys.delete",               managed_account(Api),       keys::delete),
        get   ("/keys",                                  "keys.find",                 admin(ReadUser),            keys::find),
        get   ("/keys/{key_id}",                         "keys.get",                  admin(ReadUser),            keys::get_with_user),

        get   ("/users/{id}/emails",                     "emails.list",               managed_account(ReadUser),  emails::list),
        post  ("/users/{id}/emails",                     "emails.create",             managed_account(Api),       emails::create_for),
        get   ("/users/{id}/emails/{email_id}",          "emails.get",                managed_account(ReadUser),  emails::get),
        delete("/users/{id}/emails/{email_id}",          "emails.delete",             managed_account(Api),       emails::delete),

        post  ("/users/{id}/personal_access_tokens",     "tokens.create",             managed_account(Api),       tokens::create_for),
        get   ("/personal_access_tokens",                "tokens.list",               own_tokens(ReadApi),        tokens::list),
        get   ("/personal_access_tokens/{token_id}",     "tokens.get",                named_token(ReadApi),       tokens::get),
        delete("/personal_access_tokens/{token_id}",     "tokens.revoke",             named_token(Api),           tokens::revoke),
        post  ("/personal_access_tokens/{token_id}/rotate", "tokens.rotate",          rotatable_token(),          tokens::rotate),
        get   ("/personal_access_tokens/self/associations", "tokens.associations",    current_token(),            fixed::token_associations),
        get   ("/users/{id}/impersonation_tokens",       "impersonation_tokens.list", managed_account(ReadApi),   tokens::list_impersonation),
        post  ("/users/{id}/impersonation_tokens",       "impersonation_tokens.create", managed_account(Api),     tokens::create_impersonation),
        get   ("/users/{id}/impersonation_tokens/{token_id}", "impersonation_tokens.get", managed_account(ReadApi), tokens::get_impersonation),
        delete("/users/{id}/impersonation_tokens/{token_id}", "impersonation_tokens.revoke", managed_account(Api), tokens::revoke_impersonation),

        get   ("/service_accounts",                      "service_accounts.list",     admin(ReadApi),             service_accounts::list),
        post  ("/service_accounts",                      "service_accounts.create",   admin(Api),                 service_accounts::create),

        get   ("/audit_events",                          "audit_events.list",         admin(ReadApi),             audit_events::list),
        get   ("/audit_events/{event_id}",               "audit_events.get",          admin(ReadApi),             audit_events::get),

        get   ("/version",                               "server.version",            own_account(ReadUser),      fixed::version),
        get   ("/metadata",                              "server.metadata",           own_account(ReadUser),      fixed::metadata),
    ]
}
