//! What programs around OpenSSH ask for: `/USERNAME.keys` as GitHub and GitLab have it, the file of allowed signers, and
//! the keys for `authorized-keys --server`. README.md beside this file is its wire contract.

mod error;
mod handlers;
mod routes;
mod signers;

pub use routes::routes;

use crate::accounts::access::{self, Admin, Reader};
use crate::accounts::{Actor, Error};
use crate::domain::Scope;
use crate::http::router::{Dialect, Rule};
use crate::http::{AppState, Request, RequestContext, credentials};
use error::Failure;
use signers::SignersFile;
use std::sync::Arc;
use warp::reply::Response;

pub struct Openssh {
    app: AppState,
    signers: SignersFile,
}

impl Openssh {
    pub fn new(app: AppState) -> Self {
        Self { app, signers: SignersFile::default() }
    }
}

impl Dialect for Openssh {
    type Error = Failure;
    const NAME: &'static str = "openssh";
    const PREFIX: &'static str = "";
    const LABEL: &'static str = "openssh";
    const OWNS_PREFIX: bool = false;

    fn refuse(&self, failure: Failure, _request: &Arc<RequestContext>) -> Response {
        failure.into_response()
    }
}

impl Openssh {
    async fn authenticate(&self, request: &Request) -> Result<Actor, Error> {
        let credential = credentials::token(request)?.ok_or(Error::Unauthenticated)?;
        credentials::authenticate(&self.app, request, credential).await
    }
}

/// Every signed-in user whose token may read users.
#[derive(Clone, Copy)]
struct ReaderRule;

fn reader() -> ReaderRule {
    ReaderRule
}

impl Rule<Openssh> for ReaderRule {
    type Permission = Reader;

    async fn permit(self, openssh: &Openssh, request: &mut Request) -> Result<Reader, Failure> {
        Ok(access::reader(&openssh.authenticate(request).await?)?)
    }
}

/// Administrators whose token has this scope.
#[derive(Clone, Copy)]
struct AdminRule(Scope);

fn admin(scope: Scope) -> AdminRule {
    AdminRule(scope)
}

impl Rule<Openssh> for AdminRule {
    type Permission = Admin;

    async fn permit(self, openssh: &Openssh, request: &mut Request) -> Result<Admin, Failure> {
        Ok(access::admin(&openssh.authenticate(request).await?, self.0)?)
    }
}
