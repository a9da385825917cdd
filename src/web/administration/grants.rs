//! The applications that have access to a user's account.

use super::question::Question;
use super::{named_user, path_of, segment};
use crate::accounts::{Admin, Application, GrantSummary};
use crate::domain::{Scopes, SingleLineText, User};
use crate::http::{AppState, Request};
use crate::web::account::day;
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::{Failure, Message, Session, Shell, Web, shell};
use askama::Template;
use hyper::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use warp::reply::Response;

struct GrantRow {
    name: SingleLineText,
    /// The client id as a part of a path.
    client: String,
    scopes: String,
    since: String,
    last_used: Option<String>,
}

#[derive(Template)]
#[template(path = "admin_grants.html", config = "src/web/askama.toml")]
struct Grants<'a> {
    shell: &'a Shell,
    user: &'a User,
    path: String,
    grants: Vec<GrantRow>,
    pager: Pager,
}

/// `GET /admin/users/{id}/applications`
pub async fn list(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    let _slot = web.app.list_slot(&request, Some(session.user.id)).await?;
    let all = web.app.accounts.granted(&admin.access_to(user.id)).await?;
    // One row for each application, however many times the user allowed it something.
    let by_client: Vec<_> = all.chunk_by(|one, next| one.client_id == next.client_id).collect();
    let pager = Pager::of(&request, by_client.len() as u64);
    let grants = pager.slice(&by_client).iter().filter_map(|grants| GrantRow::of(&web.app, grants)).collect();
    let shell = Shell::signed_in(&web.app, &request, session, Section::Users);
    Ok(shell.page(StatusCode::OK, &Grants { shell: &shell, user: &user, path: list_of(&user), grants, pager }))
}

impl GrantRow {
    fn of(app: &AppState, grants: &[GrantSummary]) -> Option<Self> {
        let first = grants.first()?;
        let application = app.accounts.application(first.client_id.as_str()).ok();
        Some(Self {
            name: application.map_or_else(|| first.client_id.clone(), |found| found.registration.name),
            client: segment(first.client_id.as_str()),
            scopes: grants.iter().flat_map(|grant| grant.scopes.iter()).collect::<Scopes>().to_string(),
            since: day(grants.iter().map(|grant| grant.created_at).fold(first.created_at, Timestamp::min)),
            last_used: grants.iter().filter_map(|grant| grant.last_used_at).max().map(day),
        })
    }
}

/// `GET /admin/users/{id}/applications/{client_id}/revoke`
pub async fn ask(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (user, application) = named(&web, &request, &admin)?;
    let question = Question {
        title: format!("Revoke the access of {} to {}?", application.registration.name.as_str(), user.username),
        effects: vec![
            "All tokens that the application has for this account end.".into(),
            "It can ask the user again.".into(),
            "Keys and addresses that it added stay.".into(),
        ],
        button: "Revoke",
        is_destructive: true,
        cancel: list_of(&user),
    };
    Ok(question.page(&web, &request, session, Section::Users))
}

/// `POST /admin/users/{id}/applications/{client_id}/revoke`
pub async fn revoke(web: Arc<Web>, request: Request, (_, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (user, application) = named(&web, &request, &admin)?;
    let client_id = application.registration.client_id.as_str();
    web.app.accounts.revoke_application(&admin.access_to(user.id), client_id).await?;
    Ok(shell::done(&web.app, &request, &list_of(&user), Message::AccessRevoked))
}

fn named(web: &Web, request: &Request, admin: &Admin) -> Result<(User, Application), Failure> {
    let user = named_user(web, request, admin)?;
    Ok((user, web.app.accounts.application(request.param("client_id"))?))
}

fn list_of(user: &User) -> String {
    format!("{}/applications", path_of(user))
}
