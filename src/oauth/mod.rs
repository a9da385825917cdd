//! An OAuth 2.0 authorization server (RFC 6749), which follows the security practices of RFC 9700. README.md beside
//! this file is its wire contract.

mod approver;
mod authorize;
mod client;
mod endpoint_paths;
mod error;
mod metadata;
mod request;
mod token;

pub use approver::{Approver, Decision};
pub use endpoint_paths::EndpointPaths;

use crate::http::router::{Dialect, Route, anyone, get, post};
use crate::http::{AppState, RequestContext};
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

    fn refuse(&self, failure: Failure, request: &Arc<RequestContext>) -> Response {
        failure.into_response(&self.app, request)
    }
}

/// The route table of a set of endpoints. The callers of those that answer with JSON are applications, which
/// authenticate with Basic or in the body; the handlers check that. [`crate::http::router`] explains the rows.
#[rustfmt::skip]
pub fn routes(paths: EndpointPaths) -> Vec<Route<OAuth>> {
    match paths {
        EndpointPaths::Docker => vec![
            get ("/api/v1.1/o/authorize",    "docker.authorize",  anyone(), authorize::show),
            post("/api/v1.1/o/authorize",    "docker.decide",     SignedIn, authorize::decide),
            post("/api/v1.1/o/token",        "docker.token",      anyone(), token::issue),
            post("/api/v1.1/o/revoke_token", "docker.revoke",     anyone(), token::revoke),
            post("/api/v1.1/o/introspect",   "docker.introspect", anyone(), token::introspect),
        ],
        EndpointPaths::Gitlab => vec![
            get ("/oauth/authorize",         "gitlab.authorize",  anyone(), authorize::show),
            post("/oauth/authorize",         "gitlab.decide",     SignedIn, authorize::decide),
            post("/oauth/token",             "gitlab.token",      anyone(), token::issue),
            post("/oauth/revoke",            "gitlab.revoke",     anyone(), token::revoke),
            post("/oauth/introspect",        "gitlab.introspect", anyone(), token::introspect),
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
