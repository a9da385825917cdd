//! The pages of the applications with access to the user's account.

use super::day;
use crate::accounts::{AccountAccess, Error, GrantSummary};
use crate::domain::{RedirectUri, Scopes, SingleLineText};
use crate::http::{AppState, Request};
use crate::web::confirm::Confirm;
use crate::web::equivalent::Equivalent;
use crate::web::navigation::Section;
use crate::web::pager::Pager;
use crate::web::rules::Visitor;
use crate::web::scopes::{in_short, is_sensitive};
use crate::web::{Failure, Links, Message, Shell, Web, field, shell};
use askama::Template;
use hyper::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use warp::reply::Response;

const LIST: &str = "/account/applications";
const REVOKE: &str = "/account/applications/revoke";

#[derive(Template)]
#[template(path = "applications.html", config = "src/web/askama.toml")]
struct Applications<'a> {
    shell: &'a Shell,
    applications: Vec<Entry>,
    pager: Pager,
    equivalent: Equivalent,
}

/// One application, with everything that the user allowed it.
struct Entry {
    name: SingleLineText,
    /// The host of the first registered redirect URI.
    host: String,
    /// What it can do, and whether that is enough to take over the account.
    permissions: Vec<(&'static str, bool)>,
    since: String,
    last_used: Option<String>,
    /// The path and query of the page that asks whether to revoke it.
    revoke: String,
}

/// `GET /account/applications`
pub async fn list(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let app = &web.app;
    let entries = entries(app, &visitor.access).await?;
    let pager = Pager::of(&request, entries.len() as u64);
    let applications = entries.into_iter().skip(pager.offset() as usize).take(Pager::ROWS as usize).collect();
    let command = format!("accountd app grants {}", visitor.session.user.username);
    let shell = Shell::signed_in(app, &request, visitor.session, Section::Applications);
    let equivalent = web.equivalent(&shell, command, "", "");
    Ok(shell.page(StatusCode::OK, &Applications { shell: &shell, applications, pager, equivalent }))
}

/// `GET /account/applications/revoke?client_id=…`
pub async fn confirm_revoke(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    // A browser that had to sign in returns here without the form.
    let Some(client_id) = field(request.query(), "client_id") else {
        return Ok(shell::redirect(&Links::of(&web.app, &request).to(LIST)));
    };
    let path = revoke_path(&client_id);
    let entries = entries(&web.app, &visitor.access).await?;
    let entry = entries.into_iter().find(|entry| entry.revoke == path).ok_or(Error::NotFound)?;
    let shell = Shell::signed_in(&web.app, &request, visitor.session, Section::Applications);
    let page = Confirm {
        title: format!("Revoke the access of {}?", entry.name.as_str()),
        losses: vec![
            format!("{} can no longer use your account, and has to ask you again.", entry.name.as_str()),
            "Email addresses and SSH keys that it added to your account stay.".into(),
        ],
        action: shell.to(&path),
        button: "Revoke",
        cancel: shell.to(LIST),
        shell: &shell,
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// `POST /account/applications/revoke`: ends all access of the application with this `client_id`.
pub async fn revoke(web: Arc<Web>, request: Request, visitor: Visitor) -> Result<Response, Failure> {
    let client_id = field(request.body(), "client_id").or_else(|| field(request.query(), "client_id"));
    match web.app.accounts.revoke_application(&visitor.access, &client_id.ok_or(Error::NotFound)?).await {
        // `NotFound` means that it was revoked already; the list shows that.
        Ok(()) | Err(Error::NotFound) => Ok(shell::done(&web.app, &request, LIST, Message::ApplicationRevoked)),
        Err(error) => Err(error.into()),
    }
}

async fn entries(app: &AppState, access: &AccountAccess) -> Result<Vec<Entry>, Error> {
    let grants = app.accounts.granted(access).await?;
    // One entry for each application, however many times the user allowed it something.
    let by_client = grants.chunk_by(|one, next| one.client_id == next.client_id);
    by_client.filter_map(|grants| entry(app, grants).transpose()).collect()
}

fn revoke_path(client_id: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("{REVOKE}?{}", query.append_pair("client_id", client_id).finish())
}

/// None if the application was deleted in the meantime.
fn entry(app: &AppState, grants: &[GrantSummary]) -> Result<Option<Entry>, Error> {
    let Some(first) = grants.first() else { return Ok(None) };
    let application = match app.accounts.application(first.client_id.as_str()) {
        Ok(application) => application.registration,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let scopes: Scopes = grants.iter().flat_map(|grant| grant.scopes.iter()).collect();
    Ok(Some(Entry {
        host: application.redirect_uris.first().map(RedirectUri::host).unwrap_or_default(),
        revoke: revoke_path(application.client_id.as_str()),
        name: application.name,
        permissions: scopes.iter().map(|scope| (in_short(scope), is_sensitive(scope))).collect(),
        since: day(grants.iter().map(|grant| grant.created_at).fold(first.created_at, Timestamp::min)),
        last_used: grants.iter().filter_map(|grant| grant.last_used_at).max().map(day),
    }))
}
