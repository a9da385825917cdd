//! v4's `/users/:id/impersonation_tokens`, for administrators: `doc/api/user_tokens.md`, 18.1.

use super::error::Failure;
use super::fields::attributes;
use super::tokens::{answer_created, answer_list, new_token, query, token_id};
use super::users::existing;
use super::{Api, entity, signin};
use crate::accounts::access::admin;
use crate::accounts::{Grant, TokenGrant};
use crate::domain::{Scope, TokenKind, TokenRecord};
use crate::http::request::Segment;
use crate::http::{Call, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let grant = over(&api, &call, &user, Scope::ReadApi).await?;
    let query = query(&call.query(), TokenKind::Impersonation)?;
    answer_list(&api, &call, &TokenGrant::from(&grant), query).await
}

pub async fn create(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let grant = over(&api, &call, &user, Scope::Api).await?;
    let new = new_token(&attributes(&call, api.version)?, &api, TokenKind::Impersonation)?;
    answer_created(&api, &grant, new).await
}

pub async fn show(api: Api, call: Call, user: Segment, id: Segment) -> Result<Response, Failure> {
    let grant = over(&api, &call, &user, Scope::ReadApi).await?;
    let record = found(&api, &grant, &id)?;
    Ok(reply::json(StatusCode::OK, &entity::keys::Token::new(&record, None)))
}

pub async fn revoke(api: Api, call: Call, user: Segment, id: Segment) -> Result<Response, Failure> {
    let grant = over(&api, &call, &user, Scope::Api).await?;
    let record = found(&api, &grant, &id)?;
    if record.revoked_at.is_none() {
        api.accounts.revoke_token(&grant, record.id).await.map_err(Failure::missing("Impersonation Token"))?;
    }
    Ok(reply::no_content())
}

async fn over(api: &Api, call: &Call, user: &Segment, scope: Scope) -> Result<Grant, Failure> {
    let actor = signin::actor(api, call).await?;
    let admin = admin(&actor, scope)?;
    Ok(admin.over(existing(api, &admin, user)?.id))
}

fn found(api: &Api, grant: &Grant, id: &Segment) -> Result<TokenRecord, Failure> {
    let missing = || Failure::Missing("Impersonation Token");
    let id = token_id(id).map_err(|_| missing())?;
    let record = api.accounts.token(&TokenGrant::from(grant), id).map_err(Failure::missing("Impersonation Token"))?;
    if record.kind == TokenKind::Impersonation { Ok(record) } else { Err(missing()) }
}
