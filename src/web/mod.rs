//! The web pages: signing in and out, and what users allowed applications. README.md beside this file says what each is
//! made of.
//!
//! Another dialect that shows pages asks here who is signed in ([`session()`]), sends browsers without a session to
//! sign in ([`to_sign_in`]), checks the token of a form ([`Session::confirm`]), and shows its pages in the same frame
//! ([`Shell`], [`page`], [`Failure`]).

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
pub use scopes::{Permission, in_words};
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
