//! The audit log.

use super::USERS;
use crate::accounts::{Admin, AuditEvent, AuditFilter, AuditQuery, AuditReader, Error, audit_details};
use crate::domain::{AuditEventId, UserId};
use crate::http::Request;
use crate::http::input::Fields;
use crate::web::navigation::Section;
use crate::web::{Failure, Session, Shell, Web, field};
use askama::Template;
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

/// The rows of a page.
const ROWS: u64 = 20;

struct EventRow {
    at: String,
    event: String,
    actor: String,
    /// The page of the subject's account.
    subject_path: Option<String>,
    subject: Option<String>,
    via: Option<String>,
    address: Option<String>,
    details: String,
}

impl EventRow {
    fn of(event: AuditEvent) -> Self {
        Self {
            at: event.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            details: audit_details(&event),
            event: event.event,
            actor: event.actor.unwrap_or_else(|| "unknown".to_owned()),
            subject_path: event.subject_id.map(|id| format!("{USERS}/{id}")),
            subject: event.subject,
            via: event.via,
            address: event.address,
        }
    }
}

#[derive(Template)]
#[template(path = "admin_log.html", config = "src/web/askama.toml")]
struct Log<'a> {
    shell: &'a Shell,
    user: String,
    /// Whether no user has the name that was asked for.
    is_unknown: bool,
    events: Vec<EventRow>,
    first: Option<String>,
    next: Option<String>,
}

/// `GET /admin/log?user=NAME&before=ID`
pub async fn list(web: Arc<Web>, request: Request, (session, admin): (Session, Admin)) -> Result<Response, Failure> {
    let query = request.query();
    let user = field(query, "user").unwrap_or_default().trim().to_owned();
    let filter = match user_id(&web, &admin, &user) {
        Ok(Some(id)) => Some(AuditFilter::Concerning(id)),
        Ok(None) => Some(AuditFilter::All),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    let cursor = before(query);
    let _slot = web.app.list_slot(&request, Some(session.user.id)).await?;
    // One more row shows whether there is another page.
    let mut events = match filter {
        Some(filter) => {
            let query = AuditQuery { filter, cursor, limit: ROWS + 1, ..AuditQuery::default() };
            web.app.accounts.audit_log(&AuditReader::from(&admin), query).await?
        }
        None => Vec::new(),
    };
    let has_more = events.len() as u64 > ROWS;
    events.truncate(ROWS as usize);
    let shell = Shell::signed_in(&web.app, &request, session, Section::Log);
    let page = Log {
        shell: &shell,
        is_unknown: filter.is_none(),
        first: cursor.map(|_| address(&user, None)),
        next: events.last().filter(|_| has_more).map(|last| address(&user, Some(last.id))),
        events: events.into_iter().map(EventRow::of).collect(),
        user,
    };
    Ok(shell.page(StatusCode::OK, &page))
}

/// The user with that name, or with that id, as a deleted user has only that.
fn user_id(web: &Web, admin: &Admin, user: &str) -> Result<Option<UserId>, Error> {
    match user {
        "" => Ok(None),
        name => match web.app.accounts.user_by_name(admin, name) {
            Ok(user) => Ok(Some(user.id)),
            Err(Error::NotFound) => name.parse().map(Some).map_err(|_| Error::NotFound),
            Err(error) => Err(error),
        },
    }
}

/// The last event of the page before.
fn before(query: &Fields) -> Option<AuditEventId> {
    field(query, "before")?.parse().ok()
}

fn address(user: &str, before: Option<AuditEventId>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("user", user);
    if let Some(before) = before {
        query.append_pair("before", &before.to_string());
    }
    format!("?{}", query.finish())
}
