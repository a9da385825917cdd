//! `/users/:username/`, document sections 1.1 and 1.2.

use super::{entity, error::Failure, signin};
use crate::accounts::ProfileChange;
use crate::domain::{EmailAddress, Field, Invalid, Line, Problem, Scope, WebUrl};
use crate::http::fields::{Fields, Given};
use crate::http::request::Segment;
use crate::http::{Call, Site, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn show(site: Site, call: Call, username: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&site, &call).await?;
    let signed_in = site.accounts.own_profile(&actor, username.as_str(), Scope::ProfileRead)?;
    let base_url = site.base_url(&call);
    let entity = || reply::json_text(&entity::User::new(&signed_in.user, &base_url));
    let text = signed_in.memo.text("docker user", &base_url, entity)?;
    Ok(reply::json_as_it_is(StatusCode::OK, text))
}

pub async fn update(site: Site, call: Call, username: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&site, &call).await?;
    let grant = site.accounts.own_account(&actor, username.as_str(), Scope::ProfileWrite)?;
    let change = change(call.body()?)?;
    let user = site.accounts.update_profile(&grant, change).await?;
    Ok(reply::json(StatusCode::OK, &entity::User::new(&user, &site.base_url(&call))))
}

fn change(body: &Fields) -> Result<ProfileChange, Failure> {
    let mut invalid = Invalid::default();
    let change = ProfileChange {
        name: given(body, "full_name", Field::Name, Line::parse, &mut invalid)?,
        location: given(body, "location", Field::Location, Line::parse, &mut invalid)?,
        company: given(body, "company", Field::Company, Line::parse, &mut invalid)?,
        profile_url: given(body, "profile_url", Field::ProfileUrl, WebUrl::parse, &mut invalid)?,
        gravatar_email: given(body, "gravatar_email", Field::GravatarEmail, gravatar_email, &mut invalid)?,
    };
    invalid.into_result()?;
    Ok(change)
}

/// An attribute that only changes if it is there.
fn given<T>(
    body: &Fields,
    name: &'static str,
    field: Field,
    parse: impl FnOnce(&str) -> Result<T, Problem>,
    invalid: &mut Invalid,
) -> Result<Option<T>, Failure> {
    match body.text(name)? {
        Given::Absent => Ok(None),
        Given::Null => Err(Failure::Attribute(name, "This field may not be null.")),
        Given::Value(text) => Ok(invalid.keep(field, parse(&text))),
    }
}

/// Nothing stands for the primary address. Gravatar trims an address before it hashes it, so blanks around it are
/// not its own.
fn gravatar_email(text: &str) -> Result<Option<EmailAddress>, Problem> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { EmailAddress::parse(text).map(Some) }
}
