//! v4's audit events: `doc/api/audit_events.md`, 17.9, "Instance audit events".

use super::super::error::Failure;
use super::super::fields::{parameter, time};
use super::super::rules::id;
use super::super::{Api, Gitlab};
use super::V4;
use super::entities;
use crate::accounts::access::{Admin, AuditReader, ReadUsers};
use crate::accounts::{AuditEvent, AuditFilter, AuditQuery, Error, Total, audit_details};
use crate::domain::{AuditEventId, UserId};
use crate::http::input::{FieldError, FieldErrorKind, Fields};
use crate::http::paging::{Page, keyset_link};
use crate::http::{Request, check_room, reply};
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::collections::HashMap;
use warp::reply::Response;

/// GitLab's bound for pages by number, whose cost grows with the number. Keyset pagination has none.
const MAX_OFFSET: u64 = 50_000;

pub async fn list(api: Api<V4>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let params = request.query();
    let page = Page::parse(params)?;
    let is_keyset = parameter(params, "pagination")?.as_deref() == Some("keyset");
    // One more row shows whether there is another page.
    let Some(query) = query(params, page.per_page + 1)? else {
        return Ok(api.page_of(&request, page, &json!([]), 0));
    };
    let query = if is_keyset {
        AuditQuery { cursor: cursor(params)?, ..query }
    } else if page.offset() > MAX_OFFSET {
        return Err(Failure::InvalidValue("page"));
    } else {
        AuditQuery { offset: page.offset(), ..query }
    };
    let slot = api.app.list_slot(&request, admin.account()).await?;
    check_room(&request)?;
    let mut events = api.app.accounts.audit_log(&AuditReader::from(&admin), query).await?;
    drop(slot);
    let has_more = events.len() as u64 > page.per_page;
    events.truncate(usize::try_from(page.per_page).unwrap_or(usize::MAX));
    let headers = if is_keyset {
        next_link(&api, &request, events.last().filter(|_| has_more))
    } else {
        api.page_headers(&request, page, Total::Uncounted { has_more })
    };
    let mut authors = Authors::default();
    let body = events.iter().map(|event| authors.entity(&api, &admin, event)).collect::<Result<Value, _>>()?;
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}

pub async fn get(api: Api<V4>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let id: AuditEventId = id(&request, "event_id", "Audit Event")?;
    let found = api.app.accounts.audit_event(&AuditReader::from(&admin), id);
    let event = found.map_err(Failure::missing("Audit Event"))?;
    Ok(reply::json(StatusCode::OK, &Authors::default().entity(&api, &admin, &event)?))
}

/// `None` for a kind of entity that does not exist here.
fn query(params: &Fields, limit: u64) -> Result<Option<AuditQuery>, Failure> {
    let entity = parameter(params, "entity_id")?.map(|text| text.parse::<i64>()).transpose();
    let entity = entity.map_err(|_| FieldError { field: "entity_id", kind: FieldErrorKind::NotInteger })?;
    let filter = match (parameter(params, "entity_type")?.as_deref(), entity) {
        (None, None) => AuditFilter::All,
        (None, Some(_)) => return Err(Failure::MissingParameters(vec!["entity_type"])),
        (Some("User"), Some(id)) => AuditFilter::About(UserId(id)),
        (Some("User"), None) => AuditFilter::AboutUsers,
        (Some(INSTANCE), None | Some(INSTANCE_ID)) => AuditFilter::AboutServer,
        (Some(INSTANCE | "Group" | "Project"), _) => return Ok(None),
        (Some(_), _) => return Err(Failure::InvalidValue("entity_type")),
    };
    let ascending = match parameter(params, "sort")?.as_deref() {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(Failure::InvalidValue("sort")),
    };
    let (since, until) = (time(params, "created_after")?, time(params, "created_before")?);
    Ok(Some(AuditQuery { filter, since, until, ascending, limit, ..AuditQuery::default() }))
}

/// The last event of the page before, which links contain.
fn cursor(params: &Fields) -> Result<Option<AuditEventId>, Failure> {
    let cursor = parameter(params, "cursor")?.map(|text| text.parse()).transpose();
    cursor.map_err(|_| FieldError { field: "cursor", kind: FieldErrorKind::NotText }.into())
}

/// `doc/api/rest/_index.md`, 17.9, "Keyset-based pagination": `Link` is the only header.
fn next_link(api: &Gitlab<V4>, request: &Request, last: Option<&AuditEvent>) -> Vec<(HeaderName, HeaderValue)> {
    let link = last.and_then(|last| {
        keyset_link(&last.id.to_string(), &api.app.base_url(request), request.path(), request.raw_query())
    });
    link.into_iter().collect()
}

const INSTANCE: &str = "Gitlab::Audit::InstanceScope";
const INSTANCE_ID: i64 = 1;
/// GitLab's author of what callers do who are not signed in. Here also applications and the command line.
const NO_USER: i64 = -1;

/// The addresses of the users who made the changes of one page: GitLab shows the current ones.
#[derive(Default)]
struct Authors(HashMap<UserId, Option<String>>);

impl Authors {
    fn email(&mut self, api: &Gitlab<V4>, admin: &Admin, id: UserId) -> Result<Option<String>, Error> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let email = match api.app.accounts.user(admin, id) {
            Ok(user) => Some(user.email.to_string()),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        };
        self.0.insert(id, email.clone());
        Ok(email)
    }

    fn entity(&mut self, api: &Gitlab<V4>, admin: &Admin, event: &AuditEvent) -> Result<Value, Error> {
        let email = event.actor_id.map(|id| self.email(api, admin, id)).transpose()?.flatten();
        let attributes: Value = serde_json::from_str(&event.details).map_err(|_| Error::Internal)?;
        let (entity_id, entity_type, path) = match event.subject_id {
            Some(user) => (user.0, "User", event.subject.as_deref()),
            None => (INSTANCE_ID, INSTANCE, Some("gitlab_instance")),
        };
        Ok(json!({
            "id": event.id.0,
            "author_id": event.actor_id.map_or(NO_USER, |id| id.0),
            "entity_id": entity_id,
            "entity_type": entity_type,
            "details": {
                "event_name": event.event,
                "custom_message": format!("{} {}", event.event, audit_details(event)).trim_end(),
                "author_name": event.actor.as_deref().unwrap_or("An unauthenticated user"),
                "author_email": email,
                "target_id": event.subject_id.map(|id| id.0),
                "target_type": event.subject_id.map(|_| "User"),
                "target_details": event.subject,
                "ip_address": event.address,
                "entity_path": path,
                "via": event.via,
                "attributes": attributes,
            },
            "created_at": entities::time(event.at),
        }))
    }
}
