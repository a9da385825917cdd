//! The user's personal access tokens.

use super::day;
use super::token_form::{TokenForm, form_page};
use crate::accounts::{AccountAccess, Error, TokenOrder, TokenQuery};
use crate::domain::{TokenId, TokenKind, TokenRecord};
use crate::http::{Request, RequestContext};
use crate::web::confirm::Confirm;
use crate::web::equivalent::Equivalent;
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::rules::Visitor;
use crate::web::scopes::in_short;
use crate::web::secret::Secret;
use crate::web::{Failure, Message, Session, Shell, Web, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

pub const LIST: &str = "/account/tokens";

/// A token as the pages show it.
struct TokenRow {
    id: TokenId,
    name: String,
    scopes: Vec<(&'static str, &'static str)>,
    created: String,
    last_used: Option<String>,
    expires: Option<String>,
}

impl From<&TokenRecord> for TokenRow {
    fn from(token: &TokenRecord) -> Self {
        let name = token.name.as_str();
        Self {
            id: token.id,
            name: if name.trim().is_empty() { format!("Token {}", token.id) } else { name.to_owned() },
            scopes: token.scopes.iter().map(|scope| (scope.name(), in_short(scope))).collect(),
            created: day(token.created_at),
            last_used: token.last_used_at.map(day),
            expires: token.expires_at.map(day),
        }
    }
}

#[derive(Template)]
#[template(path = "tokens.html", config = "src/web/askama.toml")]
struct TokenList<'a> {
    shell: &'a Shell,
    tokens: Vec<TokenRow>,
    pager: Pager,
    equivalent: Equivalent,
}

/// `GET /account/tokens`: those that are neither revoked nor expired, the newest first.
pub async fn list(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let accounts = &web.app.accounts;
    let _slot = web.app.list_slot(&request, Some(visitor.access.user())).await?;
    let access = visitor.access.into();
    let query = TokenQuery { limit: 1, ..active_tokens(&web) };
    let pager = Pager::of(&request, accounts.token_list(&access, query).await?.total);
    let query = TokenQuery { offset: pager.offset(), limit: Pager::ROWS, ..active_tokens(&web) };
    let tokens = accounts.token_list(&access, query).await?.tokens.iter().map(TokenRow::from).collect();
    let command = format!("accountd token list {}", visitor.session.user.username);
    let shell = shell_of(&web, &request, visitor.session);
    let equivalent = web.equivalent(&shell, command, "", "/api/v4/personal_access_tokens");
    Ok(shell.page(StatusCode::OK, &TokenList { shell: &shell, tokens, pager, equivalent }))
}

fn active_tokens(web: &Web) -> TokenQuery {
    TokenQuery {
        kind: TokenKind::Personal,
        user: None,
        search: None,
        revoked: None,
        active: Some(true),
        now: web.app.accounts.now(),
        created_after: None,
        created_before: None,
        last_used_after: None,
        last_used_before: None,
        expires_after: None,
        expires_before: None,
        order: TokenOrder::Id,
        descending: true,
        offset: 0,
        limit: 0,
    }
}

#[derive(Template)]
#[template(path = "token.html", config = "src/web/askama.toml")]
struct TokenPage<'a> {
    shell: &'a Shell,
    token: TokenRow,
    equivalent: Equivalent,
}

/// `GET /account/tokens/{token_id}`
pub async fn show(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let token = find(&web, &request, &visitor.access)?;
    let shell = shell_of(&web, &request, visitor.session);
    let path = format!("/api/v4/personal_access_tokens/{}", token.id);
    let command = format!("accountd token revoke {}", token.id);
    let equivalent = web.equivalent(&shell, command, " -X DELETE", &path);
    Ok(shell.page(StatusCode::OK, &TokenPage { shell: &shell, token: TokenRow::from(&token), equivalent }))
}

/// `GET /account/tokens/new`
pub async fn new(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let form = TokenForm::new(web.app.accounts.now());
    Ok(form_page(&web, &request, visitor.session, StatusCode::OK, &form))
}

/// `POST /account/tokens/new`
pub async fn create(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let mut form = TokenForm::read(request.body());
    if let Some(new) = form.parse(&web) {
        match web.app.accounts.create_token(&visitor.access, new).await {
            Ok((token, secret)) => {
                return Ok(shown_once(&web, &request, visitor.session, "Token created", &token, secret.expose()));
            }
            Err(error) => form.refuse(error)?,
        }
    }
    Ok(form_page(&web, &request, visitor.session, StatusCode::UNPROCESSABLE_ENTITY, &form))
}

/// `GET /account/tokens/{token_id}/rotate`
pub async fn confirm_rotate(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let token = TokenRow::from(&find(&web, &request, &visitor.access)?);
    let losses = vec![
        "The old token stops working. A new one with the same name and scopes replaces it.".into(),
        "If the old token is used once more, the new one is revoked too, because the old one may be stolen.".into(),
    ];
    let (title, action) = (format!("Rotate the token {}?", token.name), format!("{LIST}/{}/rotate", token.id));
    Ok(question(&web, &request, visitor.session, (title, losses), &action, "Rotate the token"))
}

/// `POST /account/tokens/{token_id}/rotate`: the new token lives as long as the old one did.
pub async fn rotate(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let accounts = &web.app.accounts;
    // A form that is sent again must not count as a reuse of the rotated token.
    let old = find(&web, &request, &visitor.access)?;
    let end = old.expires_at.map(|end| accounts.now() + end.duration_since(old.created_at));
    let (token, secret) = accounts.rotate_token(&visitor.access.into(), old.id, None, end).await?;
    Ok(shown_once(&web, &request, visitor.session, "Token rotated", &token, secret.expose()))
}

/// `GET /account/tokens/{token_id}/revoke`
pub async fn confirm_revoke(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let token = TokenRow::from(&find(&web, &request, &visitor.access)?);
    let losses = vec!["Programs that use the token lose access to your account.".into()];
    let (title, action) = (format!("Revoke the token {}?", token.name), format!("{LIST}/{}/revoke", token.id));
    Ok(question(&web, &request, visitor.session, (title, losses), &action, "Revoke the token"))
}

/// `POST /account/tokens/{token_id}/revoke`
pub async fn revoke(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let token = find(&web, &request, &visitor.access)?;
    web.app.accounts.revoke_token(&visitor.access.into(), token.id).await?;
    Ok(shell::done(&web.app, &request, LIST, Message::TokenRevoked))
}

/// The active personal token that the address names. Anything but a number is an unknown token.
fn find(web: &Web, request: &Request, access: &AccountAccess) -> Result<TokenRecord, Failure> {
    let accounts = &web.app.accounts;
    let id = request.param("token_id").parse().map_err(|_| Error::NotFound)?;
    let token = accounts.token(&access.clone().into(), id)?;
    let is_listed = token.kind == TokenKind::Personal && token.is_active(accounts.now());
    if is_listed { Ok(token) } else { Err(Error::NotFound.into()) }
}

fn shown_once(
    web: &Web,
    request: &RequestContext,
    session: Session,
    title: &'static str,
    token: &TokenRecord,
    secret: &str,
) -> Response {
    let shell = shell_of(web, request, session);
    let page = Secret {
        title: title.to_owned(),
        notes: Vec::new(),
        label: TokenRow::from(token).name,
        secret,
        next: shell.to(LIST),
        shell: &shell,
    };
    shell.page(StatusCode::OK, &page)
}

fn question(
    web: &Web,
    request: &RequestContext,
    session: Session,
    (title, losses): (String, Vec<String>),
    action: &str,
    button: &'static str,
) -> Response {
    let shell = shell_of(web, request, session);
    let (action, cancel) = (shell.to(action), shell.to(LIST));
    shell.page(StatusCode::OK, &Confirm { shell: &shell, title, losses, action, button, cancel })
}

fn shell_of(web: &Web, request: &RequestContext, session: Session) -> Shell {
    Shell::signed_in(&web.app, request, session, Section::Tokens)
}
