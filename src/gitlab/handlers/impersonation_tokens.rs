//! v4's `/users/:id/impersonation_tokens`, for administrators: `doc/api/user_tokens.md`, 18.1.

use super::super::error::Failure;
use super::super::version::Version;
use super::super::{Api, Gitlab, v4::entities};
use super::tokens::{created, list_of, new_token, query};
use crate::accounts::AccountAccess;
use crate::domain::{TokenKind, TokenRecord};
use crate::http::{Request, reply};
use hyper::StatusCode;
use warp::reply::Response;

const MISSING: &str = "Impersonation Token";

pub async fn list<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let query = query::<V>(request.query(), TokenKind::Impersonation)?;
    list_of(&api, &request, &access.into(), query).await
}

pub async fn create<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let new = new_token::<V>(&V::attributes(&request), TokenKind::Impersonation)?;
    created(&api, &access, new).await
}

pub async fn get<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let record = find(&api, &request, &access)?;
    Ok(reply::json(StatusCode::OK, &entities::Token::new(&record, None)))
}

pub async fn revoke<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let record = find(&api, &request, &access)?;
    if record.revoked_at.is_none() {
        let revoked = api.app.accounts.revoke_token(&access.into(), record.id).await;
        revoked.map_err(Failure::missing(MISSING))?;
    }
    Ok(reply::no_content())
}

fn find<V: Version>(api: &Gitlab<V>, request: &Request, access: &AccountAccess) -> Result<TokenRecord, Failure> {
    let id = request.param("token_id").parse().map_err(|_| Failure::Missing(MISSING))?;
    let record = api.app.accounts.token(&access.clone().into(), id).map_err(Failure::missing(MISSING))?;
    if record.kind == TokenKind::Impersonation { Ok(record) } else { Err(Failure::Missing(MISSING)) }
}
