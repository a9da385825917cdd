//! v3's `/user/emails` and `/users/:id/emails`: `doc/api/users.md`, 9.5. The primary address is not in these lists, which
//! have no pages.

use super::super::error::{Failure, email_taken};
use super::super::fields::{flag, required};
use super::super::rules::id;
use super::super::{Api, v3::V3};
use crate::accounts::{AccountAccess, EmailRow, Error};
use crate::domain::{EmailAddress, Field, Invalid};
use crate::http::{Request, check_room, reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use warp::reply::Response;

/// No user has more addresses.
const ALL: u64 = 1000;

pub async fn list(api: Api<V3>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    check_room(&request)?;
    let (rows, _) = api.app.accounts.secondary_emails(&access, 0, ALL)?;
    Ok(reply::json(StatusCode::OK, &rows.iter().map(entity).collect::<Value>()))
}

pub async fn get(api: Api<V3>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let row = api.app.accounts.email(&access, id(&request, "email_id", "Email")?).map_err(Failure::missing("Email"))?;
    Ok(reply::json(StatusCode::OK, &entity(&row)))
}

/// An address that users add themselves is not verified.
pub async fn create_own(api: Api<V3>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    create(api, request, own, false).await
}

/// An administrator may vouch for the address with `skip_confirmation`.
pub async fn create_for(api: Api<V3>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let is_verified = flag::<V3>(request.body(), "skip_confirmation")?;
    create(api, request, access, is_verified).await
}

async fn create(api: Api<V3>, request: Request, access: AccountAccess, is_verified: bool) -> Result<Response, Failure> {
    let text = required::<V3>(request.body(), "email")?;
    let address = EmailAddress::parse(&text);
    let address = address.map_err(|problem| Failure::BadAttributes(Invalid::one(Field::Email, problem)))?;
    match api.app.accounts.add_email(&access, address, is_verified).await.map_err(email_taken) {
        Ok(row) => Ok(reply::json(StatusCode::CREATED, &entity(&row))),
        Err(Error::Invalid(invalid)) => Err(Failure::BadAttributes(invalid)),
        Err(other) => Err(other.into()),
    }
}

/// "An idempotent function": deleting an own address twice is not an error, and returns `null`.
pub async fn delete_own(api: Api<V3>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    match delete(api, request, own).await {
        Err(Failure::Missing(_)) => Ok(reply::json(StatusCode::OK, &Value::Null)),
        other => other,
    }
}

pub async fn delete(api: Api<V3>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let id = id(&request, "email_id", "Email")?;
    let row = api.app.accounts.email(&access, id).map_err(Failure::missing("Email"))?;
    api.app.accounts.remove_email_by_id(&access, id).await.map_err(Failure::missing("Email"))?;
    Ok(reply::json(StatusCode::OK, &entity(&row)))
}

fn entity(row: &EmailRow) -> Value {
    json!({ "id": row.id.0, "email": row.email.address.as_str() })
}
