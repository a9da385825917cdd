//! The page of the applications that the user allowed something.

use super::failure::Failure;
use super::shell::{self, FormAction, Shell};
use super::{Csrf, Links, Permission, Web, in_words, session, to_sign_in};
use crate::accounts::access::oneself;
use crate::accounts::{Error, GrantSummary};
use crate::domain::{RedirectUri, Scope, SingleLineText};
use crate::http::{AppState, Request, RequestContext};
use askama::Template;
use hyper::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use warp::reply::Response;

#[derive(Template)]
#[template(path = "applications.html", config = "src/web/askama.toml")]
struct Applications {
    shell: Shell,
    csrf: Csrf,
    /// Where a revocation is sent.
    action: String,
    applications: Vec<Allowed>,
}

/// All that one application was allowed.
struct Allowed {
    client_id: SingleLineText,
    name: SingleLineText,
    /// Of the callback that was registered first.
    host: String,
    permissions: Vec<Permission>,
    since: String,
    last_used: Option<String>,
}

/// A day in UTC: `5 March 2014`.
fn day(at: Timestamp) -> String {
    at.strftime("%-d %B %Y").to_string()
}

/// `GET /account`
pub async fn index(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    Ok(to_applications(&web.app, &request))
}

/// `GET /account/applications`
pub async fn list(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let app = &web.app;
    let Some(session) = session(app, &request)? else { return Ok(to_sign_in(app, &request)) };
    let granted = app.accounts.granted(&oneself(&session.actor, Scope::Api)?).await?;
    let links = Links::of(app, &request);
    let action = links.to("/account/applications/revoke");
    let page = Applications {
        applications: by_application(app, &granted)?,
        csrf: session.csrf.clone(),
        shell: Shell::of(&session, links),
        action,
    };
    Ok(shell::page(StatusCode::OK, &page, FormAction::SameOrigin))
}

/// `POST /account/applications/revoke`: the application of that `client_id` has no access from now on.
pub async fn revoke(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let app = &web.app;
    let Some(session) = session(app, &request)? else { return Ok(to_applications(app, &request)) };
    session.confirm(app, &request)?;
    let client_id = request.body().text("client_id").ok().and_then(|given| given.value()).ok_or(Error::NotFound)?;
    match app.accounts.revoke_application(&oneself(&session.actor, Scope::Api)?, &client_id).await {
        // Gone already: the list will show it.
        Ok(()) | Err(Error::NotFound) => Ok(to_applications(app, &request)),
        Err(error) => Err(error.into()),
    }
}

fn to_applications(app: &AppState, request: &RequestContext) -> Response {
    shell::redirect(&Links::of(app, request).to("/account/applications"))
}

/// One entry an application, however often its user came back to it.
fn by_application(app: &AppState, granted: &[GrantSummary]) -> Result<Vec<Allowed>, Error> {
    let of_one = granted.chunk_by(|one, next| one.client_id == next.client_id);
    let allowed = of_one.filter_map(|granted| allowed(app, granted).transpose());
    allowed.collect()
}

/// Nothing for an application that was deleted in the meantime.
fn allowed(app: &AppState, granted: &[GrantSummary]) -> Result<Option<Allowed>, Error> {
    let Some(first) = granted.first() else { return Ok(None) };
    let application = match app.accounts.application(first.client_id.as_str()) {
        Ok(application) => application.registration,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(Allowed {
        host: application.redirect_uris.first().map(RedirectUri::host).unwrap_or_default(),
        name: application.name,
        client_id: application.client_id,
        permissions: in_words(granted.iter().flat_map(|one| one.scopes.iter()).collect()),
        since: day(granted.iter().map(|one| one.created_at).fold(first.created_at, Timestamp::min)),
        last_used: granted.iter().filter_map(|one| one.last_used_at).max().map(day),
    }))
}
