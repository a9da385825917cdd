//! v4's `/user/emails` and `/users/:id/emails`: `doc/api/user_email_addresses.md`, 17.9. The primary address is not in
//! these lists.

use super::super::error::{Failure, email_taken};
use super::super::fields::{flag, required};
use super::super::rules::id;
use super::super::version::Version;
use super::super::{Api, v4::V4, v4::entities};
use crate::accounts::{AccountAccess, Error};
use crate::domain::{EmailAddress, Field};
use crate::http::paging::Page;
use crate::http::{Request, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list(api: Api<V4>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let page = Page::parse(request.query())?;
    let (rows, total) = api.app.accounts.secondary_emails(&access, page.offset(), page.per_page)?;
    let trust = api.app.accounts.email_trust();
    let body = rows.iter().map(|row| entities::email(row, trust)).collect();
    Ok(api.page_of(&request, page, &body, total))
}

pub async fn get(api: Api<V4>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let id = id(&request, "email_id", "Email")?;
    let row = api.app.accounts.email(&access, id).map_err(Failure::missing("Email"))?;
    Ok(reply::json(StatusCode::OK, &entities::email(&row, api.app.accounts.email_trust())))
}

/// An address that users add themselves is not verified.
pub async fn create_own(api: Api<V4>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    create(api, request, own, false).await
}

/// An administrator may vouch for the address with `skip_confirmation`.
pub async fn create_for(api: Api<V4>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let is_verified = flag::<V4>(&V4::attributes(&request), "skip_confirmation")?;
    create(api, request, access, is_verified).await
}

async fn create(api: Api<V4>, request: Request, access: AccountAccess, is_verified: bool) -> Result<Response, Failure> {
    let text = required::<V4>(&V4::attributes(&request), "email")?;
    let address = EmailAddress::parse(&text).map_err(|problem| Error::invalid(Field::Email, problem))?;
    let row = api.app.accounts.add_email(&access, address, is_verified).await.map_err(email_taken)?;
    Ok(reply::json(StatusCode::CREATED, &entities::email(&row, api.app.accounts.email_trust())))
}

pub async fn delete(api: Api<V4>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let id = id(&request, "email_id", "Email")?;
    api.app.accounts.remove_email_by_id(&access, id).await.map_err(Failure::missing("Email"))?;
    Ok(reply::no_content())
}
