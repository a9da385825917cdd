//! `/users/:username/emails/`: sections 1.3 to 1.6 of the document.

use super::error::{Failure, REQUIRED};
use super::{Docker, entity};
use crate::accounts::{AccountAccess, EmailChange, Error};
use crate::domain::{EmailAddress, Field};
use crate::http::input::{Fields, Patch};
use crate::http::{Request, reply};
use hyper::StatusCode;
use serde_json::Value;
use std::sync::Arc;
use warp::reply::Response;

pub async fn list(docker: Arc<Docker>, _request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let emails = docker.app.accounts.emails(&own)?;
    let body: Value = emails.iter().map(entity::email).collect();
    Ok(reply::json(StatusCode::OK, &body))
}

pub async fn create(docker: Arc<Docker>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let text = email(request.body())?.ok_or(Failure::Attribute("email", REQUIRED))?;
    let address = EmailAddress::parse(&text).map_err(|problem| Error::invalid(Field::Email, problem))?;
    let email = docker.app.accounts.add_email(&own, address, false).await?;
    Ok(reply::json(StatusCode::CREATED, &entity::email(&email.email)))
}

pub async fn update(docker: Arc<Docker>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let body = request.body();
    let text = email(body)?.ok_or(Failure::Attribute("email", REQUIRED))?;
    let change = EmailChange { verify: asserted(body, "verified")?, make_primary: asserted(body, "primary")? };
    let email = docker.app.accounts.change_email(&own, existing(&text)?, change).await?;
    Ok(reply::json(StatusCode::OK, &entity::email(&email)))
}

pub async fn delete(docker: Arc<Docker>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    // Some clients cannot send a body with DELETE, and some proxies do not pass it on.
    let text = match (email(request.body())?, email(request.query())?) {
        (Some(body), Some(query)) if body != query => {
            return Err(Failure::Attribute("email", "The body and the query name different addresses."));
        }
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => return Err(Failure::Attribute("email", REQUIRED)),
    };
    docker.app.accounts.remove_email(&own, existing(&text)?).await?;
    Ok(reply::no_content())
}

fn email(fields: &Fields) -> Result<Option<String>, Failure> {
    match fields.text("email")? {
        Patch::Absent | Patch::Null => Ok(None),
        Patch::Value(text) if text.is_empty() => Err(Failure::Attribute("email", "This field may not be blank.")),
        Patch::Value(text) => Ok(Some(text)),
    }
}

/// Parses an address that the user should have. A malformed one is not found.
fn existing(text: &str) -> Result<EmailAddress, Error> {
    EmailAddress::parse(text).map_err(|_| Error::NotFound)
}

/// An attribute that must be `true` or absent, because the document does not describe how to undo it.
fn asserted(body: &Fields, name: &'static str) -> Result<bool, Failure> {
    match body.boolean(name)? {
        Patch::Absent => Ok(false),
        Patch::Value(true) => Ok(true),
        Patch::Null | Patch::Value(false) => Err(Failure::Attribute(name, "This value must be true or absent.")),
    }
}
