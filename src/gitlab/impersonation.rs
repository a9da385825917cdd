//! v4's `/users/:id/impersonation_tokens`, for administrators: `doc/api/user_tokens.md`, 18.1.

use super::error::Failure;
use super::fields::attributes;
use super::tokens::{answer_created, answer_list, new_token, query, token_id};
use super::users::existing;
use super::{Api, entity, signin};
use crate::accounts::access::admin;
use crate::accounts::{AccountAccess, TokenAccess};
use crate::domain::{Scope, TokenKind, TokenRecord};
use crate::http::request::Segment;
use crate::http::{Call, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let access = access_to(&api, &call, &user, Scope::ReadApi).await?;
    let query = query(&call.query(), TokenKind::Impersonation)?;
    answer_list(&api, &call, &TokenAccess::from(&access), query).await
}

pub async fn create(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let access = access_to(&api, &call, &user, Scope::Api).await?;
    let new = new_token(&attributes(&call, api.version)?, &api, TokenKind::Impersonation)?;
    answer_created(&api, &access, new).await
}

pub async fn show(api: Api, call: Call, user: Segment, id: Segment) -> Result<Response, Failure> {
    let access = access_to(&api, &call, &user, Scope::ReadApi).await?;
    let record = found(&api, &access, &id)?;
    Ok(reply::json(StatusCode::OK, &entity::keys::Token::new(&record, None)))
}

pub async fn revoke(api: Api, call: Call, user: Segment, id: Segment) -> Result<Response, Failure> {
    let access = access_to(&api, &call, &user, Scope::Api).await?;
    let record = found(&api, &access, &id)?;
    if record.revoked_at.is_none() {
        api.accounts.revoke_token(&access, record.id).await.map_err(Failure::missing("Impersonation Token"))?;
    }
    Ok(reply::no_content())
}

async fn access_to(api: &Api, call: &Call, user: &Segment, scope: Scope) -> Result<AccountAccess, Failure> {
    let actor = signin::actor(api, call).await?;
    let admin = admin(&actor, scope)?;
    Ok(admin.access_to(existing(api, &admin, user)?.id))
}

fn found(api: &Api, access: &AccountAccess, id: &Segment) -> Result<TokenRecord, Failure> {
    let missing = || Failure::Missing("Impersonation Token");
    let id = token_id(id).map_err(|_| missing())?;
    let record = api.accounts.token(&TokenAccess::from(access), id).map_err(Failure::missing("Impersonation Token"))?;
    if record.kind == TokenKind::Impersonation { Ok(record) } else { Err(missing()) }
}
