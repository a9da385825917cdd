//! The docker.io Accounts API v1.1 (2014). README.md beside this file is its wire contract.

mod emails;
mod entity;
mod error;
mod reference;
mod routes;
mod users;

pub use routes::routes;

use crate::accounts::{AccountAccess, Actor};
use crate::domain::Scope;
use crate::http::credentials::{self, AuthorizationHeader};
use crate::http::reference::{Reference, Requirement};
use crate::http::router::{Dialect, Rule};
use crate::http::{AppState, Request, RequestContext};
use error::Failure;
use std::sync::Arc;
use warp::reply::Response;

pub struct Docker {
    pub app: AppState,
}

impl Dialect for Docker {
    type Error = Failure;
    const NAME: &'static str = "docker";
    const PREFIX: &'static str = "/api/v1.1";
    const LABEL: &'static str = "docker";
    const IS_DOCUMENTED_API: bool = true;
    const REFERENCE: Option<&'static Reference> = Some(&reference::REFERENCE);

    fn refuse(&self, failure: Failure, _request: &Arc<RequestContext>) -> Response {
        failure.into_response()
    }
}

impl Docker {
    /// Authenticates the caller by HTTP Basic with a password or a token, or by a Bearer token.
    async fn authenticate(&self, request: &Request) -> Result<Actor, Failure> {
        let credential = match credentials::authorization(&request.headers).map_err(Failure::Credential)? {
            Some(AuthorizationHeader::Basic(credential) | AuthorizationHeader::Bearer(credential)) => credential,
            None => return Err(Failure::NoCredential),
        };
        Ok(credentials::authenticate(&self.app, request, credential).await?)
    }
}

/// The caller must be the user in the path, with a credential that has this scope.
#[derive(Clone, Copy)]
struct Owner(Scope);

fn owner(scope: Scope) -> Owner {
    Owner(scope)
}

impl Rule<Docker> for Owner {
    type Permission = AccountAccess;

    fn requirement(self) -> Requirement {
        Requirement::required("the user in the path", Some(self.0))
    }

    async fn permit(self, docker: &Docker, request: &mut Request) -> Result<AccountAccess, Failure> {
        let actor = docker.authenticate(request).await?;
        Ok(docker.app.accounts.own_account(&actor, request.param("username"), self.0)?)
    }
}
