//! The registered applications: the list, one application with its users, its secret and its end.

use super::question::Question;
use super::{APPLICATIONS, segment};
use crate::accounts::{Admin, Application};
use crate::domain::{RedirectUri, UserId};
use crate::http::Request;
use crate::web::account::day;
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::secret::Secret;
use crate::web::{Failure, Message, Session, Shell, Web, field, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

/// The users on the page of an application.
const USERS: u64 = 20;
/// No more users are counted.
const COUNTED: u64 = 1000;

struct ApplicationRow {
    name: String,
    client_id: String,
    path: String,
    is_public: bool,
    scopes: String,
    redirect_uris: Vec<RedirectUri>,
    created: String,
}

impl ApplicationRow {
    fn of(application: &Application) -> Self {
        let registered = &application.registration;
        Self {
            name: registered.name.as_str().to_owned(),
            client_id: registered.client_id.as_str().to_owned(),
            path: path_of(application),
            is_public: registered.secret_hash.is_none(),
            scopes: registered.scopes.to_string(),
            redirect_uris: registered.redirect_uris.clone(),
            created: day(registered.created_at),
        }
    }

    fn host(&self) -> String {
        self.redirect_uris.first().map(RedirectUri::host).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "admin_applications.html", config = "src/web/askama.toml")]
struct Applications<'a> {
    shell: &'a Shell,
    applications: Vec<ApplicationRow>,
    pager: Pager,
}

/// `GET /admin/applications`
pub async fn list(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let _slot = web.app.list_slot(&request, Some(session.user.id)).await?;
    let all = web.app.accounts.applications(&admin)?;
    let pager = Pager::of(&request, all.len() as u64);
    let applications = pager.slice(&all).iter().map(ApplicationRow::of).collect();
    let shell = Shell::signed_in(&web.app, &request, session, Section::AllApplications);
    Ok(shell.page(StatusCode::OK, &Applications { shell: &shell, applications, pager }))
}

struct UserRow {
    id: UserId,
    username: String,
    since: String,
}

#[derive(Template)]
#[template(path = "admin_application.html", config = "src/web/askama.toml")]
struct ApplicationPage<'a> {
    shell: &'a Shell,
    application: ApplicationRow,
    users: Vec<UserRow>,
    is_first_page: bool,
    /// The last user of this page, if others follow.
    next: Option<UserId>,
}

/// `GET /admin/applications/{client_id}?after=ID`
pub async fn show(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let application = named(&web, &request)?;
    let after = field(request.query(), "after").and_then(|text| text.parse().ok());
    let _slot = web.app.list_slot(&request, Some(session.user.id)).await?;
    // One more row shows whether there is another page.
    let mut users = web.app.accounts.users_of_application(&admin, application.id, after, USERS + 1).await?;
    let has_more = users.len() as u64 > USERS;
    users.truncate(USERS as usize);
    let shell = Shell::signed_in(&web.app, &request, session, Section::AllApplications);
    let page = ApplicationPage {
        shell: &shell,
        application: ApplicationRow::of(&application),
        is_first_page: after.is_none(),
        next: users.last().filter(|_| has_more).map(|user| user.id),
        users: users
            .into_iter()
            .map(|user| UserRow { id: user.id, username: user.username.to_string(), since: day(user.since) })
            .collect(),
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// `GET /admin/applications/{client_id}/rotate-secret`
pub async fn ask_rotate(web: Arc<Web>, request: Request, (session, _): (Session, Admin)) -> Result<Response, Failure> {
    let application = confidential(&web, &request)?;
    let question = Question {
        title: format!("Replace the secret of {}?", application.registration.name.as_str()),
        effects: vec![
            "The present secret stops working: until it has the new one, the application can sign in no user.".into(),
            "Tokens that it has already stay valid.".into(),
        ],
        button: "Replace the secret",
        is_destructive: true,
        cancel: path_of(&application),
    };
    Ok(question.page(&web, &request, session, Section::AllApplications))
}

/// `POST /admin/applications/{client_id}/rotate-secret`: the answer shows the new secret.
pub async fn rotate(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let application = confidential(&web, &request)?;
    let secret = web.app.accounts.rotate_secret(&admin, application.registration.client_id.as_str()).await?;
    Ok(show_secret(&web, &request, session, &application, secret.expose()))
}

/// The page with a new client secret.
pub fn show_secret(
    web: &Web,
    request: &Request,
    session: Session,
    application: &Application,
    secret: &str,
) -> Response {
    let shell = Shell::signed_in(&web.app, request, session, Section::AllApplications);
    let page = Secret {
        title: format!("The secret of {}", application.registration.name.as_str()),
        notes: vec![format!(
            "The application presents it together with its client id, {}.",
            application.registration.client_id.as_str()
        )],
        label: "Client secret".to_owned(),
        secret,
        next: shell.to(&path_of(application)),
        shell: &shell,
    };
    shell.page(StatusCode::OK, &page)
}

/// `GET /admin/applications/{client_id}/delete`
pub async fn ask_delete(
    web: Arc<Web>,
    request: Request,
    (session, admin): (Session, Admin),
) -> Result<Response, Failure> {
    let application = named(&web, &request)?;
    let users = web.app.accounts.count_users_of_application(&admin, application.id, COUNTED + 1).await?;
    let users = match users {
        0 => "No user allowed it anything.".to_owned(),
        1 => "It loses its access to the account of 1 user.".to_owned(),
        2..=COUNTED => format!("It loses its access to the accounts of {users} users."),
        _ => format!("It loses its access to the accounts of more than {COUNTED} users."),
    };
    let question = Question {
        title: format!("Delete the application {}?", application.registration.name.as_str()),
        effects: vec![users, "All its tokens end, and users can no longer sign in to it with this server.".into()],
        button: "Delete the application",
        is_destructive: true,
        cancel: path_of(&application),
    };
    Ok(question.page(&web, &request, session, Section::AllApplications))
}

/// `POST /admin/applications/{client_id}/delete`
pub async fn delete(web: Arc<Web>, request: Request, (_, admin): (Session, Admin)) -> Result<Response, Failure> {
    web.app.accounts.delete_application(&admin, request.param("client_id")).await?;
    Ok(shell::done(&web.app, &request, APPLICATIONS, Message::ApplicationDeleted))
}

/// The application in the path.
pub fn named(web: &Web, request: &Request) -> Result<Application, Failure> {
    Ok(web.app.accounts.application(request.param("client_id"))?)
}

fn confidential(web: &Web, request: &Request) -> Result<Application, Failure> {
    let application = named(web, request)?;
    if application.registration.secret_hash.is_some() {
        return Ok(application);
    }
    let text = "It is a public application, such as a phone app, which could not keep a secret.";
    Err(Failure::problem(StatusCode::CONFLICT, "The application has no secret", text))
}

/// The path of the application's page.
pub fn path_of(application: &Application) -> String {
    format!("{APPLICATIONS}/{}", segment(application.registration.client_id.as_str()))
}
