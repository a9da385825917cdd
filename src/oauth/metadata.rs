//! `/.well-known/oauth-authorization-server` (RFC 8414): what a client needs to know, in one place.

use super::OAuth;
use super::error::Failure;
use crate::domain::Scope;
use crate::http::reply;
use crate::http::request::{Call, Segment};
use hyper::StatusCode;
use serde_json::json;
use warp::reply::Response;

/// Of an issuer with a path, which section 3.1 puts behind the well-known one.
pub async fn show_of(oauth: OAuth, call: Call, path: Segment) -> Result<Response, Failure> {
    let issuer = url::Url::parse(&oauth.app.base_url(&call));
    let ours = issuer.is_ok_and(|issuer| issuer.path().trim_matches('/') == path.as_str());
    if ours { Ok(show(oauth, call).await) } else { Err(Failure::NoSuchIssuer) }
}

pub async fn show(oauth: OAuth, call: Call) -> Response {
    let issuer = oauth.app.base_url(&call);
    let at = |path: &str| format!("{issuer}{path}");
    let methods = ["client_secret_basic", "client_secret_post"];
    let methods_or_none = ["client_secret_basic", "client_secret_post", "none"];
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": at("/api/v1.1/o/authorize/"),
        "token_endpoint": at("/api/v1.1/o/token/"),
        "revocation_endpoint": at("/api/v1.1/o/revoke_token/"),
        "introspection_endpoint": at("/api/v1.1/o/introspect/"),
        "scopes_supported": Scope::ALL.map(Scope::name),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods_or_none,
        "revocation_endpoint_auth_methods_supported": methods_or_none,
        "introspection_endpoint_auth_methods_supported": methods,
        "authorization_response_iss_parameter_supported": true,
    });
    reply::json(StatusCode::OK, &metadata)
}
