//! An OAuth 2.0 authorization server (RFC 6749), which follows the security practices of RFC 9700. README.md beside
//! this file is its wire contract.

mod authorize;
mod client;
mod consent;
mod endpoint_paths;
mod error;
mod metadata;
mod request;
mod routes;
mod token;

pub use endpoint_paths::EndpointPaths;
pub use routes::{authorize_routes, metadata_routes, token_routes};

use crate::accounts::AccountAccess;
use crate::http::router::Dialect;
use crate::http::{AppState, RequestContext};
use crate::web;
use error::Failure;
use std::sync::Arc;
use warp::reply::Response;

/// One set of endpoints.
#[derive(Clone)]
pub struct OAuth {
    pub app: AppState,
    pub paths: EndpointPaths,
    /// The endpoints that the metadata lists.
    pub advertised: EndpointPaths,
    /// The user on whose behalf every request is approved without a consent page, for test suites without a browser.
    pub approver: Option<Arc<AccountAccess>>,
}

impl Dialect for OAuth {
    type Error = Failure;
    const NAME: &'static str = "oauth";
    const PREFIX: &'static str = "";
    const LABEL: &'static str = "oauth";
    const OWNS_PREFIX: bool = false;

    fn refuse(&self, failure: Failure, _request: &Arc<RequestContext>) -> Response {
        failure.into_response()
    }
}

/// The authorization endpoint. Unlike the other endpoints it answers with HTML pages.
#[derive(Clone)]
pub struct Authorize(pub OAuth);

impl Dialect for Authorize {
    type Error = web::Failure;
    const NAME: &'static str = "oauth";
    const PREFIX: &'static str = "";
    const LABEL: &'static str = "oauth";
    const OWNS_PREFIX: bool = false;

    fn refuse(&self, failure: web::Failure, request: &Arc<RequestContext>) -> Response {
        match failure {
            web::Failure::Routing(error) => Failure::Routing(error).into_response(),
            other => other.page(&self.0.app, request),
        }
    }
}
