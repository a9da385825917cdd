//! `POST /users/:id/{block, …}`: `doc/api/user_moderation.md`, 17.9. Clients read `true`, `null` and `false`.

use super::error::Failure;
use super::users::user_id;
use super::{Api, signin};
use crate::accounts::Moderated;
use crate::accounts::access::admin;
use crate::domain::{ModerationAction, Scope};
use crate::http::request::Segment;
use crate::http::{Call, reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

pub async fn block(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, ModerationAction::Block).await
}

pub async fn unblock(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, ModerationAction::Unblock).await
}

pub async fn ban(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, ModerationAction::Ban).await
}

pub async fn unban(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, ModerationAction::Unban).await
}

pub async fn deactivate(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, ModerationAction::Deactivate).await
}

pub async fn activate(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, ModerationAction::Activate).await
}

pub async fn approve(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, ModerationAction::Approve).await
}

pub async fn reject(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, ModerationAction::Reject).await
}

async fn moderate(api: Api, call: Call, id: Segment, transition: ModerationAction) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let moderated = api.accounts.moderate(&admin, user_id(&id)?, transition).await;
    let moderated = moderated.map_err(Failure::missing("User"))?;
    let body = match (transition, Failure::unless_moderated(transition, moderated)?) {
        (ModerationAction::Approve | ModerationAction::Reject, Moderated::Done) => json!({ "message": "Success" }),
        (_, Moderated::Already) => Value::Null,
        (_, Moderated::NoOp) => Value::Bool(false),
        (_, Moderated::Done | Moderated::Refused(_)) => Value::Bool(true),
    };
    let status = if transition == ModerationAction::Reject { StatusCode::OK } else { StatusCode::CREATED };
    Ok(reply::json(status, &body))
}
