//! The web pages: signing in and out, and the applications with access to an account. README.md beside this file
//! describes each page.
//!
//! Another dialect that shows pages uses this one to find the session of a request ([`session()`]), to redirect
//! browsers without one to sign in ([`to_sign_in`]), to verify a submitted form ([`Session::verify_form`]), and to show
//! its pages in the same layout ([`Shell`], [`page`], [`Failure`]).

mod applications;
mod cookie;
mod csrf;
mod failure;
mod links;
mod return_to;
mod scopes;
mod session;
mod shell;
mod sign_in;

pub use cookie::SessionCookie;
pub use csrf::Csrf;
pub use failure::Failure;
pub use links::Links;
pub use scopes::{Permission, permissions};
pub use session::{Session, session, to_sign_in};
pub use shell::{FormAction, Shell, page};

use crate::http::input::{Fields, Patch};
use crate::http::router::{Dialect, Route, anyone, get, post};
use crate::http::{AppState, RequestContext};
use std::sync::Arc;
use warp::reply::Response;

pub struct Web {
    pub app: AppState,
}

impl Dialect for Web {
    type Error = Failure;
    const NAME: &'static str = "web";
    const PREFIX: &'static str = "/account";
    const LABEL: &'static str = "web";

    fn refuse(&self, failure: Failure, request: &Arc<RequestContext>) -> Response {
        failure.page(&self.app, request)
    }
}

/// The route table. [`crate::http::router`] explains the rows. The handlers check the session cookie themselves, because
/// each page treats a missing session differently.
#[rustfmt::skip]
pub fn routes() -> Vec<Route<Web>> {
    vec![
        get ("",                     "index",               anyone(), applications::index),
        get ("/sign-in",             "sign_in.form",        anyone(), sign_in::form),
        post("/sign-in",             "sign_in.submit",      anyone(), sign_in::submit),
        post("/sign-out",            "sign_out.submit",     anyone(), sign_in::sign_out),
        get ("/applications",        "applications.list",   anyone(), applications::list),
        post("/applications/revoke", "applications.revoke", anyone(), applications::revoke),
        get ("/style.css",           "style",               anyone(), shell::style),
    ]
}

/// A text in a query or a form; None if it is missing or not text, which a browser never sends.
pub fn field(fields: &Fields, name: &'static str) -> Option<String> {
    fields.text(name).ok().and_then(Patch::value)
}
