//! v4's personal access tokens: `doc/api/personal_access_tokens.md` and `doc/api/user_tokens.md`, 18.1.

use super::super::error::Failure;
use super::super::fields::{Required, boolean, expiry, optional, parameter, time};
use super::super::rules::NamedToken;
use super::super::version::Version;
use super::super::{Api, Gitlab, v4::entities};
use crate::accounts::{AccountAccess, Error, NewPersonalToken, TokenAccess, TokenOrder, TokenQuery};
use crate::domain::{Field, Invalid, Problem, Scopes, SingleLineText, TokenKind, TokenPrefix, TokenRecord, UserId};
use crate::http::input::{FieldError, FieldErrorKind, Fields};
use crate::http::paging::Page;
use crate::http::{Request, reply};
use hyper::StatusCode;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use warp::reply::Response;

/// The default lifetime of a rotated token.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub async fn list<V: Version>(api: Api<V>, request: Request, access: TokenAccess) -> Result<Response, Failure> {
    let query = query::<V>(request.query(), TokenKind::Personal)?;
    // "If a non-administrator uses the `user_id` attribute to filter for other users": 401.
    if let TokenAccess::OneUser(own) = &access
        && query.user.is_some_and(|user| user != own.user())
    {
        return Err(Error::Unauthenticated.into());
    }
    list_of(&api, &request, &access, query).await
}

pub async fn get<V: Version>(api: Api<V>, _request: Request, token: NamedToken) -> Result<Response, Failure> {
    let record = find(&api, &token)?;
    Ok(reply::json(StatusCode::OK, &entities::Token::new(&record, None)))
}

pub async fn revoke<V: Version>(api: Api<V>, _request: Request, token: NamedToken) -> Result<Response, Failure> {
    let record = find(&api, &token)?;
    match api.app.accounts.revoke_token(&token.access, record.id).await {
        // The token has already ended, as the caller wanted.
        Ok(_) | Err(Error::NotFound) => Ok(reply::no_content()),
        Err(other) => Err(other.into()),
    }
}

/// Answers 200: "If successful, returns `200: OK`".
pub async fn rotate<V: Version>(api: Api<V>, request: Request, token: NamedToken) -> Result<Response, Failure> {
    let record = find(&api, &token)?;
    if matches!(record.kind, TokenKind::Session | TokenKind::Oauth) {
        return Err(Failure::NotRotatable);
    }
    let mut invalid = Invalid::default();
    let expires_at = expiry::<V>(&V::attributes(&request), &mut invalid)?;
    invalid.into_result()?;
    let expires_at = expires_at.unwrap_or_else(a_week_from_now);
    let (record, secret) = api.app.accounts.rotate_token(&token.access, record.id, Some(expires_at)).await?;
    Ok(reply::json(StatusCode::OK, &entities::Token::new(&record, Some(&secret))))
}

/// Users cannot give their own token a scope that the credential of the request lacks.
pub async fn create_own<V: Version>(api: Api<V>, request: Request, own: AccountAccess) -> Result<Response, Failure> {
    let new = new_token::<V>(&V::attributes(&request), TokenKind::Personal)?;
    own.can_delegate(new.scopes)?;
    created(&api, &own, new).await
}

/// For another user, by an administrator.
pub async fn create_for<V: Version>(api: Api<V>, request: Request, access: AccountAccess) -> Result<Response, Failure> {
    let new = new_token::<V>(&V::attributes(&request), TokenKind::Personal)?;
    created(&api, &access, new).await
}

pub(super) async fn created<V: Version>(
    api: &Gitlab<V>,
    access: &AccountAccess,
    new: NewPersonalToken,
) -> Result<Response, Failure> {
    let (record, secret) = api.app.accounts.create_token(access, new).await?;
    Ok(reply::json(StatusCode::CREATED, &entities::Token::new(&record, Some(&secret))))
}

pub(super) async fn list_of<V: Version>(
    api: &Gitlab<V>,
    request: &Request,
    access: &TokenAccess,
    query: TokenQuery,
) -> Result<Response, Failure> {
    let page = Page::parse(request.query())?;
    let query = TokenQuery { offset: page.offset(), limit: page.per_page, ..query };
    let list = api.app.accounts.token_list(access, query).await?;
    let body: Vec<_> = list.tokens.iter().map(|record| entities::Token::new(record, None)).collect();
    let headers = api.page_headers(request, page, list.total);
    Ok(reply::with_headers(reply::json(StatusCode::OK, &body), headers))
}

/// A personal token that does not exist or belongs to another user is a 401, but a 404 for administrators. `self` may
/// be a token of any kind.
fn find<V: Version>(api: &Gitlab<V>, token: &NamedToken) -> Result<TokenRecord, Failure> {
    let record = token.id.ok_or(Error::NotFound).and_then(|id| api.app.accounts.token(&token.access, id));
    match record {
        Ok(record) if token.is_self || record.kind == TokenKind::Personal => Ok(record),
        Ok(_) | Err(Error::NotFound) if !token.is_self && matches!(token.access, TokenAccess::OneUser(_)) => {
            Err(Error::Unauthenticated.into())
        }
        Ok(_) => Err(Error::NotFound.into()),
        Err(other) => Err(other.into()),
    }
}

pub(super) fn new_token<V: Version>(body: &Fields, kind: TokenKind) -> Result<NewPersonalToken, Failure> {
    let mut required = Required::<V>::of(body);
    let name = required.text("name")?;
    let scopes = required.text_list("scopes")?;
    required.check()?;
    let mut invalid = Invalid::default();
    let name = invalid.keep(Field::TokenName, SingleLineText::required(&name));
    let description = optional(body, "description", Field::Description, SingleLineText::parse, &mut invalid)?;
    let expires_at = expiry::<V>(body, &mut invalid)?;
    let scopes =
        Scopes::parse(scopes.iter().map(String::as_str)).map_err(|_: Problem| Failure::InvalidValue("scopes"))?;
    invalid.into_result()?;
    let description = description.unwrap_or_default();
    let name = name.ok_or(Error::Internal)?;
    Ok(NewPersonalToken { kind, prefix: TokenPrefix::Gitlab, name, description, scopes, expires_at })
}

/// The filters of a list of tokens.
pub(super) fn query<V: Version>(query: &Fields, kind: TokenKind) -> Result<TokenQuery, Failure> {
    let user = match parameter(query, "user_id")? {
        None => None,
        Some(text) => {
            let error = FieldError { field: "user_id", kind: FieldErrorKind::NotInteger };
            Some(text.parse::<UserId>().map_err(|_| error)?)
        }
    };
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
        revoked: boolean::<V>(query, "revoked")?,
        active,
        now: Timestamp::now(),
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
fn a_week_from_now() -> Timestamp {
    let day = (Timestamp::now() + WEEK).to_zoned(TimeZone::UTC).date();
    day.to_zoned(TimeZone::UTC).map_or_else(|_| Timestamp::now() + WEEK, |start| start.timestamp())
}
