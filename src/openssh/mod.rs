//! Routes for sshd, git and scripts: `/USERNAME.keys` as on GitHub and GitLab, the file of allowed signers, and the key
//! lookup of `authorized-keys --server`. README.md beside this file is its wire contract.

mod error;
mod handlers;
mod reference;
mod signers;

use crate::accounts::access;
use crate::accounts::{Actor, Error};
use crate::domain::Scope::ReadUser;
use crate::http::reference::{Reference, Requirement};
use crate::http::router::{Dialect, Route, Rule, anyone, get};
use crate::http::{AppState, Request, RequestContext, credentials};
use error::Failure;
use std::sync::Arc;
use warp::reply::Response;

pub struct Openssh {
    app: AppState,
}

impl Openssh {
    pub fn new(app: AppState) -> Self {
        Self { app }
    }
}

impl Dialect for Openssh {
    type Error = Failure;
    const NAME: &'static str = "openssh";
    const PREFIX: &'static str = "";
    const LABEL: &'static str = "openssh";
    const OWNS: &'static [&'static str] = &[];
    const REFERENCE: Option<&'static Reference> = Some(&reference::REFERENCE);

    fn refuse(&self, failure: Failure, _request: &Arc<RequestContext>) -> Response {
        failure.into_response()
    }
}

/// Requires a token, and obtains the permission for its user.
#[derive(Clone, Copy)]
struct ByToken<P: Copy> {
    who: &'static str,
    permit: P,
}

impl<P, F> Rule<Openssh> for ByToken<F>
where
    P: Send + 'static,
    F: Fn(&Actor) -> Result<P, Error> + Copy + Send + Sync + 'static,
{
    type Permission = P;

    fn requirement(self) -> Requirement {
        Requirement::required(self.who, Some(ReadUser))
    }

    async fn permit(self, openssh: &Openssh, request: &mut Request) -> Result<P, Failure> {
        let credential = credentials::token(request)?.ok_or(Error::Unauthenticated)?;
        Ok((self.permit)(&credentials::authenticate(&openssh.app, request, credential).await?)?)
    }
}

/// The route table. [`crate::http::router`] explains the rows. Without `public_keys`, `/USERNAME.keys` is an unknown
/// path.
#[rustfmt::skip]
pub fn routes(public_keys: bool) -> Vec<Route<Openssh>> {
    let reader = ByToken { who: "a signed-in user", permit: access::reader };
    let admin = ByToken { who: "an administrator", permit: |actor: &Actor| access::admin(actor, ReadUser) };
    let mut routes = vec![
        get("/allowed_signers",              "allowed_signers", reader,   handlers::allowed_signers),
        get("/api/accountd/authorized_keys", "authorized_keys", admin,    handlers::authorized_keys),
    ];
    if public_keys {
        routes.push(get("/{username}.keys",  "public_keys",     anyone(), handlers::public_keys));
    }
    routes
}
