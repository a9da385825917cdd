//! v4's `/user/status` and `/users/:id/status`: `doc/api/users.md`, 17.9, "Get your user status" and what follows it.

use super::super::error::Failure;
use super::super::fields::AttributeReader;
use super::super::version::Version;
use super::super::{Api, Gitlab, v4::V4, v4::entities};
use crate::accounts::access::Viewer;
use crate::accounts::{AccountAccess, StatusChange};
use crate::domain::{Emoji, Field, UserStatus};
use crate::http::input::{Fields, Patch};
use crate::http::{Request, reply};
use hyper::StatusCode;
use std::str::FromStr;
use warp::reply::Response;

pub async fn get_own(api: Api<V4>, _: Request, own: AccountAccess) -> Result<Response, Failure> {
    let status = api.app.accounts.own_status(&own)?;
    Ok(shown(status.as_ref()))
}

/// Anyone may see it: the documented request has no token.
pub async fn get(api: Api<V4>, request: Request, viewer: Viewer) -> Result<Response, Failure> {
    let status = api.app.accounts.status_of(&viewer, request.param("id")).map_err(Failure::missing("User"))?;
    Ok(shown(status.as_ref()))
}

/// "When using `PUT`, any parameters that are not passed are set to `null`."
pub async fn put(api: Api<V4>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let change = change(&V4::attributes(&request))?;
    let change = StatusChange {
        emoji: Some(change.emoji.flatten()),
        message: Some(change.message.unwrap_or_default()),
        availability: Some(change.availability.unwrap_or_default()),
        clear_after: Some(change.clear_after.flatten()),
    };
    set(&api, &own, change).await
}

/// "When using `PATCH`, any parameters that are not passed are ignored."
pub async fn patch(api: Api<V4>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    set(&api, &own, change(&V4::attributes(&request))?).await
}

async fn set(api: &Gitlab<V4>, own: &AccountAccess, change: StatusChange) -> Result<Response, Failure> {
    Ok(shown(api.app.accounts.change_status(own, change).await?.as_ref()))
}

fn shown(status: Option<&UserStatus>) -> Response {
    reply::json(StatusCode::OK, &entities::status(status))
}

fn change(fields: &Fields) -> Result<StatusChange, Failure> {
    let clear_after = word(fields, "clear_status_after")?;
    let availability = word(fields, "availability")?;
    let mut reader = AttributeReader::<V4>::new(fields);
    let emoji = reader.clearable(Field::Emoji, |text| match text {
        "" => Ok(None),
        name => Emoji::parse(name).map(Some),
    })?;
    let message = reader.clearable(Field::Message, UserStatus::parse_message)?;
    reader.finish(Some(()))?;
    Ok(StatusChange { emoji, message, availability: availability.map(Option::unwrap_or_default), clear_after })
}

/// One of a few words; `Some(None)` for none.
fn word<T: FromStr>(fields: &Fields, name: &'static str) -> Result<Option<Option<T>>, Failure> {
    match fields.text(name)? {
        Patch::Absent => Ok(None),
        Patch::Null => Ok(Some(None)),
        Patch::Value(text) if text.is_empty() => Ok(Some(None)),
        Patch::Value(text) => text.parse().map(|word| Some(Some(word))).map_err(|_| Failure::InvalidValue(name)),
    }
}
