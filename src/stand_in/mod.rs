//! The control service of a test stand-in: JSON below `/_accountd/`, only with `serve --memory --control`.
//!
//! A [`Sandbox`] has the whole state of one stand-in: its accounts, what they are reset to, and the router that answers
//! on its port. A reset builds new accounts from an image of the database and a new router around them, and puts it in
//! the place of the old one; nothing is enumerated, so nothing can be forgotten. README.md beside this file is the
//! contract of the service.

mod clock;
mod credentials;
mod error;
mod faults;
mod guard;
mod handlers;
mod images;
mod interception;
mod journal;
mod json;
mod matching;
mod next_authorization;
mod requests;
mod sandbox;
mod sandboxes;
mod subject;
mod token_names;

pub use guard::Guard;
pub use next_authorization::{Authorization, NextAuthorization};
pub use requests::{JOURNAL, Options};
pub use sandbox::{Sandbox, Start};

use crate::accounts::Accounts;
use crate::domain::User;
use crate::http::error::RequestError;
use crate::http::router::{Dialect, Route, delete, get, post, put};
use crate::http::{AppState, Callers, Request, RequestContext};
use error::Failure;
use guard::controller;
use requests::Requests;
use serde::de::DeserializeOwned;
use std::sync::{Arc, Weak};
use warp::reply::Response;

/// The control service of one sandbox.
pub struct Control {
    /// Weak, because the sandbox holds the router that holds this.
    sandbox: Weak<Sandbox>,
    /// With the accounts until the next reset.
    app: AppState,
    next_authorization: Arc<NextAuthorization>,
    requests: Arc<Requests>,
}

impl Control {
    fn sandbox(&self) -> Result<Arc<Sandbox>, Failure> {
        self.sandbox.upgrade().ok_or_else(|| Failure::not_found("the sandbox was deleted"))
    }

    /// The accounts of this call's epoch.
    ///
    /// # Errors
    /// A reset has replaced them since the call began.
    fn accounts(&self) -> Result<&Accounts, Failure> {
        match self.app.accounts.is_retired() {
            true => Err(Failure::overtaken()),
            false => Ok(&self.app.accounts),
        }
    }

    /// The body of a call that no reset has overtaken while the body was on its way.
    async fn body<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Failure> {
        let body = json::body(request).await?;
        self.accounts()?;
        Ok(body)
    }

    /// The user with this name.
    fn user(&self, name: &str) -> Result<User, Failure> {
        Ok(self.app.accounts.user_by_name(&self.sandbox()?.start.operator, name)?)
    }
}

impl Dialect for Control {
    type Error = Failure;
    const NAME: &'static str = "control";
    const PREFIX: &'static str = "/_accountd";
    const LABEL: &'static str = "stand_in";
    const PARSES_BODIES: bool = false;
    const CALLERS: Callers = Callers::Trusted;

    fn refuse(&self, failure: Failure, _request: &Arc<RequestContext>) -> Response {
        failure.into_response()
    }
}

/// The route table. [`crate::http::router`] explains the rows.
#[rustfmt::skip]
fn routes() -> Vec<Route<Control>> {
    vec![
        get   ("/health",            "health",           controller(), handlers::health),
        get   ("/operations",        "operations",       controller(), handlers::operations),
        post  ("/reset",             "reset",            controller(), handlers::reset),
        post  ("/import",            "import",           controller(), handlers::import),
        get   ("/state",             "state",            controller(), handlers::state),
        get   ("/clock",             "clock.get",        controller(), clock::get),
        put   ("/clock",             "clock.put",        controller(), clock::put),
        delete("/clock",             "clock.delete",     controller(), clock::delete),
        post  ("/clock/advance",     "clock.advance",    controller(), clock::advance),
        get   ("/snapshots",         "snapshots.list",   controller(), handlers::snapshots),
        put   ("/snapshots/{name}",  "snapshots.put",    controller(), handlers::put_snapshot),
        delete("/snapshots/{name}",  "snapshots.delete", controller(), handlers::delete_snapshot),
        post  ("/sign-ins",          "sign_ins.create",  controller(), credentials::sign_in),
        post  ("/tokens",            "tokens.create",    controller(), credentials::create_token),
        post  ("/oauth/next",        "oauth.next",       controller(), next_authorization::prepare),
        get   ("/sandboxes",         "sandboxes.list",   controller(), handlers::sandboxes),
        post  ("/sandboxes",         "sandboxes.create", controller(), handlers::create_sandbox),
        delete("/sandboxes/{name}",  "sandboxes.delete", controller(), handlers::delete_sandbox),
        get   ("/faults",            "faults.list",      controller(), faults::list),
        post  ("/faults",            "faults.create",    controller(), faults::create),
        delete("/faults",            "faults.clear",     controller(), faults::clear),
        get   ("/faults/{id}",       "faults.get",       controller(), faults::get),
        delete("/faults/{id}",       "faults.delete",    controller(), faults::delete),
        get   ("/events",            "events",           controller(), journal::events),
        get   ("/requests",          "requests.list",    controller(), journal::list),
        delete("/requests",          "requests.delete",  controller(), journal::clear),
        post  ("/requests/find",     "requests.find",    controller(), journal::find),
        post  ("/requests/expect",   "requests.expect",  controller(), journal::expect),
    ]
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}
