//! v4's personal access tokens, and `/users/:id/impersonation_tokens` for administrators:
//! `doc/api/personal_access_tokens.md` and `doc/api/user_tokens.md`, 18.1.

use super::super::error::Failure;
use super::super::fields::{AttributeReader, boolean, parameter, time, user_id};
use super::super::rules::{NamedToken, id};
use super::super::version::Version;
use super::super::{Api, Gitlab, v4::V4, v4::entities};
use crate::accounts::{AccountAccess, Error, NewPersonalToken, TokenAccess, TokenOrder, TokenQuery};
use crate::domain::{Field, Scopes, SingleLineText, TokenKind, TokenPrefix, TokenRecord};
use crate::http::input::Fields;
use crate::http::paging::Page;
use crate::http::{Request, check_room, reply};
use hyper::StatusCode;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;
use warp::reply::Response;

/// The default lifetime of a rotated token.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub async fn list(api: Api<V4>, request: Request, access: TokenAccess) -> Result<Response, Failure> {
    let query = filter(request.query(), TokenKind::Personal, api.app.accounts.now())?;
    // "If a non-administrator uses the `user_id` attribute to filter for other users": 401.
    if access.owner().is_some_and(|own| query.user.is_some_and(|user| user != own)) {
        return Err(Error::Unauthenticated.into());
    }
    list_of(&api, &request, &access, query).await
}

pub async fn get(api: Api<V4>, _request: Request, token: NamedToken) -> Result<Response, Failure> {
    let record = find(&api, &token)?;
    Ok(reply::json(StatusCode::OK, &entities::token(&record, None, api.app.accounts.now())))
}

pub async fn revoke(api: Api<V4>, _request: Request, token: NamedToken) -> Result<Response, Failure> {
    let record = find(&api, &token)?;
    match api.app.accounts.revoke_token(&token.access, record.id).await {
        // The token has already ended, as the caller wanted.
        Ok(_) | Err(Error::NotFound) => Ok(reply::no_content()),
        Err(other) => Err(other.into()),
    }
}

/// Answers 200: "If successful, returns `200: OK`".
pub async fn rotate(api: Api<V4>, request: Request, token: NamedToken) -> Result<Response, Failure> {
    let record = find(&api, &token)?;
    if matches!(record.kind, TokenKind::Session | TokenKind::Oauth) {
        return Err(Failure::NotRotatable);
    }
    let attributes = V4::attributes(&request);
    let mut reader = AttributeReader::<V4>::new(&attributes);
    let now = api.app.accounts.now();
    let expires_at = reader.expiry_date(now)?;
    let expires_at = reader.finish(Some(expires_at))?;
    let rotated = api.app.accounts.rotate_token(&token.access, record.id, expires_at, Some(a_week_after(now)));
    let (record, secret) = rotated.await?;
    Ok(reply::json(StatusCode::OK, &entities::token(&record, Some(&secret), api.app.accounts.now())))
}

/// For the user who asks.
pub async fn create_own(api: Api<V4>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let new = new_token(&V4::attributes(&request), TokenKind::Personal, api.app.accounts.now())?;
    created(&api, &own, new).await
}

/// For another user, by an administrator.
pub async fn create_for(api: Api<V4>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let new = new_token(&V4::attributes(&request), TokenKind::Personal, api.app.accounts.now())?;
    created(&api, &access, new).await
}

async fn created(api: &Gitlab<V4>, access: &AccountAccess, new: NewPersonalToken) -> Result<Response, Failure> {
    let (record, secret) = api.app.accounts.create_token(access, new).await?;
    Ok(reply::json(StatusCode::CREATED, &entities::token(&record, Some(&secret), api.app.accounts.now())))
}

async fn list_of(
    api: &Gitlab<V4>,
    request: &Request,
    access: &TokenAccess,
    query: TokenQuery,
) -> Result<Response, Failure> {
    check_room(request)?;
    let page = Page::parse(request.query())?;
    let query = TokenQuery { offset: page.offset(), limit: page.per_page, ..query };
    let _slot = api.app.list_slot(request, access.account()).await?;
    let now = query.now;
    let list = api.app.accounts.token_list(access, query).await?;
    let body: Value = list.tokens.iter().map(|record| entities::token(record, None, now)).collect();
    let headers = api.page_headers(request, page, list.total);
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}

const IMPERSONATION_TOKEN: &str = "Impersonation Token";

pub async fn list_impersonation(api: Api<V4>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let query = filter(request.query(), TokenKind::Impersonation, api.app.accounts.now())?;
    list_of(&api, &request, &access.into(), query).await
}

pub async fn create_impersonation(api: Api<V4>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let new = new_token(&V4::attributes(&request), TokenKind::Impersonation, api.app.accounts.now())?;
    created(&api, &access, new).await
}

pub async fn get_impersonation(api: Api<V4>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let record = find_impersonation(&api, &request, &access.into())?;
    Ok(reply::json(StatusCode::OK, &entities::token(&record, None, api.app.accounts.now())))
}

pub async fn revoke_impersonation(api: Api<V4>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let access = access.into();
    let record = find_impersonation(&api, &request, &access)?;
    if record.revoked_at.is_none() {
        let revoked = api.app.accounts.revoke_token(&access, record.id).await;
        revoked.map_err(Failure::missing(IMPERSONATION_TOKEN))?;
    }
    Ok(reply::no_content())
}

fn find_impersonation(api: &Gitlab<V4>, request: &Request, access: &TokenAccess) -> Result<TokenRecord, Failure> {
    let id = id(request, "token_id", IMPERSONATION_TOKEN)?;
    let record = api.app.accounts.token(access, id).map_err(Failure::missing(IMPERSONATION_TOKEN))?;
    let is_impersonation = record.kind == TokenKind::Impersonation;
    if is_impersonation { Ok(record) } else { Err(Failure::Missing(IMPERSONATION_TOKEN)) }
}

/// A personal token that does not exist or belongs to another user is a 401, but a 404 for administrators. `self` may
/// be a token of any kind.
fn find(api: &Gitlab<V4>, token: &NamedToken) -> Result<TokenRecord, Failure> {
    let record = token.id.ok_or(Error::NotFound).and_then(|id| api.app.accounts.token(&token.access, id));
    match record {
        Ok(record) if token.is_self || record.kind == TokenKind::Personal => Ok(record),
        Ok(_) | Err(Error::NotFound) if !token.is_self && token.access.owner().is_some() => {
            Err(Error::Unauthenticated.into())
        }
        Ok(_) => Err(Error::NotFound.into()),
        Err(other) => Err(other.into()),
    }
}

fn new_token(body: &Fields, kind: TokenKind, now: Timestamp) -> Result<NewPersonalToken, Failure> {
    let mut reader = AttributeReader::<V4>::new(body);
    let name = reader.required(Field::TokenName, SingleLineText::required)?;
    let scopes = reader.required_list("scopes")?;
    reader.check()?;
    let description = reader.optional(Field::Description, SingleLineText::parse)?.unwrap_or_default();
    let expires_at = reader.expiry_date(now)?;
    let scopes = Scopes::parse(scopes.iter().map(String::as_str)).map_err(|_| Failure::InvalidValue("scopes"))?;
    let name = reader.finish(name)?;
    Ok(NewPersonalToken { kind, prefix: TokenPrefix::Gitlab, name, description, scopes, expires_at })
}

/// The filters of a list of tokens.
fn filter(query: &Fields, kind: TokenKind, now: Timestamp) -> Result<TokenQuery, Failure> {
    let user = user_id(query, "user_id")?;
    let active = match parameter(query, "state")?.as_deref() {
        None | Some("all") => None,
        Some("active") => Some(true),
        Some("inactive") => Some(false),
        Some(_) => return Err(Failure::InvalidValue("state")),
    };
    let (order, descending) = match parameter(query, "sort")?.as_deref() {
        None => (TokenOrder::Id, false),
        Some("created_asc") => (TokenOrder::Created, false),
        Some("created_desc") => (TokenOrder::Created, true),
        Some("expires_asc") => (TokenOrder::Expires, false),
        Some("expires_desc") => (TokenOrder::Expires, true),
        Some("last_used_asc") => (TokenOrder::LastUsed, false),
        Some("last_used_desc") => (TokenOrder::LastUsed, true),
        Some("name_asc") => (TokenOrder::Name, false),
        Some("name_desc") => (TokenOrder::Name, true),
        Some(_) => return Err(Failure::InvalidValue("sort")),
    };
    Ok(TokenQuery {
        kind,
        user,
        search: parameter(query, "search")?,
        revoked: boolean::<V4>(query, "revoked")?,
        active,
        now,
        created_after: time(query, "created_after")?,
        created_before: time(query, "created_before")?,
        last_used_after: time(query, "last_used_after")?,
        last_used_before: time(query, "last_used_before")?,
        expires_after: time(query, "expires_after")?,
        expires_before: time(query, "expires_before")?,
        order,
        descending,
        offset: 0,
        limit: 0,
    })
}

/// Midnight UTC, because a token's expiry is a date.
fn a_week_after(now: Timestamp) -> Timestamp {
    let day = (now + WEEK).to_zoned(TimeZone::UTC).date();
    day.to_zoned(TimeZone::UTC).map_or(now + WEEK, |start| start.timestamp())
}
