//! The token, revocation and introspection endpoints, which applications call directly.

use super::OAuth;
use super::client::{authenticate, parameter};
use super::error::{Failure, no_store};
use crate::accounts::{Client, CodeExchange, TokenResponse};
use crate::domain::Scopes;
use crate::http::input::Fields;
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::json;
use std::sync::Arc;
use warp::reply::Response;

enum GrantType {
    Code,
    Refresh,
}

/// `POST` to the token endpoint: RFC 6749 sections 4.1.3 and 6.
pub async fn issue(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let body = request.body();
    let grant_type = match parameter(body, "grant_type")?.as_deref() {
        // docker.io's own example uses "code".
        Some("authorization_code" | "code") => GrantType::Code,
        Some("refresh_token") => GrantType::Refresh,
        Some(_) => return Err(Failure::UnsupportedGrantType),
        None => return Err(missing("grant_type")),
    };
    let client = authenticate(&oauth.app, &request, body)?;
    if client.application().registration.scopes.is_empty() {
        return Err(Failure::UnauthorizedClient("the application is registered for no scope"));
    }
    let tokens = match grant_type {
        GrantType::Code => redeem(&oauth, &client, body).await?,
        GrantType::Refresh => refresh(&oauth, &client, body).await?,
    };
    request.set_user(tokens.user.username.as_str());
    Ok(no_store(reply::json(StatusCode::OK, &oauth.paths.token_response(&tokens))))
}

async fn redeem(oauth: &OAuth, client: &Client, body: &Fields) -> Result<TokenResponse, Failure> {
    let exchange = CodeExchange {
        code: parameter(body, "code")?.ok_or_else(|| missing("code"))?,
        redirect_uri: parameter(body, "redirect_uri")?,
        code_verifier: parameter(body, "code_verifier")?,
    };
    Ok(oauth.app.accounts.redeem_code(client, exchange).await?)
}

async fn refresh(oauth: &OAuth, client: &Client, body: &Fields) -> Result<TokenResponse, Failure> {
    let token = parameter(body, "refresh_token")?.ok_or_else(|| missing("refresh_token"))?;
    let scopes = parameter(body, "scope")?.map(|names| Scopes::parse(names.split_ascii_whitespace()));
    let scopes = scopes.transpose().map_err(|problem| Failure::InvalidScope(format!("scope {problem}")))?;
    Ok(oauth.app.accounts.refresh(client, &token, scopes.filter(|scopes| !scopes.is_empty())).await?)
}

/// Revocation: RFC 7009. An unknown token is answered with 200, because it is as good as revoked.
pub async fn revoke(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let body = request.body();
    let client = authenticate(&oauth.app, &request, body)?;
    let token = parameter(body, "token")?.ok_or_else(|| missing("token"))?;
    if !oauth.app.accounts.revoke_presented(&client, &token).await? {
        return Err(Failure::UnauthorizedClient("the token was issued to another application"));
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
    let token = parameter(body, "token")?.ok_or_else(|| missing("token"))?;
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
            "iss": oauth.app.base_url(&request),
        }),
    };
    Ok(no_store(reply::json(StatusCode::OK, &answer)))
}

fn missing(parameter: &str) -> Failure {
    Failure::InvalidRequest(format!("{parameter} is missing"))
}
