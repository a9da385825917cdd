//! The SSH keys of a user.

use super::question::Question;
use super::{id, named_user, path_of};
use crate::accounts::Admin;
use crate::domain::{Key, User};
use crate::http::{Request, RequestContext};
use crate::web::account::keys::{KeyForm, KeyRow, NewKeyPage, page_of_keys};
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::{Failure, Message, Session, Shell, Web, shell};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

#[derive(Template)]
#[template(path = "admin_keys.html", config = "src/web/askama.toml")]
struct Keys<'a> {
    shell: &'a Shell,
    user: &'a User,
    path: String,
    keys: Vec<KeyRow>,
    pager: Pager,
}

/// `GET /admin/users/{id}/keys`
pub async fn list(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    let (pager, keys) = page_of_keys(&web, &request, &session, &admin.access_to(user.id)).await?;
    let shell = Shell::signed_in(&web.app, &request, session, Section::Users);
    Ok(shell.page(StatusCode::OK, &Keys { shell: &shell, user: &user, path: list_of(&user), keys, pager }))
}

/// `GET /admin/users/{id}/keys/new`
pub async fn new(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    Ok(form_page(&web, &request, session, StatusCode::OK, &user, &KeyForm::new()))
}

/// `POST /admin/users/{id}/keys/new`
pub async fn create(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let user = named_user(&web, &request, &admin)?;
    let mut form = KeyForm::read(request.body());
    if let Some(key) = form.parse(&web) {
        match web.app.accounts.add_key(&admin.access_to(user.id), key).await {
            Ok(_) => return Ok(shell::done(&web.app, &request, &list_of(&user), Message::KeyAdded)),
            Err(error) => form.refuse(error)?,
        }
    }
    Ok(form_page(&web, &request, session, StatusCode::UNPROCESSABLE_ENTITY, &user, &form))
}

fn form_page(
    web: &Web,
    request: &RequestContext,
    session: Session,
    status: StatusCode,
    user: &User,
    form: &KeyForm,
) -> Response {
    let shell = Shell::signed_in(&web.app, request, session, Section::Users);
    let command = format!("accountd key add {} id_ed25519.pub", user.username);
    let path = format!("/api/v4/users/{}/keys", user.id);
    let equivalent = web.equivalent(&shell, command, " -F title=laptop -F key=@id_ed25519.pub", &path);
    shell.page(status, &NewKeyPage { shell: &shell, form, list: shell.to(&list_of(user)), equivalent })
}

/// `GET /admin/users/{id}/keys/{key_id}/remove`
pub async fn ask(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (user, key) = named(&web, &request, &admin)?;
    let question = Question {
        title: format!("Remove the key {} of {}?", key.title.as_str(), user.username),
        effects: vec![
            format!("The user can no longer sign in anywhere with the key {}.", key.key.fingerprint()),
            "Commits and tags that it signed are no longer verified.".into(),
        ],
        button: "Remove the key",
        is_destructive: true,
        cancel: list_of(&user),
    };
    Ok(question.page(&web, &request, session, Section::Users))
}

/// `POST /admin/users/{id}/keys/{key_id}/remove`
pub async fn remove(web: Arc<Web>, request: Request, (_, admin): (Session, Admin)) -> Result<Response, Failure> {
    let (user, key) = named(&web, &request, &admin)?;
    web.app.accounts.remove_key(&admin.access_to(user.id), key.id).await?;
    Ok(shell::done(&web.app, &request, &list_of(&user), Message::KeyRemoved))
}

fn named(web: &Web, request: &Request, admin: &Admin) -> Result<(User, Key), Failure> {
    let user = named_user(web, request, admin)?;
    let key = web.app.accounts.key(&admin.access_to(user.id), id(request, "key_id")?)?;
    Ok((user, key))
}

fn list_of(user: &User) -> String {
    format!("{}/keys", path_of(user))
}
