//! The tokens of a user, and the sessions of API clients. No page shows a secret.

use super::question::Question;
use super::{id, named_user, path_of};
use crate::accounts::{AccountAccess, Admin, Error, TokenAccess};
use crate::domain::{TokenId, TokenKind, TokenRecord, User};
use crate::http::{AppState, Request};
use crate::web::account::day;
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::{Failure, Message, Session, Shell, Web, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

struct TokenRow {
    id: TokenId,
    name: String,
    kind: &'static str,
    scopes: String,
    created: String,
    last_used: Option<String>,
    expires: Option<String>,
    is_expired: bool,
}

impl TokenRow {
    fn of(app: &AppState, token: &TokenRecord) -> Self {
        Self {
            id: token.id,
            name: name_of(token),
            kind: match token.kind {
                TokenKind::Personal => "Personal token",
                TokenKind::Impersonation => "Impersonation token",
                TokenKind::Session => "Session of an API client",
                TokenKind::Oauth => "Token of an application",
            },
            scopes: token.scopes.to_string(),
            created: day(token.created_at),
            last_used: token.last_used_at.map(day),
            expires: token.expires_at.map(day),
            is_expired: !token.is_active(app.accounts.now()),
        }
    }
}

#[derive(Template)]
#[template(path = "admin_tokens.html", config = "src/web/askama.toml")]
struct Tokens<'a> {
    shell: &'a Shell,
    user: &'a User,
    path: String,
    tokens: Vec<TokenRow>,
    pager: Pager,
}

/// `GET /admin/users/{id}/tokens`
pub async fn list(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    let _slot = web.app.list_slot(&request, Some(session.user.id)).await?;
    let all = listed(&web.app, &admin.access_to(user.id))?;
    let pager = Pager::of(&request, all.len() as u64);
    let tokens = pager.slice(&all).iter().map(|token| TokenRow::of(&web.app, token)).collect();
    let shell = Shell::signed_in(&web.app, &request, session, Section::Users);
    Ok(shell.page(StatusCode::OK, &Tokens { shell: &shell, user: &user, path: list_of(&user), tokens, pager }))
}

/// All but those of applications, which have a page of their own.
pub fn listed(app: &AppState, access: &AccountAccess) -> Result<Vec<TokenRecord>, Failure> {
    let mut tokens = app.accounts.tokens(access)?;
    tokens.retain(|token| token.kind != TokenKind::Oauth);
    Ok(tokens)
}

/// `GET /admin/users/{id}/tokens/{token_id}/revoke`
pub async fn ask(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (user, token) = named(&web, &request, &admin)?;
    let question = Question {
        title: format!("Revoke {} of {}?", name_of(&token), user.username),
        effects: vec!["Programs that use it are refused. It cannot be made valid again.".into()],
        button: "Revoke",
        is_destructive: true,
        cancel: list_of(&user),
    };
    Ok(question.page(&web, &request, session, Section::Users))
}

/// `POST /admin/users/{id}/tokens/{token_id}/revoke`
pub async fn revoke(web: Arc<Web>, request: Request, (_, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (user, token) = named(&web, &request, &admin)?;
    web.app.accounts.revoke_token(&TokenAccess::from(admin.access_to(user.id)), token.id).await?;
    Ok(shell::done(&web.app, &request, &list_of(&user), Message::TokenRevoked))
}

fn named(web: &Web, request: &Request, admin: &Admin) -> Result<(User, TokenRecord), Failure> {
    let user = named_user(web, request, admin)?;
    let token = web.app.accounts.token(&admin.access_to(user.id).into(), id(request, "token_id")?)?;
    if token.revoked_at.is_some() { Err(Error::NotFound.into()) } else { Ok((user, token)) }
}

fn name_of(token: &TokenRecord) -> String {
    if token.name.is_empty() { format!("token {}", token.id) } else { token.name.as_str().to_owned() }
}

fn list_of(user: &User) -> String {
    format!("{}/tokens", path_of(user))
}
