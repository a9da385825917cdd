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
mod routes;
mod scopes;
mod session;
mod shell;
mod sign_in;
mod sign_out;
mod style;

pub use csrf::{Csrf, Refusal};
pub use failure::Failure;
pub use links::Links;
pub use routes::routes;
pub use scopes::{Permission, permissions};
pub use session::{Session, session, to_sign_in};
pub use shell::{FormAction, Shell, page};

use crate::http::router::Dialect;
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
