//! The user's sessions in browsers.

use super::browser_name::browser_name;
use super::minute;
use crate::accounts::{AccountAccess, Accounts, Error, WebSessionSummary};
use crate::domain::TokenHash;
use crate::http::Request;
use crate::web::confirm::Confirm;
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::rules::Visitor;
use crate::web::{Failure, Message, Shell, Web, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

const LIST: &str = "/account/sessions";

#[derive(Template)]
#[template(path = "sessions.html", config = "src/web/askama.toml")]
struct SessionList<'a> {
    shell: &'a Shell,
    sessions: Vec<SessionRow>,
    /// Whether there are more than the one that asks.
    has_others: bool,
    pager: Pager,
}

/// A session as the pages show it.
struct SessionRow {
    id: String,
    browser: String,
    address: String,
    since: String,
    /// The sign-in at the earliest.
    last_used: String,
    is_current: bool,
}

impl SessionRow {
    fn of(accounts: &Accounts, access: &AccountAccess, session: &WebSessionSummary) -> Self {
        Self {
            id: session.hash.to_hex(),
            browser: browser_name(&session.user_agent),
            address: session.address.clone(),
            since: minute(session.created_at),
            last_used: minute(session.last_used_at.unwrap_or(session.created_at)),
            is_current: accounts.is_current_session(access, &session.hash),
        }
    }
}

/// `GET /account/sessions`
pub async fn list(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let (accounts, access) = (&web.app.accounts, &visitor.access);
    let all = accounts.web_sessions(access)?;
    let pager = Pager::of(&request, all.len() as u64);
    let sessions = pager.slice(&all).iter().map(|session| SessionRow::of(accounts, access, session)).collect();
    let shell = Shell::signed_in(&web.app, &request, visitor.session, Section::Sessions);
    Ok(shell.page(StatusCode::OK, &SessionList { shell: &shell, sessions, has_others: all.len() > 1, pager }))
}

/// `GET /account/sessions/{session_id}/end`
pub async fn confirm_end(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let id = session_id(&request)?;
    let (accounts, access) = (&web.app.accounts, &visitor.access);
    let session = accounts.web_sessions(access)?.into_iter().find(|session| session.hash == id);
    let session = SessionRow::of(accounts, access, &session.ok_or(Error::NotFound)?);
    let loss = format!("{} is signed out. It signed in on {}.", session.browser, session.since);
    let action = format!("{LIST}/{}/end", session.id);
    Ok(question(&web, &request, visitor, "End this session?", loss, &action, "End the session"))
}

/// `POST /account/sessions/{session_id}/end`
pub async fn end(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    web.app.accounts.end_own_session(&visitor.access, session_id(&request)?).await?;
    Ok(shell::done(&web.app, &request, LIST, Message::SessionEnded))
}

/// `GET /account/sessions/end-others`
pub async fn confirm_end_others(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let loss = "Every browser but this one is signed out.".to_owned();
    let action = format!("{LIST}/end-others");
    Ok(question(&web, &request, visitor, "End all other sessions?", loss, &action, "End the other sessions"))
}

/// `POST /account/sessions/end-others`
pub async fn end_others(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    web.app.accounts.end_other_web_sessions(&visitor.access).await?;
    Ok(shell::done(&web.app, &request, LIST, Message::OtherSessionsEnded))
}

fn question(
    web: &Web,
    request: &Request,
    visitor: Visitor,
    title: &str,
    loss: String,
    action: &str,
    button: &'static str,
) -> Response {
    let shell = Shell::signed_in(&web.app, request, visitor.session, Section::Sessions);
    let (action, cancel) = (shell.to(action), shell.to(LIST));
    shell.page(
        StatusCode::OK,
        &Confirm { shell: &shell, title: title.to_owned(), losses: vec![loss], action, button, cancel },
    )
}

/// The SHA-256 of the session's cookie, which reveals nothing of the cookie.
fn session_id(request: &Request) -> Result<TokenHash, Failure> {
    Ok(TokenHash::parse_hex(request.param("session_id")).map_err(|_| Error::NotFound)?)
}
