//! The links for passwords that were made and not used.

use super::id;
use super::question::Question;
use crate::accounts::{Admin, LinkPurpose, PasswordLink};
use crate::domain::{PasswordLinkId, UserId};
use crate::http::Request;
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::{Failure, Message, Session, Shell, Web, shell};
use askama::Template;
use hyper::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use warp::reply::Response;

const LIST: &str = "/admin/invitations";

struct LinkRow {
    id: PasswordLinkId,
    user_id: UserId,
    username: String,
    purpose: &'static str,
    created: String,
    expires: String,
}

impl LinkRow {
    fn of(link: &PasswordLink) -> Self {
        let time = |at: Timestamp| at.strftime("%-d %B %Y, %H:%M").to_string();
        Self {
            id: link.id,
            user_id: link.user_id,
            username: link.username.to_string(),
            purpose: match link.purpose {
                LinkPurpose::Invitation => "Invitation",
                LinkPurpose::Reset => "New password",
            },
            created: time(link.created_at),
            expires: time(link.expires_at),
        }
    }
}

#[derive(Template)]
#[template(path = "admin_invitations.html", config = "src/web/askama.toml")]
struct Invitations<'a> {
    shell: &'a Shell,
    links: Vec<LinkRow>,
    pager: Pager,
}

/// `GET /admin/invitations`
pub async fn list(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let accounts = &web.app.accounts;
    let _slot = web.app.list_slot(&request, Some(session.user.id)).await?;
    let (_, total) = accounts.password_links(&admin, 0, 0)?;
    let pager = Pager::of(&request, total);
    let (links, _) = accounts.password_links(&admin, pager.offset(), Pager::ROWS)?;
    let shell = Shell::signed_in(&web.app, &request, session, Section::Invitations);
    let page = Invitations { shell: &shell, links: links.iter().map(LinkRow::of).collect(), pager };
    Ok(shell.page(StatusCode::OK, &page))
}

/// `GET /admin/invitations/{link_id}/revoke`
pub async fn ask(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let link = web.app.accounts.password_link(&admin, id(&request, "link_id")?)?;
    let question = Question {
        title: format!("Revoke the link of {}?", link.username),
        effects: vec!["The link stops working. The account and its present password stay as they are.".into()],
        button: "Revoke",
        is_destructive: true,
        cancel: LIST.into(),
    };
    Ok(question.page(&web, &request, session, Section::Invitations))
}

/// `POST /admin/invitations/{link_id}/revoke`
pub async fn revoke(web: Arc<Web>, request: Request, (_, admin): (Session, Admin)) -> Result<Response, Failure> {
    web.app.accounts.revoke_password_link(&admin, id(&request, "link_id")?).await?;
    Ok(shell::done(&web.app, &request, LIST, Message::LinkRevoked))
}
