//! v4's `/user/emails` and `/users/:id/emails`: `doc/api/user_email_addresses.md`, 17.9. The primary address is not in
//! these lists.

use super::super::error::{Failure, email_taken};
use super::super::fields::{flag, required};
use super::super::version::Version;
use super::super::{Api, v4::entities};
use crate::accounts::{AccountAccess, Error};
use crate::domain::{EmailAddress, EmailId, Field};
use crate::http::{Request, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let rows = api.app.accounts.secondary_emails(&access)?;
    api.page_of(&request, &rows, entities::Email::from)
}

pub async fn get<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let row = api.app.accounts.email(&access, email_id(&request)?).map_err(Failure::missing("Email"))?;
    Ok(reply::json(StatusCode::OK, &entities::Email::from(&row)))
}

/// An address that users add themselves is not verified.
pub async fn create_own<V: Version>(api: Api<V>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    create(api, request, own, false).await
}

/// An administrator may vouch for the address with `skip_confirmation`.
pub async fn create_for<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let is_verified = flag::<V>(&V::attributes(&request), "skip_confirmation")?;
    create(api, request, access, is_verified).await
}

async fn create<V: Version>(
    api: Api<V>,
    request: Request,
    access: AccountAccess,
    is_verified: bool,
) -> Result<Response, Failure> {
    let text = required::<V>(&V::attributes(&request), "email")?;
    let address = EmailAddress::parse(&text).map_err(|problem| Error::invalid(Field::Email, problem))?;
    let row = api.app.accounts.add_email(&access, address, is_verified).await.map_err(email_taken)?;
    Ok(reply::json(StatusCode::CREATED, &entities::Email::from(&row)))
}

pub async fn delete<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let removed = api.app.accounts.remove_email_by_id(&access, email_id(&request)?).await;
    removed.map_err(Failure::missing("Email"))?;
    Ok(reply::no_content())
}

/// Anything but a number is an unknown address.
fn email_id(request: &Request) -> Result<EmailId, Failure> {
    request.param("email_id").parse().map_err(|_| Failure::Missing("Email"))
}
