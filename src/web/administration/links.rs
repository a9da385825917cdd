//! Links with which a user sets a password: for new users, and for those who forgot theirs.

use super::question::Question;
use super::{named_user, path_of};
use crate::accounts::{Admin, Error, LinkPurpose};
use crate::domain::User;
use crate::http::{Request, RequestContext};
use crate::web::form::place_problems;
use crate::web::navigation::Section;
use crate::web::secret::Secret;
use crate::web::{Failure, Session, Shell, Web, set_password};
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

/// `GET /admin/users/{id}/reset-link`
pub async fn ask(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    let question = Question {
        title: format!("Make a link for {} to set a new password?", user.username),
        effects: vec![
            "Anyone who has the link can take over the account, once, within 72 hours: pass it on privately.".into(),
            "An earlier link for this user stops working.".into(),
            "The present password works until the user sets a new one.".into(),
        ],
        button: "Make the link",
        is_destructive: false,
        cancel: path_of(&user),
    };
    Ok(question.page(&web, &request, session, Section::Users))
}

/// `POST /admin/users/{id}/reset-link`: the answer shows the link.
pub async fn create(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    show(&web, &request, (session, &admin), &user, LinkPurpose::Reset).await
}

/// The page with the link for a new user.
pub async fn show_invitation(
    web: &Web,
    request: &RequestContext,
    session: Session,
    admin: &Admin,
    user: &User,
) -> Result<Response, Failure> {
    show(web, request, (session, admin), user, LinkPurpose::Invitation).await
}

async fn show(
    web: &Web,
    request: &RequestContext,
    (session, admin): (Session, &Admin),
    user: &User,
    purpose: LinkPurpose,
) -> Result<Response, Failure> {
    let created = web.app.accounts.create_password_link(admin, user.id, purpose).await;
    let (secret, expires_at) = created.map_err(refused)?;
    let shell = Shell::signed_in(&web.app, request, session, Section::Users);
    let url = format!("{}{}", web.app.base_url(request), set_password::path(&secret));
    let title = match purpose {
        LinkPurpose::Invitation => format!("{} was added", user.username),
        LinkPurpose::Reset => format!("A link for {}", user.username),
    };
    let page = Secret {
        title,
        notes: vec![
            "Pass it on to the user, who sets a password with it.".into(),
            format!("It works once, until {}.", expires_at.strftime("%-d %B %Y, %H:%M UTC")),
        ],
        label: "Link".to_owned(),
        secret: &url,
        next: shell.to(&path_of(user)),
        shell: &shell,
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// A page instead of a field, because the form has none for it.
fn refused(error: Error) -> Failure {
    let mut text = None;
    let other = place_problems(error, |_, problem| text = Some(format!("The reason: it {problem}."))).err();
    match (other, text) {
        (None, Some(text)) => Failure::problem(StatusCode::CONFLICT, "No link was made", text),
        (other, _) => other.unwrap_or(Error::Internal).into(),
    }
}
