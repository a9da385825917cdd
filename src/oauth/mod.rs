//! OAuth 2.0 (RFC 6749, safe by RFC 9700): how an application gets a token. README.md beside this file is its wire
//! contract.

mod authorize;
mod client;
mod consent;
mod endpoint_paths;
mod error;
mod metadata;
mod request;
mod token;

use crate::accounts::access::AccountAccess;
use crate::http::AppState;
use crate::http::routes::routes;
use endpoint_paths::EndpointPaths;
use std::sync::Arc;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// What a handler is given.
#[derive(Clone)]
pub struct OAuth {
    app: AppState,
    paths: EndpointPaths,
    /// Who allows everything without being asked, for test suites without a browser.
    approver: Option<Arc<AccountAccess>>,
}

/// docker.io's names, which are part of its dialect: what is left of the path after `/api/v1.1`.
pub fn docker(app: AppState, approver: Option<Arc<AccountAccess>>) -> BoxedFilter<(Response,)> {
    let oauth = OAuth { app, paths: EndpointPaths::Docker, approver };
    routes! { oauth, error::not_allowed;
        "o" / "authorize" => { GET: authorize::ask, POST: authorize::decide }
        "o" / "token" => { POST: token::issue }
        "o" / "revoke_token" => { POST: token::revoke }
        "o" / "introspect" => { POST: token::introspect }
    }
    .boxed()
}

/// GitLab's names, and the metadata.
pub fn gitlab(app: AppState, approver: Option<Arc<AccountAccess>>) -> BoxedFilter<(Response,)> {
    let oauth = OAuth { app, paths: EndpointPaths::Gitlab, approver };
    routes! { oauth, error::not_allowed;
        "oauth" / "authorize" => { GET: authorize::ask, POST: authorize::decide }
        "oauth" / "token" => { POST: token::issue }
        "oauth" / "revoke" => { POST: token::revoke }
        "oauth" / "introspect" => { POST: token::introspect }
        ".well-known" / "oauth-authorization-server" => { GET: metadata::show }
        ".well-known" / "oauth-authorization-server" / path => { GET: metadata::show_of }
    }
    .boxed()
}
