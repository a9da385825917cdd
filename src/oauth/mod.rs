//! An OAuth 2.0 authorization server (RFC 6749), which follows the security practices of RFC 9700. README.md beside
//! this file is its wire contract.

mod approver;
mod authorize;
mod client;
mod endpoint_paths;
mod error;
mod metadata;
mod reference;
mod request;
mod token;

pub use approver::{Approver, Decision};
pub use endpoint_paths::EndpointPaths;

use crate::http::reference::{Reference, Requirement};
use crate::http::router::{Dialect, Route, Rule, anyone, get, post};
use crate::http::{AppState, Request, RequestContext};
use authorize::SignedIn;
use error::Failure;
use std::sync::Arc;
use warp::reply::Response;

/// One set of endpoints.
pub struct OAuth {
    pub app: AppState,
    pub paths: EndpointPaths,
    /// The endpoints that the metadata lists.
    pub advertised: EndpointPaths,
    /// Decides in place of the user.
    pub approver: Option<Arc<dyn Approver>>,
}

impl Dialect for OAuth {
    type Error = Failure;
    const NAME: &'static str = "oauth";
    const PREFIX: &'static str = "";
    const LABEL: &'static str = "oauth";
    const OWNS: &'static [&'static str] = &[];
    const REFERENCE: Option<&'static Reference> = Some(&reference::REFERENCE);

    fn refuse(&self, failure: Failure, request: &Arc<RequestContext>) -> Response {
        failure.into_response(&self.app, request)
    }
}

/// Applications, which the handlers authenticate, because their credential may be in the body.
#[derive(Clone, Copy)]
struct Application;

impl Rule<OAuth> for Application {
    type Permission = ();

    fn requirement(self) -> Requirement {
        Requirement::optional("an application, with its id and secret; a public one with its id")
    }

    async fn permit(self, _oauth: &OAuth, _request: &mut Request) -> Result<(), Failure> {
        Ok(())
    }
}

/// The route table of a set of endpoints. [`crate::http::router`] explains the rows.
#[rustfmt::skip]
pub fn routes(paths: EndpointPaths) -> Vec<Route<OAuth>> {
    match paths {
        EndpointPaths::Docker => vec![
            get ("/api/v1.1/o/authorize",    "docker.authorize",  anyone(),    authorize::show),
            post("/api/v1.1/o/authorize",    "docker.decide",     SignedIn,    authorize::decide),
            post("/api/v1.1/o/token",        "docker.token",      Application, token::issue),
            post("/api/v1.1/o/revoke_token", "docker.revoke",     Application, token::revoke),
            post("/api/v1.1/o/introspect",   "docker.introspect", Application, token::introspect),
        ],
        EndpointPaths::Gitlab => vec![
            get ("/oauth/authorize",         "gitlab.authorize",  anyone(),    authorize::show),
            post("/oauth/authorize",         "gitlab.decide",     SignedIn,    authorize::decide),
            post("/oauth/token",             "gitlab.token",      Application, token::issue),
            post("/oauth/revoke",            "gitlab.revoke",     Application, token::revoke),
            post("/oauth/introspect",        "gitlab.introspect", Application, token::introspect),
        ],
    }
}

#[rustfmt::skip]
pub fn metadata_routes() -> Vec<Route<OAuth>> {
    vec![
        get("/.well-known/oauth-authorization-server",        "metadata",           anyone(), metadata::get),
        get("/.well-known/oauth-authorization-server/{path}", "metadata.of_issuer", anyone(), metadata::get),
    ]
}
