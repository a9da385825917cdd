//! `/users/:username/`, document sections 1.1 and 1.2.

use super::{entity, error::Failure, signin};
use crate::accounts::ProfileChange;
use crate::domain::{EmailAddress, Field, Invalid, Problem, Scope, SingleLineText, WebUrl};
use crate::http::fields::{Fields, Patch};
use crate::http::request::Segment;
use crate::http::{AppState, Call, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn show(app: AppState, call: Call, username: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&app, &call).await?;
    let signed_in = app.accounts.own_profile(&actor, username.as_str(), Scope::ProfileRead)?;
    let base_url = app.base_url(&call);
    let entity = || reply::json_text(&entity::User::new(&signed_in.user, &base_url));
    let text = signed_in.memo.text("docker user", &base_url, entity)?;
    Ok(reply::json_as_it_is(StatusCode::OK, text))
}

pub async fn update(app: AppState, call: Call, username: Segment) -> Result<Response, Failure> {
    let actor = signin::actor(&app, &call).await?;
    let access = app.accounts.own_account(&actor, username.as_str(), Scope::ProfileWrite)?;
    let change = change(call.body()?)?;
    let user = app.accounts.update_profile(&access, change).await?;
    Ok(reply::json(StatusCode::OK, &entity::User::new(&user, &app.base_url(&call))))
}

fn change(body: &Fields) -> Result<ProfileChange, Failure> {
    let mut invalid = Invalid::default();
    let change = ProfileChange {
        name: given(body, "full_name", Field::Name, SingleLineText::parse, &mut invalid)?,
        location: given(body, "location", Field::Location, SingleLineText::parse, &mut invalid)?,
        company: given(body, "company", Field::Company, SingleLineText::parse, &mut invalid)?,
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
        Patch::Absent => Ok(None),
        Patch::Null => Err(Failure::Attribute(name, "This field may not be null.")),
        Patch::Value(text) => Ok(invalid.keep(field, parse(&text))),
    }
}

/// Nothing stands for the primary address. Gravatar trims an address before it hashes it, so blanks around it are
/// not its own.
fn gravatar_email(text: &str) -> Result<Option<EmailAddress>, Problem> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { EmailAddress::parse(text).map(Some) }
}
