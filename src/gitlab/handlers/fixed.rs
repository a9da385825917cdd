//! Endpoints whose bodies never change: the server's version, and lists and counts that are empty because this
//! server has no projects, groups, issues or events.

use super::super::error::Failure;
use super::super::fields::parameter;
use super::super::version::Version;
use super::super::{Api, Gitlab, v4::V4};
use crate::accounts::access::Viewer;
use crate::accounts::{AccountAccess, TokenAccess};
use crate::http::paging::Page;
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::json;
use warp::reply::Response;

/// The version of accountd.
const REVISION: &str = concat!("accountd-", env!("CARGO_PKG_VERSION"));

/// `doc/api/version.md`.
pub async fn version<V: Version>(_: Api<V>, _: Request, _: AccountAccess) -> Result<Response, Failure> {
    Ok(reply::json(StatusCode::OK, &json!({ "version": V::RELEASE, "revision": REVISION })))
}

/// `doc/api/metadata.md`, 17.9.
pub async fn metadata(_: Api<V4>, _: Request, _: AccountAccess) -> Result<Response, Failure> {
    let body = json!({
        "version": V4::RELEASE,
        "revision": REVISION,
        "kas": { "enabled": false, "externalUrl": null, "externalK8sProxyUrl": null, "version": null },
        "enterprise": false,
    });
    Ok(reply::json(StatusCode::OK, &body))
}

/// A list of a user, who is named by id or user name: `doc/api/projects.md` and `doc/api/events.md`, 17.9.
pub async fn list_of_user(api: Api<V4>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    api.app.accounts.user_by_id_or_name(&viewer, request.param("id")).map_err(Failure::missing("User"))?;
    empty_page(&api, &request)
}

/// `doc/api/users.md`, 17.9, as are the counts below.
pub async fn memberships(api: Api<V4>, request: Request, _: AccountAccess) -> Result<Response, Failure> {
    match parameter(request.query(), "type")?.as_deref() {
        None | Some("Project" | "Namespace") => empty_page(&api, &request),
        Some(_) => Err(Failure::InvalidValue("type")),
    }
}

fn empty_page(api: &Gitlab<V4>, request: &Request) -> Result<Response, Failure> {
    Ok(api.page_of(request, Page::parse(request.query())?, &json!([]), 0))
}

pub async fn associations_count(_: Api<V4>, _: Request, _: AccountAccess) -> Result<Response, Failure> {
    let body = json!({ "groups_count": 0, "projects_count": 0, "issues_count": 0, "merge_requests_count": 0 });
    Ok(reply::json(StatusCode::OK, &body))
}

/// `doc/api/personal_access_tokens.md`, 17.9, "List all token associations".
pub async fn token_associations(_: Api<V4>, request: Request, _: TokenAccess) -> Result<Response, Failure> {
    const ACCESS_LEVELS: [&str; 6] = ["10", "15", "20", "30", "40", "50"];
    Page::parse(request.query())?;
    match parameter(request.query(), "min_access_level")?.as_deref() {
        Some(level) if !ACCESS_LEVELS.contains(&level) => Err(Failure::InvalidValue("min_access_level")),
        Some(_) | None => Ok(reply::json(StatusCode::OK, &json!({ "groups": [], "projects": [] }))),
    }
}

pub async fn user_counts(_: Api<V4>, _: Request, _: AccountAccess) -> Result<Response, Failure> {
    let body = json!({
        "merge_requests": 0,
        "assigned_issues": 0,
        "assigned_merge_requests": 0,
        "review_requested_merge_requests": 0,
        "todos": 0,
    });
    Ok(reply::json(StatusCode::OK, &body))
}
