//! The token endpoint, and what else applications ask by themselves.

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

/// RFC 6749 sections 4.1.3 and 6.
pub async fn issue(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let body = request.body();
    let grant_type = match parameter(body, "grant_type")?.as_deref() {
        // docker.io's own example writes "code".
        Some("authorization_code" | "code") => GrantType::Code,
        Some("refresh_token") => GrantType::Refresh,
        Some(_) => return Err(Failure::UnsupportedGrantType),
        None => return Err(missing("grant_type")),
    };
    let client = authenticate(&oauth.app, &request, body)?;
    if client.application().registration.scopes.is_empty() {
        return Err(Failure::UnauthorizedClient("the application is registered for no scope"));
    }
    let issued = match grant_type {
        GrantType::Code => redeem(&oauth, &client, body).await?,
        GrantType::Refresh => refresh(&oauth, &client, body).await?,
    };
    request.set_user(issued.user.username.as_str());
    Ok(no_store(reply::json(StatusCode::OK, &oauth.paths.token_answer(&issued))))
}

async fn redeem(oauth: &OAuth, client: &Client, body: &Fields) -> Result<TokenResponse, Failure> {
    let given = CodeExchange {
        code: parameter(body, "code")?.ok_or_else(|| missing("code"))?,
        redirect_uri: parameter(body, "redirect_uri")?,
        code_verifier: parameter(body, "code_verifier")?,
    };
    Ok(oauth.app.accounts.redeem_code(client, given).await?)
}

async fn refresh(oauth: &OAuth, client: &Client, body: &Fields) -> Result<TokenResponse, Failure> {
    let token = parameter(body, "refresh_token")?.ok_or_else(|| missing("refresh_token"))?;
    let wanted = parameter(body, "scope")?.map(|names| Scopes::parse(names.split_ascii_whitespace()));
    let wanted = wanted.transpose().map_err(|problem| Failure::InvalidScope(format!("scope {problem}")))?;
    Ok(oauth.app.accounts.refresh(client, &token, wanted.filter(|scopes| !scopes.is_empty())).await?)
}

/// RFC 7009. A token that is unknown has been revoked as far as anybody can tell: 200.
pub async fn revoke(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let body = request.body();
    let client = authenticate(&oauth.app, &request, body)?;
    let token = parameter(body, "token")?.ok_or_else(|| missing("token"))?;
    oauth.app.accounts.revoke_presented(&client, &token).await?;
    Ok(no_store(reply::json(StatusCode::OK, &json!({}))))
}

/// RFC 7662, for applications that have a secret.
pub async fn introspect(oauth: Arc<OAuth>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let body = request.body();
    let client = authenticate(&oauth.app, &request, body)?;
    if !client.is_confidential() {
        return Err(Failure::InvalidClient("only an application with a secret may ask about tokens"));
    }
    let token = parameter(body, "token")?.ok_or_else(|| missing("token"))?;
    let answer = match oauth.app.accounts.introspect(&client, &token)? {
        None => json!({ "active": false }),
        Some(found) => json!({
            "active": true,
            "scope": found.scopes.to_string(),
            "client_id": found.client_id,
            "username": found.user.username.as_str(),
            "token_type": if found.is_access { "Bearer" } else { "refresh_token" },
            "exp": found.expires_at.as_second(),
            "iat": found.created_at.as_second(),
            "sub": found.user.id.to_string(),
            "iss": oauth.app.base_url(&request),
        }),
    };
    Ok(no_store(reply::json(StatusCode::OK, &answer)))
}

fn missing(parameter: &str) -> Failure {
    Failure::InvalidRequest(format!("{parameter} is missing"))
}
