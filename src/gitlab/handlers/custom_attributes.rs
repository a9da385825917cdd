//! v4's `/users/:id/custom_attributes`: `doc/api/custom_attributes.md`, 17.9.

use super::super::error::Failure;
use super::super::fields::required;
use super::super::rules::user_id;
use super::super::version::Version;
use super::super::{Api, Gitlab, v4::V4, v4::entities};
use crate::accounts::{Admin, Error};
use crate::domain::{CustomAttribute, Field, SingleLineText, UserId};
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::Value;
use warp::reply::Response;

pub async fn list(api: Api<V4>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let attributes = api.app.accounts.custom_attributes(&admin, user(&api, &request, &admin)?)?;
    let body: Value = attributes.iter().map(entities::custom_attribute).collect();
    Ok(reply::json(StatusCode::OK, &body))
}

pub async fn get(api: Api<V4>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let user = user(&api, &request, &admin)?;
    Ok(shown(&api.app.accounts.custom_attribute(&admin, user, request.param("key"))?))
}

pub async fn set(api: Api<V4>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let user = user(&api, &request, &admin)?;
    let value = required::<V4>(&V4::attributes(&request), "value")?;
    let value = SingleLineText::required(&value).map_err(|problem| Error::invalid(Field::Value, problem))?;
    let key = SingleLineText::required(request.param("key"));
    let key = key.map_err(|problem| Error::invalid(Field::Key, problem))?;
    let attribute = CustomAttribute { key, value };
    api.app.accounts.set_custom_attribute(&admin, user, attribute.clone()).await?;
    Ok(shown(&attribute))
}

pub async fn delete(api: Api<V4>, request: Request, admin: Admin) -> Result<Response, Failure> {
    let user = user(&api, &request, &admin)?;
    let removed = api.app.accounts.remove_custom_attribute(&admin, user, request.param("key").to_owned()).await;
    removed.map_err(Failure::missing("Custom attribute"))?;
    Ok(reply::no_content())
}

fn shown(attribute: &CustomAttribute) -> Response {
    reply::json(StatusCode::OK, &entities::custom_attribute(attribute))
}

fn user(api: &Gitlab<V4>, request: &Request, admin: &Admin) -> Result<UserId, Failure> {
    let user = api.app.accounts.user(admin, user_id(request)?).map_err(Failure::missing("User"))?;
    Ok(user.id)
}
