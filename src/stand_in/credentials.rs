//! Credentials for tests, which need no password: the session cookie of a browser, and personal tokens.

use super::Control;
use super::error::Failure;
use crate::accounts::NewPersonalToken;
use crate::domain::{Scope, Scopes, SingleLineText, TokenKind, TokenPrefix, timestamp};
use crate::http::{Request, reply};
use crate::web::SessionCookie;
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warp::reply::Response;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    user: String,
}

/// `POST sign-ins`
pub async fn sign_in(control: Arc<Control>, request: Request, (): ()) -> Result<Response, Failure> {
    let SignIn { user } = control.body(&request).await?;
    let user = control.user(&user)?;
    let operator = &control.sandbox()?.start.operator;
    let token = control.app.accounts.open_web_session_for(operator, user.id).await?;
    let cookie = SessionCookie::new(&control.app, &request, &token);
    let body = json!({ "name": cookie.name, "value": token.expose() });
    Ok(reply::with_headers(reply::json(StatusCode::CREATED, &body), [cookie.header]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    user: String,
    scopes: Option<Vec<String>>,
    name: Option<String>,
    expires_at: Option<String>,
}

/// `POST tokens`
pub async fn create_token(control: Arc<Control>, request: Request, (): ()) -> Result<Response, Failure> {
    let NewToken { user, scopes, name, expires_at } = control.body(&request).await?;
    let invalid = |field: &'static str| move |problem| Failure::invalid(format!("{field} {problem}"));
    let scopes = match &scopes {
        None => Scopes::EVERYTHING,
        Some(names) if names.is_empty() => return Err(Failure::invalid("scopes must not be empty")),
        Some(names) => Scopes::parse(names.iter().map(String::as_str)).map_err(invalid("scopes"))?,
    };
    let name = SingleLineText::required(name.as_deref().unwrap_or("stand-in")).map_err(invalid("name"))?;
    let future = |text: &String| timestamp::future(text, control.app.accounts.now()).map_err(invalid("expires_at"));
    let new = NewPersonalToken {
        kind: TokenKind::Personal,
        prefix: TokenPrefix::Gitlab,
        name,
        description: SingleLineText::default(),
        scopes,
        expires_at: expires_at.as_ref().map(future).transpose()?,
    };
    let access = control.sandbox()?.start.operator.access_to(control.user(&user)?.id);
    let (record, token) = control.app.accounts.create_token(&access, new).await?;
    let body = json!({
        "token": token.expose(),
        "id": record.id.0,
        "name": record.name.as_str(),
        "scopes": record.scopes.iter().map(Scope::name).collect::<Vec<_>>(),
        "expires_at": record.expires_at.map(|at| at.to_string()),
    });
    Ok(reply::json(StatusCode::CREATED, &body))
}
