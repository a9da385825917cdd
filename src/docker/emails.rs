//! `/users/:username/emails/`, document sections 1.3 to 1.6.

use super::error::{Failure, REQUIRED};
use super::{entity, signin};
use crate::accounts::{EmailChange, Error};
use crate::domain::{EmailAddress, Field, Scope};
use crate::http::fields::{Fields, Patch};
use crate::http::request::Segment;
use crate::http::{AppState, Call, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn list(app: AppState, call: Call, username: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&app, &call).await?;
    let access = app.accounts.own_account(&actor, username.as_str(), Scope::EmailRead)?;
    let emails = app.accounts.emails(&access)?;
    let body: Vec<_> = emails.iter().map(entity::Email::from).collect();
    Ok(reply::json(StatusCode::OK, &body))
}

pub async fn add(app: AppState, call: Call, username: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&app, &call).await?;
    let access = app.accounts.own_account(&actor, username.as_str(), Scope::EmailWrite)?;
    let text = email(call.body()?)?.ok_or(Failure::Attribute("email", REQUIRED))?;
    let address = EmailAddress::parse(&text).map_err(|problem| Error::invalid(Field::Email, problem))?;
    let email = app.accounts.add_email(&access, address, false).await?;
    Ok(reply::json(StatusCode::CREATED, &entity::Email::from(&email.email)))
}

pub async fn change(app: AppState, call: Call, username: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&app, &call).await?;
    let access = app.accounts.own_account(&actor, username.as_str(), Scope::EmailWrite)?;
    let body = call.body()?;
    let text = email(body)?.ok_or(Failure::Attribute("email", REQUIRED))?;
    let change = EmailChange { verify: asserted(body, "verified")?, make_primary: asserted(body, "primary")? };
    let email = app.accounts.change_email(&access, existing(&text)?, change).await?;
    Ok(reply::json(StatusCode::OK, &entity::Email::from(&email)))
}

pub async fn remove(app: AppState, call: Call, username: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&app, &call).await?;
    let access = app.accounts.own_account(&actor, username.as_str(), Scope::EmailWrite)?;
    // Not every client can send a body with DELETE, nor every proxy pass one on.
    let text = match (email(call.body()?)?, email(&call.query())?) {
        (Some(body), Some(query)) if body != query => {
            return Err(Failure::Attribute("email", "The body and the query name two addresses."));
        }
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => return Err(Failure::Attribute("email", REQUIRED)),
    };
    app.accounts.remove_email(&access, existing(&text)?).await?;
    Ok(reply::no_content())
}

fn email(fields: &Fields) -> Result<Option<String>, Failure> {
    match fields.text("email")? {
        Patch::Absent | Patch::Null => Ok(None),
        Patch::Value(text) if text.is_empty() => Err(Failure::Attribute("email", "This field may not be blank.")),
        Patch::Value(text) => Ok(Some(text)),
    }
}

/// An address that is none is nobody's.
fn existing(text: &str) -> Result<EmailAddress, Error> {
    EmailAddress::parse(text).map_err(|_| Error::NotFound)
}

/// Must be `true` or absent: the document has no way to take it back.
fn asserted(body: &Fields, name: &'static str) -> Result<bool, Failure> {
    match body.boolean(name)? {
        Patch::Absent => Ok(false),
        Patch::Value(true) => Ok(true),
        Patch::Null | Patch::Value(false) => Err(Failure::Attribute(name, "This value must be true or absent.")),
    }
}
