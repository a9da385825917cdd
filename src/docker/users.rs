//! `/users/:username/`: sections 1.1 and 1.2 of the document.

use super::error::{self, Failure};
use super::{Docker, entity};
use crate::accounts::{AccountAccess, Error, ProfileChange};
use crate::domain::{EmailAddress, Field, Invalid, Problem, SingleLineText, WebUrl};
use crate::http::input::{Fields, Patch};
use crate::http::{Request, reply};
use hyper::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

pub async fn get(docker: Arc<Docker>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let signed_in = own.signed_in().ok_or(Error::Unauthenticated)?;
    let base_url = docker.app.base(&request);
    let entity = || reply::json_text(&entity::user(&signed_in.user, &base_url.to_string()));
    let text = docker.app.responses.text("docker.users.get", signed_in, Some(base_url), entity)?;
    Ok(reply::serialized_json(StatusCode::OK, text))
}

pub async fn update(docker: Arc<Docker>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let change = change(request.body())?;
    let user = docker.app.accounts.update_profile(&own, change, None).await?;
    Ok(reply::json(StatusCode::OK, &entity::user(&user, &docker.app.base_url(&request))))
}

fn change(body: &Fields) -> Result<ProfileChange, Failure> {
    let mut invalid = Invalid::default();
    let change = ProfileChange {
        name: attribute(body, Field::Name, SingleLineText::parse, &mut invalid)?,
        location: attribute(body, Field::Location, SingleLineText::parse, &mut invalid)?,
        company: attribute(body, Field::Company, SingleLineText::parse, &mut invalid)?,
        profile_url: attribute(body, Field::ProfileUrl, WebUrl::parse, &mut invalid)?,
        gravatar_email: attribute(body, Field::GravatarEmail, gravatar_email, &mut invalid)?,
    };
    invalid.into_result()?;
    Ok(change)
}

/// An attribute that stays unchanged if it is absent.
fn attribute<T>(
    body: &Fields,
    field: Field,
    parse: impl FnOnce(&str) -> Result<T, Problem>,
    invalid: &mut Invalid,
) -> Result<Option<T>, Failure> {
    let name = error::attribute(field);
    match body.text(name)? {
        Patch::Absent => Ok(None),
        Patch::Null => Err(Failure::Attribute(name, "This field may not be null.")),
        Patch::Value(text) => Ok(invalid.keep(field, parse(&text))),
    }
}

/// An empty text means the primary address. Surrounding blanks are removed, because Gravatar trims an address before it
/// hashes it.
fn gravatar_email(text: &str) -> Result<Option<EmailAddress>, Problem> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { EmailAddress::parse(text).map(Some) }
}
