//! The page that lists the applications with access to the user's account.

use super::day;
use crate::accounts::access::oneself;
use crate::accounts::{Error, GrantSummary};
use crate::domain::{RedirectUri, Scope, SingleLineText};
use crate::http::{AppState, Request};
use crate::web::navigation::Section;
use crate::web::rules::Visitor;
use crate::web::{Failure, Links, Message, Permission, Shell, Web, field, permissions, session, shell};
use askama::Template;
use hyper::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use warp::reply::Response;

const LIST: &str = "/account/applications";

#[derive(Template)]
#[template(path = "applications.html", config = "src/web/askama.toml")]
struct Applications<'a> {
    shell: &'a Shell,
    /// The URL that a revocation is posted to.
    action: String,
    applications: Vec<Entry>,
}

/// One application, with everything that the user allowed it.
struct Entry {
    client_id: SingleLineText,
    name: SingleLineText,
    /// The host of the first registered redirect URI.
    host: String,
    permissions: Vec<Permission>,
    since: String,
    last_used: Option<String>,
}

/// `GET /account/applications`
pub async fn list(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let app = &web.app;
    let grants = app.accounts.granted(&visitor.access).await?;
    // One entry for each application, however many times the user allowed it something.
    let by_client = grants.chunk_by(|one, next| one.client_id == next.client_id);
    let applications = by_client.filter_map(|grants| entry(app, grants).transpose()).collect::<Result<_, Error>>()?;
    let shell = Shell::signed_in(app, &request, visitor.session, Section::Applications);
    let action = shell.to("/account/applications/revoke");
    Ok(shell.page(StatusCode::OK, &Applications { shell: &shell, action, applications }))
}

/// `POST /account/applications/revoke`: ends all access of the application with this `client_id`.
pub async fn revoke(web: Arc<Web>, request: Request, _anyone: ()) -> Result<Response, Failure> {
    let app = &web.app;
    let Some(session) = session(app, &request)? else {
        return Ok(shell::redirect(&Links::of(app, &request).to(LIST)));
    };
    session.verify_form(app, &request)?;
    let client_id = field(request.body(), "client_id").ok_or(Error::NotFound)?;
    match app.accounts.revoke_application(&oneself(&session.actor, Scope::Api)?, &client_id).await {
        // `NotFound` means that it was revoked already; the list shows that.
        Ok(()) | Err(Error::NotFound) => Ok(shell::done(app, &request, LIST, Message::ApplicationRevoked)),
        Err(error) => Err(error.into()),
    }
}

/// None if the application was deleted in the meantime.
fn entry(app: &AppState, grants: &[GrantSummary]) -> Result<Option<Entry>, Error> {
    let Some(first) = grants.first() else { return Ok(None) };
    let application = match app.accounts.application(first.client_id.as_str()) {
        Ok(application) => application.registration,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(Entry {
        host: application.redirect_uris.first().map(RedirectUri::host).unwrap_or_default(),
        name: application.name,
        client_id: application.client_id,
        permissions: permissions(grants.iter().flat_map(|grant| grant.scopes.iter()).collect()),
        since: day(grants.iter().map(|grant| grant.created_at).fold(first.created_at, Timestamp::min)),
        last_used: grants.iter().filter_map(|grant| grant.last_used_at).max().map(day),
    }))
}
