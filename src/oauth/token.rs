//! The token, revocation and introspection endpoints, which applications call directly.

use super::OAuth;
use super::client::{authenticate, parameter, required};
use super::error::{Failure, no_store};
use crate::accounts::{Client, CodeExchange, TokenResponse};
use crate::domain::Scopes;
use crate::http::input::Fields;
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::json;
use std::sync::Arc;
use warp::reply::Response;

/// `POST` to the token endpoint: RFC 6749 sections 4.1.3 and 6.
pub async fn issue(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let body = request.body();
    let is_refresh = match required(body, "grant_type")?.as_str() {
        // docker.io's own example uses "code".
        "authorization_code" | "code" => false,
        "refresh_token" => true,
        _ => {
            let reason = "grant_type must be authorization_code or refresh_token";
            return Err(Failure::BadRequest("unsupported_grant_type", reason.into()));
        }
    };
    let client = authenticate(&oauth.app, &request, body)?;
    if client.application().registration.scopes.is_empty() {
        let reason = "the application is registered for no scope";
        return Err(Failure::BadRequest("unauthorized_client", reason.into()));
    }
    let tokens = if is_refresh { refresh(&oauth, &client, body).await? } else { redeem(&oauth, &client, body).await? };
    request.set_user(tokens.user.username.as_str());
    Ok(no_store(reply::json(StatusCode::OK, &oauth.paths.token_response(&tokens))))
}

async fn redeem(oauth: &OAuth, client: &Client, body: &Fields) -> Result<TokenResponse, Failure> {
    let exchange = CodeExchange {
        code: required(body, "code")?,
        redirect_uri: parameter(body, "redirect_uri")?,
        code_verifier: parameter(body, "code_verifier")?,
    };
    Ok(oauth.app.accounts.redeem_code(client, exchange).await?)
}

async fn refresh(oauth: &OAuth, client: &Client, body: &Fields) -> Result<TokenResponse, Failure> {
    let token = required(body, "refresh_token")?;
    let scopes = parameter(body, "scope")?.map(|names| Scopes::parse(names.split_ascii_whitespace()));
    let scopes =
        scopes.transpose().map_err(|problem| Failure::BadRequest("invalid_scope", format!("scope {problem}")))?;
    Ok(oauth.app.accounts.refresh(client, &token, scopes.filter(|scopes| !scopes.is_empty())).await?)
}

/// Revocation: RFC 7009. An unknown token is answered with 200, because it is as good as revoked.
pub async fn revoke(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let body = request.body();
    let client = authenticate(&oauth.app, &request, body)?;
    let token = required(body, "token")?;
    if !oauth.app.accounts.revoke_presented(&client, &token).await? {
        let reason = "the token was issued to another application";
        return Err(Failure::BadRequest("unauthorized_client", reason.into()));
    }
    Ok(no_store(reply::json(StatusCode::OK, &json!({}))))
}

/// Introspection: RFC 7662, for applications that have a secret.
pub async fn introspect(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let body = request.body();
    let client = authenticate(&oauth.app, &request, body)?;
    if !client.is_confidential() {
        return Err(Failure::InvalidClient("only an application with a secret may introspect tokens"));
    }
    let token = required(body, "token")?;
    let answer = match oauth.app.accounts.introspect(&client, &token)? {
        None => json!({ "active": false }),
        Some(token) => json!({
            "active": true,
            "scope": token.scopes.to_string(),
            "client_id": token.client_id,
            "username": token.user.username.as_str(),
            "token_type": if token.is_access { "Bearer" } else { "refresh_token" },
            "exp": token.expires_at.as_second(),
            "iat": token.created_at.as_second(),
            "sub": token.user.id.to_string(),
            "iss": oauth.app.issuer(&request),
        }),
    };
    Ok(no_store(reply::json(StatusCode::OK, &answer)))
}
