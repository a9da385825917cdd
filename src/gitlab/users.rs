//! `/users` and `/user`.

use super::fields::{boolean, clearable, identity, limit, optional, required, text};
use super::{entity, error::Failure};
use crate::accounts::access::{admin, oneself, reader};
use crate::accounts::{CreateUser, Error, ProfileChange, UserChange, UserQuery};
use crate::domain::{EmailAddress, Field, Invalid, Line, Password, Problem, Scope, UserId, Username, WebUrl};
use crate::http::fields::Fields;
use crate::http::paging::Page;
use crate::http::request::Segment;
use crate::http::{Call, Site, reply};
use hyper::StatusCode;
use warp::reply::Response;

pub async fn current(site: Site, call: Call) -> Result<Response, Failure> {
    let actor = site.actor_by_token(&call).await?;
    oneself(&actor, Scope::ReadUser)?;
    let signed_in = actor.signed_in().ok_or(Error::Unauthenticated)?;
    Ok(reply::json(StatusCode::OK, &entity::User::current(&signed_in.user)))
}

pub async fn list(site: Site, call: Call) -> Result<Response, Failure> {
    let actor = site.actor_by_token(&call).await?;
    let reader = reader(&actor)?;
    let query = call.query();
    let page = Page::parse(&query)?;
    let filter = UserQuery {
        search: text(&query, "search")?.filter(|text| !text.is_empty()),
        username: text(&query, "username")?.filter(|text| !text.is_empty()),
        active: boolean(&query, "active")?.unwrap_or(false),
        blocked: boolean(&query, "blocked")?.unwrap_or(false),
        offset: page.offset(),
        limit: page.per_page,
    };
    let found = site.accounts.users(&reader, filter).await?;
    let body: Vec<_> = found.users.iter().map(entity::User::new).collect();
    let headers = page.headers(found.total, &site.base_url(&call), call.path(), call.raw_query());
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}

pub async fn show(site: Site, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = site.actor_by_token(&call).await?;
    let reader = reader(&actor)?;
    let user = site.accounts.user(&reader, user_id(&id)?)?;
    Ok(reply::json(StatusCode::OK, &entity::User::new(&user)))
}

pub async fn create(site: Site, call: Call) -> Result<Response, Failure> {
    let actor = site.actor_by_token(&call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let new = new_user(call.body()?)?;
    let user = site.accounts.create_user(&admin, new).await?;
    Ok(reply::json(StatusCode::CREATED, &entity::User::new(&user)))
}

pub async fn update(site: Site, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = site.actor_by_token(&call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let user = site.accounts.user(&admin.reader(), user_id(&id)?)?;
    let mut change = change(call.body()?)?;
    // What stands in for a name that was never given comes back with the whole object, and is none.
    if user.name.is_empty() && change.profile.name.as_ref().is_some_and(|name| name.as_str() == user.username.as_str())
    {
        change.profile.name = None;
    }
    let user = site.accounts.update_user(&admin, user.id, change).await?;
    Ok(reply::json(StatusCode::OK, &entity::User::new(&user)))
}

pub async fn remove(site: Site, call: Call, id: Segment) -> Result<Response, Failure> {
    let actor = site.actor_by_token(&call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let Ok(id) = user_id(&id) else { return Err(Failure::NothingToDelete) };
    match site.accounts.delete_user(&admin, id).await {
        Ok(user) => Ok(reply::json(StatusCode::OK, &entity::User::new(&user))),
        Err(Error::NotFound) => Err(Failure::NothingToDelete),
        Err(other) => Err(other.into()),
    }
}

/// Not in the documents of 2013; later versions of v3 have it, and their clients call it. The answer is `true`.
pub async fn block(site: Site, call: Call, id: Segment) -> Result<Response, Failure> {
    set_blocked(site, call, id, true).await
}

pub async fn unblock(site: Site, call: Call, id: Segment) -> Result<Response, Failure> {
    set_blocked(site, call, id, false).await
}

async fn set_blocked(site: Site, call: Call, id: Segment, blocked: bool) -> Result<Response, Failure> {
    let actor = site.actor_by_token(&call).await?;
    let admin = admin(&actor, Scope::Api)?;
    let change = UserChange { blocked: Some(blocked), ..UserChange::default() };
    site.accounts.update_user(&admin, user_id(&id)?, change).await?;
    Ok(reply::json(StatusCode::OK, &true))
}

/// What is not a number is no user's id.
pub(super) fn user_id(segment: &Segment) -> Result<UserId, Error> {
    segment.as_str().parse().map_err(|_| Error::NotFound)
}

fn new_user(body: &Fields) -> Result<CreateUser, Failure> {
    // In the order of the document, which the answers name them in.
    let email = required(body, "email")?;
    let password = required(body, "password")?;
    let username = required(body, "username")?;
    let name = required(body, "name")?;
    let mut invalid = Invalid::default();
    let email = invalid.keep(Field::Email, EmailAddress::parse(&email));
    let password = invalid.keep(Field::Password, Password::parse(&password));
    let username = invalid.keep(Field::Username, Username::parse(&username));
    let name = invalid.keep(Field::Name, Line::required(&name));
    let mut attributes = attributes(body, &mut invalid)?;
    attributes.profile.name = name;
    invalid.into_result()?;
    match (username, email) {
        (Some(username), Some(email)) => Ok(CreateUser { username, email, verified: true, password, attributes }),
        _ => Err(Error::Internal.into()),
    }
}

fn change(body: &Fields) -> Result<UserChange, Failure> {
    let mut invalid = Invalid::default();
    let mut change = attributes(body, &mut invalid)?;
    change.email = optional(body, "email", Field::Email, EmailAddress::parse, &mut invalid)?;
    change.username = optional(body, "username", Field::Username, Username::parse, &mut invalid)?;
    change.profile.name = optional(body, "name", Field::Name, Line::required, &mut invalid)?;
    change.password = optional(body, "password", Field::Password, Password::parse, &mut invalid)?;
    invalid.into_result()?;
    Ok(change)
}

/// What may be left out when a user is made, too.
fn attributes(body: &Fields, invalid: &mut Invalid) -> Result<UserChange, Failure> {
    let bio = |text: &str| -> Result<Option<Line>, Problem> {
        Line::parse(text).map(|bio| Some(bio).filter(|bio| !bio.is_empty()))
    };
    Ok(UserChange {
        admin: boolean(body, "admin")?,
        bio: clearable(body, "bio", Field::Bio, bio, invalid)?,
        skype: clearable(body, "skype", Field::Skype, Line::parse, invalid)?,
        linkedin: clearable(body, "linkedin", Field::Linkedin, Line::parse, invalid)?,
        twitter: clearable(body, "twitter", Field::Twitter, Line::parse, invalid)?,
        can_create_group: boolean(body, "can_create_group")?,
        projects_limit: limit(body, invalid)?,
        identity: identity(body)?,
        profile: ProfileChange {
            profile_url: clearable(body, "website_url", Field::ProfileUrl, WebUrl::parse, invalid)?,
            ..ProfileChange::default()
        },
        ..UserChange::default()
    })
}
