//! v4's `/user/emails` and `/users/:id/emails`: `doc/api/user_email_addresses.md`, 17.9. The primary address is not among
//! them.

use super::error::Failure;
use super::fields::{attributes, flag, required};
use super::users::existing;
use super::version::Version;
use super::{Api, answer_page, entity, signin};
use crate::accounts::access::{admin, oneself};
use crate::accounts::{AccountAccess, Error};
use crate::domain::{EmailAddress, EmailId, Field, Scope};
use crate::http::request::Segment;
use crate::http::{Call, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list_own(api: Api, call: Call) -> Result<Response, Failure> {
    let access = own(&api, &call, Scope::ReadUser).await?;
    list_of(&api, &call, &access)
}

pub async fn add_own(api: Api, call: Call) -> Result<Response, Failure> {
    let access = own(&api, &call, Scope::Api).await?;
    add_to(&api, &call, &access, false).await
}

pub async fn show_own(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let access = own(&api, &call, Scope::ReadUser).await?;
    show_of(&api, &access, &id)
}

pub async fn remove_own(api: Api, call: Call, id: Segment) -> Result<Response, Failure> {
    let access = own(&api, &call, Scope::Api).await?;
    remove_from(&api, &access, &id).await
}

pub async fn list(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let access = anybodys(&api, &call, &user, Scope::ReadUser).await?;
    list_of(&api, &call, &access)
}

pub async fn add(api: Api, call: Call, user: Segment) -> Result<Response, Failure> {
    let access = anybodys(&api, &call, &user, Scope::Api).await?;
    let verified = flag(&attributes(&call, api.version)?, "skip_confirmation", api.version)?;
    add_to(&api, &call, &access, verified).await
}

pub async fn show(api: Api, call: Call, user: Segment, id: Segment) -> Result<Response, Failure> {
    let access = anybodys(&api, &call, &user, Scope::ReadUser).await?;
    show_of(&api, &access, &id)
}

pub async fn remove(api: Api, call: Call, user: Segment, id: Segment) -> Result<Response, Failure> {
    let access = anybodys(&api, &call, &user, Scope::Api).await?;
    remove_from(&api, &access, &id).await
}

async fn own(api: &Api, call: &Call, scope: Scope) -> Result<AccountAccess, Failure> {
    let actor = signin::actor(api, call).await?;
    Ok(oneself(&actor, scope)?)
}

async fn anybodys(api: &Api, call: &Call, user: &Segment, scope: Scope) -> Result<AccountAccess, Failure> {
    let actor = signin::actor(api, call).await?;
    let admin = admin(&actor, scope)?;
    Ok(admin.access_to(existing(api, &admin, user)?.id))
}

fn list_of(api: &Api, call: &Call, access: &AccountAccess) -> Result<Response, Failure> {
    let rows = api.accounts.secondary_emails(access)?;
    answer_page(api, call, &rows, entity::keys::Email::from)
}

fn show_of(api: &Api, access: &AccountAccess, id: &Segment) -> Result<Response, Failure> {
    let row = api.accounts.email(access, email_id(id)?).map_err(Failure::missing("Email"))?;
    Ok(reply::json(StatusCode::OK, &entity::keys::Email::from(&row)))
}

async fn add_to(api: &Api, call: &Call, access: &AccountAccess, verified: bool) -> Result<Response, Failure> {
    let text = required(&attributes(call, api.version)?, api.version, "email")?;
    let address = EmailAddress::parse(&text).map_err(|problem| Error::invalid(Field::Email, problem))?;
    let row = api.accounts.add_email(access, address, verified).await.map_err(Version::email_taken)?;
    Ok(reply::json(StatusCode::CREATED, &entity::keys::Email::from(&row)))
}

async fn remove_from(api: &Api, access: &AccountAccess, id: &Segment) -> Result<Response, Failure> {
    let removed = api.accounts.remove_email_by_id(access, email_id(id)?).await;
    removed.map_err(Failure::missing("Email"))?;
    Ok(reply::no_content())
}

/// What is not a number is no address's id.
fn email_id(segment: &Segment) -> Result<EmailId, Failure> {
    segment.as_str().parse().map_err(|_| Failure::Missing("Email"))
}
