//! The route tables of both sets of endpoints. [`crate::http::router`] explains the rows.

use super::authorize::{self, SignedIn};
use super::{Authorize, EndpointPaths, OAuth, metadata, token};
use crate::http::router::{Route, anyone, get, post};

#[rustfmt::skip]
pub fn authorize_routes(paths: EndpointPaths) -> Vec<Route<Authorize>> {
    match paths {
        EndpointPaths::Docker => vec![
            get ("/api/v1.1/o/authorize",    "docker.authorize",  anyone(), authorize::show),
            post("/api/v1.1/o/authorize",    "docker.decide",     SignedIn, authorize::decide),
        ],
        EndpointPaths::Gitlab => vec![
            get ("/oauth/authorize",         "gitlab.authorize",  anyone(), authorize::show),
            post("/oauth/authorize",         "gitlab.decide",     SignedIn, authorize::decide),
        ],
    }
}

/// The caller is an application, which authenticates with Basic or in the body; the handlers check that.
#[rustfmt::skip]
pub fn token_routes(paths: EndpointPaths) -> Vec<Route<OAuth>> {
    match paths {
        EndpointPaths::Docker => vec![
            post("/api/v1.1/o/token",        "docker.token",      anyone(), token::issue),
            post("/api/v1.1/o/revoke_token", "docker.revoke",     anyone(), token::revoke),
            post("/api/v1.1/o/introspect",   "docker.introspect", anyone(), token::introspect),
        ],
        EndpointPaths::Gitlab => vec![
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
        get("/.well-known/oauth-authorization-server/{path}", "metadata.of_issuer", anyone(), metadata::get_of_issuer),
    ]
}
