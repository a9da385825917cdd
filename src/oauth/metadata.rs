//! Authorization server metadata (RFC 8414): `/.well-known/oauth-authorization-server`.

use super::OAuth;
use super::error::Failure;
use crate::domain::Scope;
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::json;
use std::sync::Arc;
use warp::reply::Response;

/// The metadata. Section 3.1 appends the path of an issuer that has one to the well-known path.
pub async fn get(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let issuer = oauth.app.issuer(&request);
    let path = request.param("path");
    if !path.is_empty() && !url::Url::parse(&issuer).is_ok_and(|issuer| issuer.path().trim_matches('/') == path) {
        return Err(Failure::UnknownIssuer);
    }
    let [authorize, token, revoke, introspect] = oauth.advertised.all().map(|path| format!("{issuer}{path}"));
    let methods = ["client_secret_basic", "client_secret_post", "none"];
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": authorize,
        "token_endpoint": token,
        "revocation_endpoint": revoke,
        "introspection_endpoint": introspect,
        "scopes_supported": Scope::ALL.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods[..2],
        "authorization_response_iss_parameter_supported": true,
    });
    Ok(reply::json(StatusCode::OK, &metadata))
}
