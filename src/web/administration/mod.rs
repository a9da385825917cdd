//! The pages of administrators.
//!
//! A page that changes something first asks ([`question`]): its GET shows what will happen, and its POST does it. Both
//! need a password that was entered within the last ten minutes.

pub mod addresses;
pub mod application_form;
pub mod applications;
pub mod grants;
pub mod invitations;
pub mod keys;
pub mod links;
pub mod log;
mod question;
pub mod server;
pub mod tokens;
pub mod user;
pub mod user_action;
pub mod user_edit;
pub mod user_new;
pub mod users;

use super::{Failure, Web};
use crate::accounts::{Admin, Error};
use crate::domain::{State, User};
use crate::http::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::str::FromStr;

const APPLICATIONS: &str = "/admin/applications";
const USERS: &str = "/admin/users";

/// The user in the path.
fn named_user(web: &Web, request: &Request, admin: &Admin) -> Result<User, Failure> {
    Ok(web.app.accounts.user(admin, id(request, "id")?)?)
}

/// The path of the user's page.
fn path_of(user: &User) -> String {
    format!("{USERS}/{}", user.id)
}

/// An id in the path. Anything but a number is an unknown thing.
fn id<T: FromStr>(request: &Request, name: &str) -> Result<T, Failure> {
    Ok(request.param(name).parse().map_err(|_| Error::NotFound)?)
}

/// A text as a part of a path.
fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn state_text(state: State) -> &'static str {
    match state {
        State::Active => "Active",
        State::Blocked => "Blocked",
        State::Deactivated => "Deactivated",
        State::Banned => "Banned",
        State::BlockedPendingApproval => "Waiting for approval",
    }
}
