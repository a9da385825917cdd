//! The route table of this dialect. [`crate::http::router`] explains the rows.

use super::{Docker, emails, owner, users};
use crate::domain::Scope::{EmailRead, EmailWrite, ProfileRead, ProfileWrite};
use crate::http::router::{Route, delete, get, patch, post};

#[rustfmt::skip]
pub fn routes() -> Vec<Route<Docker>> {
    vec![
        get   ("/users/{username}",        "users.get",     owner(ProfileRead),  users::get),
        patch ("/users/{username}",        "users.update",  owner(ProfileWrite), users::update),
        get   ("/users/{username}/emails", "emails.list",   owner(EmailRead),    emails::list),
        post  ("/users/{username}/emails", "emails.create", owner(EmailWrite),   emails::create),
        patch ("/users/{username}/emails", "emails.update", owner(EmailWrite),   emails::update),
        delete("/users/{username}/emails", "emails.delete", owner(EmailWrite),   emails::delete),
    ]
}
