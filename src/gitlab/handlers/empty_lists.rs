//! Lists and counts that are empty because this server has no projects, groups, issues or events: `doc/api/users.md`,
//! `doc/api/projects.md` and `doc/api/events.md`, 17.9.

use super::super::Api;
use super::super::error::Failure;
use super::super::fields::parameter;
use super::super::version::Version;
use crate::accounts::AccountAccess;
use crate::accounts::access::Viewer;
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::json;
use warp::reply::Response;

/// A list of a user, who is named by id or user name.
pub async fn of_user<V: Version>(api: Api<V>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    api.app.accounts.user_by_id_or_name(&viewer, request.param("id")).map_err(Failure::missing("User"))?;
    api.page_of(&request, &[], |(): &()| ())
}

pub async fn memberships<V: Version>(api: Api<V>, request: Request, _: AccountAccess) -> Result<Response, Failure> {
    match parameter(request.query(), "type")?.as_deref() {
        None | Some("Project" | "Namespace") => api.page_of(&request, &[], |(): &()| ()),
        Some(_) => Err(Failure::InvalidValue("type")),
    }
}

pub async fn associations_count<V: Version>(_: Api<V>, _: Request, _: AccountAccess) -> Result<Response, Failure> {
    let body = json!({ "groups_count": 0, "projects_count": 0, "issues_count": 0, "merge_requests_count": 0 });
    Ok(reply::json(StatusCode::OK, &body))
}

pub async fn user_counts<V: Version>(_: Api<V>, _: Request, _: AccountAccess) -> Result<Response, Failure> {
    let body = json!({
        "merge_requests": 0,
        "assigned_issues": 0,
        "assigned_merge_requests": 0,
        "review_requested_merge_requests": 0,
        "todos": 0,
    });
    Ok(reply::json(StatusCode::OK, &body))
}
