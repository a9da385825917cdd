//! `POST /users/:id/{block, …}`: `doc/api/user_moderation.md`, 17.9. Clients read `true`, `null` and `false`.

use super::error::Failure;
use super::users::user_id;
use super::{Api, signin};
use crate::accounts::Moderated;
use crate::accounts::access::admin;
use crate::domain::{Scope, Transition};
use crate::http::request::Segment;
use crate::http::{Call, reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

pub async fn block(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, Transition::Block).await
}

pub async fn unblock(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, Transition::Unblock).await
}

pub async fn ban(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, Transition::Ban).await
}

pub async fn unban(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, Transition::Unban).await
}

pub async fn deactivate(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, Transition::Deactivate).await
}

pub async fn activate(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, Transition::Activate).await
}

pub async fn approve(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, Transition::Approve).await
}

pub async fn reject(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    moderate(api, call, id, Transition::Reject).await
}

async fn moderate(api: Api, call: Call, id: Segment, transition: Transition) -> Result<Response, Failure> {
    let actor = signin::actor(&api, &call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let moderated = api.accounts.moderate(&admin, user_id(&id)?, transition).await;
    let moderated = moderated.map_err(Failure::missing("User"))?;
    let body = match (transition, Failure::unless_moderated(transition, moderated)?) {
        (Transition::Approve | Transition::Reject, Moderated::Done) => json!({ "message": "Success" }),
        (_, Moderated::Already) => Value::Null,
        (_, Moderated::Pointless) => Value::Bool(false),
        (_, Moderated::Done | Moderated::Refused(_)) => Value::Bool(true),
    };
    let status = if transition == Transition::Reject { StatusCode::OK } else { StatusCode::CREATED };
    Ok(reply::json(status, &body))
}
