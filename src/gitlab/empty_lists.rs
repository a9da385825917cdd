//! The true answers of a server that has no projects, groups, issues or events: `doc/api/users.md`, `doc/api/projects.md`
//! and `doc/api/events.md`, 17.9.

use super::error::Failure;
use super::fields::parameter;
use super::users::{existing, user_id};
use super::{Api, answer_page, signin};
use crate::accounts::Forbidden;
use crate::accounts::access::{admin, oneself, public, reader};
use crate::domain::Scope;
use crate::http::request::Segment;
use crate::http::{Call, reply};
use hyper::StatusCode;
use serde_json::json;
use warp::reply::Response;

/// Of a user named by id or user name, for everybody.
pub async fn of_user(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let reader = match signin::anyone(&api, &call).await? {
        Some(actor) => reader(&actor)?,
        None => public(),
    };
    api.accounts.user_called(&reader, user.as_str()).map_err(Failure::missing("User"))?;
    answer_page(&api, &call, &[], |(): &()| ())
}

pub async fn memberships(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::ReadUser)?;
    existing(&api, &admin, &user)?;
    match parameter(&call.query(), "type")?.as_deref() {
        None | Some("Project" | "Namespace") => answer_page(&api, &call, &[], |(): &()| ()),
        Some(_) => Err(Failure::NotAValue("type")),
    }
}

/// For administrators, and for the user.
pub async fn associations_count(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let own = oneself(&actor, Scope::ReadUser)?;
    let user = api.accounts.user(&reader(&actor)?, user_id(&user)?).map_err(Failure::missing("User"))?;
    if own.user() != user.id && admin(&actor, Scope::ReadUser).is_err() {
        return Err(Forbidden::NotYou.into());
    }
    let body = json!({ "groups_count": 0, "projects_count": 0, "issues_count": 0, "merge_requests_count": 0 });
    Ok(reply::json(StatusCode::OK, &body))
}

pub async fn user_counts(api: Api, call: Call) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    oneself(&actor, Scope::ReadUser)?;
    let body = json!({
        "merge_requests": 0,
        "assigned_issues": 0,
        "assigned_merge_requests": 0,
        "review_requested_merge_requests": 0,
        "todos": 0,
    });
    Ok(reply::json(StatusCode::OK, &body))
}
