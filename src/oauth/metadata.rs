//! Authorization server metadata (RFC 8414): `/.well-known/oauth-authorization-server`.

use super::OAuth;
use super::error::Failure;
use crate::domain::Scope;
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::json;
use std::sync::Arc;
use warp::reply::Response;

/// The metadata of an issuer with a path, which section 3.1 appends to the well-known path.
pub async fn get_of_issuer(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let issuer = url::Url::parse(&oauth.app.base_url(&request));
    let is_ours = issuer.is_ok_and(|issuer| issuer.path().trim_matches('/') == request.param("path"));
    if is_ours { Ok(metadata(&oauth, &request)) } else { Err(Failure::UnknownIssuer) }
}

pub async fn get(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    Ok(metadata(&oauth, &request))
}

fn metadata(oauth: &OAuth, request: &Request) -> Response {
    let issuer = oauth.app.base_url(request);
    let url = |path: &str| format!("{issuer}{path}");
    let paths = oauth.advertised;
    let methods = ["client_secret_basic", "client_secret_post"];
    let methods_or_none = ["client_secret_basic", "client_secret_post", "none"];
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": url(paths.authorize()),
        "token_endpoint": url(paths.token()),
        "revocation_endpoint": url(paths.revoke()),
        "introspection_endpoint": url(paths.introspect()),
        "scopes_supported": Scope::ALL.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
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
